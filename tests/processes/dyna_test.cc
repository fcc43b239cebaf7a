// `dyna` against the real cerebro, as people and scripts use it: exit codes, what is printed, and that --json is JSON.

#include <gtest/gtest.h>

#include <csignal>

#include "processes/harness.h"

namespace cordyna::processes {
namespace {

constexpr const char* shop = R"(
server: shop
team: sales
tasks:
  extract: {shell: "echo from extract; echo aside >&2", params: {type: object, properties: {day: {type: string}}}}
  clean: {shell: "true", upstream: [extract]}
  broken: {shell: "echo the disk is full >&2; exit 3"}
  report: {shell: "true", upstream: [broken]}
  mended: {shell: "test -e MARK"}
  slow: {shell: "echo begun; sleep 600", grace: 1s}
  on-order: {shell: "true", when: {event: {type: "order.*"}}}
)";

class Dyna : public testing::Test {
 protected:
  Dyna() : cerebro_(folder_.path("data")) {
    std::string text = shop;
    text.replace(text.find("MARK"), 4, folder_.path("mark"));
    server_ = serve(cerebro_, folder_.file("shop.yaml", text));
    EXPECT_TRUE(cerebro_.event("server.ready"));
  }

  Exit expect_exit(int code, const std::vector<std::string>& arguments) {
    const Exit exit = dyna(cerebro_, arguments);
    std::string line = "dyna";
    for (const std::string& word : arguments) line += " " + word;
    EXPECT_EQ(exit.code, code) << line << "\n" << exit.out << exit.err;
    return exit;
  }
  static std::string first_line(const Exit& exit) { return exit.out.substr(0, exit.out.find('\n')); }
  static void expect_says(const std::string& text, const std::string& words) {
    EXPECT_NE(text.find(words), std::string::npos) << words << " is not in: " << text;
  }

