// What only the real network has: the port, the pass, wake(), streams to clients that go away, protocol faults in raw
// WebSocket frames, and many connections at a time.

#include "net/network.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "net/loopback.h"

namespace cordyna::net {
namespace {

using std::chrono::milliseconds;
using namespace std::string_literals;

const std::string upgrade_request =
    "GET /connect HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: a, b\r\n\r\n";

/// A client's frame with an all-zero mask, so that the payload can be read in the test.
std::string frame(unsigned char first, std::string_view payload) {
  std::string bytes(1, static_cast<char>(first));
  if (payload.size() < 126) {
    bytes += static_cast<char>(0x80U | payload.size());
  } else {  // up to 65,535
    bytes += "\xfe"s;
    bytes += static_cast<char>(payload.size() >> 8U);
    bytes += static_cast<char>(payload.size() & 0xffU);
  }
  return bytes + std::string(4, '\0') + std::string(payload);
}

class WebSocketFrames : public testing::Test {
 protected:
  void SetUp() override {
    served.events.request = [this](auto id, const auto&) { served.network.accept_websocket(id, "b"); };
    peer = std::make_unique<RawPeer>(served.port);
    peer->send(served, upgrade_request);
    ASSERT_TRUE(peer->receive(served, "\r\n\r\n"));
    ASSERT_TRUE(served.until_told("opened"));
    handshake = std::exchange(peer->received, {});
  }
  /// The server answers `bytes` with a close frame of that code and hangs up.
  void expect_close(std::string_view bytes, unsigned code) {
    peer->send(served, bytes);
    ASSERT_TRUE(served.until([&] {
      peer->read();
      return peer->received.size() >= 4;
    }));
    EXPECT_EQ(static_cast<unsigned char>(peer->received[0]), 0x88U);
    EXPECT_EQ((static_cast<unsigned char>(peer->received[2]) << 8U) + static_cast<unsigned char>(peer->received[3]),
              code);
    peer->close();
    ASSERT_TRUE(served.until_told("closed"));
    served.settle();
    EXPECT_EQ(served.events.summary(), "request opened closed");
    EXPECT_EQ(served.network.connections(), 0U);
  }

