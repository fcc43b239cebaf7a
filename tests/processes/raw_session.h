#pragma once
// A task-server made of single items, for what no decent one would say: dials cerebro over a real WebSocket in either
// subprotocol, says what the test tells it, and keeps what it hears. One thread: it hears only while it waits.

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "model/session.h"
#include "net/network.h"
#include "processes/harness.h"
#include "wire/session_codec.h"

namespace cordyna::processes {

class RawSession final : private base::TransportEvents {
 public:
  RawSession(const Cerebro& cerebro, wire::Encoding encoding);

  void say(std::vector<model::Item> items);
  /// What is no item at all.
  void say_bytes(std::string bytes, bool binary);

  /// hello, the declaration (JSON with the keys of a YAML file), the verdict, ready. The verdict it got.
  model::VerdictItem declare(const std::string& server, const std::string& json, const std::string& instance);

  /// The next item of that kind; those of other kinds before it are dropped. nullopt when the session ends first.
  template <class Item>
  std::optional<Item> hear() {
    while (const auto item = next())
      if (const auto* wanted = std::get_if<Item>(&*item)) return *wanted;
    return std::nullopt;
  }
  /// Waits until cerebro has acknowledged update `n`.
  bool acknowledged(std::uint64_t n);
  /// Waits for the end of the session: the sentence of net/ with the close code and cerebro's reason; "" at the
  /// deadline.
  std::string closed();

 private:
  std::optional<model::Item> next();
  /// Polls until `done` or the deadline.
  void pump(const std::function<bool()>& done);
  void on_request(base::ConnectionId, base::HttpRequest) override {}
  void on_opened(base::ConnectionId) override { open_ = true; }
  void on_message(base::ConnectionId connection, std::string bytes, bool binary) override;
  void on_writable(base::ConnectionId) override {}
  void on_closed(base::ConnectionId connection, std::string reason) override;

  wire::Encoding encoding_;
  net::Network network_;
  base::ConnectionId connection_;
  bool open_ = false;
  std::optional<std::string> closed_;
  std::deque<model::Item> heard_;
};

}  // namespace cordyna::processes
