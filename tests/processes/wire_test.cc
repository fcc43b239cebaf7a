// The wire contracts, kept by clients that use none of our code or read a stream over a restart: a task-server of fifty
// lines of Python, and server-sent events that are resumed.

#include <gtest/gtest.h>

#include <csignal>

#include "net/http_client.h"
#include "processes/harness.h"

namespace cordyna::processes {
namespace {

TEST(Wire, a_task_server_needs_no_library) {
  Folder folder;
  Cerebro cerebro(folder.path("data"));
  Process tiny({"python3", std::string(CORDYNA_TESTS) + "/tiny_server.py", std::to_string(cerebro.port())});
  ASSERT_TRUE(cerebro.event("server.ready")) << tiny.err();

  const std::string run = cerebro.start_run({{"select", {"tiny/hello"}}, {"params", {{"name", "world"}}}});
  const Json document = cerebro.ended(run);
  EXPECT_EQ(document["state"], "completed");
  EXPECT_EQ(task_run(document, "tiny/hello")["result"], Json({{"greeted", "world"}}));
  EXPECT_EQ(cerebro.get("/api/v1/runs/" + run + "/tasks/tiny/hello/logs").text, "hello from python\n");

  EXPECT_EQ(cerebro.stop().code, 0);
  const Exit exit = tiny.wait();
  EXPECT_EQ(exit.code, 0) << exit.err;
}

/// A client of the live stream as a browser is: it comes back with the id it saw last.
class Follower {
 public:
  /// Reads until `enough` events came or the stream ended.
  void read(const std::string& url, std::size_t enough) {
    const auto deadline = std::chrono::steady_clock::now() + patience;  // also when only keep-alives come
    net::HttpClient client;
    EventFrames frames;
    Headers headers{{"accept", "text/event-stream"}};
    if (!seqs.empty()) headers.emplace_back("last-event-id", std::to_string(seqs.back()));
    const std::string begin = seqs.empty() ? "?after=0" : "";  // else the header says where to go on
    (void)client.stream({.url = url + "/api/v1/events" + begin, .headers = headers, .silence_max = patience},
                        [&](std::string_view bytes) {
                          for (const EventFrames::Frame& frame : frames.take(bytes)) {
                            if (frame.id.empty()) continue;
                            seqs.push_back(std::stoull(frame.id));
                            const Json event = Json::parse(frame.data, nullptr, false);
                            EXPECT_EQ(event.value("seq", std::uint64_t{0}), seqs.back());
                            EXPECT_EQ(event.value("kind", ""), frame.event);
                          }
                          return seqs.size() < enough && std::chrono::steady_clock::now() < deadline;
                        });
  }

  std::vector<std::uint64_t> seqs;
};

TEST(Stream, is_resumed_over_restarts_without_losing_or_repeating_an_event) {
  Folder folder;
  Cerebro cerebro(folder.path("data"));
  const auto server = serve(cerebro, folder.file("a.yaml",
                                                 "server: alpha\nteam: tests\ntasks:\n  one: {shell: 'true'}\n"
                                                 "  two: {shell: 'true', upstream: [one]}\n"));
  Follower follower;
  follower.read(cerebro.url(), 3);
  for (int restart = 0; restart < 4; ++restart) {
    const std::string before = cerebro.start_run({{"select", {"alpha/one"}}});
    // While it reads, cerebro is killed or stopped: what was not read yet must come after the restart.
    std::thread reading([&] { follower.read(cerebro.url(), 1'000'000); });
    EXPECT_EQ(cerebro.ended(before)["state"], "completed");
    const Exit exit = restart % 2 == 0 ? cerebro.kill() : cerebro.stop();
    EXPECT_EQ(exit.signal, restart % 2 == 0 ? SIGKILL : 0);
    reading.join();
    ASSERT_NO_FATAL_FAILURE(cerebro.start());
    const std::string after = cerebro.start_run({{"select", {"alpha/two"}}, {"only", true}});
    EXPECT_EQ(cerebro.ended(after)["state"], "completed");
  }
  const std::uint64_t last = cerebro.last_seq();
  follower.read(cerebro.url(), last);
  ASSERT_GE(follower.seqs.size(), last);
  for (std::size_t i = 0; i < follower.seqs.size(); ++i) ASSERT_EQ(follower.seqs[i], i + 1);
}

TEST(Stream, begins_where_it_is_told_to_and_shows_one_run_alone) {
  Folder folder;
  const Cerebro cerebro(folder.path("data"));
  const auto server = serve(cerebro, folder.file("a.yaml", "server: alpha\nteam: t\ntasks: {one: {shell: 'true'}}\n"));
  const std::string first = cerebro.start_run({{"select", {"alpha/one"}}});
  EXPECT_EQ(cerebro.ended(first)["state"], "completed");
  const std::string second = cerebro.start_run({{"select", {"alpha/one"}}});
  EXPECT_EQ(cerebro.ended(second)["state"], "completed");
  const Answer page = cerebro.get("/api/v1/events?run=" + second);
  ASSERT_FALSE(page.body["events"].empty());
  for (const Json& event : page.body["events"]) EXPECT_EQ(event["run"], second);
  EXPECT_EQ(page.body["events"].front()["kind"], "run.created");
  EXPECT_EQ(page.body["events"].back()["kind"], "run.completed");
  const auto seq = page.body["events"].front()["seq"].get<std::uint64_t>();
  const auto next = cerebro.event([](const Json&) { return true; }, seq);
  ASSERT_TRUE(next);
  EXPECT_EQ((*next)["seq"], seq + 1);
}

}  // namespace
}  // namespace cordyna::processes
