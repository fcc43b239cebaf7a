#pragma once
// What State knows of one live run: the plan it was created with, and columns by position for what has become of it.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/deadlines.h"
#include "engine/task.h"

namespace cordyna::engine {

/// A task-run that has an error, a result, a retry to come ...: what most have not.
struct Detail {
  std::optional<model::Failure> failure;
  model::RootCause root;
  model::Payload result;
  std::string observed;
  std::optional<base::Time> retry_at;
  std::uint32_t progress_permille = 0;
  std::string progress_message;
  std::string skip_text;
  std::vector<TaskRunRef> followers;            // views in other runs that share this one
  std::optional<base::Duration> deadline_left;  // of a deadline set aside until the instance returns
  DeadlineKind deadline_kind = DeadlineKind::ack;
  model::Taken completion;  // of a view: the end of what it followed, or of the failure that stands
};

/// A task-run that needs another one in its run, and by which edge.
struct Dependent {
  std::uint32_t position = 0;
  std::uint32_t edge = 0;
};

enum class Need : std::uint8_t { open, undecided, asked };  // open: may be invoked when its upstreams are there

struct TaskRun {
  model::TaskState state = model::TaskState::pending;
  model::SkipReason skip = model::SkipReason::none;
  Need need = Need::open;
  bool cancel_requested = false;
  bool view = false;          // follows a task-run of another run
  bool ready = false;         // in its server's ready set or parked
  bool ack_expired = false;   // not acknowledged in time; may be repeated once its cancel is confirmed
  bool fenced_start = false;  // the instance was full all the time since it acknowledged
  std::uint32_t waiting = 0;  // in-run upstreams that are not final, plus one while a tick awaits its upstreams
  std::uint32_t attempt = 0;
  std::uint32_t retries = 0;       // counted ones
  std::uint32_t free_retries = 0;  // start_timeouts of a full instance
  InstanceIndex instance = model::no_instance;
  Seq token = 0;                       // seq of its command.run (or command.check): the fence
  Seq invoked_seq = 0, ended_seq = 0;  // what began and what ended its last attempt, or the task-run itself
  DeadlineId deadline = 0, cancel_deadline = 0;
  TaskRunRef shared_from;  // when view, or when its end was taken over
  base::Time pending_since{}, invoked_at{}, queued_at{}, started_at{}, ended_at{};
  base::Uptime ready_since{};
  std::shared_ptr<const model::TaskDeclaration>
      definition;  // as it was when the run was created; null = undeclared then
  bool declared() const { return definition != nullptr; }
  const model::TaskDeclaration& declaration() const { return *definition; }
  const model::Policy& policy() const { return *declaration().policy; }
};

struct Run {
  RunId id;
  Seq created = 0;
  base::Time created_at{};
  model::RunCreated head;  // trigger, env, params, standing, plan ...
  model::RunState state = model::RunState::running;
  bool cancel_requested = false;
  bool held = false;                            // waits for the run named by head.after
  std::uint32_t open = 0;                       // task-runs that are not final
  bool bad = false;                             // one is error, blocked or cancelled
  std::vector<TaskRun> tasks;                   // by position
  std::vector<model::PlannedEdge> edges;        // the plan's, with later pins filled in
  std::vector<ScopeIndex> scope;                // by position
  std::vector<std::uint32_t> dependents_first;  // where the dependents of a position begin, one more than positions
  std::vector<Dependent> dependents;
  bool asks = false;  // some of its task-runs are asked by `check` first
  std::map<std::uint32_t, Detail> details;
  std::map<std::uint32_t, model::Payload> outside_results;  // by edge: results of completions taken from outside
  std::vector<base::Time> taken_at;  // by edge: when what is taken from outside was recorded; empty: nothing is
  std::vector<RunId> then;           // runs held behind this one

  const model::PlannedTask& planned(std::uint32_t position) const { return head.plan->tasks[position]; }
  std::span<const model::PlannedEdge> edges_of(std::uint32_t position) const {
    return {edges.data() + planned(position).first_edge, planned(position).edge_count};
  }
  std::span<const Dependent> dependents_of(std::uint32_t position) const {
    return {dependents.data() + dependents_first[position],
            dependents_first[position + 1] - dependents_first[position]};
  }
};

}  // namespace cordyna::engine
