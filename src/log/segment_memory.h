#pragma once
// SegmentMemory: the batches, blobs and postings of a segment that is still written (or being sealed), as immutable
// shared bytes. The log thread adds, readers search meanwhile; what is added is visible at once. Indexing by key is put
// off: the log thread calls index() when it has reported the batch, and a reader that comes earlier does it itself.
//
// Also the whole of MemoryLog: a log in memory is one segment that never ends.

#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "log/segment_view.h"

namespace cordyna::log {

/// In which batches (by first_seq, ascending) a key occurs.
struct Posting {
  Key key;
  std::vector<Seq> batches;
};

class SegmentMemory : public SegmentView {
 public:
  explicit SegmentMemory(Seq first_seq) : first_seq_(first_seq) {}

  void add(StoredBatch batch, std::vector<Key> keys);
  void add_blob(base::Hash128 id, std::string bytes);
  void index();
  /// All postings, ascending by key: one sort, O(n log n) in the number of keys.
  std::vector<Posting> postings();
  std::uint64_t events() const;
  std::size_t bytes() const;  // events and blobs

  Extent extent() const override;
  base::Result<void> find_forward(const Key& key, Seq after, std::size_t limit, std::vector<StoredBatch>& out) override;
  base::Result<void> find_backward(const Key& key, Seq before, std::size_t limit,
                                   std::vector<StoredBatch>& out) override;
  base::Result<bool> each(Seq after, const std::function<bool(const StoredBatch&)>& visit) override;
  base::Result<std::optional<Seq>> first_seq_since(base::Time time) override;
  base::Result<std::optional<std::string>> blob(base::Hash128 id) override;
  base::Result<bool> has_blob(base::Hash128 id) override;

 private:
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  struct IdHash {
    std::size_t operator()(const base::Hash128& id) const { return id.low; }
  };
  void index_locked();
  std::size_t first_after(Seq after) const;  // position of the first batch that holds a seq > after

  mutable std::mutex mutex_;
  const Seq first_seq_;
  std::size_t bytes_ = 0;
  std::vector<StoredBatch> batches_;
  std::vector<std::vector<Key>> unindexed_;                             // keys of the last batches
  std::unordered_map<Key, std::vector<std::uint32_t>, KeyHash> index_;  // positions in batches_
  std::unordered_map<base::Hash128, std::shared_ptr<const std::string>, IdHash> blobs_;
};

}  // namespace cordyna::log
