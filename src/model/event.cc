// The word for each kind of event, as the log shows it to people and as filters and streams name it.

#include "model/event.h"

namespace cordyna::model {
namespace {

struct KindOf {
  std::string_view operator()(const CerebroStarted&) { return "cerebro.started"; }
  std::string_view operator()(const CerebroStopped&) { return "cerebro.stopped"; }
  std::string_view operator()(const ServerDeclared&) { return "server.declared"; }
  std::string_view operator()(const ServerRefused&) { return "server.refused"; }
  std::string_view operator()(const ServerStateChanged& body) {
    switch (body.state) {
      case ServerState::ready:
        return "server.ready";
      case ServerState::draining:
        return "server.draining";
      case ServerState::lost:
        return "server.lost";
      case ServerState::gone:
        return "server.gone";
      default:
        return "server.unknown";
    }
  }
  std::string_view operator()(const ServerForgotten&) { return "server.forgotten"; }
  std::string_view operator()(const ServerTransferred&) { return "server.transferred"; }
  std::string_view operator()(const InstanceJoined&) { return "instance.joined"; }
  std::string_view operator()(const LogRegressed&) { return "log.regressed"; }
  std::string_view operator()(const InstanceDeclared&) { return "instance.declared"; }
  std::string_view operator()(const InstanceReady&) { return "instance.ready"; }
  std::string_view operator()(const InstanceDraining&) { return "instance.draining"; }
  std::string_view operator()(const InstanceLeft&) { return "instance.left"; }
  std::string_view operator()(const RunCreated&) { return "run.created"; }
  std::string_view operator()(const RunCancelRequested&) { return "run.cancel_requested"; }
  std::string_view operator()(const RunEnded& body) {
    switch (body.state) {
      case RunState::completed:
        return "run.completed";
      case RunState::cancelled:
        return "run.cancelled";
      default:
        return "run.failed";
    }
  }
  std::string_view operator()(const CommandRun&) { return "command.run"; }
  std::string_view operator()(const CommandAssigned&) { return "command.assigned"; }
  std::string_view operator()(const CommandCancel&) { return "command.cancel"; }
  std::string_view operator()(const CommandCheck&) { return "command.check"; }
  std::string_view operator()(const TaskQueued&) { return "task.queued"; }
  std::string_view operator()(const TaskStarted&) { return "task.started"; }
  std::string_view operator()(const TaskProgress&) { return "task.progress"; }
  std::string_view operator()(const TaskCompleted&) { return "task.completed"; }
  std::string_view operator()(const TaskFailed&) { return "task.error"; }
  std::string_view operator()(const TaskBlocked&) { return "task.blocked"; }
  std::string_view operator()(const TaskSkipped&) { return "task.skipped"; }
  std::string_view operator()(const TaskCancelled&) { return "task.cancelled"; }
  std::string_view operator()(const TaskRetry&) { return "task.retry"; }
  std::string_view operator()(const TaskDue&) { return "task.due"; }
  std::string_view operator()(const TaskChecked&) { return "task.checked"; }
  std::string_view operator()(const TaskNeeded&) { return "task.needed"; }
  std::string_view operator()(const TaskPinned&) { return "task.pinned"; }
  std::string_view operator()(const TaskHandedOver&) { return "task.handed_over"; }
  std::string_view operator()(const TaskFollowed&) { return "task.followed"; }
  std::string_view operator()(const TaskLate&) { return "task.late"; }
  std::string_view operator()(const TaskAdopted&) { return "task.adopted"; }
  std::string_view operator()(const TaskFault&) { return "task.fault"; }
  std::string_view operator()(const TaskPaused&) { return "task.paused"; }
  std::string_view operator()(const TaskResumed&) { return "task.resumed"; }
  std::string_view operator()(const EventReceived&) { return "event.received"; }
  std::string_view operator()(const ScheduleSkipped&) { return "schedule.skipped"; }
  std::string_view operator()(const ScheduleSet&) { return "schedule.set"; }
  std::string_view operator()(const ScheduleWaiting&) { return "schedule.waiting"; }
  std::string_view operator()(const EventDue&) { return "event.due"; }
};

}  // namespace

std::string_view kind(const EventBody& body) {
  return std::visit(KindOf{}, body);
}

}  // namespace cordyna::model
