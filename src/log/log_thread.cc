// The order inside commit() is the promise of the log: written and synced by SQLite, visible to readers, noted as
// acknowledged, reported. An error other than `full` means that nobody knows what the disk holds; going on would be a
// guess, so the process ends and the next start reads what is there.

#include "log/log_thread.h"

#include "base/limits.h"
#include "base/mutant.h"

namespace cordyna::log {
namespace {

base::Error ended_error() {
  return {"io_error", "the log has ended after an error"};
}

}  // namespace

LogThread::LogThread(DataFolder& folder, Catalogue& catalogue, Sealer& sealer, ActiveSegment active,
                     SegmentLimits limits, std::function<void(AppendResult)> report, Fatal fatal,
                     const StartWorker& start_worker)
    : folder_(folder),
      catalogue_(catalogue),
      sealer_(sealer),
      active_(std::move(active)),
      limits_(limits),
      report_(std::move(report)),
      fatal_(std::move(fatal)),
      cluster_(active_.start.cluster),
      epoch_(active_.start.epoch),
      last_seq_(active_.memory->extent().last_seq),
      worker_(start_worker(WorkerOf::log, [this] { return step(); })) {}

LogThread::~LogThread() {
  worker_.reset();
  if (!dead_) active_.writer->database().keep_wal_on_close(false);
}

void LogThread::append(Batch batch) {
  base::check(batch.count > 0 && batch.first_seq == last_seq_ + 1);
  {
    const std::scoped_lock lock(mutex_);
    base::check(!requested_);
    batch_ = std::move(batch);
    requested_ = true;
  }
  worker_->wake();
}

void LogThread::append_again() {
  {
    const std::scoped_lock lock(mutex_);
    base::check(!requested_ && batch_.has_value());
    requested_ = true;
  }
  worker_->wake();
}

base::Result<void> LogThread::run(const std::function<base::Result<void>(ActiveSegment&)>& job) {
  Job waiting{job, std::nullopt};
  {
    const std::scoped_lock lock(mutex_);
    if (dead_) return ended_error();
    jobs_.push_back(&waiting);
  }
  worker_->wake();
  worker_->wait_until([&] {
    const std::scoped_lock lock(mutex_);
    return waiting.result.has_value();
  });
  return *waiting.result;
}

base::Result<void> LogThread::seal_now() {
  return run([this](ActiveSegment& active) {
    return active.memory->extent().empty() ? base::Result<void>() : worst_is_fatal(roll());
  });
}

base::Result<void> LogThread::carry(std::vector<Blob> blobs) {
  return run([&](ActiveSegment& active) {
    std::vector<const Blob*> pointers;
    for (const Blob& blob : blobs)
      if (!*active.memory->has_blob(blob.id)) pointers.push_back(&blob);
    base::Result<void> done = worst_is_fatal(active.writer->append_blobs(pointers));
    if (done) {
      for (Blob& blob : blobs) active.memory->add_blob(blob.id, std::move(blob.bytes));
    }
    return done;
  });
}

base::Result<void> LogThread::worst_is_fatal(base::Result<void> done) {
  if (!done && done.error().code != "full") give_up(done.error());
  return done;
}

/// One batch or one job.
std::optional<base::Duration> LogThread::step() {
  constexpr base::Duration at_once{};
  std::unique_lock lock(mutex_);
  if (dead_) return std::nullopt;
  if (requested_ && (jobs_.empty() || !job_next_)) {
    job_next_ = true;
    lock.unlock();
    end_append();
    tidy();
    return at_once;
  }
  if (jobs_.empty()) return std::nullopt;
  job_next_ = false;
  Job* job = jobs_.front();
  jobs_.pop_front();
  lock.unlock();
  base::Result<void> done = job->body(active_);
  tidy();
  lock.lock();
  job->result = std::move(done);
  return at_once;
}

void LogThread::end_append() {
  base::Result<void> done = commit(*batch_);
  if (!done && done.error().code == "full" && base::mutant("full_disk_drops_batch")) done = {};
  if (!done && done.error().code != "full") return give_up(done.error());
  {
    const std::scoped_lock lock(mutex_);
    if (done) batch_.reset();
    requested_ = false;
  }
  report_(done ? AppendResult::durable : AppendResult::full);
}

base::Result<void> LogThread::commit(Batch& batch) {
  if (is_full_for(batch)) {
    if (base::Result<void> done = roll(); !done) return done;
  }
  std::vector<const Blob*> blobs;
  for (const Blob& blob : batch.blobs) {
    base::check(blob.id == base::hash128(blob.bytes));
    if (!*active_.memory->has_blob(blob.id)) blobs.push_back(&blob);
  }
  const EncodedRecord record = encode_record(batch, active_.start.epoch, active_.chain);
  const std::optional<SegmentStart> start = active_.started ? std::nullopt : std::optional(active_.start);
  if (base::Result<void> done = active_.writer->append(start, batch.first_seq, record.bytes, blobs); !done) return done;

  active_.started = true;
  active_.chain = record.chain;
  ++active_.batches;
  for (Blob& blob : batch.blobs) active_.memory->add_blob(blob.id, std::move(blob.bytes));
  active_.memory->add({batch.first_seq, batch.count, active_.start.epoch, batch.now,
                       std::make_shared<const std::string>(std::move(batch.events))},
                      std::move(batch.keys));
  last_seq_ = batch.first_seq + batch.count - 1;
  const base::Result<void> noted = folder_.set_acknowledged({last_seq_, active_.chain});
  if (!noted && noted.error().code != "full") return noted;  // without space the bound is lower, and still true
  return {};
}

bool LogThread::is_full_for(const Batch& batch) const {
  const Extent extent = active_.memory->extent();
  if (extent.empty()) return false;
  std::size_t bytes = active_.memory->bytes() + batch.events.size();
  for (const Blob& blob : batch.blobs) bytes += blob.bytes.size();
  const std::uint64_t events = extent.last_seq - extent.first_seq + 1;
  return bytes > limits_.bytes || events + batch.count > limits_.events ||
         batch.now.wall - extent.first_wall >= limits_.age;
}

base::Result<void> LogThread::roll() {
  const SegmentStart& old = active_.start;
  const Seq first_seq = last_seq_ + 1;
  ActiveSegment next;
  next.start = {old.number + 1, cluster_, epoch_, first_seq, active_.chain};
  next.chain = active_.chain;
  base::Result<std::unique_ptr<SegmentWriter>> writer = sealer_.open_next(next.start.number);
  if (!writer) return writer.error();
  next.writer = std::move(*writer);
  next.memory = std::make_shared<SegmentMemory>(first_seq);

  if (before_roll_) before_roll_();
  const Extent extent = active_.memory->extent();
  const SegmentSeal seal{last_seq_, active_.chain, active_.batches, extent.first_wall, extent.last_wall};
  catalogue_.add({next.start.number, next.memory, false});
  sealer_.seal({old, seal, std::move(active_.writer), active_.memory});
  sealer_.prepare(next.start.number + 1);
  active_ = std::move(next);
  return {};
}

void LogThread::tidy() {
  if (dead_) return;
  active_.memory->index();
  if (active_.writer->wal_frames() < base::limits::wal_checkpoint_frames) return;
  const base::Result<void> done = active_.writer->checkpoint();
  if (!done && done.error().code != "full") give_up(done.error());
}

void LogThread::give_up(const base::Error& error) {
  {
    const std::scoped_lock lock(mutex_);
    dead_ = true;
    for (Job* job : jobs_) job->result = ended_error();
    jobs_.clear();
  }
  active_.writer->database().keep_wal_on_close(true);
  fatal_(error.message);
}

}  // namespace cordyna::log
