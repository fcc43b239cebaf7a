// The segment in memory. Critical sections copy shared pointers, never bytes, save the first search after an append,
// which indexes what is new.

#include "log/segment_memory.h"

#include <algorithm>

namespace cordyna::log {
namespace {

Seq last_seq(const StoredBatch& batch) {
  return batch.first_seq + batch.count - 1;
}

}  // namespace

std::size_t SegmentMemory::KeyHash::operator()(const Key& key) const {
  return std::hash<std::string>()(key.id) + static_cast<std::size_t>(key.kind);
}

void SegmentMemory::add(StoredBatch batch, std::vector<Key> keys) {
  const std::scoped_lock lock(mutex_);
  bytes_ += batch.events->size();
  batches_.push_back(std::move(batch));
  unindexed_.push_back(std::move(keys));
}

void SegmentMemory::add_blob(base::Hash128 id, std::string bytes) {
  auto shared = std::make_shared<const std::string>(std::move(bytes));
  const std::scoped_lock lock(mutex_);
  const std::size_t size = shared->size();
  if (blobs_.emplace(id, std::move(shared)).second) bytes_ += size;
}

void SegmentMemory::index() {
  const std::scoped_lock lock(mutex_);
  index_locked();
}

void SegmentMemory::index_locked() {
  auto position = static_cast<std::uint32_t>(batches_.size() - unindexed_.size());
  for (std::vector<Key>& keys : unindexed_) {
    for (Key& key : keys) {
      std::vector<std::uint32_t>& positions = index_[std::move(key)];
      if (positions.empty() || positions.back() != position) positions.push_back(position);
    }
    ++position;
  }
  unindexed_.clear();
}

std::vector<Posting> SegmentMemory::postings() {
  std::vector<Posting> all;
  {
    const std::scoped_lock lock(mutex_);
    index_locked();
    all.reserve(index_.size());
    for (const auto& [key, positions] : index_) {
      Posting& posting = all.emplace_back(key, std::vector<Seq>());
      posting.batches.reserve(positions.size());
      for (std::uint32_t position : positions) posting.batches.push_back(batches_[position].first_seq);
    }
  }
  std::sort(all.begin(), all.end(), [](const Posting& a, const Posting& b) { return a.key < b.key; });
  return all;
}

std::uint64_t SegmentMemory::events() const {
  const Extent all = extent();
  return all.empty() ? 0 : all.last_seq - all.first_seq + 1;
}

std::size_t SegmentMemory::bytes() const {
  const std::scoped_lock lock(mutex_);
  return bytes_;
}

Extent SegmentMemory::extent() const {
  const std::scoped_lock lock(mutex_);
  if (batches_.empty()) return {first_seq_, first_seq_ - 1, {}, {}};
  return {first_seq_, last_seq(batches_.back()), batches_.front().now.wall, batches_.back().now.wall};
}

std::size_t SegmentMemory::first_after(Seq after) const {
  const auto found = std::partition_point(batches_.begin(), batches_.end(),
                                          [&](const StoredBatch& batch) { return last_seq(batch) <= after; });
  return static_cast<std::size_t>(found - batches_.begin());
}

base::Result<void> SegmentMemory::find_forward(const Key& key, Seq after, std::size_t limit,
                                               std::vector<StoredBatch>& out) {
  const std::scoped_lock lock(mutex_);
  index_locked();
  const auto found = index_.find(key);
  if (found == index_.end()) return {};
  const std::vector<std::uint32_t>& positions = found->second;
  auto position = std::lower_bound(positions.begin(), positions.end(), first_after(after));
  for (; position != positions.end() && out.size() < limit; ++position) out.push_back(batches_[*position]);
  return {};
}

base::Result<void> SegmentMemory::find_backward(const Key& key, Seq before, std::size_t limit,
                                                std::vector<StoredBatch>& out) {
  const std::scoped_lock lock(mutex_);
  index_locked();
  const auto found = index_.find(key);
  if (found == index_.end()) return {};
  const std::vector<std::uint32_t>& positions = found->second;
  auto position = std::partition_point(positions.begin(), positions.end(),
                                       [&](std::uint32_t at) { return batches_[at].first_seq < before; });
  while (position != positions.begin() && out.size() < limit) out.push_back(batches_[*--position]);
  return {};
}

base::Result<bool> SegmentMemory::each(Seq after, const std::function<bool(const StoredBatch&)>& visit) {
  constexpr std::size_t slice = 256;  // visit() runs without the lock
  std::vector<StoredBatch> batches;
  do {
    batches.clear();
    {
      const std::scoped_lock lock(mutex_);
      const std::size_t first = first_after(after);
      const std::size_t last = std::min(batches_.size(), first + slice);
      batches.assign(batches_.begin() + static_cast<std::ptrdiff_t>(first),
                     batches_.begin() + static_cast<std::ptrdiff_t>(last));
    }
    for (const StoredBatch& batch : batches) {
      if (!visit(batch)) return false;
      after = last_seq(batch);
    }
  } while (!batches.empty());
  return true;
}

base::Result<std::optional<Seq>> SegmentMemory::first_seq_since(base::Time time) {
  const std::scoped_lock lock(mutex_);
  const auto found = std::partition_point(batches_.begin(), batches_.end(),
                                          [&](const StoredBatch& batch) { return batch.now.wall < time; });
  if (found == batches_.end()) return std::optional<Seq>();
  return std::optional<Seq>(found->first_seq);
}

base::Result<std::optional<std::string>> SegmentMemory::blob(base::Hash128 id) {
  std::shared_ptr<const std::string> bytes;
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = blobs_.find(id); found != blobs_.end()) bytes = found->second;
  }
  return bytes ? std::optional<std::string>(*bytes) : std::nullopt;
}

base::Result<bool> SegmentMemory::has_blob(base::Hash128 id) {
  const std::scoped_lock lock(mutex_);
  return blobs_.contains(id);
}

}  // namespace cordyna::log
