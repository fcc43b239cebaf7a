// The small parts without sockets: URLs, the texts of HTTP, the outbox, the clocks.

#include <gtest/gtest.h>

#include <string>

#include "net/http_text.h"
#include "net/outbox.h"
#include "net/problem_text.h"
#include "net/real_clock.h"
#include "net/real_entropy.h"
#include "net/response_reader.h"
#include "net/url.h"

namespace cordyna::net {
namespace {

TEST(Url, parts_are_read_and_defaults_filled_in) {
  const auto full = parse_url("ws://[::1]:7070/api/v1/connect?x=1");
  ASSERT_TRUE(full.ok());
  EXPECT_EQ(full->scheme + " " + full->host + " " + full->target, "ws ::1 /api/v1/connect?x=1");
  EXPECT_EQ(full->authority(), "[::1]:7070");
  const auto bare = parse_url("http://example.org?x");
  ASSERT_TRUE(bare.ok());
  EXPECT_EQ(bare->authority() + bare->target, "example.org:80/?x");
}

TEST(HttpText, a_problem_is_json_with_its_status) {
  const auto problem = problem_response({413, "body_too_large", "The body exceeds the limit."});
  EXPECT_EQ(problem.status, 413);
  EXPECT_EQ(problem.header("content-type"), "application/problem+json");
  EXPECT_EQ(problem.body, R"({"type":"about:blank","title":"Content Too Large","status":413,"code":"body_too_large",)"
                          R"("detail":"The body exceeds the limit.","errors":[]})");
}

TEST(HttpText, chunks_carry_their_length_in_hex) {
  EXPECT_EQ(chunk(std::string(26, 'x')), "1a\r\n" + std::string(26, 'x') + "\r\n");
}

TEST(ProblemText, only_the_problems_own_detail_counts) {
  EXPECT_EQ(problem_detail(R"({"errors":[{"detail":"inner"}],"title":"detail","detail" : "say \"no\"\n twice"})"),
            "say \"no\"  twice");
  EXPECT_EQ(problem_detail("Bad gateway\nmore"), "Bad gateway");
  EXPECT_EQ(problem_detail(""), "");
  EXPECT_EQ(problem_detail("{\"detail\":\"unfinished"), "unfinished");
  EXPECT_EQ(problem_detail("{\"detail\":\"a\\u12"), "a ");
  EXPECT_EQ(problem_detail("{\"detail\":\"" + std::string(1000, 'x') + "\"}").size(), 300U);
}

TEST(Outbox, pieces_stay_where_they_are_while_they_are_written) {
  Outbox outbox;
  outbox.append("one ");
  const auto first = outbox.pieces();
  ASSERT_EQ(first.size(), 1U);
  outbox.append("two ");
  outbox.append("three");
  EXPECT_EQ(std::string(static_cast<const char*>(first[0].data()), first[0].size()), "one ");
  EXPECT_EQ(outbox.size(), 13U);
  outbox.taken(2);
  const auto rest = outbox.pieces();
  ASSERT_EQ(rest.size(), 2U) << "what came meanwhile is joined";
  EXPECT_EQ(std::string(static_cast<const char*>(rest[0].data()), rest[0].size()), "e ");
  EXPECT_EQ(std::string(static_cast<const char*>(rest[1].data()), rest[1].size()), "two three");
  outbox.taken(11);
  EXPECT_EQ(outbox.size(), 0U);
  EXPECT_TRUE(outbox.pieces().empty());
}

TEST(ResponseReader, informational_answers_are_skipped) {
  ResponseReader reader(false);
  EXPECT_EQ(reader.read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), 65U);
  ASSERT_TRUE(reader.whole());
  const auto response = reader.take();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "ok");
}

TEST(ResponseReader, an_answer_without_length_ends_with_the_connection) {
  ResponseReader reader(false);
  reader.read("HTTP/1.1 200 OK\r\n\r\nall of it");
  EXPECT_FALSE(reader.whole());
  reader.end();
  EXPECT_TRUE(reader.whole());
  EXPECT_FALSE(reader.cut_off());
  EXPECT_EQ(reader.take_body(), "all of it");
}

TEST(ResponseReader, an_early_end_is_noticed) {
  for (const std::string text : {"", "HTTP/1.1 200 OK\r\nCont", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
                                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"}) {
    ResponseReader reader(false);
    reader.read(text);
    reader.end();
    EXPECT_TRUE(reader.cut_off()) << text;
  }
}

TEST(ResponseReader, what_is_no_http_is_malformed) {
  ResponseReader reader(false);
  reader.read("SSH-2.0-OpenSSH_9\r\n\r\n");
  EXPECT_TRUE(reader.malformed());
}

TEST(RealClock, time_goes_on) {
  const RealClock clock;
  const auto before = clock.steady();
  EXPECT_GE(clock.steady(), before);
  EXPECT_GT(clock.wall(), *base::parse_time("2026-01-01"));
}

TEST(RealEntropy, draws_differ) {
  RealEntropy entropy;
  EXPECT_NE(entropy.draw(), entropy.draw());
}

}  // namespace
}  // namespace cordyna::net
