// The blocking client against a Network driven by a second thread, and against a scripted peer for what no honest
// server sends.

#include "net/http_client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "net/loopback.h"

namespace cordyna::net {
namespace {

using std::chrono::milliseconds;

/// Drives a served Network on its own thread until the test is over; `events` belong to that thread.
class ServedByThread {
 public:
  explicit ServedByThread(std::function<void(Served&, base::ConnectionId, const base::HttpRequest&)> answer,
                          NetworkOptions options = {})
      : served_(std::move(options)) {
    served_.events.request = [this, answer](auto id, const auto& request) { answer(served_, id, request); };
    thread_ = std::thread([this] {
      while (!over_) {
        while (served_.network.poll(served_.events) > 0) {
        }
        served_.network.wait(std::nullopt);
      }
    });
  }
  ~ServedByThread() {
    over_ = true;
    served_.network.wake();
    thread_.join();
  }
  std::string url(std::string_view path) const {
    return "http://127.0.0.1:" + std::to_string(served_.port) + std::string(path);
  }

 private:
  Served served_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

void echo(Served& served, base::ConnectionId id, const base::HttpRequest& request) {
  served.network.respond(id, {.status = 201,
                              .headers = {{"X-Remote", request.remote}},
                              .body = request.method + " " + request.target + " " +
                                      std::string(request.header("x-one")) + " " + request.body});
}

TEST(HttpClient, a_request_is_answered_and_the_connection_kept) {
  ServedByThread server(&echo);
  HttpClient client;
  const auto first =
      client.request({.method = "POST", .url = server.url("/a?b"), .headers = {{"x-one", "1"}}, .body = "hi"});
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_EQ(first->status, 201);
  EXPECT_EQ(first->body, "POST /a?b 1 hi");
  const auto second = client.request({.url = server.url("/")});
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->body, "GET /  ");
  EXPECT_EQ(first->header("x-remote"), second->header("x-remote")) << "one connection for both";
}

TEST(HttpClient, large_bodies_go_both_ways) {
  ServedByThread server(&echo);
  HttpClient client;
  const std::string body(2'000'000, 'x');
  const auto answer = client.request({.method = "POST", .url = server.url("/"), .body = body});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->body, "POST /  " + body);
}

TEST(HttpClient, a_refusal_in_the_middle_of_a_body_is_read) {
  ServedByThread server(&echo);
  HttpClient client;
  const auto answer = client.request({.method = "POST", .url = server.url("/"), .body = std::string(30U << 20, 'x')});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->status, 413);
  const auto next = client.request({.url = server.url("/")});
  ASSERT_TRUE(next.ok()) << next.error().message;
  EXPECT_EQ(next->status, 201);
}

TEST(HttpClient, a_get_survives_that_the_kept_connection_was_closed) {
  std::atomic<int> requests = 0;
  ServedByThread server([&](Served& served, base::ConnectionId id, const base::HttpRequest& request) {
    if (++requests == 2)
      served.network.close(id, 0, "rude");  // without an answer
    else
      echo(served, id, request);
  });
  HttpClient client;
  ASSERT_TRUE(client.request({.url = server.url("/")}).ok());
  const auto again = client.request({.url = server.url("/again")});
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->body, "GET /again  ");
  EXPECT_EQ(requests, 3);
}

TEST(HttpClient, a_post_is_never_repeated) {
  std::atomic<int> requests = 0;
  ServedByThread server([&](Served& served, base::ConnectionId id, const base::HttpRequest& request) {
    if (++requests == 2)
      served.network.close(id, 0, "rude");
    else
      echo(served, id, request);
  });
  HttpClient client;
  ASSERT_TRUE(client.request({.url = server.url("/")}).ok());
  const auto answer = client.request({.method = "POST", .url = server.url("/runs")});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, "unreachable");
  EXPECT_NE(answer.error().message.find("POST /runs"), std::string::npos) << answer.error().message;
  EXPECT_EQ(requests, 2);
}

TEST(HttpClient, head_has_no_body) {
  ServedByThread server(&echo);
  HttpClient client;
  const auto answer = client.request({.method = "HEAD", .url = server.url("/")});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->header("content-length"), "8");
  EXPECT_EQ(answer->body, "");
  EXPECT_TRUE(client.request({.url = server.url("/")}).ok());
}

