// Joins across runs: each starts exactly once whatever the order, none is lost, none comes twice.

#include <gtest/gtest.h>

#include "mission/fleet.h"

namespace cordyna::testing {
namespace {

std::string star(int upstreams, const std::string& more = "") {
  std::vector<std::string> tasks;
  std::string list;
  for (int i = 0; i < upstreams; ++i) {
    tasks.push_back("u" + std::to_string(i) + ": {}");
    list += (i == 0 ? "u" : ", u") + std::to_string(i);
  }
  tasks.push_back("d: {upstream: [" + list + "]" + more + "}");
  return declaration("a", tasks);
}

std::string upstream(int i) {
  return "a/u" + std::to_string(i);
}

/// Started in one order, completed in another, over separate runs.
void arrive(Fleet& fleet, const std::vector<int>& started, const std::vector<int>& completed) {
  for (const int i : started) {
    fleet.run({upstream(i)});
    fleet.started(upstream(i));
  }
  for (const int i : completed) fleet.completed(upstream(i));
}

TEST(Joins, every_order_of_two_to_four_upstreams_over_separate_runs_joins_exactly_once) {
  for (int count = 2; count <= 4; ++count) {
    std::vector<int> order;
    for (int i = 0; i < count; ++i) order.push_back(i);
    const std::vector<int> first = order;
    do {
      Fleet fleet;
      fleet.serve(star(count));
      for (int round = 1; round <= 3; ++round) {
        arrive(fleet, round == 2 ? order : first, order);
        EXPECT_EQ(fleet.runs_of("a/d").size(), static_cast<std::size_t>(round));
        ASSERT_EQ(fleet.open("a/d"), 1U);
        fleet.done("a/d");
        EXPECT_EQ(fleet.run_state(fleet.runs_of("a/d").back()), "completed");
      }
      EXPECT_TRUE(fleet.commands().empty());
      EXPECT_TRUE(fleet.world.state().runs.empty());
      fleet.expect_no_complaints();
      fleet.restart();
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(Joins, one_after_the_other_the_last_one_pushes_and_takes_the_others_completions) {
  std::vector<int> order{0, 1, 2};
  do {
    Fleet fleet;
    fleet.serve(star(3));
    std::map<int, base::Seq> completions;
    for (const int i : order) {
      fleet.run({upstream(i)});
      fleet.done(upstream(i));
      completions[i] = fleet.naive.of(fleet.last_run(), upstream(i)).completion;
    }
    ASSERT_EQ(fleet.runs_of("a/d").size(), 1U);
    for (const naive::Edge& edge : fleet.naive.of(fleet.last_run(), "a/d").edges) {
      if (edge.task == upstream(order[2])) {
        EXPECT_EQ(edge.how, model::How::in_run);
      } else {
        EXPECT_EQ(edge.pinned, fleet.naive.tasks().at(edge.task).pasts.begin()->second.ends.rbegin()->first);
      }
    }
    fleet.done("a/d");
    fleet.expect_no_complaints();
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(Joins, while_the_join_is_live_new_completions_wait_for_its_end_and_join_once) {
  std::vector<int> order{0, 1, 2};
  do {
    Fleet fleet;
    fleet.serve(star(3));
    arrive(fleet, {0, 1, 2}, {0, 1, 2});
    fleet.started("a/d");
    arrive(fleet, {0, 1, 2}, order);
    arrive(fleet, {0, 1, 2}, {2, 1, 0});
    EXPECT_EQ(fleet.runs_of("a/d").size(), 1U) << "it is live: nothing joins";
    fleet.completed("a/d");
    ASSERT_EQ(fleet.runs_of("a/d").size(), 2U) << "its end starts what was ready";
    fleet.done("a/d");
    EXPECT_EQ(fleet.runs_of("a/d").size(), 2U);
    fleet.expect_no_complaints();
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(Joins, a_failing_upstream_joins_nothing_and_spoils_nothing) {
  for (int failing = 0; failing < 3; ++failing) {
    Fleet fleet;
    fleet.serve(star(3));
    for (int i = 0; i < 3; ++i) {
      fleet.run({upstream(i)});
      if (i == failing)
        fleet.failed(upstream(i));
      else
        fleet.done(upstream(i));
    }
    EXPECT_TRUE(fleet.runs_of("a/d").empty() || fleet.state(fleet.last_run(), "a/d") == "blocked by " + upstream(2));
    const std::size_t before = fleet.open("a/d");
    EXPECT_EQ(before, 0U);
    fleet.run({upstream(failing)});
    fleet.done(upstream(failing));
    ASSERT_EQ(fleet.open("a/d"), 1U) << "what the others gave is kept";
    fleet.done("a/d");
    fleet.expect_no_complaints();
  }
}

TEST(Joins, a_failed_join_does_not_restart_by_itself_and_consumes_nothing) {
  Fleet fleet;
  fleet.serve(star(2));
  arrive(fleet, {0, 1}, {0, 1});
  fleet.failed("a/d");
  fleet.advance(1h);
  EXPECT_EQ(fleet.runs_of("a/d").size(), 1U);
  fleet.run({upstream(0)});
  fleet.done(upstream(0));
  ASSERT_EQ(fleet.open("a/d"), 1U) << "u1 was not consumed, so it is still new";
  fleet.done("a/d");
  fleet.expect_no_complaints();
}

TEST(Joins, quiet_completions_are_new_but_start_nothing) {
  Fleet fleet;
  fleet.serve(star(2));
  engine::RunRequest quiet;
  quiet.followers = false;
  fleet.run({upstream(0)}, quiet);
  fleet.done(upstream(0));
  fleet.run({upstream(1)}, quiet);
  fleet.done(upstream(1));
  EXPECT_TRUE(fleet.runs_of("a/d").empty());
  fleet.run({upstream(1)});
  fleet.done(upstream(1));
  ASSERT_EQ(fleet.open("a/d"), 1U);
  fleet.done("a/d");
  fleet.expect_no_complaints();
}

TEST(Joins, a_quiet_completion_while_the_join_is_live_does_not_start_the_next_one) {
  Fleet fleet;
  fleet.serve(star(1));
  fleet.run({upstream(0)});
  fleet.done(upstream(0));
  fleet.started("a/d");
  engine::RunRequest quiet;
  quiet.followers = false;
  fleet.run({upstream(0)}, quiet);
  fleet.done(upstream(0));
  fleet.completed("a/d");
  EXPECT_EQ(fleet.runs_of("a/d").size(), 1U);
  fleet.expect_no_complaints();
}

TEST(Joins, only_runs_exactly_what_was_selected_and_holds_nothing_back) {
  Fleet fleet;
  fleet.serve(star(2));
  engine::RunRequest only;
  only.only = true;
  const base::RunId run = fleet.run({"a/d"}, only);
  EXPECT_EQ(fleet.plan(run), "a/d target <- a/u0 unsatisfied <- a/u1 unsatisfied");
  fleet.done("a/d");
  fleet.run({upstream(0)}, only);
  fleet.done(upstream(0));
  const base::RunId second = fleet.run({"a/d"}, only);
  EXPECT_EQ(fleet.plan(second), "a/d target <- a/u0 completion <- a/u1 unsatisfied");
  fleet.done("a/d");
  EXPECT_EQ(fleet.runs().size(), 3U);
}

TEST(Joins, a_window_keeps_an_old_completion_good_until_it_is_over) {
  const std::string text = declaration("a", {"u: {}", "v: {}", "d: {upstream: [u, {task: v, within: 6h}]}"});
  for (const auto age : {base::Duration(6h), base::Duration(6h + 1us)}) {
    Fleet fleet;
    fleet.serve(text);
    fleet.run({"a/v"});
    fleet.done("a/v");
    fleet.run({"a/u"});
    fleet.done("a/u");
    fleet.done("a/d");
    fleet.advance(age);
    fleet.run({"a/u"});
    fleet.done("a/u");
    EXPECT_EQ(fleet.open("a/d"), age == 6h ? 1U : 0U);
    if (age == 6h) fleet.done("a/d");
    fleet.expect_no_complaints();
  }
}

TEST(Joins, a_window_also_decides_what_is_pulled) {
  const std::string text = declaration("a", {"v: {}", "d: {upstream: [{task: v, within: 6h}]}"});
  for (const auto age : {base::Duration(6h), base::Duration(6h + 1us)}) {
    Fleet fleet;
    fleet.serve(text);
    fleet.run({"a/v"});
    fleet.done("a/v");
    fleet.done("a/d");
    fleet.advance(age);
    const base::RunId run = fleet.run({"a/d"});
    EXPECT_EQ(fleet.plan(run), age == 6h ? "a/d target <- a/v within" : "a/v pulled; a/d target <- a/v in_run");
  }
}

TEST(Joins, an_undeclared_upstream_satisfies_a_window_while_fresh_and_never_a_plain_edge) {
  Fleet fleet;
  fleet.serve(declaration("b", {"v: {}"}));
  fleet.serve(declaration("a", {"w: {upstream: [{task: b/v, within: 1h}]}", "p: {upstream: [b/v], when: manual}"}));
  fleet.run({"b/v"});
  fleet.done("b/v");
  fleet.done("a/w");
  fleet.redeclare("b#i1", declaration("b", {"other: {}"}));
  const base::RunId fresh = fleet.run({"a/w"});
  EXPECT_EQ(fleet.plan(fresh), "a/w target <- b/v within");
  fleet.done("a/w");
  const base::RunId plain = fleet.run({"a/p"});
  EXPECT_EQ(fleet.state(plain, "a/p"), "blocked by b/v");
  fleet.advance(1h + 1us);
  const base::RunId stale = fleet.run({"a/w"});
  EXPECT_EQ(fleet.state(stale, "a/w"), "blocked by b/v");
}

TEST(Joins, require_finished_runs_after_an_error_and_joins_after_one) {
  Fleet fleet;
  fleet.serve(declaration("a", {"u: {}", "d: {upstream: [{task: u, require: finished}]}", "p: {upstream: [u]}"}));
  const base::RunId run = fleet.run({"a/u"});
  fleet.failed("a/u");
  EXPECT_EQ(fleet.state(run, "a/p"), "blocked by a/u");
  fleet.started("a/d");
  fleet.run({"a/u"});  // d is live: it cannot be pushed
  fleet.failed("a/u");
  EXPECT_EQ(fleet.runs_of("a/d").size(), 1U);
  fleet.completed("a/d");
  ASSERT_EQ(fleet.runs_of("a/d").size(), 2U) << "a later join after an error";
  fleet.done("a/d");
  fleet.expect_no_complaints();
}

TEST(Joins, upstream_any_runs_with_one_and_is_blocked_only_with_none) {
  const std::string text = declaration(
      "a", {"r: {}", "u0: {upstream: [r]}", "u1: {upstream: [r]}", "d: {upstream: [u0, u1], when: {upstream: any}}"});
  for (int good = 0; good <= 2; ++good) {
    Fleet fleet;
    fleet.serve(text);
    const base::RunId run = fleet.run({"a/r"});
    fleet.done("a/r");
    if (good > 0)
      fleet.done("a/u0");
    else
      fleet.failed("a/u0");
    EXPECT_EQ(fleet.state(run, "a/d"), "pending") << "it waits until all are final";
    if (good > 1)
      fleet.done("a/u1");
    else
      fleet.failed("a/u1");
    if (good == 0) {
      EXPECT_EQ(fleet.state(run, "a/d").substr(0, 10), "blocked by");
    } else {
      fleet.done("a/d");
      EXPECT_EQ(fleet.state(run, "a/d"), "completed");
    }
    fleet.expect_no_complaints();
  }
}

TEST(Joins, nothing_to_do_is_an_end_for_what_asks_for_any_end_of_any_upstream) {
  Fleet fleet;
  fleet.serve(declaration(
      "a", {"u: {}", "v: {}", R"(d: {upstream: [{task: u, require: finished}, v], when: {upstream: any}})"}));
  const base::RunId run = fleet.run({"a/u", "a/v"});
  fleet.started("a/u");
  fleet.answer("a/u", model::UpdateState::skipped);
  fleet.started("a/v");
  fleet.failed("a/v");
  fleet.done("a/d");
  EXPECT_EQ(fleet.state(run, "a/d"), "completed");
  fleet.expect_no_complaints();
}

TEST(Joins, nothing_to_do_skips_what_needs_it_and_is_no_completion) {
  Fleet fleet;
  fleet.serve(declaration(
      "a", {"u: {}", "d: {upstream: [u]}", "e: {upstream: [d]}", "f: {upstream: [{task: u, require: finished}]}"}));
  const base::RunId run = fleet.run({"a/u"});
  fleet.started("a/u");
  fleet.answer("a/u", model::UpdateState::skipped);
  EXPECT_EQ(fleet.state(run, "a/u"), "skipped nothing_to_do");
  EXPECT_EQ(fleet.state(run, "a/d"), "skipped nothing_to_do");
  EXPECT_EQ(fleet.state(run, "a/e"), "skipped nothing_to_do");
  fleet.done("a/f");
  EXPECT_EQ(fleet.run_state(run), "completed");
  EXPECT_EQ(fleet.runs().size(), 1U) << "it starts no join";
  fleet.restart();
}

TEST(Joins, params_and_envs_keep_apart_and_two_tasks_match_on_what_both_declare) {
  const std::string schema = "params: {type: object, properties: {day: {type: string}, x: {type: integer}}}";
  const std::string day = "params: {type: object, properties: {day: {type: string}}}";
  Fleet fleet;
  fleet.serve(declaration("a", {"u: {" + day + "}", "v: {" + schema + "}", "d: {upstream: [u, v], " + day + "}"}));
  const auto with = [](const char* text) {
    engine::RunRequest options;
    options.params = model::Json::parse(text);
    return options;
  };
  fleet.run({"a/u"}, with(R"({"day":"mon"})"));
  fleet.done("a/u");
  fleet.run({"a/v"}, with(R"({"day":"tue","x":1})"));
  fleet.done("a/v");
  EXPECT_TRUE(fleet.runs_of("a/d").empty()) << "monday and tuesday do not join";
  fleet.run({"a/v"}, with(R"({"day":"mon","x":1})"));
  fleet.done("a/v");
  ASSERT_EQ(fleet.open("a/d"), 1U);
  EXPECT_NE(fleet.command("a/d")->params.find("mon"), std::string::npos);
  EXPECT_EQ(fleet.command("a/d")->params.find("x"), std::string::npos) << "projected to what the task declares";
  fleet.done("a/d");
  engine::RunRequest staging = with(R"({"day":"tue"})");
  staging.env = "staging";
  fleet.run({"a/u"}, staging);
  EXPECT_EQ(fleet.command("a/u")->env, "staging");
  fleet.done("a/u");
  // staging reads production's v of tuesday where it has none of its own
  ASSERT_EQ(fleet.open("a/d"), 1U);
  EXPECT_EQ(fleet.command("a/d")->env, "staging");
  fleet.done("a/d");
  fleet.run({"a/v"}, with(R"({"day":"tue","x":2})"));
  fleet.done("a/v");
  EXPECT_EQ(fleet.open("a/d"), 0U) << "production has no u of tuesday: staging never writes one";
}

/// Two ends of one task, the later one for an older instant. Who asks for any end, and ran beside the old failure that
/// stood in its run, has not seen the later end.
TEST(Joins, an_end_that_came_later_than_the_old_failure_in_the_run_is_still_new) {
  Fleet fleet;
  fleet.serve(declaration("a", {R"(source: {when: {cron: "* * * * *"}, overlap: parallel, timeouts: {ack: 1h}})",
                                "report: {upstream: [{task: source, require: finished}], timeouts: {ack: 1h},"
                                " when: [{upstream: all}, {event: {type: go}}]}"}));
  fleet.emit("go", "1");
  fleet.done("a/source");
  ASSERT_EQ(fleet.open("a/report"), 1U);  // lives on, so that no end starts a join
  fleet.advance(2min);
  ASSERT_EQ(fleet.open("a/source"), 2U);
  fleet.started("a/source");
  fleet.failed("a/source");  // of the newer instant
  fleet.started("a/source");
  fleet.failed("a/source");
  fleet.emit("go", "2");
  const base::RunId second = fleet.last_run();
  ASSERT_TRUE(fleet.state(second, "a/source").starts_with("error")) << "it stands";
  ASSERT_EQ(fleet.open("a/report"), 2U);
  fleet.done("a/report");
  fleet.done("a/report");
  EXPECT_NE(fleet.last_run(), second) << "the later end is taken by one more run";
  fleet.done("a/report");
  EXPECT_EQ(fleet.open("a/report"), 0U);
  fleet.expect_no_complaints();
}

/// The params of d leave open which day is meant: where nothing has completed, the newest end is the one that tells
/// most.
TEST(Joins, an_end_is_found_among_several_params_though_nothing_has_completed) {
  Fleet fleet;
  fleet.serve(declaration("a", {"u: {params: {type: object, properties: {day: {type: string}}}}",
                                "d: {upstream: [{task: u, require: finished}], when: manual}"}));
  for (const char* day : {"mon", "tue"}) {
    fleet.run({"a/u"}, {.params = {{"day", day}}, .followers = false});
    fleet.started("a/u");
    if (day == std::string("mon"))
      fleet.failed("a/u");
    else
      fleet.answer("a/u", model::UpdateState::skipped);  // no end for anybody outside
  }
  const base::RunId run = fleet.run({"a/d"}, {.only = true});
  EXPECT_NE(fleet.world.state().run(run)->edges[0].taken.seq, 0U);
  fleet.done("a/d");
  fleet.expect_no_complaints();
}

}  // namespace
}  // namespace cordyna::testing
