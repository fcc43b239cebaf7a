// What starts runs by itself: schedules with their catch-up and overlap, ticks that wait for upstreams, backfills,
// pauses, and events with their duplicates.

#include <gtest/gtest.h>

#include "mission/fleet.h"

namespace cordyna::testing {
namespace {

std::vector<std::string> instants(const Fleet& fleet, const std::string& task) {
  std::vector<std::string> instants;
  for (const base::RunId run : fleet.runs_of(task))
    instants.push_back(base::format_time(fleet.naive.runs().at(run).head.standing.at).substr(11));
  return instants;
}

std::vector<std::string> skipped(const Fleet& fleet, const std::string& task) {
  std::vector<std::string> lines;
  for (const auto& one : fleet.all<model::ScheduleSkipped>())
    if (fleet.name(one.task) == task)
      lines.push_back(base::format_time(one.instant).substr(11) + ' ' + one.reason + ' ' + std::to_string(one.count));
  return lines;
}

using Lines = std::vector<std::string>;

std::string hourly(const std::string& more = "") {
  return declaration("a", {"x: {when: {cron: \"0 * * * *\"}" + more + "}"});
}

TEST(Schedules, fire_at_their_instant_and_stand_for_it) {
  Fleet fleet;
  fleet.serve(hourly());
  fleet.advance(1h - 1us);
  EXPECT_TRUE(fleet.runs().empty());
  fleet.advance(1us);
  ASSERT_EQ(fleet.open("a/x"), 1U);
  EXPECT_EQ(fleet.command("a/x")->scheduled_at, "2026-01-05T01:00:00Z");
  fleet.done("a/x");
  fleet.advance(1h);
  fleet.done("a/x");
  EXPECT_EQ(instants(fleet, "a/x"), (Lines{"01:00:00Z", "02:00:00Z"}));
  EXPECT_TRUE(fleet.all<model::ScheduleSkipped>().empty());
}

TEST(Schedules, every_is_aligned_to_the_epoch) {
  Fleet fleet("2026-01-05T00:00:07Z");
  fleet.serve(declaration("a", {"x: {when: {every: 60s}}"}));
  fleet.advance(53s - 1us);
  EXPECT_TRUE(fleet.runs().empty());
  fleet.advance(1us);
  EXPECT_EQ(instants(fleet, "a/x"), (Lines{"00:01:00Z"}));
}

TEST(Schedules, what_fires_together_is_planned_together_and_split_into_parts) {
  Fleet fleet;
  fleet.serve(declaration("a", {"x: {when: {cron: \"0 1 * * *\"}}", "y: {when: {cron: \"0 1 * * *\"}}",
                                "z: {upstream: [x, y]}", "alone: {when: {every: 1h}}"}));
  fleet.advance(1h);
  ASSERT_EQ(fleet.runs().size(), 2U);
  EXPECT_EQ(fleet.runs_of("a/x"), fleet.runs_of("a/y"));
  EXPECT_EQ(fleet.runs_of("a/x"), fleet.runs_of("a/z"));
  EXPECT_NE(fleet.runs_of("a/x"), fleet.runs_of("a/alone"));
}

TEST(Schedules, after_an_outage_they_catch_up_as_declared) {
  const struct {
    const char* policy;
    Lines run, skip;
  } cases[] = {
      {"", {"05:00:00Z"}, {"05:00:00Z missed 4"}},
      {", catchup: all", {"01:00:00Z", "02:00:00Z", "03:00:00Z", "04:00:00Z", "05:00:00Z"}, {}},
      {", catchup: none", {}, {"05:00:00Z missed 5"}},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.policy);
    Fleet fleet;
    fleet.serve(hourly(one.policy));
    fleet.restart(5h + 30min);
    fleet.back("a#i1");
    fleet.advance(1s);
    for (int i = 0; i < 6 && fleet.open("a/x") > 0; ++i) {
      EXPECT_EQ(fleet.open("a/x"), 1U) << "one at a time";
      fleet.done("a/x");
    }
    EXPECT_EQ(instants(fleet, "a/x"), one.run);
    std::uint32_t missed = 0, expected = one.skip.empty() ? 0 : one.run.empty() ? 5 : 4;
    for (const auto& event : fleet.all<model::ScheduleSkipped>()) {
      EXPECT_EQ(event.reason, "missed");
      missed += event.count;
    }
    EXPECT_EQ(missed, expected);
    fleet.advance(30min);
    EXPECT_EQ(fleet.open("a/x"), 1U) << "the next instant comes as ever";
    fleet.restart();
  }
}

TEST(Schedules, catchup_all_is_bounded_by_a_hundred_runs_and_one_event_with_the_count) {
  Fleet fleet;
  fleet.serve(declaration("a", {"x: {when: {every: 60s}, catchup: all}"}));
  fleet.restart(150min);
  fleet.back("a#i1");
  fleet.advance(1s);
  for (int i = 0; i < 200 && fleet.open("a/x") > 0; ++i) fleet.done("a/x");
  EXPECT_EQ(fleet.runs().size(), 100U);
  ASSERT_EQ(fleet.all<model::ScheduleSkipped>().size(), 1U);
  EXPECT_EQ(fleet.all<model::ScheduleSkipped>()[0].count, 50U);
  const Lines times = instants(fleet, "a/x");
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
}

/// Five instants are missed while a sixth one comes during the catch-up: none may vanish without a word.
TEST(Schedules, catchup_all_loses_no_instant_to_a_tick_that_comes_meanwhile_nor_to_a_live_older_one) {
  for (const bool live : {false, true}) {
    SCOPED_TRACE(live ? "live when cerebro went down" : "idle when cerebro went down");
    Fleet fleet;
    fleet.serve(hourly(", catchup: all, timeouts: {ack: 20h, complete: 20d}"));
    fleet.advance(1h);
    if (live)
      fleet.started("a/x");
    else
      fleet.done("a/x");
    fleet.restart(3h + 30min);  // 02:00, 03:00, 04:00
    fleet.back("a#i1");
    fleet.advance(1h);  // 05:00
    for (int i = 0; i < 10 && fleet.open("a/x") > 0; ++i) {
      EXPECT_EQ(fleet.open("a/x"), 1U);
      fleet.done("a/x");
    }
    EXPECT_EQ(instants(fleet, "a/x"), (Lines{"01:00:00Z", "02:00:00Z", "03:00:00Z", "04:00:00Z", "05:00:00Z"}));
  }
}

TEST(Schedules, an_overlapped_tick_is_shared_queued_skipped_or_runs_beside) {
  const struct {
    const char* policy;
    Lines run;
    std::size_t at_once;
  } cases[] = {
      {"", {"01:00:00Z", "04:00:00Z"}, 1},
      {", overlap: queue", {"01:00:00Z", "02:00:00Z", "03:00:00Z", "04:00:00Z"}, 1},
      {", overlap: skip", {"01:00:00Z"}, 1},
      {", overlap: parallel", {"01:00:00Z", "02:00:00Z", "03:00:00Z", "04:00:00Z"}, 4},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.policy);
    Fleet fleet;
    fleet.serve(hourly(std::string(", timeouts: {ack: 10h, start: 10h, complete: 10h}") + one.policy));
    fleet.advance(4h + 1min);
    EXPECT_EQ(fleet.open("a/x"), one.at_once);
    if (one.at_once == 1) {
      std::set<std::string> overlapped;
      for (const std::string& line : skipped(fleet, "a/x")) overlapped.insert(line);
      EXPECT_EQ(overlapped,
                (std::set<std::string>{"02:00:00Z overlapped 1", "03:00:00Z overlapped 1", "04:00:00Z overlapped 1"}));
    }
    fleet.restart();
    fleet.back("a#i1");
    for (int i = 0; i < 10 && fleet.open("a/x") > 0; ++i) fleet.done("a/x");
    EXPECT_EQ(instants(fleet, "a/x"), one.run);
  }
}

