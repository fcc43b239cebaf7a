// Broken sessions, instances that come back or do not, and restarts of cerebro in between: no work is lost, none is
// done twice by one instance, and nobody is given up before the grace is over.

#include <gtest/gtest.h>

#include "mission/fleet.h"

namespace cordyna::testing {
namespace {

const std::string text = declaration("a", {"x: {}", "y: {upstream: [x]}"});

TEST(Sessions, an_instance_that_is_back_within_ten_seconds_keeps_its_attempts) {
  Fleet fleet;
  fleet.serve(text);
  const base::RunId run = fleet.run({"a/x"});
  fleet.started("a/x");
  fleet.leave("a#i1");
  fleet.advance(10s - 1us);
  EXPECT_EQ(fleet.state(run, "a/x"), "started");
  fleet.back("a#i1");
  fleet.advance(20s);
  EXPECT_EQ(fleet.open("a/x"), 1U) << "not sent again";
  fleet.completed("a/x");
  EXPECT_EQ(fleet.state(run, "a/x"), "completed");
  fleet.expect_no_complaints();
}

TEST(Sessions, not_back_in_time_is_instance_lost_with_an_unknown_outcome) {
  Fleet fleet;
  fleet.serve(text);
  const base::RunId run = fleet.run({"a/x"});
  fleet.started("a/x");
  fleet.leave("a#i1");
  fleet.advance(10s);
  EXPECT_EQ(fleet.state(run, "a/x"), "error instance_lost");
  EXPECT_EQ(fleet.state(run, "a/y"), "blocked by a/x");
  EXPECT_NE(fleet.all<model::TaskFailed>()[0].failure.message.find("unknown"), std::string::npos);
  fleet.back("a#i1");
  EXPECT_EQ(fleet.cancels, std::vector<std::string>{"a/x"}) << "it is told to cancel what is no longer its";
  fleet.completed("a/x");
  EXPECT_EQ(fleet.state(run, "a/x"), "error instance_lost");
  EXPECT_EQ(fleet.all<model::TaskLate>().size(), 1U);
  fleet.restart();
}

TEST(Sessions, what_a_returning_instance_does_not_claim_is_lost) {
  Fleet fleet;
  fleet.serve(text);
  const base::RunId run = fleet.run({"a/x"});
  fleet.started("a/x");
  fleet.leave("a#i1");
  fleet.forget("a#i1", true);
  fleet.back("a#i1");
  fleet.advance(10s);
  EXPECT_EQ(fleet.state(run, "a/x"), "error instance_lost");
}

TEST(Sessions, another_instance_cannot_claim) {
  Fleet fleet;
  fleet.serve(text);
  const base::RunId run = fleet.run({"a/x"});
  fleet.started("a/x");
  const Command command = *fleet.command("a/x");
  fleet.leave("a#i1");
  const auto declaration = fleet.world.state().servers[0].block;
  fleet.world.serve(declaration, "{}", "i2", 10,
                    {{command.run, command.task, command.attempt, command.token, model::UpdateState::started}});
  fleet.hear();
  fleet.advance(10s);
  EXPECT_EQ(fleet.state(run, "a/x"), "error instance_lost");
}

TEST(Sessions, a_command_that_never_arrived_is_sent_again_as_the_same_attempt) {
  for (const bool restart : {false, true}) {
    Fleet fleet;
    fleet.serve(text);
    const base::RunId run = fleet.run({"a/x"});
    const std::string token = fleet.command("a/x")->token;
    if (restart)
      fleet.restart(1min);
    else
      fleet.leave("a#i1");
    fleet.forget("a#i1");
    fleet.back("a#i1");
    ASSERT_EQ(fleet.open("a/x"), 1U);
    EXPECT_EQ(fleet.command("a/x")->token, token);
    EXPECT_EQ(fleet.command("a/x")->attempt, 1U);
    fleet.done("a/x");
    EXPECT_EQ(fleet.state(run, "a/x"), "completed");
    EXPECT_EQ(fleet.all<model::CommandRun>().size(), 1U + 1U) << "x once, then y";
    fleet.expect_no_complaints();
  }
}

TEST(Sessions, a_command_that_arrived_but_was_not_acknowledged_runs_once) {
  Fleet fleet;
  fleet.serve(text);
  const base::RunId run = fleet.run({"a/x"});
  fleet.leave("a#i1");
  fleet.back("a#i1");  // it has the command and says so; sent again or not, it drops what it has
  EXPECT_EQ(fleet.open("a/x"), 1U);
  fleet.done("a/x");
  EXPECT_EQ(fleet.state(run, "a/x"), "completed");
}

TEST(Sessions, after_a_start_of_cerebro_the_grace_is_thirty_seconds_of_uptime) {
  for (const bool in_time : {true, false}) {
    Fleet fleet;
    fleet.serve(text);
    const base::RunId run = fleet.run({"a/x"});
    fleet.started("a/x");
    fleet.restart(24h);
    fleet.advance(30s - 1us);
    EXPECT_EQ(fleet.state(run, "a/x"), "started");
    if (!in_time) {
      fleet.advance(1us);
      EXPECT_EQ(fleet.state(run, "a/x"), "error instance_lost");
      continue;
    }
    fleet.back("a#i1");
    fleet.completed("a/x");
    EXPECT_EQ(fleet.state(run, "a/x"), "completed");
  }
}

TEST(Sessions, cerebro_dies_again_before_anybody_is_back) {
  Fleet fleet;
  fleet.serve(text);
  const base::RunId run = fleet.run({"a/x"});
  fleet.started("a/x");
  for (int i = 0; i < 5; ++i) {
    fleet.restart(1h);
    fleet.advance(20s);
  }
  EXPECT_EQ(fleet.state(run, "a/x"), "started");
  fleet.back("a#i1");
  fleet.completed("a/x");
  EXPECT_EQ(fleet.state(run, "a/x"), "completed");
}

TEST(Sessions, a_draining_instance_takes_no_new_command_and_finishes_its_own) {
  Fleet fleet;
  fleet.serve(text);
  const base::RunId run = fleet.run({"a/x"});
  fleet.started("a/x");
  fleet.world.decide(engine::SessionItem{fleet.session("a#i1"), model::Draining{}});
  fleet.hear();
  fleet.serve(text, "i2");
  fleet.completed("a/x");
  EXPECT_EQ(fleet.command("a/y")->instance, "a#i2");
  fleet.done("a/y");
  EXPECT_EQ(fleet.run_state(run), "completed");
}

TEST(Sessions, a_goodbye_leaves_nothing_behind) {
  Fleet fleet;
  fleet.serve(text);
  const base::RunId run = fleet.run({"a/x"});
  fleet.started("a/x");
  fleet.goodbye("a#i1");
  fleet.advance(10s);
  EXPECT_EQ(fleet.state(run, "a/x"), "error instance_lost");
}

TEST(Sessions, an_older_declaration_does_not_turn_the_graph_back) {
  Fleet fleet;
  const std::string newer = declaration("a", {"x: {}", "y: {upstream: [x], priority: 3}", "z: {}"});
  fleet.serve(text, "old");
  fleet.serve(newer, "new");
  fleet.leave("a#old");
  fleet.back("a#old");
  EXPECT_NE(fleet.world.state().find_task("a/z"), std::nullopt);
  EXPECT_TRUE(fleet.world.state().task(*fleet.world.state().find_task("a/z")).declared());
  EXPECT_EQ(fleet.all<model::ServerDeclared>().size(), 2U);
  for (int i = 0; i < 4; ++i) {
    fleet.run({"a/z"});
    EXPECT_EQ(fleet.command("a/z")->instance, "a#new") << "the old one does not know z";
    fleet.done("a/z");
  }
}

TEST(Sessions, a_roll_back_takes_effect_ten_minutes_after_the_newer_revision_has_gone) {
  Fleet fleet;
  const std::string newer = declaration("a", {"x: {}", "y: {upstream: [x], priority: 3}", "z: {}"});
  fleet.serve(text, "old");
  fleet.serve(newer, "new");
  const base::RunId run = fleet.run({"a/z"});
  fleet.done("a/z");
  fleet.goodbye("a#new");
  const base::RunId waiting = fleet.run({"a/y"}, {.followers = false});
  fleet.done("a/x");
  EXPECT_EQ(fleet.state(waiting, "a/y"), "pending") << "the old revision has another y";
  fleet.advance(10min - 1us);
  EXPECT_EQ(fleet.all<model::ServerDeclared>().size(), 2U);
  fleet.advance(1us);
  ASSERT_EQ(fleet.all<model::ServerDeclared>().size(), 3U);
  EXPECT_FALSE(fleet.world.state().task(*fleet.world.state().find_task("a/z")).declared());
  fleet.done("a/y");
  EXPECT_EQ(fleet.run_state(waiting), "completed");
  EXPECT_EQ(fleet.run_state(run), "completed");
  fleet.advance(1h);
  EXPECT_EQ(fleet.all<model::ServerDeclared>().size(), 3U) << "once";
  fleet.restart();
}

TEST(Sessions, a_newer_revision_that_is_back_in_time_stays_the_current_one) {
  Fleet fleet;
  fleet.serve(text, "old");
  fleet.serve(declaration("a", {"x: {}", "z: {}"}), "new");
  fleet.leave("a#new");
  fleet.advance(9min);
  fleet.back("a#new");
  fleet.advance(30min);
  EXPECT_EQ(fleet.all<model::ServerDeclared>().size(), 2U);
}

TEST(Sessions, a_roll_back_that_would_close_a_cycle_with_what_others_declare_since_is_refused) {
  Fleet fleet;
  fleet.serve(declaration("a", {"x: {upstream: [b/y]}"}), "old");
  fleet.serve(declaration("a", {"x: {}"}), "new");
  fleet.serve(declaration("b", {"y: {upstream: [a/x]}"}));
  fleet.goodbye("a#new");
  fleet.advance(10min);
  EXPECT_EQ(fleet.all<model::ServerDeclared>().size(), 3U) << "the graph stays";
  const auto refused = fleet.all<model::ServerRefused>();
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].findings[0].rule, "cycle");
  fleet.advance(10min - 1us);
  EXPECT_EQ(fleet.all<model::ServerRefused>().size(), 1U);
  fleet.advance(1us);
  EXPECT_EQ(fleet.all<model::ServerRefused>().size(), 2U) << "it is tried again";
  // The same when the instance comes back with it.
  fleet.leave("a#old");
  fleet.back("a#old");
  EXPECT_EQ(fleet.all<model::ServerDeclared>().size(), 3U);
  EXPECT_EQ(fleet.all<model::ServerRefused>().size(), 3U);
  fleet.restart();
}

}  // namespace
}  // namespace cordyna::testing
