#pragma once
// State: everything cerebro knows that decides what happens next. A plain value, changed by apply() alone
// (engine/apply.h), rebuilt at every start by the same apply() over the log. What is derivable and kept only for speed
// says so.
//
// Tasks, servers and instances are dense arrays indexed by ids that are never reused; a run has columns by position.
// Closed runs leave the state; the log keeps them.

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "engine/deadlines.h"
#include "engine/schedule.h"
#include "model/event.h"

namespace cordyna::engine {

using base::RunId;
using base::Seq;
using model::InstanceIndex;
using model::ServerIndex;
using model::SessionId;
using model::TaskIndex;
using model::TaskRunRef;
using ScopeIndex = base::Id<struct ScopeTag>;

/// An env and the params a task declares: what completions, newness and freshness are kept by. Scope 0 is production
/// without params.
struct Scope {
  std::string env;
  std::string params;  // canonical JSON object
  auto operator<=>(const Scope&) const = default;
};

/// How far what a task-run stands for reaches: an instant, a received event, or (if nothing) its own invocation.
struct Reach {
  base::Time until{};
  Seq event = 0;         // answers events up to this one, when it stands for an event or nothing
  Seq invoked = 0;       // breaks ties: invoked last is last
  bool instant = false;  // stands for an instant: answers the events received up to it
  bool before(const Reach& other) const { return until != other.until ? until < other.until : invoked < other.invoked; }
};

struct Completion {
  struct Upstream {
    TaskIndex task;
    Seq seq = 0;
    base::Time at{};  // when that completion was recorded
  };
  model::Taken taken;  // run, attempt, seq
  base::Time at{};
  Reach reach;
  model::Standing standing;  // of its run
  std::string params;        // of its run
  model::Payload result;
  std::vector<Upstream> upstream;  // what each edge took
};

/// What is remembered of one task in one scope.
struct History {
  std::optional<Completion> last;    // stands for the newest instant, then invoked last
  std::optional<Completion> newest;  // the one with the greatest seq; empty when it is `last`
  Seq joining_seq = 0;               // greatest seq of a completion that may start a later join (not quiet)
  model::Taken finished;             // the newest end of any kind, for `require: finished`
  base::Time finished_at{};
  Seq finished_joining_seq = 0;  // the same, not quiet

  // the last task-run, whatever its end
  struct LastRun {
    TaskRunRef at;
    model::TaskState state = model::TaskState::pending;
    model::RootCause root;  // of its error or blocking
    Reach reach;
    Seq created = 0, ended = 0;
    base::Time ended_at{};
    base::Duration ran{};  // from started to its end, for "usually 55 s"; 0 unknown
  };
  std::optional<LastRun> last_run;
  std::map<TaskIndex, Seq> last_taken;  // per upstream, by the last task-run whatever its end
  std::map<TaskIndex, Seq> consumed;    // per upstream, by one that completed or was skipped by its check

  std::vector<TaskRunRef> live;  // oldest first; views of shared ones are not among them

  const Completion* newest_completion() const { return newest ? &*newest : last ? &*last : nullptr; }
};

/// Orders ready task-runs: age, shifted by 10 min for each step of priority, so a long wait raises it. Smaller first.
struct ReadyKey {
  base::Duration rank{};
  TaskRunRef at;
  auto operator<=>(const ReadyKey&) const = default;
};

struct Pause {
  std::string by, reason;
  base::Time at{};
};

/// One time trigger of a task as it stands now.
struct Timer {
  std::uint32_t trigger = 0;  // index into the declaration's `when`
  model::Trigger rule;
  std::optional<base::Time> next;
  std::optional<base::Time> previous, before_previous;  // the ticks before `next`
};

struct Task {
  std::string name;  // server/task
  ServerIndex server;
  std::shared_ptr<const model::Declaration> block;           // null: undeclared, known only by name
  std::uint32_t position = 0;                                // in the block
  std::vector<TaskIndex> upstream;                           // parallel to declaration().upstream
  std::vector<TaskIndex> downstream;                         // ascending
  std::uint32_t order = 0;                                   // topological: upstreams have smaller ones
  Seq declared_seq = 0;                                      // when its definition last changed
  std::unique_ptr<History> history;                          // of scope 0
  std::map<ScopeIndex, std::unique_ptr<History>> histories;  // of the other scopes
  std::optional<Pause> paused;
  std::vector<Timer> timers;
  std::optional<base::Time> newest_due;  // of its time triggers, not counting paused ones
  Seq newest_event = 0;                  // of its event triggers; 0 none
  base::Time newest_event_at{};
  std::vector<model::Standing> waiting;  // overlapped instants and events, oldest first
  std::uint32_t invoked = 0;             // live attempts, against policy.concurrency
  std::set<ReadyKey> parked;             // derived: ready but held by concurrency or a pause
  std::vector<TaskRunRef> awaiting;      // ticks elsewhere that wait for a completion of this task

