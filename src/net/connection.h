#pragma once
// Connection: what HTTP and WebSocket connections have in common: identity, one deadline, their share of a pass, and
// the promise that on_closed is told exactly once. Private to net/.
//
// Shared ownership, because every operation the kernel still works on needs its connection alive; the table in Loop
// holds another share until the connection has ended.

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/time.h"
#include "net/loop.h"

namespace cordyna::net {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  Connection(Loop& loop, base::ConnectionId id, bool accepted);
  virtual ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The owner's calls; those that do not fit the kind of connection are the owner's bugs.
  virtual void respond(base::HttpResponse response);
  virtual void start_stream(base::HttpResponse head);
  virtual void write(std::string bytes);
  virtual void accept_websocket(std::string subprotocol);
  virtual void send(std::string bytes, bool binary);
  virtual std::size_t buffered() const = 0;
  virtual void close(std::uint16_t code, std::string reason) = 0;
  /// As close(), but a request under way is answered first.
  virtual void close_gently(std::uint16_t code, std::string reason) { close(code, std::move(reason)); }
  /// Reads on: a new pass has begun.
  virtual void resume() = 0;

  bool closing() const { return closing_; }

 protected:
  virtual void on_deadline() = 0;
  virtual void close_socket() = 0;

  /// on_deadline() comes at that instant unless another deadline is set, or none, before.
  void set_deadline(Instant when);
  void set_deadline(base::Duration after) { set_deadline(std::chrono::steady_clock::now() + after); }
  void clear_deadline() { deadline_.reset(); }

  /// Counts `bytes` read against this pass; false once the share is used up: resume() will come with the next pass.
  bool take_share(std::size_t bytes);
  void pause();

  /// Tells the owner that a request, or the opening, or a message is there.
  template <class What>
  void tell(What what) {
    known_ = true;
    loop_.arrive(id_, std::move(what));
  }
  void tell_if_writable(std::size_t before, std::size_t after);
  /// The end, from whatever side: closes the socket, leaves the table, tells once. Later calls do nothing.
  void finish(std::string reason);
  /// Leaves without a word: another connection goes on with the socket under the same id.
  void hand_over();
  bool gone() const { return gone_; }

  Loop& loop_;
  const base::ConnectionId id_;
  const bool accepted_;   // else dialled
  bool known_ = false;    // something was told of it, so its end is told too
  bool closing_ = false;  // the owner closed it: nothing but the end is told

 private:
  void arm();

  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                             asio::io_context::executor_type>
      timer_;
  std::optional<Instant> deadline_;
  std::optional<Instant> armed_;
  std::uint64_t pass_ = 0;
  std::size_t pass_messages_ = 0;
  std::size_t pass_bytes_ = 0;
  bool gone_ = false;
};

}  // namespace cordyna::net
