// What a run is made of: up to date or pulled, shared, asked first, kept from an older run; and what waits for a slot.

#include <gtest/gtest.h>

#include "mission/fleet.h"

namespace cordyna::testing {
namespace {

engine::RunRequest no_followers() {
  engine::RunRequest options;
  options.followers = false;
  return options;
}

TEST(Pull, is_like_make_what_is_up_to_date_does_not_run_again) {
  Fleet fleet;
  fleet.serve(declaration("a", {"raw: {when: {event: {type: raw}}}", "table: {upstream: [raw], when: manual}",
                                "report: {upstream: [table], when: manual}"}));
  const base::RunId first = fleet.run({"a/report"});
  EXPECT_EQ(fleet.plan(first), "a/raw pulled; a/table pulled <- a/raw in_run; a/report target <- a/table in_run");
  fleet.done("a/raw");
  fleet.done("a/table");
  fleet.done("a/report");
  EXPECT_EQ(fleet.plan(fleet.run({"a/report"})), "a/report target <- a/table completion");
  fleet.done("a/report");
  fleet.emit("raw", "1");
  fleet.done("a/raw");
  const base::RunId third = fleet.run({"a/report"});
  EXPECT_EQ(fleet.plan(third), "a/table pulled <- a/raw completion; a/report target <- a/table in_run");
  fleet.done("a/table");
  fleet.done("a/report");
  fleet.emit("raw", "2");
  fleet.failed("a/raw");
  const base::RunId fourth = fleet.run({"a/report"});
  EXPECT_EQ(fleet.plan(fourth), "a/raw pulled; a/table pulled <- a/raw in_run; a/report target <- a/table in_run")
      << "its last task-run is no completion";
}

TEST(Pull, a_root_without_a_trigger_is_never_up_to_date) {
  Fleet fleet;
  fleet.serve(declaration("a", {"raw: {}", "report: {upstream: [raw], when: manual}"}));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(fleet.plan(fleet.run({"a/report"})), "a/raw pulled; a/report target <- a/raw in_run");
    fleet.done("a/raw");
    fleet.done("a/report");
  }
}

TEST(Pull, a_schedule_makes_a_task_due_again) {
  Fleet fleet;
  fleet.serve(declaration(
      "a", {"raw: {when: {cron: \"0 * * * *\"}, catchup: none}", "report: {upstream: [raw], when: manual}"}));
  fleet.advance(1h);
  fleet.done("a/raw");
  EXPECT_EQ(fleet.plan(fleet.run({"a/report"})), "a/report target <- a/raw completion");
  fleet.done("a/report");
  fleet.goodbye("a#i1");
  fleet.advance(1h);  // this tick does not fire, but it is due
  fleet.back("a#i1");
  EXPECT_EQ(fleet.plan(fleet.run({"a/report"})), "a/raw pulled; a/report target <- a/raw in_run");
}

TEST(Pull, a_within_edge_tolerates_a_newer_upstream_while_what_was_taken_is_fresh) {
  for (const auto age : {base::Duration(30min), base::Duration(90min)}) {
    Fleet fleet;
    fleet.serve(declaration("a", {"raw: {}", "table: {upstream: [{task: raw, within: 1h}], when: manual}",
                                  "report: {upstream: [table], when: manual}"}));
    fleet.run({"a/report"});
    fleet.done("a/raw");
    fleet.done("a/table");
    fleet.done("a/report");
    fleet.advance(age);
    fleet.run({"a/raw"}, no_followers());
    fleet.done("a/raw");
    EXPECT_EQ(fleet.plan(fleet.run({"a/report"})),
              age < 1h ? "a/report target <- a/table completion"
                       : "a/table pulled <- a/raw within; a/report target <- a/table in_run");
  }
}

TEST(Selectors, mean_what_data_people_expect) {
  Fleet fleet;
  fleet.serve(declaration("a", {"x: {when: {event: {type: never}}, tags: [raw]}", "y: {upstream: [x]}"}));
  fleet.serve(declaration("b", {"z: {upstream: [a/y], labels: {k: v}}"}));
  const auto names = [&](std::vector<std::string> select, engine::RunRequest options = {}) {
    std::set<std::string> names;
    for (const naive::TaskRun& one : fleet.naive.runs().at(fleet.run(std::move(select), options)).tasks)
      names.insert(one.task);
    std::string text;
    for (const std::string& name : names) text += name + ' ';
    for (int i = 0; i < 10 && !fleet.commands().empty(); ++i) fleet.done(fleet.commands().front().task);
    return text;
  };
  EXPECT_EQ(names({"+b/z"}), "a/x a/y b/z ");
  EXPECT_EQ(names({"b/z"}), "b/z ") << "everything is up to date";
  EXPECT_EQ(names({"+b/z"}), "a/x a/y b/z ") << "even if up to date";
  EXPECT_EQ(names({"a/x+"}, no_followers()), "a/x a/y b/z ");
  EXPECT_EQ(names({"+a/y+"}, no_followers()), "a/x a/y b/z ");
  EXPECT_EQ(names({"a/*"}, no_followers()), "a/x a/y ");
  EXPECT_EQ(names({"tag:raw"}, no_followers()), "a/x ");
  EXPECT_EQ(names({"label:k=v"}, no_followers()), "a/y b/z ") << "x is newer than what y took";
  EXPECT_EQ(names({"team:team-a"}, no_followers()), "a/x a/y ");
  const std::size_t before = fleet.runs().size();
  EXPECT_NE(fleet.refused(engine::RunRequest{.select = {"a/x", "a/nothing"}}), "");
  EXPECT_NE(fleet.refused(engine::RunRequest{.select = {"tag:none"}}), "");
  EXPECT_EQ(fleet.runs().size(), before);
}

/// a/slow runs already; two runs need it.
const std::string shared =
    declaration("a", {"slow: {when: {event: {type: never}}}", "one: {upstream: [slow], when: manual}",
                      "two: {upstream: [slow], when: manual}"});

TEST(Sharing, a_live_task_run_is_shared_and_runs_once) {
  Fleet fleet;
  fleet.serve(shared);
  const base::RunId one = fleet.run({"a/one"});
  fleet.started("a/slow");
  const base::RunId two = fleet.run({"a/two"});
  EXPECT_EQ(fleet.plan(two), "a/slow pulled shared; a/two target <- a/slow in_run");
  EXPECT_EQ(fleet.open("a/slow"), 1U);
  fleet.completed("a/slow", R"({"n":1})");
  EXPECT_EQ(fleet.state(two, "a/slow"), "completed");
  fleet.done("a/one");
  fleet.done("a/two");
  EXPECT_EQ(fleet.run_state(one), "completed");
  EXPECT_EQ(fleet.run_state(two), "completed");
  fleet.expect_no_complaints();
  fleet.restart();
}

TEST(Sharing, a_failure_blocks_in_both_runs_with_its_root_cause) {
  Fleet fleet;
  fleet.serve(shared);
  const base::RunId one = fleet.run({"a/one"});
  const base::RunId two = fleet.run({"a/two"});
  fleet.failed("a/slow");
  EXPECT_EQ(fleet.state(one, "a/one"), "blocked by a/slow");
  EXPECT_EQ(fleet.state(two, "a/two"), "blocked by a/slow");
  const auto blocked = fleet.all<model::TaskBlocked>();
  for (const auto& event : blocked) EXPECT_EQ(event.root.run, one) << "the run of the root cause is named";
  fleet.expect_no_complaints();
}

TEST(Sharing, cancelling_one_run_ends_only_its_view_and_the_last_holder_ends_the_task) {
  for (const bool first : {true, false}) {
    Fleet fleet;
    fleet.serve(shared);
    const base::RunId one = fleet.run({"a/one"});
    fleet.started("a/slow");
    const base::RunId two = fleet.run({"a/two"});
    const base::RunId gone = first ? one : two, stays = first ? two : one;
    fleet.ask(engine::CancelRequest{.run = gone});
    EXPECT_EQ(fleet.run_state(gone), "cancelled");
    EXPECT_TRUE(fleet.cancels.empty()) << "somebody still holds it";
    fleet.restart();
    fleet.back("a#i1");
    if (first) {
      fleet.completed("a/slow");
      fleet.done("a/two");
      EXPECT_EQ(fleet.run_state(stays), "completed");
    } else {
      fleet.ask(engine::CancelRequest{.run = stays});
      EXPECT_EQ(fleet.cancels.size(), 1U);
      fleet.answer("a/slow", model::UpdateState::cancelled);
      EXPECT_EQ(fleet.run_state(stays), "cancelled");
    }
    fleet.restart();
  }
}

TEST(Sharing, the_heir_of_a_cancelled_run_goes_on_where_the_task_was_a_retry_included) {
  const std::string text =
      declaration("a", {"slow: {when: {event: {type: never}}, retries: {max: 1, jitter: 0}}",
                        "one: {upstream: [slow], when: manual}", "two: {upstream: [slow], when: manual}"});
  Fleet fleet;
  fleet.serve(text);
  const base::RunId one = fleet.run({"a/one"});
  const base::RunId two = fleet.run({"a/two"});
  fleet.failed("a/slow");
  fleet.ask(engine::CancelRequest{.run = one});
  fleet.advance(10s - 1us);
  EXPECT_EQ(fleet.open("a/slow"), 0U) << "the retry is not due";
  fleet.advance(1us);
  ASSERT_EQ(fleet.open("a/slow"), 1U);
  EXPECT_EQ(fleet.command("a/slow")->attempt, 2U);
  fleet.failed("a/slow");
  EXPECT_EQ(fleet.state(two, "a/slow"), "error task_failed") << "one retry, not one more for the heir";
  fleet.restart();
}

TEST(Sharing, the_heir_has_the_deadline_also_when_it_was_set_aside_for_a_returning_instance) {
  Fleet fleet;
  fleet.serve(shared);
  const base::RunId one = fleet.run({"a/one"});
  fleet.started("a/slow");
  const base::RunId two = fleet.run({"a/two"});
  fleet.restart(1h);
  fleet.ask(engine::CancelRequest{.run = one});
  fleet.back("a#i1");
  EXPECT_EQ(fleet.state(two, "a/slow"), "started");
  fleet.advance(30min);
  EXPECT_EQ(fleet.state(two, "a/slow"), "error complete_timeout");
}

TEST(Sharing, not_for_a_later_instant_nor_when_an_upstream_runs_anew) {
  Fleet fleet;
  fleet.serve(declaration(
      "a", {"x: {when: {event: {type: go}}, overlap: parallel}", "raw: {}", "y: {upstream: [raw], when: manual}"}));
  fleet.emit("go", "1");
  fleet.started("a/x");
  fleet.advance(1s);
  fleet.emit("go", "2");
  EXPECT_EQ(fleet.open("a/x"), 2U) << "another event is another thing";
  fleet.run({"a/y"});
  fleet.done("a/raw");
  fleet.started("a/y");
  const base::RunId again = fleet.run({"a/y"});
  EXPECT_EQ(fleet.plan(again), "a/raw pulled; a/y target <- a/raw in_run") << "raw runs anew, so y must";
  fleet.done("a/raw");
  EXPECT_EQ(fleet.open("a/y"), 2U);
}

TEST(Sharing, what_needs_something_nobody_declares_is_blocked_and_not_shared) {
  Fleet fleet;
  fleet.serve(declaration("a", {"hold: {}", "x: {upstream: [b/missing]}"}), "i1", 1);
  fleet.run({"a/hold"});
  engine::RunRequest alone;
  alone.only = true;
  const base::RunId live = fleet.run({"a/x"}, alone);
  EXPECT_EQ(fleet.state(live, "a/x"), "pending") << "for want of a slot";
  const base::RunId pulling = fleet.run({"a/x"});
  EXPECT_EQ(fleet.state(pulling, "a/x"), "blocked by b/missing");
}

TEST(Sharing, what_is_taken_over_is_blocked_by_what_has_failed_in_its_new_run) {
  Fleet fleet;
  fleet.serve(declaration("a", {"u: {}"}));
  fleet.serve(declaration("b", {"hold: {}", "x: {upstream: [a/u], when: manual}"}), "i1", 1);
  fleet.run({"b/hold"});
  fleet.run({"a/u"});
  engine::RunRequest alone;
  alone.only = true;
  const base::RunId first = fleet.run({"b/x"}, alone);
  const base::RunId heir = fleet.run({"b/x"});
  EXPECT_EQ(fleet.plan(heir), "a/u pulled shared; b/x target shared <- a/u in_run");
  fleet.started("a/u");
  fleet.failed("a/u");
  EXPECT_EQ(fleet.state(heir, "b/x"), "pending") << "it shares the work of the first run, which needs no u";
  fleet.ask(engine::CancelRequest{.run = first});
  EXPECT_EQ(fleet.all<model::TaskHandedOver>().size(), 1U);
  EXPECT_EQ(fleet.state(heir, "b/x"), "blocked by a/u");
  EXPECT_EQ(fleet.run_state(heir), "failed");
  fleet.restart();
}

TEST(Sharing, a_retry_that_is_taken_over_follows_from_the_failure_before) {
  Fleet fleet;
  fleet.serve(declaration("a", {"x: {retries: {max: 1}}"}));
  const base::RunId first = fleet.run({"a/x"});
  fleet.started("a/x");
  const base::RunId heir = fleet.run({"a/x"});
  fleet.failed("a/x");
  fleet.ask(engine::CancelRequest{.run = first});
  ASSERT_EQ(fleet.all<model::TaskHandedOver>().size(), 1U);
  fleet.advance(13s);
  EXPECT_EQ(fleet.all<model::TaskDue>().size(), 1U);
  fleet.done("a/x");
  EXPECT_EQ(fleet.run_state(heir), "completed");
  fleet.expect_no_complaints();
}

TEST(Check, a_removed_task_that_is_being_asked_leaves_nothing_behind) {
  Fleet fleet;
  fleet.serve(declaration("a", {"raw: {check: [\"true\"]}", "other: {}"}));
  const base::RunId run = fleet.run({"a/raw"});
  fleet.redeclare("a#i1", declaration("a", {"other: {}"}));
  EXPECT_EQ(fleet.state(run, "a/raw"), "error task_removed");
  EXPECT_TRUE(fleet.world.state().attempts.empty());
  fleet.restart();
}

TEST(Check, yes_skips_and_is_a_completion_in_every_respect) {
  Fleet fleet;
  fleet.serve(declaration(
      "a", {"raw: {check: [\"true\"]}", "table: {upstream: [raw], check: [\"true\"]}", "report: {upstream: [table]}"}));
  const base::RunId run = fleet.run({"a/table"});
  EXPECT_EQ(fleet.commands().size(), 1U) << "from the targets upwards: raw is not asked yet";
  fleet.answer("a/table", model::UpdateState::check_yes);
  EXPECT_EQ(fleet.state(run, "a/table"), "skipped check");
  EXPECT_EQ(fleet.state(run, "a/raw"), "skipped not_needed");
  fleet.done("a/report");
  EXPECT_EQ(fleet.run_state(run), "completed");
  fleet.restart();
}

TEST(Check, no_answer_within_ten_seconds_is_a_no) {
  for (const bool answered : {true, false}) {
    Fleet fleet;
    fleet.serve(
        declaration("a", {"raw: {check: [\"true\"]}", "table: {upstream: [raw], check: [\"true\"], when: manual}"}));
    const base::RunId run = fleet.run({"a/table"});
    if (answered)
      fleet.answer("a/table", model::UpdateState::check_no);
    else
      fleet.advance(10s - 1us);
    if (!answered) {
      EXPECT_EQ(fleet.all<model::TaskChecked>().size(), 0U);
    }
    if (!answered) fleet.advance(1us);
    ASSERT_EQ(fleet.all<model::TaskChecked>().size(), 1U);
    EXPECT_EQ(fleet.all<model::TaskChecked>()[0].answer, answered ? "no" : "timeout");
    fleet.answer("a/raw", model::UpdateState::check_yes);
    EXPECT_EQ(fleet.state(run, "a/raw"), "skipped check");
    fleet.done("a/table");
    EXPECT_EQ(fleet.state(run, "a/table"), "completed");
    EXPECT_EQ(fleet.naive.of(run, "a/table").attempt, 1U) << "a check is attempt 0";
  }
}

TEST(Check, force_asks_nobody) {
  Fleet fleet;
  fleet.serve(declaration("a", {"raw: {check: [\"true\"]}", "table: {upstream: [raw], check: [\"true\"]}"}));
  engine::RunRequest force;
  force.force = true;
  const base::RunId run = fleet.run({"a/table"}, force);
  EXPECT_TRUE(fleet.all<model::CommandCheck>().empty());
  fleet.done("a/raw");
  fleet.done("a/table");
  EXPECT_EQ(fleet.run_state(run), "completed");
}

TEST(Check, a_follower_is_asked_only_when_nothing_upstream_completed_in_the_run) {
  Fleet fleet;
  fleet.serve(declaration("a", {"raw: {check: [\"true\"]}", "next: {upstream: [raw], check: [\"true\"]}"}));
  fleet.run({"a/raw"});
  fleet.answer("a/raw", model::UpdateState::check_no);
  fleet.done("a/raw");
  EXPECT_FALSE(fleet.command("a/next")->check) << "raw completed in this run";
  fleet.done("a/next");
  const base::RunId second = fleet.run({"a/raw"});
  fleet.answer("a/raw", model::UpdateState::check_yes);
  ASSERT_NE(fleet.command("a/next"), nullptr);
  EXPECT_TRUE(fleet.command("a/next")->check);
  fleet.answer("a/next", model::UpdateState::check_yes);
  EXPECT_EQ(fleet.state(second, "a/next"), "skipped check");
  EXPECT_EQ(fleet.run_state(second), "completed");
}

TEST(Check, what_a_needed_task_still_needs_is_not_skipped) {
  Fleet fleet;
  fleet.serve(declaration("a", {"raw: {}", "one: {upstream: [raw], check: [\"true\"], when: manual}",
                                "two: {upstream: [raw], check: [\"true\"], when: manual}"}));
  const base::RunId run = fleet.run({"a/one", "a/two"});
  fleet.answer("a/one", model::UpdateState::check_yes);
  EXPECT_EQ(fleet.state(run, "a/raw"), "pending");
  fleet.answer("a/two", model::UpdateState::check_no);
  fleet.done("a/raw");
  fleet.done("a/two");
  EXPECT_EQ(fleet.run_state(run), "completed");
}

TEST(Machines, do_not_repeat_a_failure_but_persons_do) {
  Fleet fleet;
  fleet.serve(declaration("a", {"raw: {}", "nightly: {upstream: [raw], when: {event: {type: go}}}"}));
  fleet.emit("go", "1");
  const base::RunId first = fleet.last_run();
  fleet.failed("a/raw");
  EXPECT_EQ(fleet.state(first, "a/nightly"), "blocked by a/raw");
  fleet.emit("go", "2");
  const base::RunId second = fleet.last_run();
  EXPECT_NE(second, first);
  EXPECT_EQ(fleet.open("a/raw"), 0U) << "no machine runs it again";
  EXPECT_EQ(fleet.state(second, "a/nightly"), "blocked by a/raw");
  EXPECT_EQ(fleet.all<model::TaskBlocked>().back().root.run, first);
  const base::RunId person = fleet.run({"a/nightly"});
  fleet.done("a/raw");
  fleet.done("a/nightly");
  EXPECT_EQ(fleet.run_state(person), "completed");
  fleet.emit("go", "3");
  EXPECT_EQ(fleet.open("a/raw"), 1U) << "it is no failure any more";
}

TEST(Machines, repeat_a_failure_after_a_new_declaration) {
  Fleet fleet;
  fleet.serve(declaration("a", {"raw: {}", "nightly: {upstream: [raw], when: {event: {type: go}}}"}));
  fleet.emit("go", "1");
  fleet.failed("a/raw");
  fleet.redeclare("a#i1", declaration("a", {"raw: {description: repaired}",
                                            "nightly: {upstream: [raw], when: {event: {type: go}}}"}));
  fleet.emit("go", "2");
  EXPECT_EQ(fleet.open("a/raw"), 1U);
}

TEST(RetryRun, keeps_what_completed_and_runs_the_rest_anew) {
  Fleet fleet;
  fleet.serve(declaration("a", {"good: {}", "bad: {}", "d: {upstream: [good, bad]}", "e: {upstream: [good]}"}));
  const base::RunId run = fleet.run({"a/good", "a/bad"});
  EXPECT_EQ(fleet.refused(engine::RetryRequest{.run = run}), "run_not_failed");
  fleet.done("a/good", R"({"n":1})");
  fleet.failed("a/bad");
  fleet.done("a/e");
  EXPECT_EQ(fleet.run_state(run), "failed");
  EXPECT_EQ(fleet.refused(engine::RetryRequest{.run = run}), "");
  const base::RunId again = fleet.last_run();
  EXPECT_EQ(fleet.refused(engine::RetryRequest{.run = run}), "retry_live");
  EXPECT_EQ(fleet.state(again, "a/good"), "completed");
  EXPECT_EQ(fleet.state(again, "a/e"), "completed");
  EXPECT_EQ(fleet.open("a/good") + fleet.open("a/e"), 0U);
  fleet.done("a/bad");
  fleet.done("a/d");
  EXPECT_EQ(fleet.run_state(again), "completed");
  EXPECT_EQ(fleet.run_state(run), "failed");
  EXPECT_EQ(fleet.refused(engine::RetryRequest{.run = again}), "run_not_failed");
  fleet.restart();
}

TEST(Slots, hold_back_by_priority_then_age_and_waiting_raises_it) {
  Fleet fleet;
  fleet.serve(declaration("a", {"low: {timeouts: {complete: 20d}}", "high: {priority: 1}",
                                "first: {timeouts: {complete: 20d}}"}),
              "i1", 1);
  fleet.run({"a/first"});
  fleet.run({"a/low"});
  fleet.advance(1s);
  fleet.run({"a/high"});
  EXPECT_EQ(fleet.commands().size(), 1U) << "one unstarted command a slot";
  fleet.started("a/first");
  ASSERT_EQ(fleet.commands().size(), 2U);
  EXPECT_EQ(fleet.commands().back().task, "a/high");

  Fleet patient;
  patient.serve(declaration("a", {"low: {}", "high: {priority: 1}", "first: {timeouts: {ack: 1h}}"}), "i1", 1);
  patient.run({"a/first"});
  patient.run({"a/low"});
  patient.advance(10min + 1s);
  patient.run({"a/high"});
  patient.started("a/first");
  EXPECT_EQ(patient.commands().back().task, "a/low") << "it has waited its ten minutes";
}

TEST(Slots, replicas_share_the_load_and_concurrency_bounds_one_task) {
  Fleet fleet;
  const std::string text =
      declaration("a", {"x: {params: {type: object, properties: {n: {type: integer}}}}",
                        "s: {concurrency: 2, params: {type: object, properties: {n: {type: integer}}}}"});
  fleet.serve(text, "i1", 10);
  fleet.serve(text, "i2", 10);
  std::map<std::string, int> load;
  for (int n = 0; n < 8; ++n) {
    engine::RunRequest options;
    options.params = {{"n", n}};
    fleet.run({"a/x"}, options);
    fleet.run({"a/s"}, options);
  }
  EXPECT_EQ(fleet.open("a/s"), 2U);
  EXPECT_EQ(fleet.open("a/x"), 8U);
  for (const Command& one : fleet.commands()) ++load[one.instance];
  EXPECT_EQ(load["a#i1"], 5);
  EXPECT_EQ(load["a#i2"], 5);
  for (int i = 0; i < 8; ++i) {
    fleet.done("a/s");
    EXPECT_LE(fleet.open("a/s"), 2U);
  }
  EXPECT_EQ(fleet.open("a/s"), 0U);
}

TEST(Slots, named_limits_are_shared_by_many_tasks) {
  Fleet fleet;
  fleet.world.settings().limits["warehouse"] = 2;
  fleet.serve(declaration(
      "a", {"x: {limits: [warehouse]}", "y: {limits: [warehouse]}", "z: {limits: [warehouse]}", "free: {}"}));
  const base::RunId run = fleet.run({"a/*"});
  EXPECT_EQ(fleet.commands().size(), 3U) << "two of the warehouse and the free one";
  while (!fleet.commands().empty()) fleet.done(fleet.commands().front().task);
  EXPECT_EQ(fleet.run_state(run), "completed");
}

}  // namespace
}  // namespace cordyna::testing
