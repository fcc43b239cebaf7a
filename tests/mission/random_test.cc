// Hundreds of random companies against the naive model: the right commands in the right order to the right servers;
// after failures everything not blocked still runs; restarts and broken sessions change nothing of that.

#include <gtest/gtest.h>

#include "mission/history.h"

namespace cordyna::testing {
namespace {

using model::TaskState;

/// Every event has one effect a task, every run ended, no attempt was commanded twice.
void expect_exactly_once(const History& history) {
  std::set<std::tuple<base::RunId, std::uint32_t, std::uint32_t>> commands;
  std::map<std::pair<base::Seq, std::string>, int> effects;
  for (const LoggedEvent& one : history.fleet.world.log()) {
    if (const auto* command = std::get_if<model::CommandRun>(&one.event.body)) {
      EXPECT_TRUE(commands.insert({command->at.run, command->at.position, command->attempt}).second)
          << "an attempt was commanded twice";
    } else if (const auto* run = std::get_if<model::RunCreated>(&one.event.body)) {
      if (run->trigger.kind != model::TriggerKind::event) continue;
      for (const model::PlannedTask& task : run->plan->tasks)
        if (task.role == model::Role::target) ++effects[{run->standing.event, history.fleet.name(task.task)}];
    }
  }
  for (const LoggedEvent& one : history.fleet.world.log()) {
    const auto* event = std::get_if<model::EventReceived>(&one.event.body);
    if (event == nullptr) continue;
    for (const auto& [name, task] : history.fleet.naive.tasks()) {
      const auto fires = [event](const model::Trigger& trigger) {
        const auto* rule = std::get_if<model::EventTrigger>(&trigger);
        return rule != nullptr && rule->type == event->type;
      };
      if (std::none_of(task.declared->when.begin(), task.declared->when.end(), fires)) continue;
      EXPECT_EQ((effects[{one.seq, name}]), 1) << "effects of an event on " << name;
    }
  }
}

/// What is blocked is exactly what a walk from the failures reaches; all else ran.
void expect_blocked_is_reachable(const History& history) {
  for (const auto& [id, run] : history.fleet.naive.runs()) {
    if (run.state == model::RunState::running || run.cancel_requested) continue;
    std::set<std::size_t> bad;
    for (std::size_t i = 0; i < run.tasks.size(); ++i) {
      const naive::TaskRun& one = run.tasks[i];
      std::size_t failing = 0, needed = 0;
      for (const naive::Edge& edge : one.edges) {
        if (edge.how != model::How::in_run) continue;
        ++needed;
        failing += bad.contains(edge.upstream) && !edge.finished;
      }
      const bool shared = !one.shared_from.run.none();  // ends as it did in the other run
      const bool reached = !shared && failing > 0 && (!one.any || failing == needed);
      const bool failed = one.state == TaskState::error || one.state == TaskState::cancelled;
      if (reached || failed || one.state == TaskState::blocked) bad.insert(i);
      if (shared) continue;
      EXPECT_EQ(one.state == TaskState::blocked, reached)
          << one.task << ' ' << history.fleet.state(id, one.task) << '\n'
          << history.fleet.story();
      if (!reached && !failed) {
        EXPECT_EQ(one.state, TaskState::completed) << one.task;
      }
      if (!reached && one.code != "unknown_task") {
        EXPECT_GE(one.attempt, 1U) << one.task << " was never tried";
      }
    }
  }
}

struct Season {
  const char* name;
  std::uint64_t first_seed, seeds;
  int steps;
  Weather weather;
};

void live_through(const Season& season) {
  std::size_t plans = 0, doubtful = 0;
  for (std::uint64_t seed = season.first_seed; seed < season.first_seed + season.seeds; ++seed) {
    SCOPED_TRACE(std::string(season.name) + ", seed " + std::to_string(seed));
    History history(seed, season.weather);
    history.live(season.steps);
    history.calm_down();
    history.fleet.expect_no_complaints();
    if (::testing::Test::HasFailure()) return;
    expect_exactly_once(history);
    expect_blocked_is_reachable(history);
    for (const auto& [id, run] : history.fleet.naive.runs()) EXPECT_NE(run.state, model::RunState::running);
    EXPECT_EQ(history.fleet.world.restart(), "");
    if (::testing::Test::HasFailure()) return;
    plans += history.fleet.naive.plans_checked();
    doubtful += history.fleet.naive.plans_doubtful();
  }
  EXPECT_GT(plans, season.seeds) << "nothing was planned";
  EXPECT_LT(doubtful * 2, plans) << "most plans had two readings: the history checks too little";
}

TEST(Random, plain_graphs_run_the_right_commands_in_the_right_order) {
  live_through(
      {"plain", 1, 100, 60, {.events = false, .windows = false, .finished = false, .any = false, .busy = false}});
}

TEST(Random, every_kind_of_edge_and_trigger_on_busy_servers) {
  live_through({"rich", 1000, 80, 90, {}});
}

TEST(Random, upon_failure_everything_not_blocked_still_runs) {
  live_through({"failures", 2000, 80, 90, {.fail = true, .retries = true}});
}

TEST(Random, silent_servers_meet_their_deadlines_and_the_rest_goes_on) {
  live_through({"silence", 3000, 50, 90, {.fail = true, .silence = true, .retries = true}});
}

TEST(Random, broken_sessions_lose_nothing_and_repeat_nothing) {
  live_through({"sessions", 4000, 50, 120, {.fail = true, .sessions = true, .retries = true}});
}

TEST(Random, restarts_of_cerebro_change_nothing) {
  live_through({"restarts",
                5000,
                40,
                120,
                {.fail = true, .silence = true, .sessions = true, .restarts = true, .cancels = true, .retries = true}});
}

}  // namespace
}  // namespace cordyna::testing