TEST(Schedules, of_a_lost_server_fire_for_a_day_and_of_one_that_said_goodbye_not) {
  Fleet fleet;
  fleet.serve(hourly(", wait_for_server: 20d, overlap: parallel"));
  fleet.leave("a#i1");
  fleet.advance(48h);
  const std::size_t fired = fleet.runs().size();
  EXPECT_EQ(fired, 24U);
  EXPECT_EQ(skipped(fleet, "a/x").size(), 24U);
  Fleet other;
  other.serve(hourly());
  other.goodbye("a#i1");
  other.advance(2h);
  EXPECT_TRUE(other.runs().empty());
  EXPECT_EQ(skipped(other, "a/x").size(), 2U);
}

TEST(Schedules, a_backfill_is_one_run_an_instant_at_most_so_many_at_one_time_and_never_turns_back_the_state) {
  Fleet fleet("2026-01-05T00:30:00Z");
  fleet.serve(hourly(", timeouts: {complete: 20d}"));
  fleet.advance(30min);
  fleet.done("a/x");
  fleet.ask(engine::BackfillRequest{.select = {"a/x"},
                                    .from = *base::parse_time("2026-01-01T00:00:00Z"),
                                    .to = *base::parse_time("2026-01-01T06:00:00Z"),
                                    .every = {},
                                    .max_parallel = 2,
                                    .reason = {}});
  EXPECT_EQ(fleet.runs().size(), 7U);
  int done = 0;
  while (fleet.open("a/x") > 0) {
    EXPECT_LE(fleet.open("a/x"), 2U);
    fleet.done("a/x");
    ++done;
  }
  EXPECT_EQ(done, 6);
  Lines times = instants(fleet, "a/x");
  std::sort(times.begin(), times.end());
  EXPECT_EQ(times, (Lines{"00:00:00Z", "01:00:00Z", "01:00:00Z", "02:00:00Z", "03:00:00Z", "04:00:00Z", "05:00:00Z"}));
  const engine::History& history = *fleet.world.state().tasks[0].history;
  EXPECT_EQ(base::format_time(history.last->reach.until), "2026-01-05T01:00:00Z");
  fleet.restart();
}

