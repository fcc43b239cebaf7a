// Every reason of a pending task-run, and what is said of tasks in no run: the very sentences.
#include "engine/why.h"

#include <gtest/gtest.h>

#include "engine/engine.h"

namespace cordyna::engine {
namespace {

using model::UpdateState;
using std::chrono::minutes;
using std::chrono::seconds;

const ZoneRules* utc(std::string_view) {
  static const ZoneRules rules;
  return &rules;
}

struct TaskDraft {
  std::string name;
  std::vector<std::string> upstream = {};
  std::vector<model::Trigger> when = {model::ManualTrigger{}};
  model::Policy policy = {};
  std::string description = {};
};

std::shared_ptr<model::Declaration> declaration(const std::string& server, const std::string& team,
                                                const std::vector<TaskDraft>& tasks, const std::string& hash) {
  auto made = std::make_shared<model::Declaration>();
  made->server = server;
  made->team = team;
  made->hash = hash;
  for (const TaskDraft& draft : tasks) {
    model::TaskDeclaration task;
    task.name = draft.name;
    task.description = draft.description;
    for (const std::string& upstream : draft.upstream) task.upstream.push_back({upstream, upstream, {}, {}});
    task.when = draft.when;
    task.policy = std::make_shared<const model::Policy>(draft.policy);
    made->tasks.push_back(std::move(task));
  }
  return made;
}

/// The engine with task-servers that do what the test says.
class WhyTest : public testing::Test {
 protected:
  WhyTest() {
    settings.zones = utc;
    settings.limits["warehouse"] = 1;
    Step step(state, now);
    start(step, settings, 1);
  }

  void act(const Input& input) {
    Step step(state, now);
    decide(input, step, settings);
    settle(step, settings);
    for (Effect& effect : step.effects()) {
      if (const auto* run = std::get_if<SendRun>(&effect)) sent[run->command.task] = *run;
      if (const auto* answer = std::get_if<Answer>(&effect)) answers.push_back(answer->body);
    }
  }
  void pass(base::Duration time) {
    now.wall += time;
    now.uptime += time;
    act(Tick{});
  }

  SessionId join(const std::string& server, const std::string& team, const std::vector<TaskDraft>& tasks,
                 std::uint32_t slots = 4, const std::string& hash = "h1") {
    const SessionId session{++sessions};
    model::Hello hello;
    hello.server = server;
    hello.team = team;
    hello.instance = "i" + std::to_string(session.value);
    hello.slots = slots;
    act(SessionOpened{session, hello});
    act(SessionDeclared{session, declaration(server, team, tasks, hash), {}, whole_text("{}"), {}});
    act(SessionItem{session, model::Ready{}});
    return session;
  }
  RunId run(const std::string& selector, bool followers = false, const std::string& env = "production") {
    RunRequest request;
    request.select = {selector};
    request.followers = followers;
    request.env = env;
    act(Request{RequestId{++requests}, {"anna", true}, request});
    const auto* body = std::get_if<model::Json>(&answers.back());
    EXPECT_NE(body, nullptr);
    return body == nullptr ? RunId{} : *RunId::parse(body->at("run_id").get<std::string>());
  }
  void report(SessionId session, const std::string& task, UpdateState told) {
    model::Update update;
    update.n = ++updates;
    update.token = sent.at(task).command.token;
    update.state = told;
    if (told == UpdateState::error) update.error = {"task_failed", "no rows", "", "", false, false};
    act(SessionItem{session, update});
  }
  void complete(SessionId session, const std::string& task, base::Duration takes) {
    report(session, task, UpdateState::started);
    pass(takes);
    report(session, task, UpdateState::completed);
  }
  void control(PauseRequest request) { act(Request{RequestId{++requests}, {"anna", true}, std::move(request)}); }

  engine::Why why(RunId id, const std::string& task) {
    const auto& run = *state.run(id);
    for (std::uint32_t i = 0; i < run.tasks.size(); ++i)
      if (state.task(run.planned(i).task).name == task) return why_pending(state, run, i, now.wall);
    ADD_FAILURE() << "no " << task;
    return {};
  }
  Explanation told(const std::string& task) { return explain(state, *state.find_task(task), nullptr, now.wall); }

