#include "cerebro/cerebro.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "cerebro/fake_world.h"
#include "cerebro/history.h"

namespace cordyna::cerebro {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const std::string shop = R"({"server":"shop","team":"sales","slots":4,"tasks":{)"
                         R"("extract":{"run":["./extract"]},"other":{"run":["./other"]}}})";

/// A house with one server `shop` that takes commands.
class CerebroTest : public testing::Test {
 protected:
  void SetUp() override { session = join(house); }

  static base::ConnectionId join(House& house, std::string instance = "instance1") {
    model::Hello hello;
    hello.server = "shop";
    hello.team = "sales";
    hello.instance = std::move(instance);
    hello.slots = 4;
    hello.declaration_hash = base::sha256_hex(shop);
    const auto id = house.connect();
    house.say(id, {hello});
    house.settle();
    const auto items = house.heard(id);
    if (!items.empty() && std::get<model::Welcome>(items[0]).need_declaration) {
      house.say(id, {model::Declare{0, true, shop}});
      house.settle();
    }
    house.say(id, {model::Ready{}});
    house.settle();
    house.heard(id);
    return id;
  }
  base::ConnectionId run(const std::string& task = "extract") {
    return house.request("POST", "/api/v1/runs", R"({"select":["shop/)" + task + R"("],"followers":false})");
  }
  model::RunCommand command() {
    for (auto& item : house.heard(session))
      if (auto* run = std::get_if<model::RunCommand>(&item)) return *run;
    ADD_FAILURE() << "no command came";
    return {};
  }
  void report(const std::string& token, std::uint64_t n, model::UpdateState state) {
    model::Update update;
    update.n = n;
    update.token = token;
    update.state = state;
    house.say(session, {update});
  }
  std::vector<std::string> kinds(base::Seq after = 0) {
    std::vector<std::string> all;
    auto found = house.log->batches_after(after, 1000);
    for (const auto& batch : found->batches) {
      const auto events = events_of(batch);
      for (const auto& one : *events)
        if (one.seq > after) all.emplace_back(model::kind(one.event.body));
    }
    return all;
  }

