// A segment that cannot be sealed for want of space stays in memory and is tried again; any other error ends the
// process, as on the log thread.

#include "log/sealer.h"

#include "base/limits.h"
#include "log/files.h"
#include "log/postings.h"

namespace cordyna::log {

Sealer::Sealer(DataFolder& folder, std::string vfs, Catalogue& catalogue, std::shared_ptr<OpenFiles> files, Fatal fatal)
    : folder_(folder),
      vfs_(std::move(vfs)),
      catalogue_(catalogue),
      files_(std::move(files)),
      fatal_(std::move(fatal)),
      thread_([this] { work(); }) {}

Sealer::~Sealer() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
  for (const SealWork& work : queue_) work.writer->database().keep_wal_on_close(false);
}

void Sealer::seal(SealWork work) {
  {
    const std::scoped_lock lock(mutex_);
    queue_.push_back(std::move(work));
    blocked_ = false;
  }
  changed_.notify_all();
}

void Sealer::prepare(std::uint64_t number) {
  {
    const std::scoped_lock lock(mutex_);
    prepare_ = number;
  }
  changed_.notify_all();
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
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return (queue_.empty() && !busy_ && prepare_ == 0) || blocked_ || stop_; });
}

void Sealer::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    const auto something = [this] { return stop_ || (!blocked_ && (!queue_.empty() || prepare_ != 0)); };
    if (!changed_.wait_for(lock, base::limits::full_disk_retry, something)) {
      blocked_ = false;
      continue;
    }
    if (stop_) return;
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
    changed_.notify_all();
    if (!done && done.error().code != "full") return fatal_(done.error().message);
  }
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
