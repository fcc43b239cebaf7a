#pragma once
// TaskContext: what a handler knows of the attempt it works on, and how it tells the others about it. It is valid while
// the handler runs; all of it may be used from any thread, also from those a handler starts itself.

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "cordyna/value.h"

namespace cordyna {

namespace task_server {
class RunningTask;
}

class TaskContext {
 public:
  explicit TaskContext(task_server::RunningTask& running) : running_(running) {}  // made by the library
  TaskContext(const TaskContext&) = delete;
  TaskContext& operator=(const TaskContext&) = delete;

  const std::string& run_id() const;
  const std::string& task() const;  // server/task
  std::uint32_t attempt() const;    // from 1
  const std::string& env() const;   // production unless the run says otherwise
  /// The instant the run stands for; nothing when it was started by hand or by an event.
  std::optional<std::chrono::system_clock::time_point> scheduled_at() const;
  std::chrono::system_clock::time_point created_at() const;  // of the run

  const Value& params() const;
  /// Results of the upstreams, keyed by the text of the upstream entry.
  const Value& inputs() const;
  const Value& input(std::string_view upstream) const;

  /// fraction from 0 to 1. Cheap: only the newest one is sent.
  void progress(double fraction, std::string message = {});
  /// A line of the task's log (the line end is added).
  void log(std::string_view line);
  /// What the task gives to those who need it: JSON of at most 64 KiB; the last one counts.
  void result(Value result);
  /// There was nothing to do: the task ends as skipped, and what follows it in this run is skipped likewise.
  void skip(std::string reason);

  /// Asked to stop: by a cancel, a deadline, or the end of the process. A handler that returns after that is
  /// `cancelled`; one that never asked for its stop token or stop_requested() has ended by itself, and its outcome
  /// counts.
  std::stop_token stop_token() const;
  bool stop_requested() const { return stop_token().stop_requested(); }

 private:
  task_server::RunningTask& running_;
};

}  // namespace cordyna
