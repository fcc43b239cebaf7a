#pragma once
// A world for tests: a clock that stands until told, a transport that only writes down, a log in memory, and a whole
// Cerebro in it. Everything is deterministic; time passes in advance() alone.

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cerebro/cerebro.h"
#include "cerebro/recovery.h"
#include "log/memory_log.h"
#include "wire/session_codec.h"

namespace cordyna::cerebro {

class FakeClock final : public base::Clock {
 public:
  base::Time wall() const override { return base::Time(std::chrono::hours(500'000)) + steady_; }
  base::Duration steady() const override { return steady_; }
  void advance(base::Duration by) { steady_ += by; }

 private:
  base::Duration steady_ = std::chrono::hours(1);
};

class FakeTransport final : public base::Transport {
 public:
  struct Connection {
    std::vector<base::HttpResponse> responses;
    std::optional<base::HttpResponse> stream;  // head
    std::string written;
    std::string subprotocol;
    std::vector<std::string> messages;
    std::size_t buffered = 0;
    std::optional<std::pair<std::uint16_t, std::string>> closed;
  };

  void respond(base::ConnectionId id, base::HttpResponse response) override {
    at(id).responses.push_back(std::move(response));
  }
  void start_stream(base::ConnectionId id, base::HttpResponse head) override { at(id).stream = std::move(head); }
  void write(base::ConnectionId id, std::string bytes) override { at(id).written += bytes; }
  void accept_websocket(base::ConnectionId id, std::string subprotocol) override {
    at(id).subprotocol = std::move(subprotocol);
    arrive([id](base::TransportEvents& events) { events.on_opened(id); });
  }
  base::ConnectionId dial(const std::string&, const std::string&) override { return {}; }
  void send(base::ConnectionId id, std::string bytes, bool) override { at(id).messages.push_back(std::move(bytes)); }
  std::size_t buffered(base::ConnectionId id) const override {
    const auto found = connections.find(id.value);
    return found == connections.end() ? 0 : found->second.buffered;
  }
  void close(base::ConnectionId id, std::uint16_t code, std::string reason) override {
    at(id).closed = {code, reason};
    arrive([id, reason](base::TransportEvents& events) { events.on_closed(id, reason); });
  }

  using Arrival = std::function<void(base::TransportEvents&)>;
  void arrive(Arrival arrival) { arrivals.push_back(std::move(arrival)); }
  std::size_t poll(base::TransportEvents& events) {
    auto now = std::exchange(arrivals, {});
    for (auto& arrival : now) arrival(events);
    return now.size();
  }
  Connection& at(base::ConnectionId id) { return connections[id.value]; }

  std::map<std::uint64_t, Connection> connections;
  std::deque<Arrival> arrivals;
};

/// A cerebro with everything around it; `log` may outlive it, for restarts.
class House {
 public:
  explicit House(std::shared_ptr<log::MemoryLog> kept = nullptr)
      : log(kept ? std::move(kept) : std::make_shared<log::MemoryLog>()) {
    log->on_ready([this] { woken_ = true; });
    auto state = recover_state(*log, {});
    EXPECT_TRUE(state.ok()) << state.error().message;
    cerebro = std::make_unique<Cerebro>(
        CerebroWorld{transport, clock, *log, readers, *logs, {}, {{}, {}, "test"}, {"house:7070"}}, std::move(*state));
    cerebro->start();
  }

  /// Lets time pass, waking cerebro when it asked for it and whenever something arrived.
  void advance(base::Duration by) {
    const base::Duration until = clock.steady() + by;
    for (int passes = 0;; ++passes) {
      ASSERT_LT(passes, 100'000) << "cerebro never sleeps";
      woken_ = false;
      cerebro->pass([this] { return transport.poll(*cerebro); });
      if (woken_ || readers.waiting() > 0 || !transport.arrivals.empty()) continue;
      const auto sleep = cerebro->idle_time();
      if (clock.steady() >= until) return;
      const base::Duration left = until - clock.steady();
      clock.advance(sleep ? std::min(*sleep, left) : left);
    }
  }
  /// Everything that follows at once: commits, answers, commands.
  void settle() { advance(std::chrono::milliseconds(5)); }
  void pass() {
    cerebro->pass([this] { return transport.poll(*cerebro); });
  }

  // HTTP
  base::ConnectionId request(std::string method, std::string target, std::string body = {},
                             std::vector<std::pair<std::string, std::string>> headers = {}) {
    const base::ConnectionId id{++last_connection_};
    headers.emplace_back("host", "localhost:7070");
    if (!body.empty()) headers.emplace_back("content-type", "application/json");
    base::HttpRequest request{std::move(method), std::move(target), std::move(headers),
                              std::move(body),   "127.0.0.1",       false};
    transport.arrive([id, request](base::TransportEvents& events) { events.on_request(id, request); });
    return id;
  }
  const base::HttpResponse* answer(base::ConnectionId id) {
    auto& responses = transport.at(id).responses;
    return responses.empty() ? nullptr : &responses.back();
  }

  // sessions
  base::ConnectionId connect(std::string subprotocol = "cordyna.v1.proto",
                             std::vector<std::pair<std::string, std::string>> headers = {{"host", "127.0.0.1:7070"}}) {
    const base::ConnectionId id{++last_connection_};
    headers.emplace_back("sec-websocket-protocol", subprotocol);
    base::HttpRequest request{"GET", "/api/v1/connect", std::move(headers), "", "127.0.0.1", true};
    transport.arrive([id, request](base::TransportEvents& events) { events.on_request(id, request); });
    pass();
    pass();
    return id;
  }
  void say(base::ConnectionId id, std::vector<model::Item> items) {
    const auto encoding = wire::encoding_of(transport.at(id).subprotocol).value_or(wire::Encoding::proto);
    say_bytes(id, wire::encode(items, encoding), encoding == wire::Encoding::proto);
  }
  void say_bytes(base::ConnectionId id, std::string bytes, bool binary) {
    transport.arrive([=](base::TransportEvents& events) { events.on_message(id, bytes, binary); });
  }
  /// What it was told since the last call, heartbeats left out.
  std::vector<model::Item> heard(base::ConnectionId id) {
    std::vector<model::Item> all;
    auto& connection = transport.at(id);
    for (const auto& message : std::exchange(connection.messages, {})) {
      auto items = wire::decode(message, *wire::encoding_of(connection.subprotocol));
      EXPECT_TRUE(items.ok());
      for (auto& item : *items)
        if (!std::holds_alternative<model::Heartbeat>(item)) all.push_back(std::move(item));
    }
    return all;
  }

  FakeClock clock;
  FakeTransport transport;
  std::shared_ptr<log::MemoryLog> log;
  InlineReaders readers;
  std::unique_ptr<TaskLogs> logs = memory_task_logs();
  std::unique_ptr<Cerebro> cerebro;

 private:
  std::uint64_t last_connection_ = 100;
  bool woken_ = false;
};

}  // namespace cordyna::cerebro
