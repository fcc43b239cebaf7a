// Reader threads: a bounded queue in, a list of continuations out.

#include "cerebro/readers.h"

#include "base/limits.h"

namespace cordyna::cerebro {

ThreadReaders::ThreadReaders(std::size_t threads, std::function<void()> wake) : wake_(std::move(wake)) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
}

ThreadReaders::~ThreadReaders() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  more_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void ThreadReaders::run(Work work) {
  {
    const std::scoped_lock lock(mutex_);
    waiting_.push_back(std::move(work));
  }
  more_.notify_one();
}

bool ThreadReaders::try_run(Work work) {
  {
    const std::scoped_lock lock(mutex_);
    if (waiting_.size() >= base::limits::reader_queue_max) return false;
    waiting_.push_back(std::move(work));
  }
  more_.notify_one();
  return true;
}

void ThreadReaders::poll() {
  std::vector<Then> finished;
  {
    const std::scoped_lock lock(mutex_);
    finished.swap(finished_);
  }
  for (auto& then : finished)
    if (then) then();
}

void ThreadReaders::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    more_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    Work work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    Then then = work();
    work = nullptr;
    lock.lock();
    finished_.push_back(std::move(then));
    wake_();
  }
}

bool InlineReaders::try_run(Work work) {
  if (waiting_.size() >= base::limits::reader_queue_max) return false;
  waiting_.push_back(std::move(work));
  return true;
}

void InlineReaders::poll() {
  while (!waiting_.empty()) {
    const Work work = std::move(waiting_.front());
    waiting_.pop_front();
    if (const Then then = work()) then();
  }
}

}  // namespace cordyna::cerebro
