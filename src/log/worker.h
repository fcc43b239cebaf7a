#pragma once
// Worker: where the work of the log is done, piece by piece. In cerebro each of its two workers is a thread; in the
// simulator the timeline says when a piece is done, on the one thread there is.

#include <functional>
#include <memory>
#include <optional>

#include "base/time.h"

namespace cordyna::log {

class Worker {
 public:
  /// Does one piece. Answers after which time it wants to be called again (zero: there is more), nullopt: when woken.
  using Step = std::function<std::optional<base::Duration>()>;

  /// Steps on until there is nothing more to do at once; none is made after it returned.
  virtual ~Worker() = default;
  /// There is something to do. From any thread, and not while holding a lock that the step takes.
  virtual void wake() = 0;
  /// Returns when `done` answers true; a step makes it so. Not from within a step.
  virtual void wait_until(const std::function<bool()>& done) = 0;
};

enum class WorkerOf { log, sealer };
using StartWorker = std::function<std::unique_ptr<Worker>(WorkerOf, Worker::Step)>;

/// A thread of its own.
std::unique_ptr<Worker> start_thread(WorkerOf, Worker::Step step);

}  // namespace cordyna::log
