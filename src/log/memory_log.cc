// One SegmentMemory and the bookkeeping of one append in flight, on the owner's thread; readers may be on any.

#include "log/memory_log.h"

#include "base/check.h"
#include "log/search.h"

namespace cordyna::log {

MemoryLog::MemoryLog(std::string cluster, std::uint64_t epoch)
    : cluster_(std::move(cluster)), epoch_(epoch), segment_(std::make_shared<SegmentMemory>(1)) {
  segments_.push_back({1, segment_, false});
}

LogIdentity MemoryLog::identity() const {
  return {cluster_, epoch_, segment_->extent().last_seq};
}

void MemoryLog::append(Batch batch, std::function<void(AppendResult)> done) {
  base::check(!in_flight());
  base::check(batch.count > 0 && batch.first_seq == segment_->extent().last_seq + 1);
  for (const Blob& blob : batch.blobs) base::check(blob.id == base::hash128(blob.bytes));
  batch_ = std::move(batch);
  done_ = std::move(done);
  if (!held_) finish();
}

void MemoryLog::append_again(std::function<void(AppendResult)> done) {
  base::check(!in_flight() && batch_.has_value());
  done_ = std::move(done);
  if (!held_) finish();
}

void MemoryLog::release() {
  if (in_flight() && !result_) finish();
}

void MemoryLog::resume() {
  held_ = false;
  release();
}

void MemoryLog::abandon(bool durable) {
  wake_ = nullptr;
  if (durable && in_flight() && !result_) finish();
  batch_.reset();
  result_.reset();
  done_ = nullptr;
}

void MemoryLog::finish() {
  if (full_ > 0) {
    --full_;
    result_ = AppendResult::full;
  } else {
    for (Blob& blob : batch_->blobs) segment_->add_blob(blob.id, std::move(blob.bytes));
    segment_->add({batch_->first_seq, batch_->count, epoch_, batch_->now,
                   std::make_shared<const std::string>(std::move(batch_->events))},
                  std::move(batch_->keys));
    result_ = AppendResult::durable;
    batch_.reset();
  }
  if (wake_) wake_();
}

void MemoryLog::on_ready(std::function<void()> wake) {
  wake_ = std::move(wake);
}

void MemoryLog::poll() {
  if (!result_) return;
  const AppendResult result = *std::exchange(result_, std::nullopt);
  const std::function<void(AppendResult)> done = std::exchange(done_, nullptr);  // it may append again
  done(result);
}

base::Result<void> MemoryLog::read(Seq from, const std::function<bool(const StoredBatch&)>& visit) {
  return read_batches(segments_, from, visit);
}
base::Result<Found> MemoryLog::find_forward(const Key& key, Seq after, std::size_t limit) {
  return log::find_forward(segments_, key, after, limit);
}
base::Result<Found> MemoryLog::find_backward(const Key& key, Seq before, std::size_t limit) {
  return log::find_backward(segments_, key, before, limit);
}
base::Result<Found> MemoryLog::batches_after(Seq after, std::size_t limit) {
  return log::batches_after(segments_, after, limit);
}
base::Result<std::optional<Seq>> MemoryLog::first_seq_since(base::Time time) {
  return log::first_seq_since(segments_, time);
}
base::Result<std::string> MemoryLog::blob(base::Hash128 id) {
  return find_blob(segments_, id);
}

}  // namespace cordyna::log