  House house;
  base::ConnectionId session;
};

TEST_F(CerebroTest, records_its_start_first_and_its_stop_last) {
  EXPECT_EQ(kinds().front(), "cerebro.started");
  house.cerebro->stop("terminated");
  house.settle();
  EXPECT_TRUE(house.cerebro->stopped());
  EXPECT_EQ(kinds().back(), "cerebro.stopped");
  ASSERT_TRUE(house.transport.at(session).closed);
  EXPECT_EQ(house.transport.at(session).closed->first, 1001);
}

TEST_F(CerebroTest, decides_nothing_more_once_it_stops) {
  house.log->hold();
  house.cerebro->stop("terminated");
  const auto request = run();
  house.settle();
  EXPECT_FALSE(house.cerebro->stopped());
  ASSERT_NE(house.answer(request), nullptr);
  EXPECT_EQ(house.answer(request)->status, 503);
  house.log->resume();
  house.settle();
  EXPECT_TRUE(house.cerebro->stopped());
  EXPECT_EQ(kinds().back(), "cerebro.stopped");
}

TEST_F(CerebroTest, comes_back_from_its_log_with_the_same_state) {
  run();
  house.settle();
  const auto sent = command();
  report(sent.token, 1, model::UpdateState::started);
  house.advance(seconds(1));
  const auto& before = house.cerebro->state();

  auto recovered = recover_state(*house.log, {});
  ASSERT_TRUE(recovered.ok()) << recovered.error().message;
  EXPECT_EQ(recovered->seq, before.seq);
  EXPECT_EQ(recovered->now.wall, before.now.wall);
  EXPECT_EQ(recovered->tasks.size(), before.tasks.size());
  ASSERT_EQ(recovered->runs.size(), 1U);
  const auto& run = *recovered->runs.begin()->second;
  EXPECT_EQ(run.tasks[0].state, model::TaskState::started);
  EXPECT_EQ(run.tasks[0].started_at, before.runs.begin()->second->tasks[0].started_at);
  EXPECT_EQ(run.tasks[0].declaration().name, "extract");
}

TEST_F(CerebroTest, commits_a_started_report_lazily_and_a_completed_one_at_once) {
  run();
  house.settle();
  const auto sent = command();
  const auto batches = [this] { return house.log->batches_after(0, 1000)->batches.size(); };
  const std::size_t before = batches();
  report(sent.token, 1, model::UpdateState::started);
  house.advance(milliseconds(1));
  EXPECT_EQ(batches(), before);
  house.advance(milliseconds(2));
  EXPECT_EQ(batches(), before + 1);
  report(sent.token, 2, model::UpdateState::completed);
  house.advance(milliseconds(1));
  EXPECT_GT(batches(), before + 1);
}

TEST_F(CerebroTest, lets_a_report_win_that_came_with_its_deadline) {
  run();
  house.settle();
  const auto sent = command();
  house.say(session, {model::Heartbeat{}});
  (void)house.cerebro->idle_time();
  // 10 s are over when cerebro wakes, and the report is there: it is read before time passes.
  house.clock.advance(seconds(9));
  house.pass();
  (void)house.cerebro->idle_time();
  house.clock.advance(seconds(1));
  report(sent.token, 1, model::UpdateState::started);
  house.settle();
  EXPECT_EQ(house.cerebro->state().runs.begin()->second->tasks[0].state, model::TaskState::started);
}

TEST_F(CerebroTest, lets_no_deadline_fire_because_it_was_paused) {
  run();
  house.settle();
  command();
  (void)house.cerebro->idle_time();
  house.clock.advance(minutes(5));  // nobody woke it
  house.settle();
  EXPECT_EQ(house.cerebro->state().runs.begin()->second->tasks[0].state, model::TaskState::invoked);
}

TEST_F(CerebroTest, refuses_writes_and_goes_on_with_heartbeats_while_the_disk_is_full) {
  house.log->fill(1000);
  const auto first = run();
  house.advance(seconds(1));
  EXPECT_EQ(house.answer(first), nullptr);  // its batch waits for the disk
  const auto second = run();
  house.advance(seconds(1));
  ASSERT_NE(house.answer(second), nullptr);
  EXPECT_EQ(house.answer(second)->status, 507);
  EXPECT_EQ(house.heard(session).size(), 0U);

  house.transport.at(session).messages.clear();
  house.say(session, {model::Heartbeat{}});
  house.advance(seconds(10));
  EXPECT_GE(house.transport.at(session).messages.size(), 1U);
  EXPECT_FALSE(house.transport.at(session).closed);

  house.log->fill(0);
  house.say(session, {model::Heartbeat{}});
  house.advance(seconds(6));
  ASSERT_NE(house.answer(first), nullptr);
  EXPECT_EQ(house.answer(first)->status, 201);
  EXPECT_EQ(command().task, "shop/extract");
}

TEST_F(CerebroTest, gives_no_uptime_to_the_time_of_a_full_disk) {
  run();
  house.settle();
  command();
  house.log->fill(1000);
  run("other");
  house.settle();
  for (int i = 0; i < 10; ++i) {
    house.say(session, {model::Heartbeat{}});
    house.advance(seconds(6));
  }
  house.log->fill(0);
  house.say(session, {model::Heartbeat{}});
  house.advance(seconds(6));
  EXPECT_EQ(house.cerebro->state().runs.begin()->second->tasks[0].state, model::TaskState::invoked);
}

TEST_F(CerebroTest, gives_no_uptime_to_a_pause_while_a_commit_is_under_way) {
  run();
  house.settle();
  command();
  house.transport.close(session, 1006, "");  // with nobody connected no heartbeat wakes the loop
  house.settle();
  house.log->hold();
  run("other");
  house.settle();
  run("other");
  house.settle();
  house.clock.advance(std::chrono::minutes(2));  // nobody let it run
  house.log->resume();
  house.advance(seconds(1));
  const auto all = kinds(0);
  EXPECT_EQ(std::count(all.begin(), all.end(), "task.error"), 0) << "the grace of the lost instance has not run out";
}

TEST_F(CerebroTest, is_awake_while_the_disk_is_full_and_something_is_due) {
  run();
  house.settle();
  command();
  house.transport.close(session, 1006, "");  // with nobody connected only the disk wakes the loop
  house.advance(seconds(9));
  house.log->fill(1000);
  run("other");
  house.settle();
  const base::Duration before = house.cerebro->loop().awake();
  house.advance(std::chrono::minutes(1));  // the grace of the lost instance has a second left, all the time
  EXPECT_GE(house.cerebro->loop().awake() - before, seconds(55));
}

TEST_F(CerebroTest, gives_no_uptime_to_a_pause_right_after_its_start) {
  run();
  house.settle();
  command();
  House again(house.log);
  again.clock.advance(std::chrono::minutes(2));  // it began, and nobody let it run
  again.advance(seconds(1));
  ASSERT_EQ(again.cerebro->state().runs.size(), 1U);
  for (const auto& [id, run] : again.cerebro->state().runs)
    EXPECT_EQ(run->tasks[0].state, model::TaskState::invoked) << "the grace of its instance has not run out";
  EXPECT_LT(again.cerebro->loop().now().uptime - house.cerebro->loop().now().uptime, seconds(2));
}

TEST_F(CerebroTest, decides_what_people_ask_before_what_servers_report) {
  run();
  house.settle();
  const auto sent = command();
  const base::Seq before = house.cerebro->state().seq;
  report(sent.token, 1, model::UpdateState::started);
  run("other");
  house.settle();
  const auto all = kinds(before);
  const auto created = std::find(all.begin(), all.end(), "run.created");
  const auto started = std::find(all.begin(), all.end(), "task.started");
  ASSERT_NE(created, all.end());
  ASSERT_NE(started, all.end());
  EXPECT_LT(created - all.begin(), started - all.begin());
}

TEST_F(CerebroTest, folds_a_run_from_its_log) {
  run();
  house.settle();
  const auto sent = command();
  report(sent.token, 1, model::UpdateState::started);
  report(sent.token, 2, model::UpdateState::completed);
  house.settle();
  const auto record = read_run(*house.log, *base::RunId::parse(sent.run_id));
  ASSERT_TRUE(record.ok());
  ASSERT_NE(*record, nullptr);
  EXPECT_EQ((*record)->state, model::RunState::completed);
  ASSERT_EQ((*record)->tasks.size(), 1U);
  EXPECT_EQ((*record)->tasks[0].state, model::TaskState::completed);
  EXPECT_EQ((*record)->tasks[0].attempt, 1U);
  EXPECT_NE((*record)->tasks[0].completion.seq, 0U);
  const auto unknown = read_run(*house.log, base::RunId{1, 1});
  ASSERT_TRUE(unknown.ok());
  EXPECT_EQ(*unknown, nullptr);
}

}  // namespace
}  // namespace cordyna::cerebro
