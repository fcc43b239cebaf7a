#pragma once
// The second half of reading a snapshot: what State keeps only for speed is made again from what a snapshot holds, and
// everything a part says of another part is checked, because apply() and decide() trust it blindly. Used by cerebro's
// snapshots.

#include <string>
#include <vector>

#include "engine/state.h"

namespace cordyna::engine {

/// A deadline without its handle.
struct ArmedDeadline {
  base::Duration after{};
  Deadline deadline;    // its instance is no_instance when it is none's
  bool second = false;  // kept in TaskRun::cancel_deadline
};
std::vector<ArmedDeadline> armed_deadlines(const State& state);

/// `state` as a snapshot holds it: without names, downstream, dependents, rules of timers, sets of ready and live
/// task-runs, counts of attempts and the deadlines, which come apart. Ready task-runs that were parked stand in the
/// ready sets again, as after a replay; the next settle() parks them. Empty, or the first thing that does not fit: then
/// the state must not be used. O(state x log).
std::string rebuild_indexes(State& state, const std::vector<ArmedDeadline>& deadlines);

}  // namespace cordyna::engine
