#pragma once
// Work that the loop must not wait for: parsing declarations, reading blobs and old batches. It runs elsewhere on
// values of its own; what it returns runs on the loop's thread. Tests use InlineReaders and decide when.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace cordyna::cerebro {

class Readers {
 public:
  using Then = std::function<void()>;
  using Work = std::function<Then()>;

  virtual ~Readers() = default;
  /// For sessions, whose work is bounded by what they may send.
  virtual void run(Work work) = 0;
  /// For everybody else: false, and nothing is done, when limits::reader_queue_max already wait.
  virtual bool try_run(Work work) = 0;
  /// Runs what finished work returned, on the caller's thread.
  virtual void poll() = 0;
};

class ThreadReaders final : public Readers {
 public:
  /// `wake` is called from a reader thread when poll() has something to do.
  ThreadReaders(std::size_t threads, std::function<void()> wake);
  /// Drops what was not begun, waits for what was.
  ~ThreadReaders() override;
  void run(Work work) override;
  bool try_run(Work work) override;
  void poll() override;

 private:
  void serve();

  std::function<void()> wake_;
  std::mutex mutex_;  // guards what is below
  std::condition_variable more_;
  std::deque<Work> waiting_;
  std::vector<Then> finished_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

/// Everything happens in poll(), in order.
class InlineReaders final : public Readers {
 public:
  void run(Work work) override { waiting_.push_back(std::move(work)); }
  bool try_run(Work work) override;
  void poll() override;
  std::size_t waiting() const { return waiting_.size(); }

 private:
  std::deque<Work> waiting_;
};

}  // namespace cordyna::cerebro
