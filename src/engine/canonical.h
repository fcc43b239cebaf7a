#pragma once
// The state as canonical text: equal states give equal text whatever way they came about. What replay, other batch cuts
// and snapshots are compared by, in tests, the simulator and `compact`. Derived indexes are left out. O(state).

#include <string>

#include "engine/state.h"

namespace cordyna::engine {

std::string canonical_text(const State& state);

/// What must hold between the parts of the state at every moment; empty, or the first thing that does not. O(state).
std::string broken_invariant(const State& state);

}  // namespace cordyna::engine
