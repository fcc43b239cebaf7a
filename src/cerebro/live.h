#pragma once
// Streams of server-sent events over HTTP: what happens, as it becomes durable. An event is filtered before it is
// rendered, rendered once for all clients, and sent at most 10 times a second to each. A client that begins in the past
// is brought up to date from the log; one that reads too slowly gets a `resync` event and goes on from now.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/transport.h"
#include "cerebro/api.h"
#include "cerebro/commits.h"
#include "cerebro/history.h"
#include "cerebro/readers.h"

namespace cordyna::cerebro {

class Live {
 public:
  Live(base::Transport& transport, Readers& readers, log::EventLog& log, const engine::State& state)
      : transport_(transport), readers_(readers), log_(log), state_(state) {}

  /// Answers the request of `connection` with a stream; 503 when there are too many. `durable` is the last seq
  /// published.
  void subscribe(base::ConnectionId connection, EventFilter filter, std::optional<base::Seq> after, base::Seq durable);
  void publish(const Published& batch);
  /// Sends what is due. `now` is steady or awake time, always the same clock.
  void advance(base::Duration now);
  std::optional<base::Duration> due() const;

  bool has(base::ConnectionId connection) const { return subscribers_.contains(connection.value); }
  void on_closed(base::ConnectionId connection) { subscribers_.erase(connection.value); }
  std::size_t count() const { return subscribers_.size(); }
  void close_all();

 private:
  struct Subscriber {
    base::ConnectionId connection;
    EventFilter filter;
    base::Seq next = 0;        // the first event it has not seen
    bool catching_up = false;  // reads the log; live events pass it by
    bool reading = false;
    std::string out;
    base::Duration flushed_at{};
  };
  bool wants(const EventFilter& filter, const model::Event& event) const;
  std::string frame(const model::Event& event, base::Seq seq, base::Time at) const;
  void append(Subscriber& subscriber, const std::string& frame);
  void resync(Subscriber& subscriber, base::Seq seq);
  void read_on(Subscriber& subscriber);
  void caught(std::uint64_t connection, base::Result<std::vector<LoggedEvent>> events, bool more);
  void flush(Subscriber& subscriber, base::Duration now);

  base::Transport& transport_;
  Readers& readers_;
  log::EventLog& log_;
  const engine::State& state_;
  std::map<std::uint64_t, Subscriber> subscribers_;
  base::Seq durable_ = 0;
  base::Duration now_{};
};

}  // namespace cordyna::cerebro
