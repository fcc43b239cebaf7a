// The same inputs give the same state: rebuilt from the log at any moment, and whatever passes they came in.

#include <gtest/gtest.h>

#include <algorithm>

#include "mission/history.h"

namespace cordyna::testing {
namespace {

TEST(Restart, at_any_moment_of_a_random_day_finds_an_equal_state) {
  for (std::uint64_t seed = 7000; seed < 7020; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History history(seed, {.tasks_max = 14,
                           .fail = true,
                           .silence = true,
                           .sessions = true,
                           .restarts = true,
                           .cancels = true,
                           .retries = true});
    for (int i = 0; i < 12 && !::testing::Test::HasFailure(); ++i) {
      history.live(10);
      history.fall();
    }
    history.calm_down();
    if (::testing::Test::HasFailure()) return;
  }
}

/// A small company that is told the same, in one pass or one by one.
class Twin {
 public:
  explicit Twin(std::uint64_t seed) : history(seed, {.servers_max = 3, .tasks_max = 12, .fail = true, .busy = false}) {}
  History history;

  struct Said {
    std::string task;
    std::size_t run;  // by order of creation
    std::uint32_t attempt;
    auto operator<=>(const Said&) const = default;
  };

  std::map<Said, Command> open() {
    std::map<Said, Command> open;
    const std::vector<base::RunId> runs = history.fleet.runs();
    for (const Command& one : history.fleet.commands()) {
      const auto run = std::find(runs.begin(), runs.end(), *base::RunId::parse(one.run));
      open[{one.task, static_cast<std::size_t>(run - runs.begin()), one.attempt}] = one;
    }
    return open;
  }

  /// What can be seen of all runs, without ids.
  std::string story() {
    std::string story;
    for (const base::RunId run : history.fleet.runs()) {
      story += history.fleet.run_state(run) + ": ";
      for (const naive::TaskRun& one : history.fleet.naive.runs().at(run).tasks)
        story += one.task + ' ' + history.fleet.state(run, one.task) + " #" + std::to_string(one.attempt) + "; ";
      story += '\n';
    }
    return story;
  }

  std::vector<engine::Input> inputs(std::uint64_t seed) {
    Dice dice(seed);
    std::vector<engine::Input> inputs;
    for (const auto& [said, command] : open()) {
      const std::uint64_t draw = dice.below(4);
      if (draw == 0) continue;
      model::Update update;
      update.n = ++n_;
      update.token = command.token;
      update.state = draw == 1   ? model::UpdateState::started
                     : draw == 2 ? model::UpdateState::completed
                                 : model::UpdateState::error;
      update.error.message = "it broke";
      if (draw > 1)
        std::erase_if(history.fleet.commands(), [&](const Command& one) { return one.token == command.token; });
      inputs.push_back(engine::SessionItem{command.session, update});
    }
    for (std::uint64_t i = 0; i < dice.below(3); ++i) {
      engine::RunRequest body;
      body.select = {history.tasks()[dice.below(history.tasks().size())]};
      inputs.push_back(engine::Request{engine::RequestId{++n_ + 100'000}, {"tester", true}, body});
    }
    inputs.push_back(engine::Tick{});
    return inputs;
  }

 private:
  std::uint64_t n_ = 0;
};

TEST(Restart, other_cuts_of_the_same_inputs_into_passes_tell_the_same_story) {
  for (std::uint64_t seed = 8000; seed < 8040; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Twin together(seed), apart(seed);
    for (std::uint64_t round = 0; round < 25; ++round) {
      together.history.fleet.world.decide_all(together.inputs(seed * 100 + round));
      for (const engine::Input& one : apart.inputs(seed * 100 + round)) apart.history.fleet.world.decide(one);
      together.history.fleet.hear();
      apart.history.fleet.hear();
      together.history.fleet.advance(100ms);
      apart.history.fleet.advance(100ms);
      ASSERT_EQ(together.story(), apart.story()) << "round " << round;
    }
    together.history.fleet.expect_no_complaints();
    apart.history.fleet.expect_no_complaints();
    together.history.fleet.restart();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace cordyna::testing