  Folder folder_;
  Cerebro cerebro_;
  std::unique_ptr<Process> server_;
};

TEST_F(Dyna, run_prints_the_id_alone_and_ends_with_the_outcome_when_it_waits) {
  const Exit good = expect_exit(0, {"run", "shop/extract", "--param", "day=monday", "--wait"});
  EXPECT_EQ(good.out, first_line(good) + "\n");
  EXPECT_EQ(cerebro_.get("/api/v1/runs/" + first_line(good)).body["params"], Json({{"day", "monday"}}));
  expect_says(good.err, "shop/clean");
  const Exit bad = expect_exit(1, {"do", "shop/broken", "--wait", "--reason", "a try"});
  expect_says(bad.err, "the disk is full");
  EXPECT_EQ(cerebro_.get("/api/v1/runs/" + first_line(bad)).body["trigger"]["reason"], "a try");
  EXPECT_EQ(first_line(expect_exit(0, {"run", "extract", "--only"})).size(), 36U) << "the task alone names it";
}

TEST_F(Dyna, tells_refused_from_unreachable_from_misused) {
  expect_says(expect_exit(4, {"run", "shop/extrakt"}).err, "shop/extract");
  expect_exit(4, {"run", "shop/extract", "--param", "dya=1"});
  expect_exit(4, {"cancel", "00000000-0000-7000-8000-000000000000"});
  expect_exit(4, {"logs", "00000000-0000-7000-8000-000000000000", "shop/extract"});
  expect_exit(4, {"transfer", "shop", "--to", "No Team"});
  expect_exit(4, {"forget", "shop"});
  expect_says(expect_exit(2, {"rnu"}).err, "run");
  expect_exit(2, {"run"});
  expect_exit(2, {"run", "shop/extract", "--wiat"});
  expect_exit(2, {"events", "--since", "yesterday"});
  expect_says(expect_exit(2, {"serve", folder_.path("none.yaml")}).err, "none.yaml");
  const std::string typo =
      folder_.file("typo.yaml", "server: x\nteam: t\ntasks:\n  a:\n    descripton: typo\n    shell: ls\n");
  const Exit serving = expect_exit(2, {"serve", typo});
  expect_says(serving.err, typo + ":5:5: ");
  expect_says(serving.err, "description");
  const std::string taken = folder_.file("taken.yaml", "server: shop\nteam: other\ntasks: {a: {shell: ls}}\n");
  expect_says(expect_exit(4, {"serve", taken}).err, "sales");

  const std::string url = cerebro_.url();
  cerebro_.kill();
  for (const std::vector<std::string>& verb : {std::vector<std::string>{"runs"}, {"run", "shop/extract"}, {"events"}}) {
    const Exit exit = expect_exit(3, verb);
    expect_says(exit.err, url);
    EXPECT_EQ(exit.out, "");
  }
}

TEST_F(Dyna, serve_names_every_fault_of_a_file_with_its_place) {
  const std::string bad = folder_.file(
      "bad.yaml",
      "server: bad\nteam: tests\ntasks:\n  a: {shell: ls, upstream: [b]}\n  b: {shell: ls, upstream: [a]}\n"
      "  d: {shell: ls, timeouts: {ack: soon}}\n  E: {shell: ls}\n  f: {shell: ls, run: [ls]}\n"
      "  g: {shell: \"{{ nothing }}\"}\n  h: {shell: ls, when: {cron: '61 * * * *'}}\n  i: {tags: [bare]}\n"
      "  j: {shell: [ls]}\n");
  const Exit exit = expect_exit(2, {"serve", bad});
  for (const char* place : {":4:", ":6:", ":7:", ":8:", ":9:", ":10:", ":11:", ":12:"})
    expect_says(exit.err, bad + place);
  EXPECT_EQ(exit.err.find("j has no command"), std::string::npos) << "its command is wrong, not missing";
  const std::string text = folder_.file("text.yaml", "server: t\nteam: t\ntasks:\n  a: {shell: \"{{ nothing }}\"}\n");
  expect_says(expect_exit(2, {"serve", text}).err, text + ":4:");
  const std::string zone = folder_.file(
      "zone.yaml", "server: t\nteam: t\ntasks:\n  a: {shell: ls, when: {cron: '@daily', timezone: Europe/Brelin}}\n");
  expect_says(expect_exit(4, {"serve", zone}).err, zone + ":4:");
  const std::string cycle = folder_.file(
      "cycle.yaml", "server: bad\nteam: t\ntasks: {a: {shell: ls, upstream: [b]}, b: {shell: ls, upstream: [a]}}\n");
  const Exit refused = dyna(cerebro_, {"serve", cycle});
  EXPECT_TRUE(refused.code == 2 || refused.code == 4) << refused.code;
  expect_says(refused.err, "bad/a -> bad/b -> bad/a");
  const std::string twice =
      folder_.file("twice.yaml", "server: t\nteam: t\ntasks:\n  a: {shell: ls}\n  a: {shell: ls}\n");
  expect_says(expect_exit(2, {"serve", twice}).err, twice + ":5:3");
  expect_says(expect_exit(2, {"serve", folder_.path()}).err, "Is a directory");
  expect_exit(2, {"--url", "127.0.0.1:7070", "runs"});
  expect_exit(2, {"serve", folder_.file("tab.yaml", "server: t\n\tteam: t\n")});
  expect_exit(2, {"serve", folder_.file("latin.yaml", "server: t\nteam: \xe4\n")});
  const Json tasks = cerebro_.get("/api/v1/tasks").body["tasks"];
  ASSERT_TRUE(tasks.is_array());
  for (const Json& task : tasks) EXPECT_EQ(task["server"], "shop") << "nothing of them is declared";
}

TEST_F(Dyna, retry_runs_anew_what_failed) {
  const std::string failed = first_line(expect_exit(1, {"run", "shop/mended", "--wait"}));
  folder_.file("mark", "");
  const std::string again = first_line(expect_exit(0, {"retry", failed, "--wait", "--reason", "disk is free"}));
  const Json document = cerebro_.get("/api/v1/runs/" + again).body;
  EXPECT_EQ(document["trigger"]["kind"], "retry");
  EXPECT_EQ(document["trigger"]["of"], failed);
  expect_exit(4, {"retry", again});
  expect_exit(4, {"adopt", failed, "shop/mended"});
}

TEST_F(Dyna, cancel_ends_a_run) {
  const std::string run = first_line(expect_exit(0, {"run", "shop/slow"}));
  ASSERT_TRUE(cerebro_.event("task.started", "shop/slow"));
  expect_exit(0, {"cancel", "last", "--reason", "enough"});
  EXPECT_EQ(cerebro_.ended(run)["state"], "cancelled");
  expect_exit(0, {"show", run});
  expect_exit(0, {"cancel", run});
  expect_exit(4, {"cancel", first_line(expect_exit(0, {"run", "shop/extract", "--only", "--wait"}))});
}

TEST_F(Dyna, pause_and_resume_are_seen_by_all) {
  expect_exit(0, {"pause", "shop/extract", "--reason", "maintenance"});
  expect_says(expect_exit(0, {"why", "shop/extract"}).out, "maintenance");
  EXPECT_EQ(cerebro_.get("/api/v1/tasks/shop/extract").body["paused"]["reason"], "maintenance");
  expect_exit(0, {"resume", "shop/extract"});
  EXPECT_TRUE(cerebro_.get("/api/v1/tasks/shop/extract").body["paused"].is_null());
}

TEST_F(Dyna, emit_starts_what_waits_for_it_once) {
  const std::vector<std::string> emit{"emit", "order.paid", "--id", "17", "--data", "{\"total\":12}"};
  expect_exit(0, emit);
  ASSERT_TRUE(cerebro_.event("task.completed", "shop/on-order"));
  expect_exit(0, emit);
  expect_exit(4, {"emit", "order.paid", "--id", "17", "--data", "{\"total\":13}"});
  expect_exit(2, {"emit", "order.paid", "--data", "{total"});
  EXPECT_EQ(cerebro_.get("/api/v1/runs").body["runs"].size(), 1U);
}

TEST_F(Dyna, backfill_makes_a_run_for_each_instant) {
  const Exit exit =
      expect_exit(0, {"backfill", "shop/extract", "--from", "2026-01-01", "--to", "2026-01-04", "--every", "1d"});
  const std::vector<std::string> runs = lines_of(exit.out);
  ASSERT_EQ(runs.size(), 3U) << exit.out;
  std::vector<std::string> instants;
  for (const std::string& run : runs) {
    const Json document = cerebro_.ended(run);
    EXPECT_EQ(document["state"], "completed");
    instants.push_back(document.value("scheduled_at", "").substr(0, 10));
  }
  EXPECT_EQ(instants, (std::vector<std::string>{"2026-01-01", "2026-01-02", "2026-01-03"}));
}

TEST_F(Dyna, logs_and_why_tell_what_happened) {
  const std::string run = first_line(expect_exit(0, {"run", "shop/extract", "--wait"}));
  const Exit log = expect_exit(0, {"logs", run, "shop/extract"});
  expect_says(log.out, "from extract\n");
  expect_says(log.out, "aside\n");
  const std::string failed = first_line(expect_exit(1, {"run", "+report", "--wait"}));
  const Exit why = expect_exit(0, {"why", "shop/report", "--run", failed});
  for (const char* words : {"shop/broken", "sales"}) expect_says(why.out, words);
  expect_says(expect_exit(0, {"show", failed}).out, "blocked");
}

TEST_F(Dyna, events_follows_what_happens_until_it_is_told_to_stop) {
  Process following({program("dyna"), "events", "-f", "--after", "0"}, {{"CORDYNA_URL", cerebro_.url()}});
  ASSERT_TRUE(following.line_with("server.ready"));
  expect_exit(0, {"run", "shop/extract", "--only"});
  EXPECT_TRUE(following.line_with("task.completed")) << following.out();
  const std::string run = first_line(expect_exit(0, {"run", "shop/slow", "--only"}));
  Process log({program("dyna"), "logs", run, "shop/slow", "-f"}, {{"CORDYNA_URL", cerebro_.url()}});
  EXPECT_TRUE(log.line_with("begun")) << log.err();
  expect_exit(0, {"cancel", run});
  EXPECT_EQ(log.wait().code, 0) << "the log ends with its task";
  following.signal(SIGINT);
  EXPECT_NE(following.wait(Seconds(10)).signal, SIGKILL) << "Ctrl-C ends it";
}

TEST_F(Dyna, prints_json_when_asked_to) {
  const std::string run = first_line(expect_exit(1, {"run", "+report", "--wait"}));
  for (const std::vector<std::string>& verb : std::vector<std::vector<std::string>>{{"runs"},
                                                                                    {"show", run},
                                                                                    {"why", "shop/report"},
                                                                                    {"tasks"},
                                                                                    {"servers"},
                                                                                    {"graph"},
                                                                                    {"doctor"},
                                                                                    {"version"}}) {
    std::vector<std::string> arguments = verb;
    arguments.push_back("--json");
    const Exit exit = dyna(cerebro_, arguments);
    EXPECT_FALSE(Json::parse(exit.out, nullptr, false).is_discarded()) << verb[0] << ": " << exit.out << exit.err;
  }
  std::uint64_t expected = 1;
  for (const std::string& line : lines_of(expect_exit(0, {"events", "--json"}).out)) {
    const Json event = Json::parse(line, nullptr, false);
    ASSERT_TRUE(event.is_object()) << line;
    EXPECT_EQ(event["seq"], expected++);
  }
  EXPECT_GT(expected, 10U);
}

TEST(DynaUp, starts_everything_and_takes_it_down) {
  Folder folder;
  const std::string file = folder.file("shop.yaml", "server: shop\nteam: t\ntasks: {one: {shell: 'true'}}\n");
  Process up({program("dyna"), "up", file, "--listen", "127.0.0.1:0", "--data", folder.path("data")}, {},
             folder.path());
  const auto listening = up.line_with("cerebro listening on ");
  ASSERT_TRUE(listening) << up.err();
  ASSERT_TRUE(up.line_with("shop ready")) << up.out() << up.err();
  const std::string url = listening->substr(listening->find("http://"));
  EXPECT_EQ(run({program("dyna"), "run", "shop/one", "--wait", "--url", url}).code, 0);
  up.signal(SIGINT);
  const Exit exit = up.wait(Seconds(20));
  EXPECT_EQ(exit.code, 0) << exit.out << exit.err;
  EXPECT_EQ(run({program("dyna"), "runs", "--url", url}).code, 3) << "cerebro is gone, too";
}

}  // namespace
}  // namespace cordyna::processes
