// What a task-server may not say, over a real socket and in both subprotocols: it is told why, nothing changes, and
// cerebro and the other sessions go on.

#include <gtest/gtest.h>

#include "base/limits.h"
#include "processes/raw_session.h"

namespace cordyna::processes {
namespace {

namespace limits = base::limits;
using model::UpdateState;

constexpr const char* two_tasks = R"({"server":"alpha","team":"tests","tasks":{"one":{},"two":{}}})";

model::Hello hello(const std::string& server = "alpha") {
  model::Hello item;
  item.server = server;
  item.team = "tests";
  item.instance = "instance1";
  return item;
}

model::Update update(std::uint64_t n, const std::string& token, UpdateState state) {
  model::Update item;
  item.n = n;
  item.token = token;
  item.state = state;
  return item;
}

/// What cerebro has of this world: a bad session must not change it.
Json world_of(const Cerebro& cerebro) {
  return {cerebro.get("/api/v1/servers").body, cerebro.get("/api/v1/tasks").body, cerebro.get("/api/v1/runs").body};
}

class BadSession : public testing::TestWithParam<wire::Encoding> {
 protected:
  BadSession() : cerebro_(folder_.path("data")) { EXPECT_TRUE(cerebro_.event("cerebro.started")); }

  /// The session is closed with 1002 and a reason with these words, and nothing happened.
  void expect_refused(RawSession& session, const std::string& words) {
    const std::string reason = session.closed();
    EXPECT_NE(reason.find("code 1002"), std::string::npos) << reason;
    EXPECT_NE(reason.find(words), std::string::npos) << reason << "\nwanted: " << words;
  }
  void refused(const std::function<void(RawSession&)>& act, const std::string& words) {
    const std::size_t before = cerebro_.events().size();
    RawSession session(cerebro_, GetParam());
    act(session);
    expect_refused(session, words);
    EXPECT_EQ(cerebro_.events().size(), before) << words;
  }
  bool is_text() const { return GetParam() == wire::Encoding::json; }

