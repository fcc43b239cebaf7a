#pragma once
// SegmentView: one segment of the log as readers see it, whether its batches are in memory (SegmentMemory) or in a
// sealed file (SealedSegment). search.h walks over these. All functions may be called from any thread.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "log/event_log.h"

namespace cordyna::log {

/// What a segment holds; last_seq is first_seq - 1 while it is empty.
struct Extent {
  Seq first_seq = 0;
  Seq last_seq = 0;
  base::Time first_wall{};
  base::Time last_wall{};
  bool empty() const { return last_seq < first_seq; }
};

class SegmentView {
 public:
  virtual ~SegmentView() = default;
  virtual Extent extent() const = 0;

  /// Batches with `key` that hold a seq > after, ascending; stops when `out` has `limit` batches.
  virtual base::Result<void> find_forward(const Key& key, Seq after, std::size_t limit,
                                          std::vector<StoredBatch>& out) = 0;
  /// Batches with `key` that hold a seq < before, descending; stops when `out` has `limit` batches.
  virtual base::Result<void> find_backward(const Key& key, Seq before, std::size_t limit,
                                           std::vector<StoredBatch>& out) = 0;
  /// Visits the batches that hold a seq > after, ascending; false when `visit` said stop.
  virtual base::Result<bool> each(Seq after, const std::function<bool(const StoredBatch&)>& visit) = 0;
  /// first_seq of the first batch with wall time >= time.
  virtual base::Result<std::optional<Seq>> first_seq_since(base::Time time) = 0;
  virtual base::Result<std::optional<std::string>> blob(base::Hash128 id) = 0;
  virtual base::Result<bool> has_blob(base::Hash128 id) = 0;
};

}  // namespace cordyna::log
