#pragma once
// Events about task-runs. See event.h.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/declaration.h"
#include "model/finding.h"
#include "model/ids.h"
#include "model/payload.h"
#include "model/run_plan.h"
#include "model/task_state.h"

namespace cordyna::model {

// task-runs; server_at of the Event is the task-server's own time, `instance` the one that has or had the attempt
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
  InstanceIndex instance = no_instance;
};
struct TaskCompleted {
  TaskRunRef at;
  TaskIndex task;
  std::uint32_t attempt = 0;
  Payload result;
  std::string observed;
  InstanceIndex instance = no_instance;
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
  InstanceIndex instance = no_instance;
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
  InstanceIndex instance = no_instance;
};
struct TaskCancelled {
  TaskRunRef at;
  TaskIndex task;
  std::uint32_t attempt = 0;
  std::string how;
  InstanceIndex instance = no_instance;
};  // undelivered, confirmed, unconfirmed, pending, view
struct TaskRetry {
  TaskRunRef at;
  TaskIndex task;
  std::uint32_t attempt = 0;
  base::Time due;
  bool counted = true;
  Failure failure;
  InstanceIndex instance = no_instance;
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
  InstanceIndex instance = no_instance;
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

}  // namespace cordyna::model
