#pragma once
// The seam between the runtime and what does the work: threads with handlers (WorkPool) or processes
// (CommandRunner). Commands go in on the runtime's thread; reports come back from any thread through the Mailbox, which
// wakes the runtime once for all that was posted meanwhile.

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "model/session.h"

namespace cordyna::task_server {

struct LogText {
  std::string token;
  std::string text;
};
using Report = std::variant<model::Update, LogText>;

/// Not bounded by itself: log text is bounded where it is put in order (Outbox), updates by the slots.
class Mailbox {
 public:
  explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  void post(Report report) {
    const std::lock_guard lock(mutex_);
    reports_.push_back(std::move(report));
    if (reports_.size() == 1 && wake_) wake_();
  }

  /// The runtime is going away; threads that it left behind may still post, into nothing.
  void close() {
    const std::lock_guard lock(mutex_);
    wake_ = nullptr;
  }

  std::vector<Report> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(reports_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<Report> reports_;
  std::function<void()> wake_;
};

class Workers {
 public:
  virtual ~Workers() = default;
  /// Starts an attempt; exactly one final update follows. At most `slots` are under way at a time.
  virtual void start(model::RunCommand run) = 0;
  /// Answers check_yes or check_no, in 10 s at most where that can be enforced.
  virtual void check(model::CheckCommand check) = 0;
  /// Asks an attempt or a check to stop. Its final update is `cancelled` unless it ended before, or ends by itself in
  /// spite of it; of a command that ends with exit code 0 only `given_up` tells which.
  virtual void cancel(const std::string& token, bool given_up) = 0;
};

}  // namespace cordyna::task_server
