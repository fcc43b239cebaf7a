#include "mission/history.h"

#include <gtest/gtest.h>

namespace cordyna::testing {

History::History(std::uint64_t seed, Weather weather) : dice_(seed), weather_(weather) {
  found();
}

std::string History::task_line(std::size_t i) {
  std::string line = "t" + std::to_string(i) + ": {";
  std::vector<std::string> edges;
  for (std::size_t k = i > 8 ? i - 8 : 0; k < i && edges.size() < 4; ++k) {
    if (!dice_.one_in(4)) continue;
    const std::string& name = tasks_[k];
    if (weather_.windows && dice_.one_in(6))
      edges.push_back("{task: " + name + ", within: 1h}");
    else if (weather_.finished && dice_.one_in(8))
      edges.push_back("{task: " + name + ", require: finished}");
    else
      edges.push_back('"' + name + '"');
  }
  if (edges.empty()) {
    if (weather_.events && dice_.one_in(2)) line += "when: {event: {type: e" + std::to_string(dice_.below(3)) + "}}, ";
  } else {
    line += "upstream: [";
    for (std::size_t k = 0; k < edges.size(); ++k) line += (k == 0 ? "" : ", ") + edges[k];
    line += "], ";
    if (weather_.any && edges.size() > 1 && dice_.one_in(5))
      line += "when: {upstream: any}, ";
    else if (dice_.one_in(8))
      line += "when: manual, ";
  }
  if (weather_.retries && dice_.one_in(3)) line += "retries: {max: " + std::to_string(1 + dice_.below(2)) + "}, ";
  if (weather_.busy && dice_.one_in(6)) line += "concurrency: 1, ";
  return line + "priority: " + std::to_string(dice_.below(3)) + "}";
}

void History::found() {
  const std::size_t servers = 2 + dice_.below(static_cast<std::uint64_t>(weather_.servers_max) - 1);
  const std::size_t count = static_cast<std::size_t>(weather_.tasks_min) +
                            dice_.below(static_cast<std::uint64_t>(weather_.tasks_max - weather_.tasks_min));
  std::vector<std::vector<std::string>> lines(servers);
  for (std::size_t i = 0; i < count; ++i) {
    server_of_.push_back(dice_.below(servers));
    const std::string line = task_line(i);
    tasks_.push_back("s" + std::to_string(server_of_[i]) + "/t" + std::to_string(i));
    lines[server_of_[i]].push_back(line);
  }
  std::vector<std::size_t> order(servers);
  for (std::size_t i = 0; i < servers; ++i) order[i] = i;
  for (std::size_t i = servers; i > 1; --i) std::swap(order[i - 1], order[dice_.below(i)]);
  for (const std::size_t server : order) {
    if (lines[server].empty()) continue;
    const std::string name = "s" + std::to_string(server);
    const std::string text = declaration(name, lines[server]);
    for (std::uint64_t i = 0; i <= dice_.below(2); ++i) {
      const auto slots = static_cast<std::uint32_t>(weather_.busy ? 1 + dice_.below(3) : 50);
      fleet.serve(text, "i" + std::to_string(i), slots);
      instances_.push_back(name + "#i" + std::to_string(i));
    }
  }
}

void History::live(int steps) {
  for (int i = 0; i < steps && !::testing::Test::HasFailure() && fleet.naive.complaints().empty(); ++i) step();
}

void History::step() {
  const std::uint64_t draw = dice_.below(100);
  if (draw < 12) return start_something();
  if (draw < 78) return answer_something();
  if (draw < 90) return fleet.advance(std::chrono::milliseconds(dice_.below(3000)));
  if (draw < 92)
    return fleet.advance(std::chrono::minutes(dice_.below(weather_.silence ? 20 : 1) + (weather_.silence ? 1 : 0)));
  if (draw < 94 && weather_.windows) return fleet.advance(base::Duration(0));
  if (draw < 97 && weather_.sessions) return shake_a_session();
  if (draw < 98 && weather_.restarts) return fall();
  if (weather_.cancels) cancel_or_retry();
}

void History::fall() {
  fleet.restart(std::chrono::seconds(dice_.below(100)));
  away_.insert(instances_.begin(), instances_.end());
}

void History::start_something() {
  if (weather_.events && dice_.one_in(2)) {
    fleet.emit("e" + std::to_string(dice_.below(3)), "id" + std::to_string(++events_));
    return;
  }
  std::vector<std::string> select{tasks_[dice_.below(tasks_.size())]};
  if (dice_.one_in(3)) select.push_back(tasks_[dice_.below(tasks_.size())]);
  if (select.size() == 2 && select[0] == select[1]) select.pop_back();
  engine::RunRequest options;
  options.followers = !dice_.one_in(5);
  fleet.run(select, options, !dice_.one_in(4));
}

void History::answer_something() {
  std::vector<std::size_t> reachable;
  for (std::size_t i = 0; i < fleet.commands().size(); ++i)
    if (!away_.contains(fleet.commands()[i].instance)) reachable.push_back(i);
  if (reachable.empty()) return fleet.advance(1s);
  const Command one = fleet.commands()[reachable[dice_.below(reachable.size())]];
  using model::UpdateState;
  if (one.cancelled && dice_.one_in(2)) return fleet.say(one, UpdateState::cancelled);
  if (weather_.silence && dice_.one_in(4)) return fleet.advance(std::chrono::seconds(dice_.below(15)));
  if (!one.started && !one.queued && dice_.one_in(2)) return fleet.say(one, UpdateState::queued);
  if (!one.started && !dice_.one_in(10)) return fleet.say(one, UpdateState::started);
  if (dice_.one_in(10)) return fleet.say(one, UpdateState::started);  // a duplicate, or out of order
  if (weather_.fail && dice_.one_in(3)) {
    model::TaskError error{.message = "it broke"};
    error.fatal = dice_.one_in(5);
    error.retry = dice_.one_in(5);
    return fleet.say(one, UpdateState::error, {}, error);
  }
  fleet.say(one, UpdateState::completed, dice_.one_in(2) ? R"({"n":1})" : "");
}

void History::shake_a_session() {
  const std::string& instance = instances_[dice_.below(instances_.size())];
  if (away_.erase(instance) == 0) {
    fleet.leave(instance);
    away_.insert(instance);
    return;
  }
  if (dice_.one_in(2)) fleet.forget(instance);
  fleet.back(instance);
}

void History::cancel_or_retry() {
  const std::vector<base::RunId> runs = fleet.runs();
  if (runs.empty()) return;
  const base::RunId run = runs[runs.size() - 1 - dice_.below(std::min<std::size_t>(runs.size(), 5))];
  if (fleet.run_state(run) == "running")
    fleet.ask(engine::CancelRequest{.run = run});
  else if (fleet.run_state(run) != "completed")
    fleet.ask(engine::RetryRequest{.run = run});
}

void History::calm_down() {
  for (const std::string& instance : instances_)
    if (away_.erase(instance) > 0) fleet.back(instance);
  weather_.silence = weather_.sessions = weather_.restarts = weather_.cancels = false;
  for (int i = 0; i < 20'000 && !::testing::Test::HasFailure() && fleet.naive.complaints().empty(); ++i) {
    if (!fleet.commands().empty()) {
      const Command one = fleet.commands().front();
      if (!one.started) fleet.say(one, model::UpdateState::started);
      fleet.say(one, one.cancelled ? model::UpdateState::cancelled : model::UpdateState::completed);
      continue;
    }
    if (fleet.world.state().runs.empty()) return;
    fleet.advance(1min);
  }
  if (fleet.naive.complaints().empty()) ADD_FAILURE() << "something never ends";
}

}  // namespace cordyna::testing