  Folder folder_;
  Cerebro cerebro_;
};

TEST_P(BadSession, is_closed_when_it_speaks_before_hello) {
  refused([](RawSession& s) { s.say({model::Ready{}}); }, "hello");
  refused([](RawSession& s) { s.say({model::Declare{0, true, two_tasks}}); }, "hello");
  refused([](RawSession& s) { s.say({model::Update{}}); }, "hello");
  refused([](RawSession& s) { s.say({model::Log{}}); }, "hello");
}

TEST_P(BadSession, is_closed_when_it_speaks_garbage) {
  refused([this](RawSession& s) { s.say_bytes("garbage {]", !is_text()); }, "");
  refused([this](RawSession& s) { s.say_bytes("{\"items\":[]}", is_text()); }, "frames");
  if (is_text()) {
    refused([](RawSession& s) { s.say_bytes(R"({"items":[{"hullo":{}}]})", false); }, "");
    refused([](RawSession& s) { s.say_bytes(R"({"items":[{"hello":7}]})", false); }, "");
    refused([](RawSession& s) { s.say_bytes("[]", false); }, "");
    RawSession no_text(cerebro_, GetParam());
    no_text.say_bytes(R"({"items":[]})"
                      "\xff",
                      false);
    EXPECT_NE(no_text.closed().find("code 1007"), std::string::npos) << "as RFC 6455 wants it for what is not UTF-8";
  }
}

TEST_P(BadSession, is_closed_when_its_hello_is_bad) {
  for (const std::string name : {"", "../etc", "Alpha", "a..b", "-a", "a-", "a b", "a\nb", "\xc3\xa4", "a/b"})
    refused([&](RawSession& s) { s.say({hello(name)}); }, "");
  refused([&](RawSession& s) { s.say({hello(std::string(limits::server_name_max + 1, 'a'))}); }, "63");
  const auto with = [&](auto change) {
    return [change](RawSession& s) {
      model::Hello item = hello();
      change(item);
      s.say({item});
    };
  };
  refused(with([](model::Hello& item) { item.protocol = 2; }), "protocol 2");
  refused(with([](model::Hello& item) { item.team = "No Team"; }), "team");
  refused(with([](model::Hello& item) { item.instance = "short"; }), "instance");
  refused(with([](model::Hello& item) { item.slots = 0; }), "slots");
  refused(with([](model::Hello& item) { item.slots = limits::slots_max + 1; }), "slots");
}

TEST_P(BadSession, is_closed_when_it_says_what_only_cerebro_says) {
  for (const model::Item& item : {model::Item(model::Welcome{}), model::Item(model::Ack{1})}) {
    RawSession session(cerebro_, GetParam());
    session.say({hello(), item});
    expect_refused(session, "cerebro");
  }
}

TEST_P(BadSession, is_closed_when_a_declaration_comes_in_wrong_parts) {
  RawSession gap(cerebro_, GetParam());
  gap.say({hello(), model::Declare{1, true, two_tasks}});
  expect_refused(gap, "part 0 was expected");
  RawSession large(cerebro_, GetParam());
  large.say({hello(), model::Declare{0, false, std::string(limits::declaration_part_bytes_max + 1, ' ')}});
  expect_refused(large, "1 MiB");
  RawSession too_large(cerebro_, GetParam());
  too_large.say_bytes(std::string(limits::message_bytes_max + 1, ' '), !is_text());
  EXPECT_NE(too_large.closed(), "") << "with 1009, which one who is still sending may miss";
  EXPECT_TRUE(cerebro_.get("/api/v1/tasks").body["tasks"].empty());
}

TEST_P(BadSession, is_refused_with_all_findings_when_its_declaration_is_bad) {
  RawSession session(cerebro_, GetParam());
  const model::VerdictItem verdict = session.declare(
      "alpha",
      R"({"server":"alpha","team":"tests","tasks":{"one":{"upstream":["two"]},"two":{"upstream":["one"]},
          "Bad":{},"c":{"when":{"cron":"61 * * * *"}},"z":{"when":{"cron":"0 1 * * *","timezone":"Mars/Base"}},
          "d":{"timeouts":{"ack":"1x"}},"k":{"descripton":"typo"},"p":{"upstream":["../up"]}}})",
      "instance1");
  EXPECT_EQ(verdict.verdict, model::Verdict::refused);
  std::string all;
  for (const model::Finding& finding : verdict.findings) {
    EXPECT_FALSE(finding.path.empty() || finding.rule.empty() || finding.message.empty() || finding.fix.empty())
        << finding.path << finding.rule << finding.message << finding.fix;
    all += finding.path + ": " + finding.message + " / " + finding.fix + "\n";
  }
  for (const char* words :
       {"Bad", "cron", "tasks.z.when.timezone", "Mars/Base", "1x", "descripton", "description", "tasks.p.upstream[0]"})
    EXPECT_NE(all.find(words), std::string::npos) << words << " is not in\n" << all;
  EXPECT_TRUE(cerebro_.get("/api/v1/tasks").body["tasks"].empty());
  EXPECT_TRUE(cerebro_.event("server.refused"));
}

TEST_P(BadSession, is_refused_when_it_closes_a_cycle_over_servers) {
  RawSession first(cerebro_, GetParam());
  EXPECT_NE(
      first.declare("alpha", R"({"server":"alpha","team":"tests","tasks":{"a":{"upstream":["beta/b"]}}})", "instance1")
          .verdict,
      model::Verdict::refused);
  RawSession second(cerebro_, GetParam());
  const model::VerdictItem verdict =
      second.declare("beta", R"({"server":"beta","team":"tests","tasks":{"b":{"upstream":["alpha/a"]}}})", "instance2");
  EXPECT_EQ(verdict.verdict, model::Verdict::refused);
  ASSERT_FALSE(verdict.findings.empty());
  const std::string& message = verdict.findings[0].message;
  EXPECT_TRUE(message.find("alpha/a") != std::string::npos && message.find("beta/b") != std::string::npos) << message;
}

