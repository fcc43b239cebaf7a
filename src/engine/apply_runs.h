#pragma once
// The parts of apply() that change runs and task-runs; apply.cc dispatches to them. One overload an event.

#include "engine/state.h"

namespace cordyna::engine {

struct Applied {  // when and where an event stands in the log
  Seq seq = 0;
  base::Now now;
};

/// Derives who needs whom in a run from its edges.
void index_dependents(Run& run);

void apply_event(State& state, const model::RunCreated& event, Applied when);
void apply_event(State& state, const model::RunCancelRequested& event, Applied when);
void apply_event(State& state, const model::RunEnded& event, Applied when);
void apply_event(State& state, const model::CommandRun& event, Applied when);
void apply_event(State& state, const model::CommandAssigned& event, Applied when);
void apply_event(State& state, const model::CommandCancel& event, Applied when);
void apply_event(State& state, const model::CommandCheck& event, Applied when);
void apply_event(State& state, const model::TaskQueued& event, Applied when);
void apply_event(State& state, const model::TaskStarted& event, Applied when);
void apply_event(State& state, const model::TaskProgress& event, Applied when);
void apply_event(State& state, const model::TaskCompleted& event, Applied when);
void apply_event(State& state, const model::TaskFailed& event, Applied when);
void apply_event(State& state, const model::TaskBlocked& event, Applied when);
void apply_event(State& state, const model::TaskSkipped& event, Applied when);
void apply_event(State& state, const model::TaskCancelled& event, Applied when);
void apply_event(State& state, const model::TaskRetry& event, Applied when);
void apply_event(State& state, const model::TaskDue& event, Applied when);
void apply_event(State& state, const model::TaskChecked& event, Applied when);
void apply_event(State& state, const model::TaskNeeded& event, Applied when);
void apply_event(State& state, const model::TaskPinned& event, Applied when);
void apply_event(State& state, const model::TaskHandedOver& event, Applied when);
void apply_event(State& state, const model::TaskFollowed& event, Applied when);
void apply_event(State& state, const model::TaskLate& event, Applied when);
void apply_event(State& state, const model::TaskAdopted& event, Applied when);

}  // namespace cordyna::engine
