#pragma once
// The task-runs of a run as a tree that reads from upstream to downstream. A run is a graph, not a tree: each task-run
// stands once, below the one of its upstreams that is deepest, so that whatever stands above it to the left came first.

#include <cstddef>
#include <string>
#include <vector>

#include "dyna/fields.h"
#include "dyna/ink.h"

namespace cordyna::dyna {

struct TreeRow {
  std::size_t index = 0;  // in task_runs
  std::string branch;     // what stands before the task
  std::string below;      // what stands before a remark on it
};

/// Roots and siblings in the order of task_runs. Whatever the input (cycles, unknown names, twins), every entry stands
/// exactly once. Lines are drawn when `ink` has glyphs, two spaces a level otherwise. O(task-runs + edges).
std::vector<TreeRow> upstream_tree(const Json& task_runs, const Ink& ink);

}  // namespace cordyna::dyna