TEST_P(BadSession, changes_nothing_with_updates_that_are_not_its_own) {
  RawSession owner(cerebro_, GetParam());
  EXPECT_EQ(owner.declare("alpha", two_tasks, "instance1").verdict, model::Verdict::accepted);
  const std::string run = cerebro_.start_run({{"select", {"alpha/one"}}});
  const auto command = owner.hear<model::RunCommand>();
  ASSERT_TRUE(command);
  owner.say({update(1, command->token, UpdateState::started)});
  ASSERT_TRUE(owner.acknowledged(1));

  RawSession stranger(cerebro_, GetParam());
  EXPECT_EQ(stranger.declare("beta", R"({"server":"beta","team":"tests","tasks":{"b":{}}})", "instance2").verdict,
            model::Verdict::accepted);
  ASSERT_TRUE(
      cerebro_.event([](const Json& event) { return event["kind"] == "server.ready" && event["server"] == "beta"; }));
  const Json before = world_of(cerebro_);
  const std::uint64_t seq = cerebro_.last_seq();
  stranger.say({update(1, command->token, UpdateState::completed), update(2, "made-up", UpdateState::completed),
                update(3, "", UpdateState::error), model::Log{command->token, 0, "a stranger was here\n"}});
  ASSERT_TRUE(stranger.acknowledged(3)) << "told that there is no need to say it again";
  EXPECT_EQ(world_of(cerebro_), before);
  for (const Json& event : cerebro_.events())
    EXPECT_TRUE(event["seq"] <= seq || event["kind"] == "task.fault") << event.dump();
  EXPECT_EQ(cerebro_.get("/api/v1/runs/" + run + "/tasks/alpha/one/logs").text, "");

  owner.say({update(2, command->token, UpdateState::completed)});
  EXPECT_EQ(cerebro_.ended(run)["state"], "completed");
}

TEST_P(BadSession, is_recorded_as_faulty_when_its_error_has_no_message) {
  RawSession session(cerebro_, GetParam());
  EXPECT_EQ(session.declare("alpha", two_tasks, "instance1").verdict, model::Verdict::accepted);
  const std::string run = cerebro_.start_run({{"select", {"alpha/one"}}});
  const auto command = session.hear<model::RunCommand>();
  ASSERT_TRUE(command);
  session.say({update(1, command->token, UpdateState::started), update(2, command->token, UpdateState::error)});
  const Json document = cerebro_.ended(run);
  EXPECT_EQ(task_run(document, "alpha/one")["error"]["code"], "task_failed");
  EXPECT_NE(task_run(document, "alpha/one")["error"]["message"], "");
  EXPECT_TRUE(cerebro_.event("task.fault", "alpha/one"));
}

TEST_P(BadSession, has_its_task_fail_when_the_result_is_too_large_or_no_json) {
  RawSession session(cerebro_, GetParam());
  EXPECT_EQ(session.declare("alpha", two_tasks, "instance1").verdict, model::Verdict::accepted);
  std::uint64_t n = 0;
  const auto ended_with = [&](const std::string& result) {
    const std::string run = cerebro_.start_run({{"select", {"alpha/one"}}});
    const auto command = session.hear<model::RunCommand>();
    const std::string token = command ? command->token : "";
    model::Update completed = update(n + 2, token, UpdateState::completed);
    completed.result = result;
    session.say({update(n + 1, token, UpdateState::started), completed});
    n += 2;
    return task_run(cerebro_.ended(run), "alpha/one");
  };
  const std::string fits = "\"" + std::string(limits::result_bytes_max - 2, 'x') + "\"";
  EXPECT_EQ(ended_with(fits)["state"], "completed");
  EXPECT_EQ(ended_with(fits + " ")["error"]["code"], "result_too_large");
  EXPECT_EQ(ended_with("{not json")["error"]["code"], "bad_result");
  EXPECT_EQ(ended_with("{\"rows\":1}")["result"], Json::parse("{\"rows\":1}"));
}

TEST_P(BadSession, does_not_disturb_the_others) {
  RawSession good(cerebro_, GetParam());
  EXPECT_EQ(good.declare("alpha", two_tasks, "instance1").verdict, model::Verdict::accepted);
  for (int i = 0; i < 20; ++i) {
    RawSession bad(cerebro_, GetParam());
    bad.say_bytes(std::string(1000 * static_cast<std::size_t>(i + 1), '{'), !is_text());
    EXPECT_NE(bad.closed(), "");
  }
  const std::string run = cerebro_.start_run({{"select", {"alpha/one"}}});
  const auto command = good.hear<model::RunCommand>();
  ASSERT_TRUE(command);
  good.say({update(1, command->token, UpdateState::started), update(2, command->token, UpdateState::completed)});
  EXPECT_EQ(cerebro_.ended(run)["state"], "completed");
}

INSTANTIATE_TEST_SUITE_P(, BadSession, testing::Values(wire::Encoding::proto, wire::Encoding::json),
                         [](const auto& one) { return one.param == wire::Encoding::json ? "json" : "proto"; });

}  // namespace
}  // namespace cordyna::processes
