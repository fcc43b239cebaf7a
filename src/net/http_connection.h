#pragma once
// HttpConnection: an accepted socket that speaks HTTP/1.1 until it is closed or becomes a WebSocket. Requests are read
// one at a time; the bytes of the next one wait, unparsed, until the answer is written. Private to net/.

#include <cstdint>
#include <memory>
#include <string>

#include "net/connection.h"
#include "net/outbox.h"
#include "net/request_reader.h"

namespace cordyna::net {

class HttpConnection final : public Connection {
 public:
  HttpConnection(Loop& loop, base::ConnectionId id, Socket socket, std::string remote);
  void start();
  /// Answers 503 without reading: there are too many.
  void refuse_as_surplus();

  void respond(base::HttpResponse response) override;
  void start_stream(base::HttpResponse head) override;
  void write(std::string bytes) override;
  void accept_websocket(std::string subprotocol) override;
  std::size_t buffered() const override { return outbox_.size(); }
  void close(std::uint16_t code, std::string reason) override;
  void close_gently(std::uint16_t code, std::string reason) override;
  void resume() override { read(); }

 private:
  enum class Phase {
    idle,       // between requests: not a byte of the next one is here
    reading,    // a request has begun
    answering,  // the owner has it
    writing,    // its answer is on the way
    streaming,  // its answer has no end yet
    ending,     // the last answer is on the way
    lingering,  // everything is sent; what the peer still sends is thrown away until it closes
  };

  void on_deadline() override;
  void close_socket() override;

  void watch();
  void read();
  void take(std::size_t bytes);
  void on_read_end(const boost::system::error_code& failure);
  bool wants_bytes() const;
  void parse();
  void deliver();
  void refuse(const Problem& problem);
  void expect_next();

  void answer(base::HttpResponse response, bool then_close);
  void flush();
  void on_written(const boost::system::error_code& failure, std::size_t bytes);
  void on_all_written();
  void linger();

  Socket socket_;
  std::string remote_;
  Phase phase_ = Phase::idle;
  std::unique_ptr<RequestReader> reader_;  // of the request at hand
  base::HttpRequest handshake_;            // an upgrade request is needed again to accept it
  std::string unread_;                     // received, not parsed; from unread_from_
  std::size_t unread_from_ = 0;
  Instant begun_;
  Outbox outbox_;
  std::string close_reason_ = "closed after the answer";
  bool watching_ = false;
  bool writing_ = false;
  bool then_close_ = false;
  bool chunked_ = false;
  bool without_body_ = false;
  bool peer_finished_ = false;  // it will send no more
};

}  // namespace cordyna::net