  Served served{{.message_bytes_max = 1000, .close_timeout = milliseconds(50)}};
  std::unique_ptr<RawPeer> peer;
  std::string handshake;
};

TEST_F(WebSocketFrames, the_handshake_names_the_chosen_subprotocol) {
  EXPECT_TRUE(handshake.starts_with("HTTP/1.1 101 ")) << handshake;
  EXPECT_NE(handshake.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), std::string::npos) << "the example of RFC 6455";
  EXPECT_NE(handshake.find("Sec-WebSocket-Protocol: b\r\n"), std::string::npos) << handshake;
}

TEST_F(WebSocketFrames, a_ping_is_answered_with_its_payload) {
  peer->send(served, frame(0x89, "are you there"));
  EXPECT_TRUE(peer->receive(served,
                            "\x8a\x0d"
                            "are you there"));
  served.settle();
  EXPECT_EQ(served.events.summary(), "request opened");
}

TEST_F(WebSocketFrames, fragments_become_one_message) {
  peer->send(served, frame(0x01, "one ") + frame(0x89, "") + frame(0x00, "two ") + frame(0x80, "three"));
  ASSERT_TRUE(served.until_told("message"));
  EXPECT_EQ(served.events.at("message").text, "one two three");
}

TEST_F(WebSocketFrames, a_message_at_the_limit_is_read) {
  peer->send(served, frame(0x82, std::string(1000, 'x')));
  ASSERT_TRUE(served.until_told("message"));
  EXPECT_EQ(served.events.at("message").text.size(), 1000U);
}

TEST_F(WebSocketFrames, one_byte_more_closes_with_1009) {
  expect_close(frame(0x82, std::string(1001, 'x')), 1009);
}

TEST_F(WebSocketFrames, fragments_beyond_the_limit_close_with_1009) {
  expect_close(frame(0x02, std::string(600, 'x')) + frame(0x80, std::string(600, 'x')), 1009);
}

TEST_F(WebSocketFrames, a_frame_without_a_mask_closes_with_1002) {
  expect_close("\x82\x01x", 1002);
}
TEST_F(WebSocketFrames, a_reserved_bit_closes_with_1002) {
  expect_close(frame(0xc2, "x"), 1002);
}
TEST_F(WebSocketFrames, an_unknown_opcode_closes_with_1002) {
  expect_close(frame(0x83, "x"), 1002);
}
TEST_F(WebSocketFrames, a_large_control_frame_closes_with_1002) {
  expect_close(frame(0x89, std::string(126, 'x')), 1002);
}
TEST_F(WebSocketFrames, a_continuation_of_nothing_closes_with_1002) {
  expect_close(frame(0x80, "x"), 1002);
}
TEST_F(WebSocketFrames, text_that_is_not_utf8_closes_with_1007) {
  expect_close(frame(0x81, "\xff\xfe"), 1007);
}

TEST_F(WebSocketFrames, a_peer_that_does_not_confirm_a_close_is_dropped) {
  served.network.close(served.events.at("opened").connection, 1001, "restarting");
  ASSERT_TRUE(served.until_told("closed"));
  EXPECT_EQ(served.events.at("closed").text, "restarting");
  EXPECT_TRUE(peer->receive(served, "\x88\x0c\x03\xe9restarting"));
}

TEST_F(WebSocketFrames, a_peer_that_does_not_read_is_dropped_when_closed) {
  const auto id = served.events.at("opened").connection;
  served.network.send(id, std::string(64U << 20, 'x'), true);
  served.network.close(id, 1000, "enough");
  ASSERT_TRUE(served.until_told("closed"));
  EXPECT_EQ(served.network.connections(), 0U);
}

TEST_F(WebSocketFrames, buffered_falls_and_writable_is_told_once_the_peer_reads) {
  const auto id = served.events.at("opened").connection;
  for (int i = 0; i < 64; ++i) served.network.send(id, std::string(1U << 20, 'x'), true);
  served.settle();
  EXPECT_GT(served.network.buffered(id), 32U << 20);
  EXPECT_EQ(served.events.count("writable"), 0U);
  ASSERT_TRUE(served.until([&] {
    peer->read();
    peer->received.clear();
    return served.network.buffered(id) == 0;
  }));
  served.settle();
  EXPECT_EQ(served.events.summary(), "request opened writable");
}

TEST_F(WebSocketFrames, a_flood_is_told_in_shares) {
  std::string flood;
  for (int i = 0; i < 1000; ++i) flood += frame(0x82, "x");
  peer->send(served, flood);
  ASSERT_TRUE(served.until_told("message"));
  std::size_t largest = 0;
  ASSERT_TRUE(served.until([&] {
    const std::size_t before = served.events.count("message");
    served.network.poll(served.events);
    largest = std::max(largest, served.events.count("message") - before);
    return served.events.count("message") == 1000;
  }));
  EXPECT_LE(largest, base::limits::poll_connection_messages_max);
}

TEST(Upgrade, an_incomplete_handshake_is_refused) {
  Served served;
  served.events.request = [&](auto id, const auto&) { served.network.accept_websocket(id, ""); };
  RawPeer peer(served.port);
  peer.send(
      served,
      "GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n");
  ASSERT_TRUE(peer.receive(served, "HTTP/1.1 400"));
  ASSERT_TRUE(served.until_told("closed"));
  EXPECT_EQ(served.events.summary(), "request closed");
}

TEST(Upgrade, a_refused_upgrade_leaves_an_http_connection) {
  Served served;
  served.events.request = [&](auto id, const auto& request) {
    served.network.respond(id,
                           {.status = request.upgrade ? 403 : 200, .body = request.upgrade ? "foreign" : "welcome"});
  };
  RawPeer peer(served.port);
  peer.send(served, upgrade_request);
  ASSERT_TRUE(peer.receive(served, "foreign"));
  peer.send(served, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(peer.receive(served, "welcome"));
}

class Stream : public testing::Test {
 protected:
  void open(const std::string& request = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n") {
    served.events.request = [this](auto id, const auto&) {
      served.network.start_stream(id, {.headers = {{"content-type", "text/event-stream"}}});
      stream = id;
    };
    peer = std::make_unique<RawPeer>(served.port);
    peer->send(served, request);
    ASSERT_TRUE(peer->receive(served, "\r\n\r\n"));
  }

  Served served;
  std::unique_ptr<RawPeer> peer;
  base::ConnectionId stream;
};

TEST_F(Stream, pieces_come_as_chunks_until_it_is_closed) {
  open();
  EXPECT_NE(peer->received.find("transfer-encoding: chunked"), std::string::npos) << peer->received;
  served.network.write(stream, "data: 1\n\n");
  ASSERT_TRUE(peer->receive(served, "9\r\ndata: 1\n\n\r\n"));
  served.network.write(stream, "");
  served.network.write(stream, "data: 2\n\n");
  served.network.close(stream, 1000, "the end");
  served.network.write(stream, "too late");
  ASSERT_TRUE(peer->receive_end(served));
  EXPECT_TRUE(peer->received.ends_with("9\r\ndata: 2\n\n\r\n0\r\n\r\n")) << peer->received;
  peer->close();
  ASSERT_TRUE(served.until_told("closed"));
  EXPECT_EQ(served.events.at("closed").text, "the end");
  EXPECT_EQ(served.events.summary(), "request closed");
}

TEST_F(Stream, a_client_that_goes_away_is_told_once_without_a_write) {
  open();
  peer->close();
  ASSERT_TRUE(served.until_told("closed"));
  served.network.write(stream, "for nobody");
  served.settle();
  EXPECT_EQ(served.events.summary(), "request closed");
}

TEST(StreamStart, a_client_that_left_before_the_stream_began_is_told_once) {
  Served served;
  RawPeer peer(served.port);
  peer.send(served, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(served.until_told("request"));
  peer.close();
  served.settle();
  served.network.start_stream(served.events.at("request").connection, {});
  ASSERT_TRUE(served.until_told("closed"));
  served.settle();
  EXPECT_EQ(served.events.summary(), "request closed");
}

TEST_F(Stream, a_reset_client_is_told_once) {
  open();
  served.network.write(stream, std::string(32U << 20, 'x'));
  served.settle();
  peer->reset();
  ASSERT_TRUE(served.until_told("closed"));
  served.settle();
  EXPECT_EQ(served.events.summary(), "request closed");
}

TEST_F(Stream, a_slow_client_is_seen_by_buffered_and_writable) {
  open();
  for (int i = 0; i < 640; ++i) served.network.write(stream, std::string(100'000, 'x'));
  served.settle();
  EXPECT_GT(served.network.buffered(stream), 32U << 20);
  ASSERT_TRUE(served.until([&] {
    peer->read();
    peer->received.clear();
    return served.network.buffered(stream) == 0;
  }));
  served.settle();
  EXPECT_EQ(served.events.summary(), "request writable");
}

TEST_F(Stream, an_old_client_gets_it_without_chunks) {
  open("GET /events HTTP/1.0\r\n\r\n");
  served.network.write(stream, "data: 1\n\n");
  served.network.close(stream, 1000, "");
  ASSERT_TRUE(peer->receive_end(served));
  EXPECT_TRUE(peer->received.ends_with("\r\n\r\ndata: 1\n\n")) << peer->received;
}

TEST_F(Stream, a_head_request_gets_the_head_alone) {
  open("HEAD /events HTTP/1.1\r\nHost: x\r\n\r\n");
  served.network.write(stream, "data: 1\n\n");
  served.network.close(stream, 1000, "");
  ASSERT_TRUE(peer->receive_end(served));
  EXPECT_TRUE(peer->received.ends_with("\r\n\r\n")) << peer->received;
  EXPECT_EQ(peer->received.find("data"), std::string::npos);
}

TEST(Network, five_hundred_connections_are_served_at_a_time) {
  raise_open_files_limit();
  Served served;
  served.events.request = [&](auto id, const auto&) { served.network.respond(id, {.body = "welcome"}); };
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (int i = 0; i < 500; ++i) {
    peers.push_back(std::make_unique<RawPeer>(served.port));
    peers.back()->send(served, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  for (const auto& peer : peers) ASSERT_TRUE(peer->receive(served, "welcome"));
  EXPECT_EQ(served.network.connections(), 500U);
  for (std::size_t i = 0; i < peers.size(); ++i) i % 2 == 0 ? peers[i]->close() : peers[i]->reset();
  ASSERT_TRUE(served.until_told("closed", 500));
  served.settle();
  EXPECT_EQ(served.events.told.size(), 1000U);
  EXPECT_EQ(served.network.connections(), 0U);
}

TEST(Network, one_connection_too_many_is_answered_503) {
  Served served({.connections_max = 2});
  served.events.request = [&](auto id, const auto&) { served.network.respond(id, {.body = "welcome"}); };
  RawPeer first(served.port);
  RawPeer second(served.port);
  for (RawPeer* peer : {&first, &second}) {
    peer->send(served, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_TRUE(peer->receive(served, "welcome"));
  }
  {
    RawPeer surplus(served.port);
    EXPECT_TRUE(surplus.receive(served, "\"code\":\"too_many_connections\""));
  }
  first.close();
  ASSERT_TRUE(served.until([&] { return served.network.connections() == 1; }));
  RawPeer next(served.port);
  next.send(served, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(next.receive(served, "welcome"));
}

TEST(Network, a_used_port_is_refused_with_its_name) {
  Served served;
  Network other;
  const auto again = other.listen("127.0.0.1", served.port);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, "address_in_use");
  EXPECT_NE(again.error().message.find(std::to_string(served.port)), std::string::npos);
}

TEST(Network, a_foreign_address_is_refused) {
  Network network;
  for (const std::string host : {"192.0.2.1", "no.such.host.invalid"}) {
    const auto listening = network.listen(host, 0);
    ASSERT_FALSE(listening.ok()) << host;
    EXPECT_EQ(listening.error().code, "bad_address");
    EXPECT_NE(listening.error().message.find(host), std::string::npos);
  }
}

TEST(Network, wake_from_another_thread_ends_a_wait) {
  Network network;
  std::atomic<bool> said = false;
  std::thread other([&] {
    said = true;
    network.wake();
  });
  network.wait(std::nullopt);
  EXPECT_TRUE(said);
  other.join();
}

TEST(Network, a_wake_before_the_wait_is_not_lost) {
  Served served;
  served.network.wake();
  served.settle();
  served.network.wait(std::nullopt);
}

TEST(Network, a_wait_ends_in_time) {
  Network network;
  const auto begin = std::chrono::steady_clock::now();
  network.wait(milliseconds(3));
  network.wait(std::chrono::microseconds(60));
  network.wait(milliseconds(0));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::microseconds(3060));
}

TEST(Network, stop_listening_keeps_what_is_open) {
  Served served;
  served.events.request = [&](auto id, const auto&) { served.network.respond(id, {.body = "welcome"}); };
  RawPeer peer(served.port);
  peer.send(served, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(peer.receive(served, "welcome"));
  served.network.stop_listening();
  served.settle();
  Network other;
  EXPECT_TRUE(other.listen("127.0.0.1", served.port).ok()) << "the port is free again";
  peer.send(served, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(peer.receive(served, "welcome", 2));
}

TEST(Network, close_all_answers_what_is_asked_and_ends_the_rest) {
  Served served;
  base::ConnectionId asked;
  served.events.request = [&](auto id, const auto& request) {
    if (request.upgrade)
      served.network.accept_websocket(id, "b");
    else if (request.target == "/stream")
      served.network.start_stream(id, {});
    else if (request.target == "/slow")
      asked = id;
    else
      served.network.respond(id, {.body = "welcome"});
  };
  RawPeer idle(served.port), slow(served.port), stream(served.port), socket(served.port);
  idle.send(served, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  slow.send(served, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  stream.send(served, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  socket.send(served, upgrade_request);
  ASSERT_TRUE(served.until_told("request", 4));
  ASSERT_TRUE(idle.receive(served, "welcome"));
  ASSERT_TRUE(served.until_told("opened"));
  served.network.close_all(1001, "restarting");
  EXPECT_TRUE(idle.receive_end(served));
  EXPECT_TRUE(stream.receive(served, "0\r\n\r\n"));
  EXPECT_TRUE(socket.receive(served, "\x88\x0c\x03\xe9restarting"));
  served.network.respond(asked, {.body = "done"});
  EXPECT_TRUE(slow.receive_end(served));
  EXPECT_TRUE(slow.received.ends_with("done")) << slow.received;
  slow.close();
  stream.close();
  socket.close();
  ASSERT_TRUE(served.until([&] { return served.network.connections() == 0; }));
  served.settle();
  EXPECT_EQ(served.events.count("closed"), 4U);
}

TEST(Dial, a_server_that_never_answers_is_given_up_in_time) {
  Served silent;  // accepts in the kernel; nobody drives it
  Served dialling({.handshake_timeout = milliseconds(30)});
  dialling.network.dial(silent.url("/x"), "a");
  ASSERT_TRUE(dialling.until_told("closed"));
  EXPECT_NE(dialling.events.at("closed").text.find("no success within 30ms"), std::string::npos)
      << dialling.events.at("closed").text;
}

TEST(Dial, a_name_is_resolved) {
  Served served;
  served.events.request = [&](auto id, const auto&) { served.network.accept_websocket(id, ""); };
  served.network.dial("ws://localhost:" + std::to_string(served.port), "");
  ASSERT_TRUE(served.until_told("opened", 2));
}

TEST(Dial, another_subprotocol_is_not_accepted) {
  Served served;
  served.events.request = [&](auto id, const auto&) { served.network.accept_websocket(id, "other"); };
  const auto id = served.network.dial(served.url("/"), "mine");
  ASSERT_TRUE(served.until_told("closed"));
  EXPECT_EQ(served.events.at("closed").connection, id);
  EXPECT_NE(served.events.at("closed").text.find("does not speak mine"), std::string::npos);
}

TEST(Dial, what_is_no_websocket_url_ends_with_the_reason) {
  Network network;
  Recorder events;
  for (const std::string url : {"http://127.0.0.1:1/", "nonsense", "wss://127.0.0.1/"}) {
    const auto id = network.dial(url, "");
    EXPECT_EQ(network.poll(events), 1U);
    EXPECT_EQ(events.told.back().what, "closed");
    EXPECT_EQ(events.told.back().connection, id);
    EXPECT_NE(events.told.back().text.find(url), std::string::npos) << events.told.back().text;
  }
}

}  // namespace
}  // namespace cordyna::net
