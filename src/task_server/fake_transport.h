#pragma once
// For tests of the session and the runtime: a Transport that records what was dialled, sent and closed, and a decoder
// of what left, so that a test can expect everything and nothing else.

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "base/transport.h"
#include "model/session.h"
#include "wire/session_codec.h"

namespace cordyna::task_server {

class FakeTransport final : public base::Transport {
 public:
  struct Sent {
    base::ConnectionId connection;
    std::vector<model::Item> items;
  };
  struct Closed {
    base::ConnectionId connection;
    std::uint16_t code;
    std::string reason;
  };

  void respond(base::ConnectionId, base::HttpResponse) override {}
  void start_stream(base::ConnectionId, base::HttpResponse) override {}
  void write(base::ConnectionId, std::string) override {}
  void accept_websocket(base::ConnectionId, std::string) override {}
  base::ConnectionId dial(const std::string& url, const std::string&) override {
    dialled.push_back(url);
    return {++last_connection};
  }
  void send(base::ConnectionId connection, std::string bytes, bool) override {
    auto items = wire::decode(bytes, wire::Encoding::proto);
    base::check(items.ok());
    sent.push_back({connection, std::move(*items)});
  }
  std::size_t buffered(base::ConnectionId) const override { return buffered_bytes; }
  void close(base::ConnectionId connection, std::uint16_t code, std::string reason) override {
    closed.push_back({connection, code, std::move(reason)});
  }

  std::uint64_t last_connection = 0;
  std::size_t buffered_bytes = 0;
  std::vector<std::string> dialled;
  std::deque<Sent> sent;
  std::vector<Closed> closed;
};

}  // namespace cordyna::task_server
