#pragma once
// What tasks printed. No event and no truth: text in one file an attempt under DATA/logs, written by a background
// thread without fsync, so that a talkative task never delays a commit. An attempt's position in its log is its own:
// what is sent twice after a reconnect lands on the same bytes, what was lost leaves a marked gap.

#include <cstdint>
#include <memory>
#include <string>

#include "base/ids.h"
#include "base/result.h"

namespace cordyna::cerebro {

struct AttemptName {
  base::RunId run;
  std::string task;  // server/task, valid names only
  std::uint32_t attempt = 0;
  auto operator<=>(const AttemptName&) const = default;
};

struct LogPart {
  std::string text;
  std::uint64_t next = 0;  // where to read on
};

class TaskLogs {
 public:
  virtual ~TaskLogs() = default;
  /// Puts `text` at `offset` bytes of the attempt's log; what lies behind limits::log_bytes_max is cut off and marked.
  /// Returns at once; when the writer lags too far behind, the text is dropped (and shows as a gap).
  virtual void append(const AttemptName& attempt, std::uint64_t offset, std::string text) = 0;
  /// At most `limit` bytes from `after` on; an attempt that printed nothing has an empty log. Thread-safe.
  /// Errors: io_error.
  virtual base::Result<LogPart> read(const AttemptName& attempt, std::uint64_t after, std::size_t limit) const = 0;
  /// Waits until everything appended so far can be read.
  virtual void flush() = 0;
};

/// Below `directory`, which is created when the first text comes.
std::unique_ptr<TaskLogs> file_task_logs(std::string directory);
/// For --store memory and tests.
std::unique_ptr<TaskLogs> memory_task_logs();

}  // namespace cordyna::cerebro
