#pragma once
// The facts: everything that ever happens in a cordyna cluster is one of these, in one order. An event is decided once
// and applied many times (now, at every restart, on a standby), so whatever was drawn, chosen or computed is IN it. The
// meaning of a kind never changes: a new meaning is a new kind.

#include <optional>
#include <string_view>
#include <variant>

#include "model/run_events.h"
#include "model/server_events.h"
#include "model/task_events.h"

namespace cordyna::model {

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
