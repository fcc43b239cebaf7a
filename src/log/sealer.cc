// A segment that cannot be sealed for want of space stays in memory and is tried again; any other error ends the
// process, as on the log thread.

#include "log/sealer.h"

#include "base/limits.h"
#include "log/files.h"
#include "log/postings.h"

namespace cordyna::log {

Sealer::Sealer(DataFolder& folder, std::string vfs, Catalogue& catalogue, std::shared_ptr<OpenFiles> files, Fatal fatal,
               const StartWorker& start_worker)
    : folder_(folder),
      vfs_(std::move(vfs)),
      catalogue_(catalogue),
      files_(std::move(files)),
      fatal_(std::move(fatal)),
      worker_(start_worker(WorkerOf::sealer, [this] { return step(); })) {}

Sealer::~Sealer() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  worker_.reset();
  for (const SealWork& work : queue_) work.writer->database().keep_wal_on_close(false);
}

void Sealer::seal(SealWork work) {
  {
    const std::scoped_lock lock(mutex_);
    queue_.push_back(std::move(work));
    blocked_ = false;
  }
  worker_->wake();
}

void Sealer::prepare(std::uint64_t number) {
  {
    const std::scoped_lock lock(mutex_);
    prepare_ = number;
  }
  worker_->wake();
}

base::Result<void> Sealer::create(std::uint64_t number) {
  const std::scoped_lock lock(creating_);
  const std::string path = folder_.segment_path(number);
  if (!file_exists(path)) {
    if (base::Result<void> done = create_segment(path, vfs_); !done) return done;
  }
  return create_wal(path);
}

base::Result<std::unique_ptr<SegmentWriter>> Sealer::open_next(std::uint64_t number) {
  if (base::Result<void> done = create(number); !done) return done.error();
  return SegmentWriter::open(folder_.segment_path(number), vfs_);
}

void Sealer::wait_until_idle() {
  worker_->wait_until([this] {
    const std::scoped_lock lock(mutex_);
    return (queue_.empty() && !busy_ && prepare_ == 0) || blocked_ || stop_;
  });
}

/// Prepares a segment or seals one.
std::optional<base::Duration> Sealer::step() {
  std::unique_lock lock(mutex_);
  if (stop_ || (queue_.empty() && prepare_ == 0)) return std::nullopt;
  base::Result<void> done;
  busy_ = true;
  if (prepare_ != 0) {
    const std::uint64_t number = std::exchange(prepare_, 0);
    lock.unlock();
    done = create(number);  // without success the log thread creates it when it is needed
    lock.lock();
    if (!done && done.error().code == "full") done = {};
  } else {
    SealWork work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    done = seal_one(work);
    lock.lock();
    if (!done) queue_.push_front(std::move(work));
    blocked_ = !done;
  }
  busy_ = false;
  if (!done && done.error().code != "full") {
    stop_ = true;
    lock.unlock();
    fatal_(done.error().message);
    return std::nullopt;
  }
  return blocked_ ? base::Duration(base::limits::full_disk_retry) : base::Duration(0);
}

base::Result<void> Sealer::seal_one(SealWork& work) {
  const std::vector<std::string> rows = encode_postings(work.memory->postings(), work.start.first_seq);
  if (base::Result<void> done = work.writer->seal(work.seal, rows); !done) return done;
  work.writer.reset();
  const std::string path = folder_.segment_path(work.start.number);
  catalogue_.replace_sealed(work.start.number, std::make_shared<SealedSegment>(path, work.start, work.seal, files_));
  return {};
}

}  // namespace cordyna::log
