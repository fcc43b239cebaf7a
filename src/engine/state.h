#pragma once
// State: everything cerebro knows that decides what happens next. A plain value, changed by apply() alone
// (engine/apply.cc), rebuilt at every start by the same apply() over the log. What is derivable and kept only for speed
// says so.
//
// Tasks, servers and instances are dense arrays indexed by ids that are never reused; a run has columns by position.
// Closed runs leave the state; the log keeps them.

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/deadlines.h"
#include "engine/name_index.h"
#include "engine/run.h"
#include "engine/schedule.h"
#include "engine/server.h"
#include "engine/task.h"

namespace cordyna::engine {

/// An ended run as lists show it.
struct RecentRun {
  RunId id;
  model::RunState state = model::RunState::completed;
  std::string env;
  model::TriggerCause trigger;
  model::Standing standing;
  base::Time created_at{}, ended_at{};
  std::vector<std::string> selected;
};

/// An attempt that cerebro gave up on: it may still report, late.
struct Fenced {
  TaskRunRef at;
  TaskIndex task;
  std::uint32_t attempt = 0;
  InstanceIndex instance = model::no_instance;
  std::string env, params;
  model::Standing standing;
  int heard = 0;                       // the highest late report: 1 queued, 2 started, 3 an end
  std::optional<model::Payload> late;  // the result of a late completion
};

struct SeenEvent {
  base::Hash128 content;
  Seq seq = 0;
  base::Time at{};
  std::uint32_t matched = 0;
  std::vector<RunId> runs;
};

struct SeenKey {
  std::string body;
  RunId run;
  base::Time at{};
};

/// A limit shared by many tasks; sizes are configuration, not events.
struct Limit {
  std::set<Seq> holders;  // tokens of the attempts that have it now; derived
  Parked parked;          // derived; a line for each server
};

struct State {
  // the cluster
  std::string cluster;
  std::uint64_t salt = 0;
  std::uint64_t epoch = 0;
  Seq seq = 0;              // of the last event
  base::Now now;            // of the last event
  base::Time started_at{};  // wall time of the last cerebro.started
  Seq epoch_began = 0;      // seq of the event that began it
  bool regressed = false;   // task-servers remember more than the log: no commands until an operator decides
  std::uint64_t graph_revision = 0;

  // the graph
  std::vector<Task> tasks;
  NameIndex task_by_name;
  std::vector<Server> servers;
  std::map<std::string, ServerIndex> server_by_name;
  std::vector<Instance> instances;
  std::map<std::string, InstanceIndex> instance_by_name;  // "server#instance"
  std::map<std::uint64_t, InstanceIndex> instance_by_session;
  std::vector<Scope> scopes{Scope{"production", "{}"}};
  std::map<Scope, ScopeIndex> scope_by_value{{Scope{"production", "{}"}, ScopeIndex{0}}};
  std::map<std::string, std::vector<std::pair<TaskIndex, std::uint32_t>>>
      event_triggers;                                 // by literal prefix of the type glob
  std::set<std::pair<base::Time, TaskIndex>> timers;  // next instants of all tasks
  std::uint32_t order_last = 0;

  // what is going on
  std::map<RunId, std::unique_ptr<Run>> runs;    // live ones
  std::unordered_map<Seq, TaskRunRef> attempts;  // by token, live; never iterated
  Deadlines deadlines;
  std::set<std::pair<base::Time, TaskRunRef>> retries;  // pending until an instant
  std::map<std::string, Limit> limits;

  // what is over
  std::deque<RecentRun> recent;                                          // newest last
  std::map<Seq, Fenced> fenced;                                          // by token
  std::map<std::pair<std::string, std::string>, SeenEvent> seen_events;  // by source, id
  std::deque<std::pair<std::string, std::string>> seen_order;
  std::map<std::string, SeenKey> seen_keys;  // Idempotency-Key
  std::deque<std::string> seen_keys_order;

  // derived: what settle() has to look at next; not part of the truth
  std::set<ServerIndex> touched_servers;
  std::set<TaskIndex> touched_tasks;     // where somebody parked may have its turn
  std::set<std::string> touched_limits;  // the same

  const Run* run(RunId id) const {
    const auto found = runs.find(id);
    return found == runs.end() ? nullptr : found->second.get();
  }
  Run* run(RunId id) {
    const auto found = runs.find(id);
    return found == runs.end() ? nullptr : found->second.get();
  }
  Task& task(TaskIndex index) { return tasks[index.value]; }
  const Task& task(TaskIndex index) const { return tasks[index.value]; }
  Server& server(ServerIndex index) { return servers[index.value]; }
  const Server& server(ServerIndex index) const { return servers[index.value]; }
  Instance& instance(InstanceIndex index) { return instances[index.value]; }
  const Instance& instance(InstanceIndex index) const { return instances[index.value]; }
  std::optional<TaskIndex> find_task(std::string_view name) const {
    const auto found = task_by_name.find(name, tasks);
    return found ? std::optional(TaskIndex{*found}) : std::nullopt;
  }
};

}  // namespace cordyna::engine