const char* awaiting = "x: {upstream: [u, v], when: {cron: \"0 * * * *\", and: upstream}}";

TEST(AwaitedTicks, wait_for_a_completion_newer_than_the_previous_tick_and_pull_nothing) {
  Fleet fleet("2026-01-05T00:30:00Z");
  fleet.serve(declaration("a", {"u: {}", "v: {}", awaiting}));
  fleet.run({"a/u"});
  fleet.done("a/u");
  fleet.advance(30min);
  ASSERT_EQ(fleet.runs_of("a/x").size(), 1U);
  EXPECT_EQ(fleet.open("a/x"), 0U);
  EXPECT_EQ(fleet.open("a/v"), 0U) << "it pulls nothing";
  fleet.run({"a/v"});
  fleet.failed("a/v");
  EXPECT_EQ(fleet.state(fleet.runs_of("a/x")[0], "a/x"), "pending") << "a failure outside the run does not block it";
  fleet.run({"a/v"});
  fleet.done("a/v");
  ASSERT_EQ(fleet.open("a/x"), 1U);
  fleet.done("a/x");
  EXPECT_EQ(fleet.run_state(fleet.runs_of("a/x")[0]), "completed");
  fleet.restart();
}

TEST(AwaitedTicks, end_as_upstream_missed_when_the_next_one_comes_and_it_waits_in_their_place) {
  Fleet fleet("2026-01-05T00:30:00Z");
  fleet.serve(declaration("a", {"u: {}", "v: {}", awaiting}));
  fleet.advance(30min);
  fleet.advance(1min);
  fleet.run({"a/u"});
  fleet.done("a/u");
  fleet.advance(1h);
  const auto runs = fleet.runs_of("a/x");
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(fleet.state(runs[0], "a/x"), "error upstream_missed");
  const auto failure = fleet.all<model::TaskFailed>().back().failure;
  EXPECT_NE(failure.message.find("a/v"), std::string::npos);
  EXPECT_NE(failure.message.find("team-a"), std::string::npos);
  EXPECT_EQ(fleet.state(runs[1], "a/x"), "pending");
  fleet.run({"a/v"});
  fleet.done("a/v");
  EXPECT_EQ(fleet.open("a/x"), 1U) << "u came after the tick before this one";
}

