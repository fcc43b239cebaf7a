#pragma once
// Selectors as data people know them: X, +X (all upstreams), X+ (all downstream), +X+, server-a/*, tag:x, label:k=v,
// team:t.

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/state.h"
#include "model/finding.h"

namespace cordyna::engine {

struct Selected {
  std::vector<TaskIndex> tasks;  // ascending, each once
  model::Findings findings;      // one a selector that matches nothing, with near misses
};

/// Expands selectors over the declared tasks. `path` is where they stand in the request ("select"). A plain name costs
/// O(1), what is reached from it O(its edges), every other form O(tasks).
Selected select(const State& state, const std::vector<std::string>& selectors, const std::string& path);

}  // namespace cordyna::engine
