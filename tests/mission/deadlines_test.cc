// 10 s to acknowledge, 10 min to start, 30 min to complete: at the limit, a microsecond before and after, in virtual
// time.

#include <gtest/gtest.h>

#include "mission/fleet.h"

namespace cordyna::testing {
namespace {

constexpr auto moment = 1us;

const std::string plain = declaration("a", {"x: {}", "y: {upstream: [x]}", "z: {}"});
const std::string short_ones =
    declaration("a", {"x: {timeouts: {ack: 2s, start: 3s, complete: 4s}}", "y: {upstream: [x]}", "z: {}"});

/// What brings a task-run of a/x to the state whose deadline is meant.
struct Stage {
  const char* code;
  int updates;  // 0 invoked, 1 queued, 2 started
  base::Duration limit, overridden;
};
const Stage stages[] = {
    {"ack_timeout", 0, 10s, 2s}, {"start_timeout", 1, 10min, 3s}, {"complete_timeout", 2, 30min, 4s}};

base::RunId reach(Fleet& fleet, const Stage& stage) {
  const base::RunId run = fleet.run({"a/x"});
  if (stage.updates == 1) fleet.queued("a/x");
  if (stage.updates == 2) fleet.started("a/x");
  return run;
}

void next_update(Fleet& fleet, const Stage& stage) {
  if (stage.updates == 0) fleet.queued("a/x");
  if (stage.updates == 1) fleet.started("a/x");
  if (stage.updates == 2) fleet.completed("a/x");
}

TEST(Deadlines, a_moment_before_nothing_happens_and_an_update_counts) {
  for (const Stage& stage : stages) {
    Fleet fleet;
    fleet.serve(plain);
    const base::RunId run = reach(fleet, stage);
    fleet.advance(stage.limit - moment);
    EXPECT_TRUE(fleet.cancels.empty()) << stage.code;
    EXPECT_TRUE(fleet.all<model::TaskFailed>().empty()) << stage.code;
    next_update(fleet, stage);
    fleet.advance(moment * 2);
    EXPECT_TRUE(fleet.all<model::TaskFailed>().empty()) << stage.code;
    EXPECT_NE(fleet.state(run, "a/x"), std::string("error ") + stage.code);
    fleet.expect_no_complaints();
  }
}

TEST(Deadlines, at_the_limit_the_attempt_is_fenced_cancelled_and_what_needs_it_is_blocked) {
  for (const Stage& stage : stages) {
    Fleet fleet;
    fleet.serve(plain);
    const base::RunId run = reach(fleet, stage);
    fleet.advance(stage.limit);
    EXPECT_EQ(fleet.state(run, "a/x"), std::string("error ") + stage.code);
    EXPECT_EQ(fleet.state(run, "a/y"), "blocked by a/x");
    EXPECT_EQ(fleet.run_state(run), "failed");
    EXPECT_EQ(fleet.cancels, std::vector<std::string>{"a/x"});
    ASSERT_EQ(fleet.all<model::TaskFailed>().size(), 1U);
    EXPECT_EQ(fleet.all<model::TaskFailed>()[0].failure.origin, model::Origin::cerebro);
    EXPECT_FALSE(fleet.all<model::TaskFailed>()[0].failure.message.empty());
    fleet.expect_no_complaints();
  }
}

TEST(Deadlines, just_after_a_report_is_late_changes_nothing_and_is_visible) {
  for (const Stage& stage : stages) {
    Fleet fleet;
    fleet.serve(plain);
    const base::RunId run = reach(fleet, stage);
    fleet.advance(stage.limit + moment);
    if (stage.updates < 2) fleet.started("a/x");
    fleet.completed("a/x", R"({"n":1})");
    EXPECT_EQ(fleet.state(run, "a/x"), std::string("error ") + stage.code);
    EXPECT_EQ(fleet.run_state(run), "failed");
    EXPECT_TRUE(fleet.all<model::TaskCompleted>().empty());
    const auto late = fleet.all<model::TaskLate>();
    ASSERT_FALSE(late.empty()) << stage.code;
    EXPECT_EQ(late.back().state, "completed");
    EXPECT_EQ(late.back().result.json, R"({"n":1})");
    EXPECT_EQ(late.back().at.run, run);
    fleet.restart();
    EXPECT_EQ(fleet.state(run, "a/x"), std::string("error ") + stage.code);
  }
}

TEST(Deadlines, an_update_received_at_the_same_time_wins) {
  for (const Stage& stage : stages) {
    Fleet fleet;
    fleet.serve(plain);
    const base::RunId run = reach(fleet, stage);
    // The pass that hears of the time hears of the update as well, and takes it first.
    const Command command = *fleet.command("a/x");
    fleet.advance(stage.limit - moment);
    model::Update update;
    update.n = 1000;
    update.token = command.token;
    update.state = stage.updates == 0   ? model::UpdateState::queued
                   : stage.updates == 1 ? model::UpdateState::started
                                        : model::UpdateState::completed;
    fleet.world.decide_at(moment, {engine::SessionItem{command.session, update}, engine::Tick{}});
    fleet.hear();
    fleet.advance(moment);
    EXPECT_TRUE(fleet.all<model::TaskFailed>().empty()) << stage.code;
    EXPECT_EQ(fleet.state(run, "a/x").find("error"), std::string::npos) << stage.code;
  }
}

TEST(Deadlines, each_is_overridden_per_task) {
  for (const Stage& stage : stages) {
    Fleet fleet;
    fleet.serve(short_ones);
    const base::RunId run = reach(fleet, stage);
    fleet.advance(stage.overridden - moment);
    EXPECT_TRUE(fleet.all<model::TaskFailed>().empty()) << stage.code;
    fleet.advance(moment);
    EXPECT_EQ(fleet.state(run, "a/x"), std::string("error ") + stage.code);
  }
}

TEST(Deadlines, the_clock_of_each_state_begins_with_the_state) {
  Fleet fleet;
  fleet.serve(plain);
  const base::RunId run = fleet.run({"a/x"});
  fleet.advance(10s - moment);
  fleet.queued("a/x");
  fleet.advance(10min - moment);
  fleet.started("a/x");
  fleet.advance(30min - moment);
  fleet.completed("a/x");
  EXPECT_EQ(fleet.state(run, "a/x"), "completed");
  fleet.expect_no_complaints();
}

TEST(Deadlines, pending_has_none_unless_it_is_set) {
  Fleet fleet;
  fleet.serve(declaration("a", {"x: {timeouts: {complete: 30d}}", "y: {upstream: [x], timeouts: {pending: 1h}}",
                                "z: {upstream: [x]}", "after_y: {upstream: [y]}"}));
  const base::RunId run = fleet.run({"a/x"});
  fleet.started("a/x");
  fleet.advance(1h - moment);
  EXPECT_EQ(fleet.state(run, "a/y"), "pending");
  fleet.advance(moment);
  EXPECT_EQ(fleet.state(run, "a/y"), "error pending_timeout");
  EXPECT_EQ(fleet.state(run, "a/after_y"), "blocked by a/y");
  fleet.advance(24h * 20);
  EXPECT_EQ(fleet.state(run, "a/z"), "pending");
  fleet.completed("a/x");
  fleet.done("a/z");
  EXPECT_EQ(fleet.run_state(run), "failed");
}

TEST(Deadlines, without_an_instance_the_ten_seconds_run_and_one_that_connects_in_time_gets_the_attempt) {
  for (const bool in_time : {true, false}) {
    Fleet fleet;
    fleet.serve(plain);
    fleet.goodbye("a#i1");
    const base::RunId run = fleet.run({"a/x"});
    EXPECT_EQ(fleet.state(run, "a/x"), "invoked");
    fleet.advance(in_time ? base::Duration(10s - moment) : base::Duration(10s));
    fleet.back("a#i1");
    EXPECT_EQ(fleet.open("a/x"), in_time ? 1U : 0U);
    EXPECT_EQ(fleet.state(run, "a/x"), in_time ? "invoked" : "error ack_timeout");
    if (in_time) {
      fleet.done("a/x");
      EXPECT_EQ(fleet.state(run, "a/x"), "completed");
      EXPECT_EQ(fleet.naive.of(run, "a/x").attempt, 1U);
    }
    fleet.expect_no_complaints();
  }
}

TEST(Deadlines, wait_for_server_waits_that_long_instead) {
  for (const bool in_time : {true, false}) {
    Fleet fleet;
    fleet.serve(declaration("a", {"x: {wait_for_server: 2h}"}));
    fleet.goodbye("a#i1");
    const base::RunId run = fleet.run({"a/x"});
    EXPECT_EQ(fleet.state(run, "a/x"), "pending");
    fleet.advance(2h - moment);
    EXPECT_EQ(fleet.state(run, "a/x"), "pending");
    if (!in_time) {
      fleet.advance(moment);
      EXPECT_EQ(fleet.state(run, "a/x"), "error no_server");
      continue;
    }
    fleet.back("a#i1");
    fleet.done("a/x");
    EXPECT_EQ(fleet.state(run, "a/x"), "completed");
  }
}

TEST(Deadlines, wait_for_server_is_over_when_the_server_is_back_though_it_has_no_slot) {
  Fleet fleet;
  fleet.serve(declaration("a", {"x: {wait_for_server: 1h, timeouts: {ack: 20d}}", "y: {wait_for_server: 1h}"}), "i1",
              1);
  fleet.goodbye("a#i1");
  const base::RunId run = fleet.run({"a/x", "a/y"});
  fleet.advance(59min);
  fleet.back("a#i1");
  ASSERT_EQ(fleet.commands().size(), 1U);
  fleet.advance(2h);
  EXPECT_EQ(fleet.state(run, "a/y"), "pending") << "it waits for a slot, not for a server";
}

TEST(Deadlines, wait_for_server_and_pending_timeout_hold_both) {
  Fleet fleet;
  fleet.serve(declaration(
      "a", {"x: {wait_for_server: 1h, timeouts: {pending: 2h}}", "y: {wait_for_server: 2h, timeouts: {pending: 1h}}"}));
  fleet.goodbye("a#i1");
  const base::RunId run = fleet.run({"a/x", "a/y"});
  fleet.advance(1h);
  EXPECT_EQ(fleet.state(run, "a/x"), "error no_server");
  EXPECT_EQ(fleet.state(run, "a/y"), "error pending_timeout");
}

TEST(Deadlines, wait_for_server_begins_anew_when_the_server_goes_while_a_task_waits_for_a_slot) {
  Fleet fleet;
  fleet.serve(declaration("a", {"long: {timeouts: {complete: 20d}}", "x: {wait_for_server: 1h}"}), "i1", 1);
  fleet.run({"a/long"});
  const base::RunId run = fleet.run({"a/x"});
  EXPECT_EQ(fleet.state(run, "a/x"), "pending");
  fleet.goodbye("a#i1");
  fleet.advance(1h);
  EXPECT_EQ(fleet.state(run, "a/x"), "error no_server");
}

TEST(Deadlines, none_fires_because_cerebro_was_down) {
  for (const Stage& stage : stages) {
    Fleet fleet;
    fleet.serve(plain);
    const base::RunId run = reach(fleet, stage);
    fleet.advance(stage.limit - 1s);
    fleet.restart(48h);
    fleet.back("a#i1");
    EXPECT_TRUE(fleet.all<model::TaskFailed>().empty()) << stage.code;
    fleet.advance(1s - moment);
    EXPECT_TRUE(fleet.all<model::TaskFailed>().empty()) << stage.code;
    fleet.advance(moment);
    EXPECT_EQ(fleet.state(run, "a/x"), std::string("error ") + stage.code);
  }
}

TEST(Deadlines, after_a_start_no_deadline_runs_before_the_instance_is_back) {
  for (const Stage& stage : stages) {
    Fleet fleet;
    fleet.serve(plain);
    reach(fleet, stage);
    fleet.advance(stage.limit - 1s);
    fleet.restart(1h);
    fleet.advance(30s - moment);
    EXPECT_TRUE(fleet.all<model::TaskFailed>().empty()) << stage.code;
    fleet.back("a#i1");
    fleet.advance(1s - moment);
    EXPECT_TRUE(fleet.all<model::TaskFailed>().empty()) << stage.code;
    next_update(fleet, stage);
    fleet.advance(moment);
    EXPECT_TRUE(fleet.all<model::TaskFailed>().empty()) << stage.code;
  }
}

TEST(Deadlines, adopt_takes_a_late_completion_and_goes_on_with_what_was_blocked) {
  Fleet fleet;
  fleet.serve(plain);
  const base::RunId run = reach(fleet, stages[2]);
  fleet.advance(30min);
  EXPECT_EQ(fleet.refused(engine::AdoptRequest{.run = run, .task = "a/x"}), "nothing_late");
  fleet.completed("a/x", R"({"rows":9})");
  EXPECT_EQ(fleet.refused(engine::AdoptRequest{.run = run, .task = "a/x"}), "");
  const base::RunId again = fleet.last_run();
  EXPECT_NE(again, run);
  EXPECT_EQ(fleet.state(run, "a/x"), "error complete_timeout") << "the old run stays as it was";
  EXPECT_EQ(fleet.run_state(run), "failed");
  EXPECT_EQ(fleet.state(again, "a/x"), "completed");
  EXPECT_EQ(fleet.open("a/x"), 0U);
  fleet.done("a/y");
  EXPECT_EQ(fleet.run_state(again), "completed");
  fleet.restart();
}

}  // namespace
}  // namespace cordyna::testing
