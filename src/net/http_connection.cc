// Reading waits for readiness and then reads into the loop's one buffer, so thousands of idle connections hold no
// buffer of their own. The socket stays watched while the owner prepares an answer: that is how a client that went away
// is noticed in the middle of a stream.

#include "net/http_connection.h"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <span>
#include <utility>

#include "base/check.h"
#include "net/http_text.h"
#include "net/websocket_connection.h"

namespace cordyna::net {

HttpConnection::HttpConnection(Loop& loop, base::ConnectionId id, Socket socket, std::string remote)
    : Connection(loop, id, true), socket_(std::move(socket)), remote_(std::move(remote)) {}

void HttpConnection::start() {
  set_deadline(loop_.options.header_timeout);
  watch();
}

void HttpConnection::refuse_as_surplus() {
  refuse({503, "too_many_connections", "The limit of open connections is reached. Try again later."});
}

// ---- reading

void HttpConnection::watch() {
  if (watching_ || gone() || peer_finished_ || !wants_bytes()) return;
  watching_ = true;
  socket_.async_wait(Socket::wait_read, [self = shared_from_this(), this](const boost::system::error_code& failure) {
    watching_ = false;
    if (gone()) return;
    if (failure) return finish("lost: " + failure.message());
    read();
  });
}

bool HttpConnection::wants_bytes() const {
  const bool between = phase_ == Phase::idle || phase_ == Phase::reading || phase_ == Phase::lingering;
  return between || unread_.size() - unread_from_ < loop_.scratch.size();
}

void HttpConnection::read() {
  while (!gone() && !peer_finished_ && wants_bytes()) {
    boost::system::error_code failure;
    const std::size_t bytes = socket_.read_some(asio::buffer(loop_.scratch), failure);
    if (failure == asio::error::would_block) return watch();
    if (failure) return on_read_end(failure);
    take(bytes);
    if (!take_share(bytes)) return pause();
  }
}

void HttpConnection::take(std::size_t bytes) {
  if (phase_ == Phase::lingering || phase_ == Phase::ending) return;  // nobody will read it
  unread_.erase(0, std::exchange(unread_from_, 0));
  unread_.append(loop_.scratch, 0, bytes);
  parse();
}

void HttpConnection::on_read_end(const boost::system::error_code& failure) {
  peer_finished_ = true;
  if (failure != asio::error::eof) return finish("lost: " + failure.message());
  // A client may close its half and still wait for the answer; a stream's client has nothing to wait for.
  const bool answer_is_due = phase_ == Phase::answering || phase_ == Phase::writing || phase_ == Phase::ending;
  if (!answer_is_due) finish(phase_ == Phase::lingering ? close_reason_ : "closed by the peer");
}

void HttpConnection::parse() {
  while (phase_ == Phase::idle || phase_ == Phase::reading) {
    if (phase_ == Phase::idle) {
      while (unread_from_ < unread_.size() && (unread_[unread_from_] == '\r' || unread_[unread_from_] == '\n'))
        ++unread_from_;  // RFC 9112, 2.2: empty lines before a request are ignored
      if (unread_from_ == unread_.size()) return;
      reader_ = std::make_unique<RequestReader>(loop_.options);
      phase_ = Phase::reading;
      begun_ = std::chrono::steady_clock::now();
      set_deadline(begun_ + loop_.options.header_timeout);
    }
    const bool head_was_read = reader_->head_read();
    const std::size_t used = reader_->read(std::string_view(unread_).substr(unread_from_));
    unread_from_ += used;
    if (const Problem* problem = reader_->refused()) return refuse(*problem);
    if (!head_was_read && reader_->head_read()) set_deadline(begun_ + loop_.options.request_timeout);
    if (reader_->wants_continue()) {
      outbox_.append("HTTP/1.1 100 Continue\r\n\r\n");
      flush();
    }
    if (reader_->whole()) return deliver();
    if (used == 0 || unread_from_ == unread_.size()) return;
  }
}

void HttpConnection::deliver() {
  phase_ = Phase::answering;
  clear_deadline();
  base::HttpRequest request = reader_->take();
  request.remote = remote_;
  if (request.upgrade) handshake_ = request;
  tell(std::move(request));
}

void HttpConnection::expect_next() {
  reader_.reset();
  handshake_ = {};
  phase_ = Phase::idle;
  parse();
  if (gone() || (phase_ != Phase::idle && phase_ != Phase::reading)) return watch();
  if (peer_finished_) return finish("closed by the peer");
  if (phase_ == Phase::idle) {
    unread_ = std::string();
    unread_from_ = 0;
    set_deadline(loop_.options.idle_timeout);
  }
  watch();
}

void HttpConnection::refuse(const Problem& problem) {
  close_reason_ = fmt::format("refused with {}: {}", problem.status, problem.detail);
  answer(problem_response(problem), true);
}

void HttpConnection::on_deadline() {
  switch (phase_) {
    case Phase::idle:
      return finish("closed: idle for too long");
    case Phase::reading:
      return refuse({408, "request_timeout", "The request did not arrive in time."});
    case Phase::lingering:
      return finish(close_reason_);
    default:
      return finish("closed: the peer took nothing of its answer for too long");
  }
}

// ---- answering

void HttpConnection::respond(base::HttpResponse response) {
  if (closing_) return;
  base::check(phase_ == Phase::answering);
  answer(std::move(response), false);
}

void HttpConnection::answer(base::HttpResponse response, bool then_close) {
  then_close_ = then_close_ || then_close || peer_finished_ || !reader_ || !reader_->keep_alive();
  const bool head_only = reader_ && reader_->is_head();
  const bool has_body = status_has_body(response.status);
  HeadOptions head{.content_length = std::nullopt, .keep_alive = !then_close_};
  if (has_body) head.content_length = response.body.size();
  outbox_.append(response_head(response, head));
  if (has_body && !head_only) outbox_.append(std::move(response.body));
  phase_ = then_close_ ? Phase::ending : Phase::writing;
  flush();
}

void HttpConnection::start_stream(base::HttpResponse head) {
  if (closing_) return;
  base::check(phase_ == Phase::answering);
  if (peer_finished_) return finish("closed by the peer");
  without_body_ = reader_->is_head();
  chunked_ = reader_->is_http_1_1();
  phase_ = Phase::streaming;
  outbox_.append(response_head(head, {.content_length = std::nullopt, .chunked = chunked_, .keep_alive = false}));
  write(std::move(head.body));
  flush();
}

void HttpConnection::write(std::string bytes) {
  if (closing_ || without_body_ || bytes.empty()) return;
  base::check(phase_ == Phase::streaming);
  outbox_.append(chunked_ ? chunk(bytes) : std::move(bytes));
  flush();
}

void HttpConnection::accept_websocket(std::string subprotocol) {
  if (closing_) return;
  base::check(phase_ == Phase::answering && handshake_.upgrade);
  if (peer_finished_) return finish("closed by the peer");
  if (unread_from_ < unread_.size())
    return refuse({400, "malformed_request", "Nothing may follow an upgrade request before it is answered."});
  boost::system::error_code ignored;
  socket_.cancel(ignored);
  hand_over();
  loop_.connections[id_.value] = accepted_websocket(loop_, id_, std::move(socket_), handshake_, subprotocol);
}

void HttpConnection::close(std::uint16_t, std::string reason) {
  if (closing_) return;
  closing_ = true;
  close_reason_ = std::move(reason);
  then_close_ = true;
  switch (phase_) {
    case Phase::idle:
    case Phase::reading:
    case Phase::answering:
      return finish(close_reason_);
    case Phase::writing:
      phase_ = Phase::ending;
      return;
    case Phase::streaming:
      phase_ = Phase::ending;
      if (chunked_ && !without_body_) outbox_.append(std::string(last_chunk));
      if (outbox_.size() == 0) return linger();
      return flush();
    case Phase::ending:
    case Phase::lingering:
      return;
  }
}

void HttpConnection::close_gently(std::uint16_t code, std::string reason) {
  if (phase_ == Phase::answering)
    then_close_ = true;
  else
    close(code, std::move(reason));
}

void HttpConnection::flush() {
  if (writing_ || gone() || outbox_.size() == 0) return;
  writing_ = true;
  if (phase_ != Phase::reading) set_deadline(loop_.options.write_timeout);
  const std::span<const asio::const_buffer> pieces(outbox_.pieces());
  socket_.async_write_some(
      pieces, [self = shared_from_this(), this](const boost::system::error_code& failure, std::size_t bytes) {
        on_written(failure, bytes);
      });
}

void HttpConnection::on_written(const boost::system::error_code& failure, std::size_t bytes) {
  writing_ = false;
  if (gone()) return;
  if (failure) return finish("lost: " + failure.message());
  const std::size_t before = outbox_.size();
  outbox_.taken(bytes);
  if (phase_ == Phase::streaming) tell_if_writable(before, outbox_.size());
  outbox_.size() > 0 ? flush() : on_all_written();
}

void HttpConnection::on_all_written() {
  if (phase_ == Phase::writing) return expect_next();
  if (phase_ == Phase::ending) return linger();
  if (phase_ == Phase::streaming || phase_ == Phase::answering) clear_deadline();
}

/// Closing at once with unread bytes in the kernel would reset the connection and could destroy the answer on its way.
void HttpConnection::linger() {
  boost::system::error_code failure;
  socket_.shutdown(Socket::shutdown_send, failure);
  if (failure || peer_finished_) return finish(close_reason_);
  phase_ = Phase::lingering;
  unread_ = std::string();
  unread_from_ = 0;
  set_deadline(base::limits::http_linger_timeout);
  watch();
}

void HttpConnection::close_socket() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace cordyna::net
