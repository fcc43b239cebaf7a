#pragma once
// Streams of what a task prints, over HTTP as server-sent events: `id: BYTE` (where to resume), `data:` a JSON string.
// A reader thread looks ten times a second for more; the stream ends when the attempt is over and everything was sent.

#include <functional>
#include <map>
#include <optional>

#include "base/transport.h"
#include "cerebro/readers.h"
#include "cerebro/task_logs.h"

namespace cordyna::cerebro {

class LogStreams {
 public:
  LogStreams(base::Transport& transport, Readers& readers, const TaskLogs& logs,
             std::function<bool(const AttemptName&)> is_over)
      : transport_(transport), readers_(readers), logs_(logs), is_over_(std::move(is_over)) {}

  void follow(base::ConnectionId connection, AttemptName attempt, std::uint64_t after);
  void advance(base::Duration now);
  std::optional<base::Duration> due() const;
  void on_closed(base::ConnectionId connection) { followers_.erase(connection.value); }
  void close_all();

 private:
  struct Follower {
    base::ConnectionId connection;
    AttemptName attempt;
    std::uint64_t next = 0;
    bool reading = false;
    int quiet_after_end = 0;  // looks at which nothing new was there, since the attempt is over
    base::Duration looked_at{}, sent_at{};
  };
  void got(std::uint64_t connection, base::Result<LogPart> part, bool was_over);

  base::Transport& transport_;
  Readers& readers_;
  const TaskLogs& logs_;
  std::function<bool(const AttemptName&)> is_over_;
  std::map<std::uint64_t, Follower> followers_;
  base::Duration now_{};
};

}  // namespace cordyna::cerebro
