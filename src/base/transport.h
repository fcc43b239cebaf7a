#pragma once
// The seam between sockets and state machines. net/ turns sockets into these calls, the simulator will do the same
// without sockets; cerebro and the task-server runtime know nothing else of the network. Everything happens on one
// thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"

namespace cordyna::base {

/// One accepted or dialled connection; never used again after it was closed.
using ConnectionId = Id<struct ConnectionTag, std::uint64_t>;

struct HttpRequest {
  std::string method;
  std::string target;                                          // path and query, not decoded
  std::vector<std::pair<std::string, std::string>> headers{};  // names in lower case, in order of arrival
  std::string body{};
  std::string remote{};  // address of the peer, for the log
  bool upgrade = false;  // asks for a WebSocket: answered by accept_websocket() or by respond() with a refusal

  /// The first header of that (lower-case) name, or "".
  std::string_view header(std::string_view name) const {
    for (const auto& [key, value] : headers)
      if (key == name) return value;
    return {};
  }
};

struct HttpResponse {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers{};  // net/ adds date, content-length and connection
  std::string body{};

  /// The first header of that (lower-case) name, or "".
  std::string_view header(std::string_view name) const {
    for (const auto& [key, value] : headers)
      if (key == name) return value;
    return {};
  }
};

/// What the network tells. No call re-enters Transport's caller: events arrive only from poll().
class TransportEvents {
 public:
  virtual ~TransportEvents() = default;
  /// A whole request was read. Requests of one connection arrive one at a time: the next is read after the answer.
  virtual void on_request(ConnectionId connection, HttpRequest request) = 0;
  /// A dialled or accepted WebSocket is open.
  virtual void on_opened(ConnectionId connection) = 0;
  virtual void on_message(ConnectionId connection, std::string bytes, bool binary) = 0;
  /// What is buffered for this connection fell below the low mark (Transport::buffered).
  virtual void on_writable(ConnectionId connection) = 0;
  /// The connection is gone, whoever closed it; told exactly once, also for a dial that failed, but not for a
  /// connection of which nothing was told before. `reason` is a sentence for people: it names the peer's close code,
  /// the failure, or for a dial the address and what it answered.
  virtual void on_closed(ConnectionId connection, std::string reason) = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;
  /// Answers the request that was read; the connection then reads the next one.
  virtual void respond(ConnectionId connection, HttpResponse response) = 0;
  /// Answers with a head and no end: write() follows until close() (server-sent events). The answer to a HEAD request
  /// has no body: writes are dropped.
  virtual void start_stream(ConnectionId connection, HttpResponse head) = 0;
  virtual void write(ConnectionId connection, std::string bytes) = 0;
  /// Accepts the upgrade that was read; on_opened follows. An empty subprotocol names none.
  virtual void accept_websocket(ConnectionId connection, std::string subprotocol) = 0;
  /// Dials ws://host:port/path; on_opened or on_closed follows.
  virtual ConnectionId dial(const std::string& url, const std::string& subprotocol) = 0;
  /// Queues one WebSocket message. Unknown and closed connections are ignored.
  virtual void send(ConnectionId connection, std::string bytes, bool binary) = 0;
  /// Bytes queued and not yet taken by the kernel.
  virtual std::size_t buffered(ConnectionId connection) const = 0;
  /// Sends what is queued, then closes (WebSocket close `code` and `reason`, cut to 123 bytes); on_closed follows, and
  /// nothing else: what arrives from now on is dropped. A dial under way is given up.
  virtual void close(ConnectionId connection, std::uint16_t code, std::string reason) = 0;
};

}  // namespace cordyna::base
