#pragma once
// What was taken last of each upstream of a task. Most tasks have a handful, and every end of a task-run asks all of
// them, so they stand in a row: maps with a node for each edge took a tenth more memory after a run of 440,000 edges.

#include <algorithm>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "model/ids.h"

namespace cordyna::engine {

struct SeqByTask {
  using Entry = std::pair<model::TaskIndex, base::Seq>;
  std::vector<Entry> ascending;  // by task, each once

  /// 0 when there is none. O(log tasks).
  base::Seq of(model::TaskIndex task) const {
    const auto found = std::lower_bound(ascending.begin(), ascending.end(), Entry(task, 0));
    return found == ascending.end() || found->first != task ? 0 : found->second;
  }

  /// Remembers these, unless a greater seq of the same task is there. O(both, and sorting `more`).
  void raise(std::vector<Entry> more) {
    std::sort(more.begin(), more.end());
    const auto middle = static_cast<std::ptrdiff_t>(ascending.size());
    ascending.insert(ascending.end(), more.begin(), more.end());
    std::inplace_merge(ascending.begin(), ascending.begin() + middle, ascending.end());
    // Equal tasks stand together now, the greatest seq last: it goes over the one before.
    std::size_t kept = 0;
    for (const Entry& entry : ascending)
      if (kept > 0 && ascending[kept - 1].first == entry.first)
        ascending[kept - 1].second = entry.second;
      else
        ascending[kept++] = entry;
    ascending.resize(kept);
  }
};

}  // namespace cordyna::engine