  bool declared() const { return block != nullptr; }
  const model::TaskDeclaration& declaration() const { return block->tasks[position]; }
  const model::Policy& policy() const { return *declaration().policy; }
};

struct Instance {
  std::string name;
  ServerIndex server;
  SessionId session;                                // 0: no session now
  std::string hash;                                 // its declaration
  std::shared_ptr<const model::Declaration> block;  // null while unknown
  std::uint32_t slots = 1;
  std::vector<std::string> capabilities;
  bool ready = false, draining = false, over = false;
  std::set<std::string> claimed;  // tokens it listed when it joined, until it is ready
  std::set<TaskRunRef> attempts;  // live ones, checks not included
  std::uint32_t unstarted = 0;    // of these, invoked or queued
  DeadlineId claim = 0;           // its attempts wait to be claimed
  base::Time since{};
  bool takes_commands() const { return session.value != 0 && ready && !draining && !over; }
};

/// A declaration and the blob that holds its text.
struct Revision {
  std::shared_ptr<const model::Declaration> block;
  std::optional<base::Hash128> text;
};

struct Server {
  std::string name, team;
  std::shared_ptr<const model::Declaration> block;  // of the current revision; null until declared
  std::uint32_t revision = 0;                       // counts accepted declarations
  std::optional<base::Hash128> text;                // blob with its JSON
  std::vector<Revision> older;                      // superseded ones, newest last, at most revisions_kept_max
  base::Time current_seen{};                        // when an instance of the current revision was last alive
  model::ServerState state = model::ServerState::unknown;
  base::Time state_since{};
  std::vector<InstanceIndex> instances;  // with a session or within their grace
  std::set<ReadyKey> ready;
  std::set<TaskRunRef> unassigned;  // invoked while no instance was there
  model::Findings findings;         // warnings of the current declaration, or of the last refused one
};

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
  model::Taken completion;  // of a followed view that ended with one
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
  Seq token = 0;  // seq of its command.run (or command.check): the fence
  Seq invoked_seq = 0, ended_seq = 0;
  DeadlineId deadline = 0, cancel_deadline = 0;
  TaskRunRef shared_from;  // when view, or when its end was taken over
  base::Time pending_since{}, invoked_at{}, queued_at{}, started_at{}, ended_at{};
  base::Uptime ready_since{};
  std::shared_ptr<const model::Declaration> block;  // as it was when the run was created; null = undeclared then
  std::uint32_t block_position = 0;
  const model::TaskDeclaration& declaration() const { return block->tasks[block_position]; }
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
  std::vector<RunId> then;                                  // runs held behind this one

  const model::PlannedTask& planned(std::uint32_t position) const { return head.plan->tasks[position]; }
  std::span<const model::PlannedEdge> edges_of(std::uint32_t position) const {
    return {edges.data() + planned(position).first_edge, planned(position).edge_count};
  }
  std::span<const Dependent> dependents_of(std::uint32_t position) const {
    return {dependents.data() + dependents_first[position],
            dependents_first[position + 1] - dependents_first[position]};
  }
};

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
  std::uint32_t used = 0;
  std::set<ReadyKey> parked;  // derived
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
  std::unordered_map<std::string, TaskIndex> task_by_name;  // never iterated
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
  std::optional<TaskIndex> find_task(const std::string& name) const {
    const auto found = task_by_name.find(name);
    return found == task_by_name.end() ? std::nullopt : std::optional(found->second);
  }
};

}  // namespace cordyna::engine