TEST(AwaitedTicks, a_completion_from_before_the_previous_tick_is_too_old) {
  Fleet fleet("2026-01-05T00:30:00Z");
  fleet.serve(declaration("a", {"u: {}", "x: {upstream: [u], when: {cron: \"0 * * * *\", and: upstream}}"}));
  fleet.run({"a/u"});
  fleet.done("a/u");
  fleet.advance(30min);
  fleet.done("a/x");
  fleet.advance(1h);
  EXPECT_EQ(fleet.open("a/x"), 0U);
  fleet.run({"a/u"});
  fleet.done("a/u");
  EXPECT_EQ(fleet.open("a/x"), 1U);
}

TEST(Pauses, keep_ticks_from_firing_and_from_being_due_and_the_join_is_looked_at_at_resume) {
  Fleet fleet;
  fleet.serve(declaration(
      "a", {"x: {when: {cron: \"0 * * * *\"}}", "u: {}", "d: {upstream: [u]}", "r: {upstream: [x], when: manual}"}));
  fleet.advance(1h);
  fleet.done("a/x");
  fleet.ask(engine::PauseRequest{.task = "a/x", .pause = true, .reason = "repairs"});
  fleet.ask(engine::PauseRequest{.task = "a/d", .pause = true, .reason = {}});
  fleet.advance(2h);
  EXPECT_EQ(fleet.runs_of("a/x").size(), 1U);
  EXPECT_EQ(skipped(fleet, "a/x"), (Lines{"02:00:00Z paused 1", "03:00:00Z paused 1"}));
  const base::RunId reader = fleet.run({"a/r"});
  EXPECT_EQ(fleet.plan(reader), "a/r target <- a/x completion") << "paused ticks are not due: it is still good enough";
  fleet.done("a/r");
  fleet.run({"a/u"});
  fleet.done("a/u");
  EXPECT_TRUE(fleet.runs_of("a/d").empty());
  fleet.restart();
  fleet.back("a#i1");
  fleet.ask(engine::PauseRequest{.task = "a/d", .pause = false, .reason = {}});
  EXPECT_EQ(fleet.open("a/d"), 1U);
  fleet.ask(engine::PauseRequest{.task = "a/x", .pause = false, .reason = {}});
  EXPECT_EQ(fleet.runs_of("a/x").size(), 1U) << "paused ticks are not caught up";
  fleet.advance(1h);
  EXPECT_EQ(fleet.runs_of("a/x").size(), 2U);
}

TEST(Pauses, a_run_that_needs_a_paused_task_waits_for_its_resume) {
  Fleet fleet;
  fleet.serve(declaration("a", {"x: {}"}));
  fleet.ask(engine::PauseRequest{.task = "a/x", .pause = true, .reason = {}});
  const base::RunId run = fleet.run({"a/x"});
  fleet.advance(24h);
  EXPECT_EQ(fleet.state(run, "a/x"), "pending");
  fleet.ask(engine::PauseRequest{.task = "a/x", .pause = false, .reason = {}});
  fleet.done("a/x");
  EXPECT_EQ(fleet.run_state(run), "completed");
}

TEST(Events, have_at_most_one_effect_whatever_is_sent_twice_or_repeated_after_a_restart) {
  Fleet fleet;
  fleet.serve(declaration("a", {"x: {when: {event: {type: paid}}}", "y: {upstream: [x]}"}));
  const engine::Answer first = fleet.emit("paid", "1");
  const engine::Answer again = fleet.emit("paid", "1");
  EXPECT_EQ(fleet.runs().size(), 1U);
  EXPECT_FALSE(std::get<model::Json>(first.body).at("events")[0].at("duplicate").get<bool>());
  EXPECT_TRUE(std::get<model::Json>(again.body).at("events")[0].at("duplicate").get<bool>());
  fleet.done("a/x");
  fleet.done("a/y");
  fleet.restart(1h);
  fleet.back("a#i1");
  fleet.emit("paid", "1");
  EXPECT_EQ(fleet.runs().size(), 1U);
  EXPECT_EQ(fleet.all<model::EventReceived>().size(), 1U);
}

