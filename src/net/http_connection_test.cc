// HTTP on raw sockets: what a careless, slow or hostile peer sends, byte for byte, and what it gets back.

#include <gtest/gtest.h>

#include <string>

#include "net/loopback.h"

namespace cordyna::net {
namespace {

using std::chrono::milliseconds;
using namespace std::string_literals;

/// Answers each request with its own method, target and body length.
class Http : public testing::Test {
 protected:
  void serve(NetworkOptions options = {}) {
    served = std::make_unique<Served>(std::move(options));
    served->events.request = [this](base::ConnectionId id, const base::HttpRequest& request) {
      served->network.respond(id,
                              {.body = request.method + request.target + "#" + std::to_string(request.body.size())});
    };
  }
  /// Sends `bytes` on a new connection and returns everything that came until the server closed.
  std::string whole_answer(std::string_view bytes) {
    RawPeer peer(served->port);
    peer.send(*served, bytes);
    EXPECT_TRUE(peer.receive_end(*served));
    return peer.received;
  }
  void expect_refused(std::string_view bytes, int status, std::string_view code) {
    const std::string answer = whole_answer(bytes);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + std::to_string(status))) << answer << "\nfor " << bytes.substr(0, 200);
    EXPECT_NE(answer.find("application/problem+json"), std::string::npos) << answer;
    EXPECT_NE(answer.find("\"code\":\"" + std::string(code) + "\""), std::string::npos) << answer;
    EXPECT_NE(answer.find("connection: close"), std::string::npos) << answer;
    EXPECT_EQ(served->events.count("request"), 0U) << "the owner must not hear of it";
  }

  std::unique_ptr<Served> served;
};

