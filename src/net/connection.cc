// The deadline is armed lazily: connections move it with every request, mostly to a later instant, and a timer that
// fires too early just looks again. So a busy connection costs no timer operation at all.

#include "net/connection.h"

#include <utility>

#include "base/check.h"

namespace cordyna::net {

Connection::Connection(Loop& loop, base::ConnectionId id, bool accepted)
    : loop_(loop), id_(id), accepted_(accepted), timer_(loop.io) {}

void Connection::respond(base::HttpResponse) {
  base::check(false);
}
void Connection::start_stream(base::HttpResponse) {
  base::check(false);
}
void Connection::write(std::string) {
  base::check(false);
}
void Connection::accept_websocket(std::string) {
  base::check(false);
}
void Connection::send(std::string, bool) {
  base::check(false);
}

void Connection::set_deadline(Instant when) {
  deadline_ = when;
  if (!armed_ || when < *armed_) arm();
}

void Connection::arm() {
  armed_ = deadline_;
  timer_.expires_at(*armed_);
  timer_.async_wait([self = weak_from_this()](const boost::system::error_code& failure) {
    const auto connection = self.lock();
    if (failure || !connection || connection->gone_) return;
    connection->armed_.reset();
    if (!connection->deadline_) return;
    if (*connection->deadline_ > std::chrono::steady_clock::now()) return connection->arm();
    connection->deadline_.reset();
    connection->on_deadline();
  });
}

bool Connection::take_share(std::size_t bytes) {
  if (pass_ != loop_.pass) {
    pass_ = loop_.pass;
    pass_messages_ = 0;
    pass_bytes_ = 0;
  }
  ++pass_messages_;
  pass_bytes_ += bytes;
  return pass_messages_ < base::limits::poll_connection_messages_max &&
         pass_bytes_ < base::limits::poll_connection_bytes_max;
}

void Connection::pause() {
  loop_.paused.push_back(weak_from_this());
}

void Connection::tell_if_writable(std::size_t before, std::size_t after) {
  const std::size_t mark = loop_.options.writable_mark_bytes;
  if (before > mark && after <= mark && !closing_) loop_.arrive(id_, Writable{});
}

void Connection::hand_over() {
  gone_ = true;
  timer_.cancel();
}

void Connection::finish(std::string reason) {
  if (gone_) return;
  gone_ = true;
  const auto self = shared_from_this();  // the table may hold the last share
  timer_.cancel();
  close_socket();
  loop_.connections.erase(id_.value);
  if (accepted_) --loop_.accepted;
  if (known_) loop_.arrive(id_, Closed{std::move(reason)});
}

}  // namespace cordyna::net