TEST(Events, an_id_used_again_for_other_content_is_refused_with_its_whole_batch) {
  Fleet fleet;
  fleet.serve(declaration("a", {"x: {when: {event: {type: paid}}}"}));
  fleet.emit("paid", "1");
  fleet.done("a/x");
  model::CloudEvent fine{.id = "2", .source = "test", .type = "paid"};
  fine.content = base::Hash128{1, 2};
  model::CloudEvent reused{.id = "1", .source = "test", .type = "paid"};
  reused.content = base::Hash128{3, 4};
  EXPECT_EQ(fleet.refused(engine::EventsRequest{{fine, reused}}), "id_reuse");
  EXPECT_EQ(fleet.runs().size(), 1U);
  EXPECT_EQ(fleet.all<model::EventReceived>().size(), 1U);
}

TEST(Events, never_coalesce_unless_the_trigger_says_so) {
  for (const bool coalesce : {false, true}) {
    Fleet fleet;
    fleet.serve(declaration(
        "a", {std::string("x: {when: {event: {type: paid") + (coalesce ? ", coalesce: true" : "") + "}}}"}));
    for (int i = 0; i < 5; ++i) fleet.emit("paid", std::to_string(i));
    int ran = 0;
    for (; fleet.open("a/x") > 0; ++ran) fleet.done("a/x");
    EXPECT_EQ(ran, coalesce ? 2 : 5);
    if (coalesce) {
      EXPECT_EQ(fleet.naive.runs().at(fleet.last_run()).head.standing.event,
                fleet.world.state().tasks[0].detail().newest_event)
          << "the newest one runs";
    }
  }
}

TEST(Events, beyond_a_depth_of_sixteen_they_are_a_loop) {
  Fleet fleet;
  fleet.serve(declaration("a", {"x: {when: {event: {type: paid}}}"}));
  fleet.emit("paid", "deep", "", 16);
  EXPECT_EQ(fleet.runs().size(), 1U);
  fleet.done("a/x");
  fleet.emit("paid", "deeper", "", 17);
  EXPECT_EQ(fleet.runs().size(), 1U);
  ASSERT_EQ(fleet.all<model::ScheduleSkipped>().size(), 1U);
  EXPECT_EQ(fleet.all<model::ScheduleSkipped>()[0].reason, "loop_limit");
}

TEST(Events, each_runs_with_its_own_data_also_when_the_task_is_live) {
  Fleet fleet;
  fleet.serve(declaration(
      "a",
      {"x: {when: {event: {type: size, params: data}}, params: {type: object, properties: {n: {type: integer}}}}"}));
  fleet.emit("size", "1", "{}");
  fleet.emit("size", "2", R"({"n":2})");
  fleet.emit("size", "3", R"({"n":3})");
  std::multiset<std::string> params;
  for (int i = 0; i < 5 && fleet.open("a/x") > 0; ++i) {
    params.insert(fleet.command("a/x")->params);
    fleet.done("a/x");
  }
  EXPECT_EQ(params, (std::multiset<std::string>{"{}", R"({"n":2})", R"({"n":3})"}));
}

TEST(Events, match_by_glob_of_type_and_subject_and_give_their_data_as_params) {
  Fleet fleet;
  fleet.serve(declaration("a", {"all: {when: {event: {type: \"shop.*\"}}}",
                                "eu: {when: {event: {type: \"shop.order.*\", subject: \"eu/*\"}}}",
                                "sized: {when: {event: {type: size, params: data}}, params: {type: object, properties: "
                                "{n: {type: integer}}}}"}));
  model::CloudEvent event{.id = "1", .source = "test", .type = "shop.order.paid", .subject = "eu/7"};
  fleet.ask(engine::EventsRequest{{event}});
  EXPECT_EQ(fleet.runs_of("a/all").size(), 1U);
  EXPECT_EQ(fleet.runs_of("a/eu").size(), 1U);
  event = {.id = "2", .source = "test", .type = "shop.order.paid", .subject = "us/7"};
  fleet.done("a/all");
  fleet.done("a/eu");
  fleet.ask(engine::EventsRequest{{event}});
  EXPECT_EQ(fleet.runs_of("a/all").size(), 2U);
  EXPECT_EQ(fleet.runs_of("a/eu").size(), 1U);
  fleet.emit("size", "3", R"({"n":3,"other":1})");
  ASSERT_EQ(fleet.open("a/sized"), 1U);
  EXPECT_EQ(fleet.command("a/sized")->params, R"({"n":3})");
}

}  // namespace
}  // namespace cordyna::testing