TEST_F(Http, requests_on_one_connection_are_answered_in_turn) {
  serve();
  RawPeer peer(served->port);
  for (int i = 1; i <= 3; ++i) {
    peer.send(*served, "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_TRUE(peer.receive(*served, "GET/" + std::to_string(i) + "#0"));
  }
  EXPECT_EQ(served->events.summary(), "request request request");
  EXPECT_EQ(served->events.at("request", 0).connection, served->events.at("request", 2).connection);
  EXPECT_TRUE(served->events.at("request").request.remote.starts_with("127.0.0.1:"));
  peer.close();
  ASSERT_TRUE(served->until_told("closed"));
  served->settle();
  EXPECT_EQ(served->events.summary(), "request request request closed");
  EXPECT_EQ(served->network.connections(), 0U);
}

TEST_F(Http, pipelined_requests_are_told_one_at_a_time) {
  serve();
  served->events.request = [](auto, const auto&) {};
  std::string all;
  for (int i = 0; i < 500; ++i)
    all += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab";
  RawPeer peer(served->port);
  peer.send(*served, all);
  for (std::size_t i = 0; i < 500; ++i) {
    ASSERT_TRUE(served->until_told("request", i + 1));
    served->settle();
    ASSERT_EQ(served->events.count("request"), i + 1);
    ASSERT_EQ(served->events.at("request", i).text, "POST /" + std::to_string(i));
    served->network.respond(served->events.at("request", i).connection, {.body = "answer"});
  }
  EXPECT_TRUE(peer.receive(*served, "answer", 500));
}

TEST_F(Http, a_request_in_single_bytes_is_read) {
  serve();
  RawPeer peer(served->port);
  for (const char c :
       std::string("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n"
                   "0\r\nTrailer: t\r\n\r\n")) {
    peer.send(*served, std::string_view(&c, 1));
    served->settle();
  }
  ASSERT_TRUE(peer.receive(*served, "POST/a#5"));
  EXPECT_EQ(served->events.at("request").request.body, "abcde");
  EXPECT_EQ(served->events.at("request").request.header("trailer"), "") << "trailers add no headers";
}

TEST_F(Http, a_body_at_the_limit_is_read_and_one_byte_more_refused) {
  serve({.body_bytes_max = 100'000});
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ";
  EXPECT_NE(whole_answer(head + "100000\r\n\r\n" + std::string(100'000, 'x')).find("POST/#100000"), std::string::npos);
  served->events.told.clear();
  expect_refused(head + "100001\r\n\r\n", 413, "too_large");
  expect_refused(head + "100001\r\n\r\n" + std::string(100'001, 'x'), 413, "too_large");
  expect_refused(head + "18446744073709551615\r\n\r\n", 413, "too_large");
}

TEST_F(Http, a_chunked_body_at_the_limit_is_read_and_one_byte_more_refused) {
  serve({.body_bytes_max = 100'000});
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string half = "C350\r\n" + std::string(50'000, 'x') + "\r\n";
  EXPECT_NE(whole_answer(head + half + half + "0\r\n\r\n").find("POST/#100000"), std::string::npos);
  served->events.told.clear();
  expect_refused(head + half + half + "1\r\nx\r\n0\r\n\r\n", 413, "too_large");
}

TEST_F(Http, an_endless_chunked_body_is_refused_while_it_comes) {
  serve();
  RawPeer peer(served->port);
  peer.send(*served, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string piece = "8000\r\n" + std::string(32768, 'x') + "\r\n";
  std::size_t sent = 0;
  while (peer.received.empty() && !peer.ended) {
    peer.send(*served, piece);
    sent += 32768;
    peer.read();
    ASSERT_LT(sent, base::limits::http_body_bytes_max + (16U << 20)) << "never refused";
  }
  EXPECT_TRUE(peer.received.starts_with("HTTP/1.1 413")) << peer.received;
  EXPECT_EQ(served->events.summary(), "");
}

TEST_F(Http, a_path_may_have_a_larger_limit) {
  serve({.body_bytes_max = 10, .body_bytes_max_of = [](std::string_view target) {
           return target == "/large" ? std::size_t{1000} : std::size_t{10};
         }});
  const std::string rest =
      " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x');
  EXPECT_NE(whole_answer("POST /large" + rest).find("POST/large#1000"), std::string::npos);
  served->events.told.clear();
  expect_refused("POST /small" + rest, 413, "too_large");
}

TEST_F(Http, headers_at_the_limit_are_read_and_one_byte_more_refused) {
  serve();
  const std::string begin = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: ";
  const std::size_t room = base::limits::http_header_bytes_max - begin.size() - 4;
  EXPECT_TRUE(whole_answer(begin + std::string(room, 'x') + "\r\n\r\n").starts_with("HTTP/1.1 200"));
  served->events.told.clear();
  expect_refused(begin + std::string(room + 1, 'x') + "\r\n\r\n", 431, "header_too_large");
  expect_refused(begin + std::string(100'000, 'x'), 431, "header_too_large");
  expect_refused("GET /" + std::string(100'000, 'x'), 431, "header_too_large");
}

TEST_F(Http, malformed_requests_are_refused) {
  serve();
  const std::string post = "POST / HTTP/1.1\r\nHost: x\r\n";
  for (const std::string& bytes : {
           std::string("\x16\x03\x01\x02hello, TLS?\r\n\r\n"),
           std::string("GET\r\n\r\n"),
           std::string("GET / HTTP/1.1\r\n\r\n"),                        // no Host
           std::string("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"),  // two
           std::string("GET / HTTP/1.1\r\nHost: x\r\nBad Name: y\r\n\r\n"),
           "GET / HTTP/1.1\r\nHost: x\r\nNul: a\0b\r\n\r\n"s,
           post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
           post + "Content-Length: -1\r\n\r\n",
           post + "Content-Length: 0x10\r\n\r\n",
           post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
           post + "Transfer-Encoding: gzip\r\n\r\n",
           post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
           post + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           post + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
           post + "Transfer-Encoding: chunked\r\n\r\n5;" + std::string(100'000, 'x'),
           post + "Transfer-Encoding: chunked\r\n\r\n0\r\nTrailer: " + std::string(100'000, 'x'),
           std::string("GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
                       "Sec-WebSocket-Version: 13\r\nContent-Length: 1\r\n\r\nx"),
       })
    expect_refused(bytes, 400, "malformed_request");
  expect_refused("GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505, "unknown_version");
}

TEST_F(Http, a_slow_header_ends_with_408) {
  serve({.header_timeout = milliseconds(20)});
  expect_refused("GET / HTTP/1.1\r\nHost:", 408, "request_timeout");
}

TEST_F(Http, a_slow_body_ends_with_408) {
  serve({.request_timeout = milliseconds(20)});
  expect_refused("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc", 408, "request_timeout");
}

TEST_F(Http, drips_do_not_extend_the_time_for_a_header) {
  serve({.header_timeout = milliseconds(50)});
  RawPeer peer(served->port);
  peer.send(*served, "GET / HTTP/1.1\r\n");
  const auto end = patience();
  while (!peer.ended && peer.received.empty() && std::chrono::steady_clock::now() < end) {
    peer.send(*served, "X: y\r\n");
    served->network.wait(milliseconds(5));
    served->settle();
    peer.read();
  }
  EXPECT_TRUE(peer.received.starts_with("HTTP/1.1 408")) << peer.received;
}

TEST_F(Http, a_connection_without_a_byte_is_closed_in_silence) {
  serve({.header_timeout = milliseconds(20)});
  EXPECT_EQ(whole_answer(""), "");
  served->settle();
  EXPECT_EQ(served->events.summary(), "");
}

TEST_F(Http, an_idle_kept_connection_is_closed_and_told) {
  serve({.idle_timeout = milliseconds(20)});
  const std::string answer = whole_answer("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(answer.ends_with("GET/#0")) << answer;
  ASSERT_TRUE(served->until_told("closed"));
  EXPECT_EQ(served->events.summary(), "request closed");
}

TEST_F(Http, no_time_runs_while_the_owner_thinks) {
  serve({.header_timeout = milliseconds(5), .request_timeout = milliseconds(5), .idle_timeout = milliseconds(5)});
  served->events.request = [](auto, const auto&) {};
  RawPeer peer(served->port);
  peer.send(*served, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(served->until_told("request"));
  RawPeer clock(served->port);  // closed by the same time-out: then 5 ms have passed
  ASSERT_TRUE(clock.receive_end(*served));
  EXPECT_EQ(served->events.summary(), "request");
  served->network.respond(served->events.at("request").connection, {.body = "late"});
  EXPECT_TRUE(peer.receive(*served, "late"));
}

TEST_F(Http, a_client_that_waits_for_100_gets_it) {
  serve();
  RawPeer peer(served->port);
  peer.send(*served, "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  ASSERT_TRUE(peer.receive(*served, "HTTP/1.1 100 Continue\r\n\r\n"));
  peer.send(*served, "abc");
  EXPECT_TRUE(peer.receive(*served, "POST/#3"));
  EXPECT_EQ(occurrences(peer.received, "100 Continue"), 1U);
}

TEST_F(Http, a_client_that_waits_for_100_with_too_much_is_refused_at_once) {
  serve();
  expect_refused("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3000000\r\n\r\n", 413,
                 "too_large");
}

TEST_F(Http, head_has_the_length_but_not_the_body) {
  serve();
  const std::string answer = whole_answer("HEAD /abc HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("content-length: 10\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(Http, an_answer_without_content_has_no_length) {
  serve();
  served->events.request = [&](auto id, const auto&) { served->network.respond(id, {.status = 204}); };
  const std::string answer = whole_answer("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 204 No Content")) << answer;
  EXPECT_EQ(answer.find("content-length"), std::string::npos) << answer;
}

TEST_F(Http, a_header_value_cannot_forge_a_header) {
  serve();
  served->events.request = [&](auto id, const auto&) {
    served->network.respond(id, {.headers = {{"location", "/a\r\nset-cookie: x=y"}}});
  };
  const std::string answer = whole_answer("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("location: /a  set-cookie: x=y\r\n"), std::string::npos) << answer;
}

TEST_F(Http, http_1_0_is_answered_and_closed) {
  serve();
  EXPECT_TRUE(whole_answer("GET /old HTTP/1.0\r\n\r\n").ends_with("GET/old#0"));
}

TEST_F(Http, a_client_that_closed_its_half_still_gets_its_answer) {
  serve();
  served->events.request = [](auto, const auto&) {};
  RawPeer peer(served->port);
  peer.send(*served, "GET /half HTTP/1.1\r\nHost: x\r\n\r\n");
  peer.finish_sending();
  ASSERT_TRUE(served->until_told("request"));
  served->settle();
  served->network.respond(served->events.at("request").connection, {.body = "answer"});
  EXPECT_TRUE(peer.receive(*served, "answer"));
  ASSERT_TRUE(served->until_told("closed"));
  served->settle();
  EXPECT_EQ(served->events.summary(), "request closed");
}

TEST_F(Http, a_reset_while_the_owner_thinks_is_told_once) {
  serve();
  served->events.request = [](auto, const auto&) {};
  RawPeer peer(served->port);
  peer.send(*served, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(served->until_told("request"));
  peer.reset();
  ASSERT_TRUE(served->until_told("closed"));
  served->network.respond(served->events.at("request").connection, {.body = "for nobody"});
  served->settle();
  EXPECT_EQ(served->events.summary(), "request closed");
  EXPECT_EQ(served->network.connections(), 0U);
}

TEST_F(Http, a_peer_that_takes_nothing_of_its_answer_is_closed) {
  serve({.write_timeout = milliseconds(30)});
  served->events.request = [&](auto id, const auto&) {
    served->network.respond(id, {.body = std::string(64U << 20, 'x')});
  };
  RawPeer peer(served->port);
  peer.send(*served, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(served->until_told("closed"));
  EXPECT_NE(served->events.at("closed").text.find("took nothing"), std::string::npos);
}

}  // namespace
}  // namespace cordyna::net