TEST(HttpClient, nobody_listening_is_unreachable_with_the_remedy) {
  std::string url;
  {
    Served nobody;
    url = "http://127.0.0.1:" + std::to_string(nobody.port);
  }
  HttpClient client;
  const auto answer = client.request({.url = url + "/"});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, "unreachable");
  EXPECT_NE(answer.error().message.find(url), std::string::npos) << answer.error().message;
  EXPECT_NE(answer.error().message.find("CORDYNA_URL"), std::string::npos) << answer.error().message;
}

TEST(HttpClient, silence_is_a_timeout) {
  ServedByThread server([](Served&, base::ConnectionId, const base::HttpRequest&) {});
  HttpClient client;
  const auto answer = client.request({.url = server.url("/slow"), .timeout = milliseconds(20)});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, "timeout");
  EXPECT_NE(answer.error().message.find("within 20ms"), std::string::npos) << answer.error().message;
}

TEST(HttpClient, bad_urls_are_refused) {
  HttpClient client;
  for (const std::string url : {"", "localhost:7070", "ftp://x/", "https://x/", "ws://x/", "http://", "http://x:0/",
                                "http://x:70000/", "http://u:p@x/", "http://x/#f", "http://x/a b", "http://[::1/"}) {
    const auto answer = client.request({.url = url});
    ASSERT_FALSE(answer.ok()) << url;
    EXPECT_EQ(answer.error().code, "bad_url") << url;
  }
}

TEST(HttpClient, stop_from_another_thread_ends_the_call_and_all_later_ones) {
  HttpClient client;
  ServedByThread server([&](Served&, base::ConnectionId, const base::HttpRequest&) { client.stop(); });
  for (int i = 0; i < 2; ++i) {
    const auto answer = client.request({.url = server.url("/")});
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, "interrupted");
  }
}

TEST(HttpClient, a_stream_is_handed_over_as_it_comes) {
  base::ConnectionId stream;
  ServedByThread server([&](Served& served, base::ConnectionId id, const base::HttpRequest& request) {
    if (request.target == "/events") {
      served.network.start_stream(id, {.headers = {{"content-type", "text/event-stream"}}, .body = "first"});
      stream = id;
      return;
    }
    served.network.write(stream, "second");
    served.network.close(stream, 1000, "the end");
    served.network.respond(id, {});
  });
  HttpClient client, other;
  std::string all;
  const auto answer = client.stream({.url = server.url("/events")}, [&](std::string_view bytes) {
    const bool more = !all.empty() || other.request({.url = server.url("/more")}).ok();  // only now is there a second
    EXPECT_TRUE(more);
    all += bytes;
    return true;
  });
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->header("content-type"), "text/event-stream");
  EXPECT_EQ(all, "firstsecond");
}

TEST(HttpClient, a_stream_ends_when_the_reader_has_enough) {
  ServedByThread server([&](Served& served, base::ConnectionId id, const base::HttpRequest&) {
    served.network.start_stream(id, {.body = "first"});
  });
  HttpClient client;
  int pieces = 0;
  const auto answer = client.stream({.url = server.url("/")}, [&](std::string_view) { return ++pieces < 1; });
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(pieces, 1);
}

TEST(HttpClient, a_refused_stream_is_an_answer_with_a_body) {
  ServedByThread server([&](Served& served, base::ConnectionId id, const base::HttpRequest&) {
    served.network.respond(id, {.status = 404, .body = "no such run"});
  });
  HttpClient client;
  const auto answer = client.stream({.url = server.url("/")}, [&](std::string_view) { return ADD_FAILURE(), true; });
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->body, "no such run");
}

TEST(HttpClient, a_silent_stream_is_a_timeout) {
  ServedByThread server([&](Served& served, base::ConnectionId id, const base::HttpRequest&) {
    served.network.start_stream(id, {.body = "first"});
  });
  HttpClient client;
  const auto answer =
      client.stream({.url = server.url("/"), .silence_max = milliseconds(20)}, [&](std::string_view) { return true; });
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, "timeout");
}

TEST(HttpClient, a_stream_is_interrupted) {
  ServedByThread server([&](Served& served, base::ConnectionId id, const base::HttpRequest&) {
    served.network.start_stream(id, {.body = "first"});
  });
  HttpClient client;
  const auto answer = client.stream({.url = server.url("/")}, [&](std::string_view) { return client.stop(), true; });
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, "interrupted");
}

}  // namespace
}  // namespace cordyna::net
