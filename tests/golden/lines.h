#pragma once
// Events and effects as the short lines of the golden files. Runs are R1, R2 ... in order of creation, so that the
// files do not show ids; times are what the clock of the world shows.

#include <map>
#include <string>
#include <vector>

#include "support/world.h"

namespace cordyna::testing {

class Lines {
 public:
  explicit Lines(const World& world) : world_(const_cast<World&>(world)) {}
  /// Empty for events that say nothing to a reader of goldens.
  std::string line(const LoggedEvent& logged);
  std::string line(const engine::Effect& effect);
  /// "R2" of a run, naming it when it is new.
  std::string run_name(base::RunId run);
  base::RunId run_id(const std::string& name) const { return ids_.at(name); }

 private:
  template <class Body>
  std::string text(const Body&) {
    return {};
  }
  std::string text(const model::RunCreated& event);
  std::string text(const model::ServerDeclared& event);
  std::string text(const model::ServerRefused& event);
  std::string text(const model::ServerStateChanged& event);
  std::string text(const model::ServerForgotten& event);
  std::string text(const model::InstanceLeft& event);
  std::string text(const model::LogRegressed& event);
  std::string text(const model::RunCancelRequested& event);
  std::string text(const model::RunEnded& event);
  std::string text(const model::CommandRun& event);
  std::string text(const model::CommandAssigned& event);
  std::string text(const model::CommandCancel& event);
  std::string text(const model::CommandCheck& event);
  std::string text(const model::TaskQueued& event);
  std::string text(const model::TaskStarted& event);
  std::string text(const model::TaskProgress& event);
  std::string text(const model::TaskCompleted& event);
  std::string text(const model::TaskFailed& event);
  std::string text(const model::TaskBlocked& event);
  std::string text(const model::TaskSkipped& event);
  std::string text(const model::TaskCancelled& event);
  std::string text(const model::TaskRetry& event);
  std::string text(const model::TaskDue& event);
  std::string text(const model::TaskChecked& event);
  std::string text(const model::TaskPinned& event);
  std::string text(const model::TaskHandedOver& event);
  std::string text(const model::TaskFollowed& event);
  std::string text(const model::TaskLate& event);
  std::string text(const model::TaskAdopted& event);
  std::string text(const model::TaskFault& event);
  std::string text(const model::TaskPaused& event);
  std::string text(const model::TaskResumed& event);
  std::string text(const model::EventReceived& event);
  std::string text(const model::ScheduleSkipped& event);
  std::string text(const model::ScheduleWaiting& event);

  std::string at(model::TaskRunRef ref, model::TaskIndex task);
  std::string name(model::TaskIndex task) { return world_.state().task(task).name; }
  std::string instance(model::InstanceIndex index);

  World& world_;
  std::map<base::RunId, std::string> names_;
  std::map<std::string, base::RunId> ids_;
};

}  // namespace cordyna::testing
