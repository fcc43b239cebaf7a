#pragma once
// CommandAttempt: one process that runs for an attempt or a check, from its start to the update that tells its end.

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "model/session.h"
#include "task_server/command_table.h"
#include "task_server/output_lines.h"
#include "task_server/process.h"
#include "task_server/workers.h"

namespace cordyna::task_server {

class CommandAttempt {
 public:
  using Clock = std::chrono::steady_clock;

  struct Plan {
    std::string token;
    bool is_check = false;
    base::Duration grace{};
    CommandFiles files;
  };

  CommandAttempt(Plan plan, Process process, Mailbox& mailbox, Clock::time_point now);
  ~CommandAttempt();  // removes its files
  CommandAttempt(const CommandAttempt&) = delete;
  CommandAttempt& operator=(const CommandAttempt&) = delete;

  pid_t group() const { return process_.pid(); }

  /// What to poll for: the process's end, and its open streams.
  void add_polls(std::vector<pollfd>& polls) const;
  /// Reads what the streams have (at most some of it, so that one loud command does not hold up the others).
  void read_streams();

  /// SIGTERM now, SIGKILL after the grace. An exit code of 0 means `cancelled` after that, but completed when cerebro
  /// has `given_up`: then nobody wanted less than the whole work.
  void cancel(Clock::time_point now, bool given_up);
  void kill();
  /// When on_time() has something to do.
  Clock::time_point deadline() const { return std::min(deadline_, look_again_); }
  void on_time(Clock::time_point now);

  /// True once finish() may be called: the process ended, and after a cancel what it had started too, within the grace.
  bool over(Clock::time_point now);
  /// Reaps, and tells how it ended.
  model::Update finish();

 private:
  bool read_stream(Descriptor& stream, bool is_stdout);
  void post_log();
  model::Update update_of(const Exit& exit);
  model::Update error_of(const Exit& exit) const;
  model::Update result_update() const;

  Plan plan_;
  Process process_;
  Mailbox& mailbox_;
  OutputLines lines_;
  bool stop_asked_ = false;  // by a cancel
  bool given_up_ = false;    // it was cerebro's, and nobody waits any more
  bool killed_ = false;
  bool timed_out_ = false;  // a check
  Clock::time_point deadline_ = Clock::time_point::max();
  Clock::time_point look_again_ = Clock::time_point::max();  // the process ended, the rest of its group did not yet
};

/// An update that a command could not even be started.
model::Update not_started(const std::string& token, bool is_check, const base::Error& error);

}  // namespace cordyna::task_server
