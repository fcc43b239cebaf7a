#pragma once
// RunningTask: one attempt while its handler runs; what stands behind a TaskContext. It may be used from any thread,
// since a handler may start threads of its own.

#include <atomic>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "cordyna/value.h"
#include "model/session.h"
#include "task_server/workers.h"

namespace cordyna::task_server {

class RunningTask {
 public:
  RunningTask(model::RunCommand run, Mailbox& mailbox, std::stop_token stop);

  const model::RunCommand& run() const { return run_; }
  const Value& params() const { return params_; }
  const Value& inputs() const { return inputs_; }
  std::stop_token stop_token() const {
    looked_ = true;
    return stop_;
  }
  /// Whether its handler may have ended because it was asked to stop: one that never looked ended by itself.
  bool was_stopped() const { return looked_ && stop_.stop_requested(); }

  void progress(double fraction, std::string message);
  void log(std::string_view line);
  void result(Value result);
  void skip(std::string reason);

  /// The update that ends an attempt whose handler returned without an error.
  model::Update final_update() const;

 private:
  const model::RunCommand run_;
  const Value params_;
  const Value inputs_;
  Mailbox& mailbox_;
  const std::stop_token stop_;
  mutable std::atomic<bool> looked_ = false;  // the handler has its stop token
  mutable std::mutex mutex_;
  std::optional<Value> result_;
  std::optional<std::string> skip_reason_;
};

/// An error in the words the wire knows, texts cut to their limits.
model::TaskError task_error(std::string code, std::string_view message, std::string_view hint = {});

/// A completion with this result, or the error that its size is.
model::Update completed_update(const std::string& token, std::string result_json);

}  // namespace cordyna::task_server
