#pragma once
// Network: the real base::Transport. HTTP/1.1 and WebSockets on one port, dialled WebSockets too, on one thread.
//
// The owner drives it: poll() takes what is ready and delivers it, wait() sleeps until there is something to poll for.
// Nothing is ever delivered outside poll(), so the owner may call every Transport function from inside an event.
// All functions belong to the owner's thread except wake(). Used by the main.cc of cerebro and dyna and by the
// task-server library's connection file; nobody else knows that there are sockets. docs/decisions/0110 has the reasons.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "base/time.h"
#include "base/transport.h"

namespace cordyna::net {

/// All limits are checked while reading: nobody can make us buffer more than these.
struct NetworkOptions {
  std::size_t connections_max = base::limits::connections_max;  // accepted ones; one more is answered 503
  std::size_t header_bytes_max = base::limits::http_header_bytes_max;
  std::size_t body_bytes_max = base::limits::http_body_bytes_max;
  /// The limit for one target (path and query) where it differs from body_bytes_max; asked once the header is there.
  std::function<std::size_t(std::string_view target)> body_bytes_max_of = nullptr;
  std::size_t message_bytes_max = base::limits::message_bytes_max;
  std::size_t writable_mark_bytes = base::limits::writable_mark_bytes;  // on_writable when buffered() falls to it

  base::Duration header_timeout = base::limits::http_header_timeout;    // from the first byte, or the accept
  base::Duration request_timeout = base::limits::http_request_timeout;  // header and body
  base::Duration idle_timeout = base::limits::http_idle_timeout;        // between two requests
  base::Duration write_timeout = base::limits::write_timeout;           // an HTTP answer of which nothing is taken
  base::Duration handshake_timeout = base::limits::handshake_timeout;   // a dial: resolve, connect and handshake
  base::Duration close_timeout = base::limits::close_timeout;           // a close the peer does not confirm
};

class Network final : public base::Transport {
 public:
  explicit Network(NetworkOptions options = {});
  ~Network() override;  // drops every connection without a word; call close_all() and poll() first
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// Serves on host:port (a name or an address; port 0 lets the system choose) and returns the port. Several calls add
  /// addresses. Errors: bad_address, address_in_use, io. Without it this is a mere client.
  base::Result<std::uint16_t> listen(const std::string& host, std::uint16_t port);
  void stop_listening();

  /// One pass over what is ready, never blocks: delivers to `events` and returns how many events that were. Bounded in
  /// all and for each connection (limits.h), so 0 means dry and anything else "ask again".
  std::size_t poll(base::TransportEvents& events);
  /// Sleeps until poll() has something to deliver, wake() was called (also before, since the last wait), or `longest`
  /// is over (not given: without end). Exact to about 0.1 ms.
  void wait(std::optional<base::Duration> longest);
  /// From any thread and from a signal handler: ends the present or the next wait().
  void wake();

  /// Closes everything: WebSockets with `code`, streams at their end, requests after their answer, the idle at once.
  void close_all(std::uint16_t code, const std::string& reason);
  /// Accepted and dialled ones that are not closed yet.
  std::size_t connections() const;

  void respond(base::ConnectionId connection, base::HttpResponse response) override;
  void start_stream(base::ConnectionId connection, base::HttpResponse head) override;
  void write(base::ConnectionId connection, std::string bytes) override;
  void accept_websocket(base::ConnectionId connection, std::string subprotocol) override;
  base::ConnectionId dial(const std::string& url, const std::string& subprotocol) override;
  void send(base::ConnectionId connection, std::string bytes, bool binary) override;
  std::size_t buffered(base::ConnectionId connection) const override;
  void close(base::ConnectionId connection, std::uint16_t code, std::string reason) override;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

/// Raises the soft limit of open files to the hard one and returns it; each connection takes one.
std::size_t raise_open_files_limit();

}  // namespace cordyna::net
