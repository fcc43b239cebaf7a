#include "log/worker.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace cordyna::log {
namespace {

class ThreadWorker final : public Worker {
 public:
  explicit ThreadWorker(Step step) : step_(std::move(step)), thread_([this] { work(); }) {}
  ~ThreadWorker() override {
    {
      const std::scoped_lock lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  void wake() override {
    {
      const std::scoped_lock lock(mutex_);
      woken_ = true;
    }
    changed_.notify_all();
  }

  void wait_until(const std::function<bool()>& done) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, done);
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      woken_ = false;
      lock.unlock();
      const std::optional<base::Duration> again = step_();
      lock.lock();
      changed_.notify_all();  // whoever waits for what the step has done
      if (again == base::Duration(0)) continue;
      const auto something = [this] { return woken_ || stop_; };
      if (again)
        changed_.wait_for(lock, *again, something);
      else
        changed_.wait(lock, something);
      if (stop_ && !woken_) return;
    }
  }

  const Step step_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false, stop_ = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Worker> start_thread(WorkerOf, Worker::Step step) {
  return std::make_unique<ThreadWorker>(std::move(step));
}

}  // namespace cordyna::log
