// Failures of one task: retries with their backoff, what is never repeated, and cancelling.

#include <gtest/gtest.h>

#include "mission/fleet.h"

namespace cordyna::testing {
namespace {

/// How long each retry waited.
std::vector<base::Duration> waits(const Fleet& fleet) {
  std::vector<base::Duration> waits;
  for (const LoggedEvent& one : fleet.world.log())
    if (const auto* retry = std::get_if<model::TaskRetry>(&one.event.body)) waits.push_back(retry->due - one.now.wall);
  return waits;
}

TEST(Retries, wait_within_the_bounds_of_backoff_and_jitter_and_not_all_the_same) {
  std::set<base::Duration> first, at_the_cap;
  for (int i = 0; i < 20; ++i) {
    Fleet fleet;
    fleet.serve(declaration("a", {"x: {retries: {max: 12}}", "other: {}"}));
    for (int k = 0; k < i; ++k) fleet.run({"a/other"});  // another seq, another draw
    const base::RunId run = fleet.run({"a/x"});
    for (int attempt = 1; attempt <= 13; ++attempt) {
      ASSERT_EQ(fleet.open("a/x"), 1U);
      EXPECT_EQ(fleet.command("a/x")->attempt, static_cast<std::uint32_t>(attempt));
      fleet.started("a/x");
      fleet.failed("a/x");
      if (attempt == 13) break;
      const base::Duration wait = waits(fleet).back();
      base::Duration nominal = std::min<base::Duration>(10s * (1 << (attempt - 1)), 1h);
      EXPECT_GE(wait, nominal * 8 / 10) << attempt;
      EXPECT_LE(wait, std::min<base::Duration>(nominal * 12 / 10, 1h)) << attempt;
      if (nominal == 1h) at_the_cap.insert(wait);
      fleet.advance(wait - 1us);
      EXPECT_EQ(fleet.open("a/x"), 0U);
      fleet.advance(1us);
    }
    EXPECT_EQ(fleet.state(run, "a/x"), "error task_failed");
    first.insert(waits(fleet).front());
  }
  EXPECT_GT(first.size(), 10U) << "no jitter";
  EXPECT_GT(at_the_cap.size(), 10U) << "no jitter at the cap";
}

TEST(Retries, are_as_declared) {
  Fleet fleet;
  fleet.serve(declaration("a", {"x: {retries: {max: 4, backoff: 1s, factor: 3, jitter: 0, cap: 5s}}"}));
  fleet.run({"a/x"});
  for (int i = 0; i < 4; ++i) {
    fleet.failed("a/x");
    fleet.advance(5s);
  }
  EXPECT_EQ(waits(fleet), (std::vector<base::Duration>{1s, 3s, 5s, 5s}));
}

TEST(Retries, the_drawn_instant_survives_a_restart) {
  Fleet fleet;
  fleet.serve(declaration("a", {"x: {retries: {max: 1}}"}));
  fleet.run({"a/x"});
  fleet.failed("a/x");
  const base::Duration wait = waits(fleet)[0];
  fleet.restart();
  fleet.back("a#i1");
  fleet.advance(wait - 1us);
  EXPECT_EQ(fleet.open("a/x"), 0U);
  fleet.advance(1us);
  EXPECT_EQ(fleet.open("a/x"), 1U);
}

TEST(Retries, fatal_never_and_exit_75_only_within_max) {
  Fleet fleet;
  fleet.serve(declaration("a", {"x: {retries: {max: 3}}", "zero: {}"}));
  const base::RunId fatal = fleet.run({"a/x"});
  fleet.failed("a/x", {.message = "useless", .fatal = true});
  EXPECT_EQ(fleet.state(fatal, "a/x"), "error task_failed");
  const base::RunId zero = fleet.run({"a/zero"});
  fleet.failed("a/zero", {.message = "again", .retry = true});
  EXPECT_EQ(fleet.state(zero, "a/zero"), "error task_failed") << "max is 0";
}

TEST(Retries, what_is_not_idempotent_repeats_only_on_its_own_word) {
  const std::string text = declaration("a", {"x: {idempotent: false, retries: {max: 2, jitter: 0, factor: 1}}"});
  Fleet fleet;
  fleet.serve(text);
  const base::RunId plain = fleet.run({"a/x"});
  fleet.failed("a/x");
  EXPECT_EQ(fleet.state(plain, "a/x"), "error task_failed");
  const base::RunId asks = fleet.run({"a/x"});
  for (int i = 0; i < 2; ++i) {
    fleet.failed("a/x", {.message = "again", .retry = true});
    EXPECT_EQ(fleet.state(asks, "a/x"), "pending");
    fleet.advance(10s);
  }
  fleet.failed("a/x", {.message = "again", .retry = true});
  EXPECT_EQ(fleet.state(asks, "a/x"), "error task_failed");
  const base::RunId slow = fleet.run({"a/x"});
  fleet.started("a/x");
  fleet.advance(30min);
  EXPECT_EQ(fleet.state(slow, "a/x"), "error complete_timeout");
  const base::RunId busy = fleet.run({"a/x"});
  fleet.queued("a/x");
  fleet.advance(10min);
  EXPECT_EQ(fleet.state(busy, "a/x"), "error start_timeout");
  const base::RunId lost = fleet.run({"a/x"});
  fleet.started("a/x");
  fleet.leave("a#i1");
  fleet.advance(10s);
  EXPECT_EQ(fleet.state(lost, "a/x"), "error instance_lost");
}

TEST(Retries, an_ack_timeout_of_what_is_not_idempotent_waits_for_the_cancel_or_the_end_of_the_instance) {
  for (const bool confirmed : {true, false}) {
    Fleet fleet;
    fleet.serve(declaration("a", {"x: {idempotent: false, retries: {max: 2, jitter: 0}}"}));
    const base::RunId run = fleet.run({"a/x"});
    fleet.advance(10s);
    EXPECT_EQ(fleet.cancels.size(), 1U);
    fleet.advance(9s);
    EXPECT_EQ(fleet.naive.of(run, "a/x").attempt, 1U) << "nobody knows whether it runs";
    if (confirmed)
      fleet.answer("a/x", model::UpdateState::cancelled);
    else
      fleet.goodbye("a#i1");
    fleet.serve(declaration("a", {"x: {idempotent: false, retries: {max: 2, jitter: 0}}"}), "i2");
    fleet.advance(11s);
    EXPECT_EQ(fleet.naive.of(run, "a/x").attempt, 2U);
    fleet.done("a/x");
    EXPECT_EQ(fleet.state(run, "a/x"), "completed");
  }
}

TEST(Retries, deadlines_and_lost_instances_are_retried_when_idempotent) {
  Fleet fleet;
  fleet.serve(declaration("a", {"x: {retries: {max: 4, jitter: 0, backoff: 1s, factor: 1}}"}));
  const base::RunId run = fleet.run({"a/x"});
  fleet.advance(11s);
  fleet.queued("a/x");
  fleet.advance(10min + 1s);
  fleet.started("a/x");
  fleet.advance(30min + 1s);
  fleet.started("a/x");
  fleet.leave("a#i1");
  fleet.advance(11s);
  fleet.forget("a#i1", true);
  fleet.serve(declaration("a", {"x: {retries: {max: 4, jitter: 0, backoff: 1s, factor: 1}}"}), "i2");
  EXPECT_EQ(fleet.naive.of(run, "a/x").attempt, 5U);
  fleet.done("a/x");
  EXPECT_EQ(fleet.state(run, "a/x"), "completed");
  std::vector<std::string> codes;
  for (const auto& retry : fleet.all<model::TaskRetry>()) codes.push_back(retry.failure.code);
  EXPECT_EQ(codes, (std::vector<std::string>{"ack_timeout", "start_timeout", "complete_timeout", "instance_lost"}));
  fleet.restart();
}

TEST(Retries, a_start_timeout_of_a_full_instance_is_not_counted_ten_times) {
  Fleet fleet;
  fleet.serve(declaration("a", {"long: {timeouts: {complete: 30d}}",
                                "x: {retries: {max: 1, jitter: 0, backoff: 1s, factor: 1}}"}),
              "i1", 1);
  fleet.run({"a/long"});
  fleet.started("a/long");
  const base::RunId run = fleet.run({"a/x"});
  for (int i = 0; i < 10; ++i) {
    fleet.queued("a/x");
    fleet.advance(10min);
    EXPECT_FALSE(fleet.all<model::TaskRetry>().back().counted) << i;
    fleet.advance(1s);
  }
  fleet.queued("a/x");
  fleet.advance(10min);
  EXPECT_TRUE(fleet.all<model::TaskRetry>().back().counted);
  fleet.advance(1s);
  fleet.queued("a/x");
  fleet.advance(10min);
  EXPECT_EQ(fleet.state(run, "a/x"), "error start_timeout");
}

TEST(Retries, with_max_zero_a_full_instance_is_the_error) {
  Fleet fleet;
  fleet.serve(declaration("a", {"long: {timeouts: {complete: 30d}}", "x: {}"}), "i1", 1);
  fleet.run({"a/long"});
  fleet.started("a/long");
  const base::RunId run = fleet.run({"a/x"});
  fleet.queued("a/x");
  fleet.advance(10min);
  EXPECT_EQ(fleet.state(run, "a/x"), "error start_timeout");
}

TEST(Retries, completed_straight_after_invoked_is_a_fault_and_counts_as_started_and_completed) {
  for (const bool queued : {false, true}) {
    Fleet fleet;
    fleet.serve(declaration("a", {"x: {}"}));
    const base::RunId run = fleet.run({"a/x"});
    if (queued) fleet.queued("a/x");
    fleet.completed("a/x");
    EXPECT_EQ(fleet.state(run, "a/x"), "completed");
    EXPECT_EQ(fleet.all<model::TaskFault>().size(), 1U);
    EXPECT_EQ(fleet.all<model::TaskStarted>().size(), 1U);
  }
}

TEST(Retries, an_error_without_a_message_is_a_fault_of_the_server) {
  Fleet fleet;
  fleet.serve(declaration("a", {"x: {}"}));
  const base::RunId run = fleet.run({"a/x"});
  fleet.started("a/x");
  fleet.failed("a/x", {});
  EXPECT_EQ(fleet.state(run, "a/x"), "error task_failed");
  EXPECT_EQ(fleet.all<model::TaskFault>().size(), 1U);
}

TEST(Retries, duplicates_and_foreign_updates_change_nothing) {
  Fleet fleet;
  fleet.serve(declaration("a", {"x: {}"}));
  fleet.serve(declaration("b", {"y: {}"}));
  const base::RunId run = fleet.run({"a/x"});
  const Command command = *fleet.command("a/x");
  for (int i = 0; i < 3; ++i) fleet.say(command, model::UpdateState::queued);
  for (int i = 0; i < 3; ++i) fleet.say(command, model::UpdateState::started);
  fleet.say(command, model::UpdateState::queued);
  EXPECT_EQ(fleet.state(run, "a/x"), "started");
  EXPECT_EQ(fleet.all<model::TaskQueued>().size(), 1U);
  EXPECT_EQ(fleet.all<model::TaskStarted>().size(), 1U);
  Command foreign = command;
  foreign.session = fleet.session("b#i1");
  fleet.say(foreign, model::UpdateState::completed);
  EXPECT_EQ(fleet.state(run, "a/x"), "started") << "not its attempt";
  Command unknown = command;
  unknown.token = "no-such-token";
  fleet.say(unknown, model::UpdateState::completed);
  EXPECT_EQ(fleet.state(run, "a/x"), "started");
  fleet.say(command, model::UpdateState::completed);
  fleet.say(command, model::UpdateState::completed);
  fleet.say(command, model::UpdateState::error, {}, {.message = "or not"});
  EXPECT_EQ(fleet.state(run, "a/x"), "completed");
  EXPECT_EQ(fleet.all<model::TaskCompleted>().size(), 1U);
  fleet.restart();
}

TEST(Retries, a_retry_of_a_run_does_not_take_the_failure_it_had_shared_for_its_work) {
  Fleet fleet;
  fleet.serve(declaration("a", {"u: {}", "d: {upstream: [u]}"}));
  fleet.run({"a/u"}, {.followers = false});
  const base::RunId sharing = fleet.run({"a/d"});
  fleet.started("a/u");
  fleet.failed("a/u");
  EXPECT_EQ(fleet.state(sharing, "a/d"), "blocked by a/u");
  fleet.ask(engine::RetryRequest{.run = sharing});
  fleet.done("a/u");
  fleet.done("a/d");
  EXPECT_EQ(fleet.run_state(fleet.last_run()), "completed");
  fleet.expect_no_complaints();
}

TEST(Cancel, ends_when_confirmed_or_after_ten_seconds_and_an_earlier_end_wins) {
  const std::string text =
      declaration("a", {"x: {}", "y: {upstream: [x]}", "z: {upstream: [{task: x, require: finished}]}"});
  for (const int how : {0, 1, 2}) {
    Fleet fleet;
    fleet.serve(text);
    const base::RunId run = fleet.run({"a/x"});
    fleet.started("a/x");
    fleet.ask(engine::CancelRequest{.run = run});
    EXPECT_EQ(fleet.state(run, "a/x"), "started") << "a request leaves the state as it is";
    EXPECT_EQ(fleet.cancels.size(), 1U);
    if (how == 0) fleet.answer("a/x", model::UpdateState::cancelled);
    if (how == 1) fleet.advance(10s - 1us);
    if (how == 1) {
      EXPECT_EQ(fleet.state(run, "a/x"), "started");
    }
    if (how == 1) fleet.advance(1us);
    if (how == 2) fleet.completed("a/x");
    EXPECT_EQ(fleet.state(run, "a/x"), how == 2 ? "completed" : "cancelled");
    EXPECT_EQ(fleet.run_state(run), "cancelled");
    EXPECT_EQ(fleet.state(run, "a/y"), "cancelled") << "nothing new starts in the run";
    EXPECT_EQ(fleet.state(run, "a/z"), "cancelled");
    EXPECT_EQ(fleet.refused(engine::CancelRequest{.run = run}), "") << "twice is once";
    if (how == 1) {
      EXPECT_EQ(fleet.all<model::TaskCancelled>().back().how, "unconfirmed");
    }
    fleet.restart();
  }
}

TEST(Cancel, of_a_run_that_has_ended_is_refused) {
  Fleet fleet;
  fleet.serve(declaration("a", {"x: {}"}));
  const base::RunId run = fleet.run({"a/x"});
  fleet.done("a/x");
  EXPECT_EQ(fleet.refused(engine::CancelRequest{.run = run}), "run_final");
  EXPECT_EQ(fleet.run_state(run), "completed");
}

TEST(Cancel, what_was_not_delivered_ends_at_once) {
  Fleet fleet;
  fleet.serve(declaration("a", {"x: {}"}));
  fleet.goodbye("a#i1");
  const base::RunId run = fleet.run({"a/x"});
  fleet.ask(engine::CancelRequest{.run = run});
  EXPECT_EQ(fleet.state(run, "a/x"), "cancelled");
  EXPECT_EQ(fleet.run_state(run), "cancelled");
}

}  // namespace
}  // namespace cordyna::testing
