#pragma once
// The facts: everything that ever happens in a cordyna cluster is one of these, in one order. An event is decided once
// and applied many times (now, at every restart, on a standby), so whatever was drawn, chosen or computed is IN it. The
// meaning of a kind never changes: a new meaning is a new kind.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"
#include "model/declaration.h"
#include "model/finding.h"
#include "model/ids.h"
#include "model/payload.h"
#include "model/run_plan.h"
#include "model/task_state.h"

namespace cordyna::model {

// cerebro itself
struct CerebroStarted {
  std::string version;
  std::uint64_t epoch = 0;
};
struct CerebroStopped {
  std::string reason;
};

// servers and instances
struct ServerDeclared {
  std::string server, team, hash;
  std::optional<base::Hash128> text;                 // blob with the JSON
  std::vector<std::string> added, changed, removed;  // task names, at most 100 of each
  std::uint32_t task_count = 0;
  Findings warnings;
  std::shared_ptr<const Declaration> declaration;  // not encoded: read again from the blob
};
struct ServerRefused {
  std::string server, team, instance;
  Findings findings;
};
struct ServerStateChanged {
  ServerIndex server;
  ServerState state = ServerState::unknown;
};  // ready, draining, lost, gone
struct ServerForgotten {
  ServerIndex server;
  std::string by, reason;
};
struct ServerTransferred {
  ServerIndex server;
  std::string to, by, reason;
};
/// The same instance joins again after every break of its session. `session` means nothing after a restart of cerebro.
struct InstanceJoined {
  std::string instance, server, team, hash;
  SessionId session;
  std::uint32_t slots = 1;
  std::vector<std::string> capabilities;
  std::vector<std::string> live;  // tokens of the attempts it has
};
/// A task-server remembers attempts that this log never made: an old log was restored. No command leaves until an
/// operator decides (a new epoch).
struct LogRegressed {
  InstanceIndex instance;
  std::string token;
};
struct InstanceDeclared {
  InstanceIndex instance;
  std::string hash;
};  // what it runs, accepted or older
struct InstanceReady {
  InstanceIndex instance;
};  // takes commands from now on
struct InstanceDraining {
  InstanceIndex instance;
};
/// `lost`: it may come back within its grace and claim its attempts; else it is over for good.
struct InstanceLeft {
  InstanceIndex instance;
  std::string reason;
  bool lost = false;
};

// runs
struct RunCreated {
  RunId run;
  TriggerCause trigger;
  Standing standing;
  std::string env;
  std::string params;                 // canonical JSON object
  std::vector<std::string> selected;  // targets as they were asked for
  bool person = false;                // started by a person, not a machine
  bool force = false;
  bool quiet = false;         // its completions start no later join
  RunId after;                // starts when that run has ended (backfill)
  std::string key, key_body;  // Idempotency-Key and hash of its body
  std::shared_ptr<const RunPlan> plan;
};
struct RunCancelRequested {
  RunId run;
  std::string by, reason;
};
struct RunEnded {
  RunId run;
  RunState state = RunState::completed;
};

// commands
struct CommandRun {
  TaskRunRef at;
  TaskIndex task;
  std::uint32_t attempt = 0;
  InstanceIndex instance = no_instance;
};
struct CommandAssigned {
  TaskRunRef at;
  TaskIndex task;
  InstanceIndex instance;
};  // invoked before any instance was there
/// `fence`: cerebro has given the attempt up and nobody waits for the confirmation.
struct CommandCancel {
  TaskRunRef at;
  TaskIndex task;
  std::uint32_t attempt = 0;
  std::string reason;
  bool fence = false;
};
struct CommandCheck {
  TaskRunRef at;
  TaskIndex task;
  InstanceIndex instance = no_instance;
};

// task-runs; server_at of the Event is the task-server's own time
struct TaskQueued {
  TaskRunRef at;
  TaskIndex task;
  std::uint32_t attempt = 0;
  InstanceIndex instance = no_instance;
};
struct TaskStarted {
  TaskRunRef at;
  TaskIndex task;
  bool implied = false;
  std::uint32_t attempt = 0;
  InstanceIndex instance = no_instance;
};
struct TaskProgress {
  TaskRunRef at;
  TaskIndex task;
  std::uint32_t permille = 0;
  std::string message;
  std::uint32_t attempt = 0;
};
struct TaskCompleted {
  TaskRunRef at;
  TaskIndex task;
  std::uint32_t attempt = 0;
  Payload result;
  std::string observed;
};
enum class Origin : std::uint8_t { cerebro, server };
struct Failure {
  std::string code, message, hint, detail;
  Origin origin = Origin::cerebro;
};
struct TaskFailed {
  TaskRunRef at;
  TaskIndex task;
  std::uint32_t attempt = 0;
  Failure failure;
};
struct RootCause {
  RunId run;
  TaskIndex task;
  std::string code;
  bool operator==(const RootCause&) const = default;
};
struct TaskBlocked {
  TaskRunRef at;
  TaskIndex task;
  RootCause root;
};
struct TaskSkipped {
  TaskRunRef at;
  TaskIndex task;
  SkipReason reason = SkipReason::none;
  std::string text;
};
struct TaskCancelled {
  TaskRunRef at;
  TaskIndex task;
  std::uint32_t attempt = 0;
  std::string how;
};  // undelivered, confirmed, unconfirmed, pending, view
struct TaskRetry {
  TaskRunRef at;
  TaskIndex task;
  std::uint32_t attempt = 0;
  base::Time due;
  bool counted = true;
  Failure failure;
};
struct TaskDue {
  TaskRunRef at;
  TaskIndex task;
};  // a retry's instant, or an awaited tick, has come
struct TaskChecked {
  TaskRunRef at;
  TaskIndex task;
  std::string answer;
};  // yes, no, timeout
struct TaskNeeded {
  TaskRunRef at;
  TaskIndex task;
};  // its work is needed in the run: it may be asked or invoked
/// A tick that waited for its upstreams has them now.
struct TaskPinned {
  TaskRunRef at;
  TaskIndex task;
  std::vector<Taken> taken;
};
/// A run that shared a task-run goes on with it after the run that had it was cancelled.
struct TaskHandedOver {
  TaskRunRef from, to;
  TaskIndex task;
};
/// A view of a shared task-run ends with it.
struct TaskFollowed {
  TaskRunRef at;
  TaskIndex task;
  TaskRunRef shared_from;
  TaskState state = TaskState::completed;
  SkipReason skip = SkipReason::none;
  Taken completion;
  RootCause root;
};
struct TaskLate {
  TaskRunRef at;
  TaskIndex task;
  std::uint32_t attempt = 0;
  Seq token = 0;
  std::string state;
  Payload result;
  std::string message;
};
struct TaskAdopted {
  TaskRunRef at;
  TaskIndex task;
  std::uint32_t attempt = 0;
  std::string by, reason;
  Payload result;
  Standing standing;
  std::string env, params;
};
struct TaskFault {
  TaskRunRef at;
  std::optional<TaskIndex> task;
  InstanceIndex instance = no_instance;
  std::string code, message;
};
struct TaskPaused {
  TaskIndex task;
  std::string by, reason;
};
struct TaskResumed {
  TaskIndex task;
  std::string by, reason;
};

// triggers
struct EventReceived {
  std::string source, id, type, subject;
  base::Hash128 content;
  Payload data;
  std::uint32_t depth = 0, matched = 0;
};
struct ScheduleSkipped {
  TaskIndex task;
  base::Time instant;
  std::string reason, message;
  std::uint32_t count = 1;
};
/// The trigger's instant `due` has passed (none when it was paused or there was none yet); `next` is the one to come.
/// A new trigger tells the instant before, which never was due.
struct ScheduleSet {
  TaskIndex task;
  std::uint32_t trigger = 0;
  std::optional<base::Time> due, next, previous;
};
/// Instants or events that wait until the task is no longer live (overlap); replaces what waited before.
struct ScheduleWaiting {
  TaskIndex task;
  std::vector<Standing> waiting;
};
/// A trigger by event was answered or set aside for this task: what "newest due event" means for it.
struct EventDue {
  TaskIndex task;
  Seq event = 0;
};

using EventBody =
    std::variant<CerebroStarted, CerebroStopped, ServerDeclared, ServerRefused, ServerStateChanged, ServerForgotten,
                 ServerTransferred, InstanceJoined, LogRegressed, InstanceDeclared, InstanceReady, InstanceDraining,
                 InstanceLeft, RunCreated, RunCancelRequested, RunEnded, CommandRun, CommandAssigned, CommandCancel,
                 CommandCheck, TaskQueued, TaskStarted, TaskProgress, TaskCompleted, TaskFailed, TaskBlocked,
                 TaskSkipped, TaskCancelled, TaskRetry, TaskDue, TaskChecked, TaskNeeded, TaskPinned, TaskHandedOver,
                 TaskFollowed, TaskLate, TaskAdopted, TaskFault, TaskPaused, TaskResumed, EventReceived,
                 ScheduleSkipped, ScheduleSet, ScheduleWaiting, EventDue>;

struct Event {
  EventBody body;
  Seq cause = 0;                        // the event it follows from, 0 = an input from outside
  std::optional<base::Time> server_at;  // the task-server's own time, for state updates
};

/// The word of interface.md for a body: "task.completed", "run.failed", "server.lost", ...
std::string_view kind(const EventBody& body);

}  // namespace cordyna::model