  State state;
  Settings settings;
  base::Now now{base::Time(std::chrono::hours(500'000)), {}};
  std::map<std::string, SendRun> sent;
  std::vector<std::variant<Refusal, model::Json>> answers;
  std::uint64_t sessions = 0, requests = 0, updates = 0;
};

const std::vector<TaskDraft> chain{{"clean", {"shop/extract"}}, {"extract"}, {"report", {"shop/clean"}}};

TEST_F(WhyTest, names_the_upstream_its_team_how_long_it_runs_and_how_long_it_usually_takes) {
  const SessionId shop = join("shop", "sales", chain);
  run("shop/extract");
  complete(shop, "shop/extract", seconds(55));
  const RunId id = run("+shop/report");
  report(shop, "shop/extract", UpdateState::started);
  pass(seconds(41));

  const auto reason = why(id, "shop/clean");
  EXPECT_EQ(reason.code, "upstream");
  EXPECT_EQ(reason.message, "waits for shop/extract of team sales, started 41 s ago, usually 55 s");
  ASSERT_EQ(reason.waits_for.size(), 1U);
  EXPECT_EQ(reason.waits_for[0].task, "shop/extract");
  EXPECT_EQ(reason.waits_for[0].state, "started");
  EXPECT_EQ(reason.waits_for[0].team, "sales");
  EXPECT_EQ(reason.waits_for[0].expected_at, now.wall + seconds(14));

  const Explanation all = told("shop/report");
  EXPECT_EQ(all.state, "pending");
  ASSERT_EQ(all.chain.size(), 3U);
  EXPECT_EQ(all.chain[0].message, "waits for shop/clean of team sales, pending");
  EXPECT_EQ(all.chain[2].task, "shop/extract");
  EXPECT_EQ(all.chain[2].message, "running since 41 s ago on shop#i1, usually takes 55 s");
}

TEST_F(WhyTest, tells_when_the_next_attempt_comes_and_why_the_last_one_failed) {
  model::Policy policy;
  policy.retries.max = 2;
  policy.retries.jitter_permille = 0;
  const SessionId shop = join("shop", "sales", {{"extract", {}, {model::ManualTrigger{}}, policy}});
  const RunId id = run("shop/extract");
  report(shop, "shop/extract", UpdateState::started);
  report(shop, "shop/extract", UpdateState::error);
  const auto reason = why(id, "shop/extract");
  EXPECT_EQ(reason.code, "retry");
  EXPECT_EQ(reason.message, "attempt 1 failed (task_failed: no rows); the next one comes at " +
                                base::format_time(now.wall + seconds(10)) + ", in 10 s");
}

TEST_F(WhyTest, says_that_every_instance_is_busy_and_with_what) {
  join("shop", "sales", {{"a"}, {"b"}}, 1);
  const RunId first = run("shop/a");
  const auto reason = why(run("shop/b"), "shop/b");
  EXPECT_EQ(reason.code, "no_free_slot");
  EXPECT_EQ(reason.message,
            "every instance of server shop is busy; 1 task-run waits for a slot there, the next one is free after "
            "shop/a of team sales in run " +
                first.text() + ", invoked 0 s ago");
}

TEST_F(WhyTest, says_that_the_concurrency_of_the_task_is_used_up_and_by_which_run) {
  model::Policy policy;
  policy.concurrency = 1;
  policy.overlap = model::Overlap::parallel;
  join("shop", "sales", {{"a", {}, {model::ManualTrigger{}}, policy}});
  const RunId first = run("shop/a");
  const auto reason = why(run("shop/a", false, "staging"), "shop/a");
  EXPECT_EQ(reason.code, "concurrency");
  EXPECT_EQ(reason.message, "its concurrency is 1, used up by run " + first.text() + ", invoked 0 s ago");
}

TEST_F(WhyTest, says_who_has_a_limit_and_when_it_is_likely_to_be_free) {
  model::Policy policy;
  policy.limits = {"warehouse"};
  const SessionId shop =
      join("shop", "sales", {{"a", {}, {model::ManualTrigger{}}, policy}, {"b", {}, {model::ManualTrigger{}}, policy}});
  for (const char* task : {"shop/a", "shop/b"}) {
    run(task);
    complete(shop, task, seconds(30));
  }
  const RunId holder = run("shop/a");
  report(shop, "shop/a", UpdateState::started);
  pass(seconds(10));
  const RunId waiting = run("shop/b");
  const auto reason = why(waiting, "shop/b");
  EXPECT_EQ(reason.code, "limit");
  EXPECT_EQ(reason.message, "limit warehouse is used up by shop/a of team sales in run " + holder.text() +
                                ", started 10 s ago, usually 30 s");
  ASSERT_EQ(reason.waits_for.size(), 1U);
  EXPECT_EQ(reason.waits_for[0].task, "shop/a");
  EXPECT_EQ(reason.waits_for[0].expected_at, now.wall + seconds(20));

  const Explanation whole = told("shop/b");
  ASSERT_EQ(whole.chain.size(), 2U);
  EXPECT_EQ(whole.chain[0].expected_at, now.wall + seconds(50)) << "its own 30 s come on top";
  EXPECT_EQ(whole.chain[1].task, "shop/a");
  EXPECT_EQ(whole.chain[1].message, "running since 10 s ago on shop#i1, usually takes 30 s");
}

TEST_F(WhyTest, who_is_next_behind_one_that_waits_for_their_server_waits_for_the_server_too) {
  model::Policy policy;
  policy.limits = {"warehouse"};
  const SessionId bank = join("bank", "money", {{"holder", {}, {model::ManualTrigger{}}, policy}});
  join("shop", "sales",
       {{"a", {}, {model::ManualTrigger{}}, policy}, {"b", {}, {model::ManualTrigger{}}, policy}, {"filler"}}, 1);
  run("bank/holder");
  const RunId first = run("shop/a"), second = run("shop/b");
  run("shop/filler");
  for (const auto& [id, task] : {std::pair(first, "shop/a"), std::pair(second, "shop/b")})
    EXPECT_EQ(why(id, task).code, "limit");
  complete(bank, "bank/holder", seconds(1));
  for (const auto& [id, task] : {std::pair(first, "shop/a"), std::pair(second, "shop/b")})
    EXPECT_EQ(why(id, task).code, "no_free_slot");
}

TEST_F(WhyTest, names_of_many_holders_of_a_limit_the_one_that_ends_first) {
  settings.limits["warehouse"] = 2;
  model::Policy policy;
  policy.limits = {"warehouse"};
  const SessionId shop = join("shop", "sales",
                              {{"a", {}, {model::ManualTrigger{}}, policy},
                               {"b", {}, {model::ManualTrigger{}}, policy},
                               {"c", {}, {model::ManualTrigger{}}, policy}});
  for (const auto& [task, takes] : std::map<std::string, int>{{"shop/a", 40}, {"shop/b", 20}}) {
    run(task);
    complete(shop, task, seconds(takes));
  }
  const RunId slow = run("shop/a"), quick = run("shop/b");
  for (const char* task : {"shop/a", "shop/b"}) report(shop, task, UpdateState::started);
  const RunId waiting = run("shop/c");
  EXPECT_EQ(why(waiting, "shop/c").message,
            "limit warehouse is used up by 2 task-runs, the first to end is shop/b of team sales in run " +
                quick.text() + ", started 0 s ago, usually 20 s");
  EXPECT_EQ(why(waiting, "shop/c").waits_for.back().task, "shop/a");
  EXPECT_NE(slow, quick);
}

TEST_F(WhyTest, says_since_when_the_instance_of_a_started_task_is_lost_and_until_when_it_may_come_back) {
  const SessionId shop = join("shop", "sales", {{"a"}});
  run("shop/a");
  report(shop, "shop/a", UpdateState::started);
  pass(seconds(7));
  act(SessionClosed{shop, "connection reset"});
  pass(seconds(4));
  EXPECT_EQ(told("shop/a").message,
            "started 11 s ago on shop#i1; the connection to that instance is lost since 4 s ago; unless it comes back "
            "within 6 s the attempt ends as instance_lost");
}

TEST_F(WhyTest, says_which_server_is_away_since_when_and_how_long_the_task_waits_for_it) {
  model::Policy policy;
  policy.wait_for_server = minutes(30);
  const SessionId shop = join("shop", "sales", {{"a", {}, {model::ManualTrigger{}}, policy}});
  act(SessionClosed{shop, "connection reset"});
  const std::string since = base::format_time(now.wall);
  const RunId id = run("shop/a");
  pass(seconds(5));
  const auto reason = why(id, "shop/a");
  EXPECT_EQ(reason.code, "no_server");
  EXPECT_EQ(reason.message,
            "server shop of team sales is lost since " + since + "; this task waits up to 30 min for it, so far 5 s");
}

TEST_F(WhyTest, says_who_paused_the_task_since_when_and_why) {
  join("shop", "sales", {{"a"}});
  control({"shop/a", true, "the lake is full"});
  const std::string since = base::format_time(now.wall);
  const auto reason = why(run("shop/a"), "shop/a");
  EXPECT_EQ(reason.code, "paused");
  EXPECT_EQ(reason.message, "paused by anna since " + since + ": the lake is full; let it go on: dyna resume shop/a");
}

TEST_F(WhyTest, says_whose_work_is_shared) {
  const SessionId shop = join("shop", "sales", chain);
  const RunId first = run("shop/extract");
  report(shop, "shop/extract", UpdateState::started);
  pass(seconds(3));
  const RunId second = run("shop/clean");
  const auto reason = why(second, "shop/extract");
  EXPECT_EQ(reason.code, "shared");
  EXPECT_EQ(reason.message, "shares the work of run " + first.text() + ", started 3 s ago");
  ASSERT_EQ(reason.waits_for.size(), 1U);
  EXPECT_EQ(reason.waits_for[0].state, "started");
  EXPECT_EQ(told("shop/clean").chain.back().message, "running since 3 s ago on shop#i1");
}

TEST_F(WhyTest, says_that_a_tick_waits_for_new_completions) {
  join("shop", "sales", {{"extract"}, {"report", {"shop/extract"}, {model::CronTrigger{"0 * * * *", "UTC", true}}}});
  pass(std::chrono::hours(1));
  const auto live = state.runs.begin();
  ASSERT_NE(live, state.runs.end());
  const auto reason = why(live->first, "shop/report");
  EXPECT_EQ(reason.code, "tick_waiting");
  EXPECT_EQ(reason.message, "its tick waits for a new completion of shop/extract of team sales");
}

TEST_F(WhyTest, says_that_the_server_is_asked_whether_the_work_is_there) {
  model::Policy policy;
  policy.check = true;
  join("shop", "sales", {{"a", {}, {model::ManualTrigger{}}, policy}});
  const auto reason = why(run("shop/a"), "shop/a");
  EXPECT_EQ(reason.code, "checking");
  EXPECT_EQ(reason.message, "server shop is asked whether the work is already there");
}

TEST_F(WhyTest, says_that_only_an_older_revision_is_connected) {
  join("shop", "sales", {{"a"}});
  const SessionId newer = join("shop", "sales", {{"a", {}, {model::ManualTrigger{}}, {}, "better"}}, 4, "h2");
  act(SessionItem{newer, model::Draining{}});
  const auto reason = why(run("shop/a"), "shop/a");
  EXPECT_EQ(reason.code, "revision");
  EXPECT_EQ(reason.message, "no connected instance of server shop runs the current revision of this task");
}

TEST_F(WhyTest, explains_a_task_in_no_run_by_its_next_tick_and_its_last_end) {
  const SessionId shop = join("shop", "sales", {{"a", {}, {model::EveryTrigger{minutes(1)}}}});
  EXPECT_EQ(told("shop/a").message, "not running: its next tick is at " + base::format_time(now.wall + minutes(1)) +
                                        ", in 1 min; it has never run");
  run("shop/a");
  complete(shop, "shop/a", seconds(20));
  EXPECT_EQ(told("shop/a").state, "completed");
  EXPECT_EQ(told("shop/a").message, "not running: its next tick is at " + base::format_time(now.wall + seconds(40)) +
                                        ", in 40 s; its last task-run ended completed 0 s ago");
}

TEST_F(WhyTest, explains_a_follower_by_the_upstreams_it_misses_and_the_failure_behind_them) {
  const SessionId shop = join("shop", "sales",
                              {{"clean", {"shop/extract"}, {model::UpstreamTrigger{}}},
                               {"extract"},
                               {"late", {"shop/clean", "crm/customers"}, {model::UpstreamTrigger{}}}});
  run("shop/extract", true);
  report(shop, "shop/extract", UpdateState::started);
  report(shop, "shop/extract", UpdateState::error);
  pass(minutes(2));
  const Explanation clean = told("shop/clean");
  EXPECT_EQ(clean.state, "blocked");
  EXPECT_EQ(clean.chain.front().code, "upstream");
  EXPECT_NE(clean.message.find("waits for new completions of shop/extract of team sales"), std::string::npos)
      << clean.message;
  EXPECT_NE(clean.message.find("because of shop/extract of team sales (task_failed)"), std::string::npos)
      << clean.message;
  EXPECT_EQ(clean.chain.back().task, "shop/extract");
  EXPECT_EQ(clean.chain.back().code, "task_failed");

  const Explanation missing = told("crm/customers");
  EXPECT_EQ(missing.state, "undeclared");
  EXPECT_EQ(missing.message, "no task-server declares it; shop/late of team sales needs it");
}

TEST_F(WhyTest, counts_time_in_the_two_largest_units) {
  EXPECT_EQ(words(seconds(0)), "0 s");
  EXPECT_EQ(words(seconds(59)), "59 s");
  EXPECT_EQ(words(seconds(60)), "1 min");
  EXPECT_EQ(words(seconds(200)), "3 min 20 s");
  EXPECT_EQ(words(std::chrono::hours(27)), "1 d 3 h");
  EXPECT_EQ(words(seconds(-3)), "0 s");
}

}  // namespace
}  // namespace cordyna::engine
