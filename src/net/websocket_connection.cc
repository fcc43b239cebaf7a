// The only file with Beast's WebSocket. Beast does the frames, the masks, ping and pong, the UTF-8 and size checks with
// their close codes (1002, 1007, 1009); this queues messages, bounds every wait and finds the sentence for the end.

#include "net/websocket_connection.h"

#include <fmt/format.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>
#include <optional>
#include <utility>

#include "net/problem_text.h"
#include "net/socket_options.h"

namespace cordyna::net {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using beast::error_code;
using Resolver = asio::ip::basic_resolver<Tcp, asio::io_context::executor_type>;

std::string cut_reason(std::string reason) {
  std::size_t length = std::min(reason.size(), base::limits::close_reason_bytes_max);
  while (length < reason.size() && length > 0 && (static_cast<unsigned char>(reason[length]) & 0xc0U) == 0x80U)
    --length;
  reason.resize(length);
  return reason;
}

class WebSocketConnection final : public Connection {
 public:
  WebSocketConnection(Loop& loop, base::ConnectionId id, Socket socket, bool accepted);
  void accept(const base::HttpRequest& handshake, const std::string& subprotocol);
  void dial(const base::Result<Url>& url, const std::string& subprotocol);

  void send(std::string bytes, bool binary) override;
  std::size_t buffered() const override { return buffered_; }
  void close(std::uint16_t code, std::string reason) override;
  void resume() override { read(); }

 private:
  void on_deadline() override;
  void close_socket() override;

  void resolve();
  void connect(const std::vector<Tcp::endpoint>& endpoints);
  void shake_hands();
  void on_shaken(const error_code& failure, const websocket::response_type& answer);
  void dial_failed(std::string_view cause);
  void on_open();

  void read();
  void on_read(const error_code& failure);
  void write();
  void on_written(const error_code& failure);
  void say_goodbye();
  std::string end_of(const error_code& failure) const;

  websocket::stream<Socket, false> stream_;  // false: no compression, a window for it costs more than the connection
  beast::flat_buffer read_buffer_;
  std::deque<Message> queued_;  // the first one is in flight while writing_
  std::size_t buffered_ = 0;
  bool open_ = false;
  bool reading_ = false;
  bool writing_ = false;
  std::uint16_t close_code_ = 1000;
  std::string close_reason_;
  struct Dial;
  std::unique_ptr<Dial> dial_;  // until it is open
};

struct WebSocketConnection::Dial {
  Url url;
  std::string subprotocol;
  Resolver resolver;
  std::string_view step = "resolving the name";
  websocket::response_type answer;
};

WebSocketConnection::WebSocketConnection(Loop& loop, base::ConnectionId id, Socket socket, bool accepted)
    : Connection(loop, id, accepted), stream_(std::move(socket)) {
  known_ = true;
  stream_.read_message_max(loop.options.message_bytes_max);
  stream_.auto_fragment(false);
  const auto patience = std::chrono::duration_cast<std::chrono::steady_clock::duration>(loop.options.close_timeout);
  stream_.set_option(websocket::stream_base::timeout{patience, websocket::stream_base::none(), false});
}

// ---- accepting

void WebSocketConnection::accept(const base::HttpRequest& handshake, const std::string& subprotocol) {
  beast::http::request<beast::http::empty_body> request(beast::http::verb::get, handshake.target, 11);
  for (const auto& [name, value] : handshake.headers) request.insert(name, value);
  stream_.set_option(websocket::stream_base::decorator([subprotocol](websocket::response_type& answer) {
    if (!subprotocol.empty()) answer.set(beast::http::field::sec_websocket_protocol, subprotocol);
  }));
  set_deadline(loop_.options.handshake_timeout);
  stream_.async_accept(request, [self = shared_from_this(), this](const error_code& failure) {
    if (gone()) return;
    if (failure) return finish("the WebSocket handshake failed: " + failure.message());
    on_open();
  });
}

// ---- dialling

void WebSocketConnection::dial(const base::Result<Url>& url, const std::string& subprotocol) {
  if (!url) return finish("cannot dial: " + url.error().message);
  dial_ = std::make_unique<Dial>(
      Dial{.url = *url, .subprotocol = subprotocol, .resolver = Resolver(loop_.io), .answer = {}});
  set_deadline(loop_.options.handshake_timeout);
  error_code not_numeric;
  const auto address = asio::ip::make_address(url->host, not_numeric);
  if (!not_numeric) return connect({Tcp::endpoint(address, url->port)});
  resolve();
}

void WebSocketConnection::resolve() {
  try {
    dial_->resolver.async_resolve(dial_->url.host, std::to_string(dial_->url.port),
                                  [self = shared_from_this(), this](const error_code& failure, const auto& found) {
                                    if (gone()) return;
                                    if (failure) return dial_failed(failure.message());
                                    std::vector<Tcp::endpoint> endpoints;
                                    for (const auto& entry : found) endpoints.push_back(entry.endpoint());
                                    connect(endpoints);
                                  });
  } catch (const std::exception& failure) {  // Asio resolves on a thread of its own; there may be no more threads
    set_deadline(base::Duration::zero());
    dial_->step = "starting a thread to resolve the name";
  }
}

void WebSocketConnection::connect(const std::vector<Tcp::endpoint>& endpoints) {
  dial_->step = "connecting";
  asio::async_connect(stream_.next_layer(), endpoints,
                      [self = shared_from_this(), this](const error_code& failure, const Tcp::endpoint&) {
                        if (gone()) return;
                        if (failure) return dial_failed(failure.message());
                        set_socket_options(stream_.next_layer());
                        shake_hands();
                      });
}

void WebSocketConnection::shake_hands() {
  dial_->step = "waiting for the answer to the WebSocket handshake";
  stream_.set_option(websocket::stream_base::decorator([wanted = dial_->subprotocol](websocket::request_type& request) {
    if (!wanted.empty()) request.set(beast::http::field::sec_websocket_protocol, wanted);
  }));
  stream_.async_handshake(dial_->answer, dial_->url.authority(), dial_->url.target,
                          [self = shared_from_this(), this](const error_code& failure) {
                            if (!gone()) on_shaken(failure, dial_->answer);
                          });
}

void WebSocketConnection::on_shaken(const error_code& failure, const websocket::response_type& answer) {
  if (failure == websocket::error::upgrade_declined) {
    const std::string detail = problem_detail(answer.body());
    return dial_failed(fmt::format("it answered {}{}{}", answer.result_int(), detail.empty() ? "" : ": ", detail));
  }
  if (failure) return dial_failed(failure.message());
  const auto granted = answer[beast::http::field::sec_websocket_protocol];
  if (std::string_view(granted.data(), granted.size()) != dial_->subprotocol)
    return dial_failed(fmt::format("it does not speak {}", dial_->subprotocol));
  dial_.reset();
  on_open();
}

void WebSocketConnection::dial_failed(std::string_view cause) {
  finish(fmt::format("cannot connect to {} (ws://{}{}): {}", dial_->url.authority(), dial_->url.authority(),
                     dial_->url.target, cause));
}

void WebSocketConnection::on_open() {
  open_ = true;
  clear_deadline();
  tell(Opened{});
  read();
  if (!queued_.empty()) write();
}

// ---- reading

void WebSocketConnection::read() {
  if (gone() || reading_ || !open_) return;
  reading_ = true;
  stream_.async_read(read_buffer_, [self = shared_from_this(), this](const error_code& failure, std::size_t) {
    reading_ = false;
    if (!gone()) on_read(failure);
  });
}

void WebSocketConnection::on_read(const error_code& failure) {
  if (failure) return finish(end_of(failure));
  const std::size_t bytes = read_buffer_.size();
  if (!closing_)
    tell(Message{std::string(static_cast<const char*>(read_buffer_.data().data()), bytes), stream_.got_binary()});
  read_buffer_.consume(bytes);
  if (read_buffer_.capacity() > base::limits::websocket_read_keep_bytes_max) read_buffer_ = beast::flat_buffer();
  take_share(bytes) ? read() : pause();
}

std::string WebSocketConnection::end_of(const error_code& failure) const {
  if (closing_) return close_reason_;
  if (failure == websocket::error::closed) {
    const auto& told = stream_.reason();
    const std::string_view why(told.reason.data(), told.reason.size());
    return fmt::format("closed by the peer with code {}{}{}", static_cast<unsigned>(told.code), why.empty() ? "" : ": ",
                       why);
  }
  if (failure == websocket::error::message_too_big)
    return fmt::format("closed with code 1009: a message is larger than {} bytes", loop_.options.message_bytes_max);
  if (failure == asio::error::eof) return "lost: the peer went away without a close";
  if (failure.category() == make_error_code(websocket::error::closed).category())
    return "closed with code 1002: " + failure.message();
  return "lost: " + failure.message();
}

// ---- writing

void WebSocketConnection::send(std::string bytes, bool binary) {
  if (closing_) return;
  buffered_ += bytes.size();
  queued_.push_back({std::move(bytes), binary});
  if (open_ && !writing_) write();
}

void WebSocketConnection::write() {
  writing_ = true;
  stream_.binary(queued_.front().binary);
  stream_.async_write(asio::buffer(queued_.front().bytes),
                      [self = shared_from_this(), this](const error_code& failure, std::size_t) {
                        writing_ = false;
                        if (!gone()) on_written(failure);
                      });
}

void WebSocketConnection::on_written(const error_code& failure) {
  // The reading side knows better why the stream ended, and nearly always hears of it at once.
  if (failure && reading_) return set_deadline(loop_.options.close_timeout);
  if (failure) return finish(end_of(failure));
  const std::size_t before = buffered_;
  buffered_ -= queued_.front().bytes.size();
  queued_.pop_front();
  tell_if_writable(before, buffered_);
  if (!queued_.empty()) return write();
  if (closing_) say_goodbye();
}

// ---- ending

void WebSocketConnection::close(std::uint16_t code, std::string reason) {
  if (closing_) return;
  closing_ = true;
  close_code_ = code;
  close_reason_ = cut_reason(std::move(reason));
  if (!open_) return finish(close_reason_);
  set_deadline(loop_.options.close_timeout);
  if (queued_.empty()) say_goodbye();
}

void WebSocketConnection::say_goodbye() {
  stream_.async_close(websocket::close_reason(static_cast<websocket::close_code>(close_code_), close_reason_),
                      [self = shared_from_this(), this](const error_code&) { finish(close_reason_); });
}

void WebSocketConnection::on_deadline() {
  if (dial_)
    return dial_failed(fmt::format("no success within {}, while {}",
                                   base::format_duration(loop_.options.handshake_timeout), dial_->step));
  finish(closing_ ? close_reason_ : "lost: the peer did not take part in time");
}

void WebSocketConnection::close_socket() {
  error_code ignored;
  if (dial_) dial_->resolver.cancel();
  stream_.next_layer().close(ignored);
}

}  // namespace

std::shared_ptr<Connection> accepted_websocket(Loop& loop, base::ConnectionId id, Socket socket,
                                               const base::HttpRequest& handshake, const std::string& subprotocol) {
  auto connection = std::make_shared<WebSocketConnection>(loop, id, std::move(socket), true);
  connection->accept(handshake, subprotocol);
  return connection;
}

std::shared_ptr<Connection> dialled_websocket(Loop& loop, base::ConnectionId id, const base::Result<Url>& url,
                                              const std::string& subprotocol) {
  auto connection = std::make_shared<WebSocketConnection>(loop, id, Socket(loop.io), false);
  connection->dial(url, subprotocol);
  return connection;
}

}  // namespace cordyna::net
