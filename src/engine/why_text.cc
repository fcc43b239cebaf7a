// Words that all answers to "why?" share. See why.h.
#include <algorithm>
#include <array>

#include "engine/why.h"

namespace cordyna::engine {

std::string words(base::Duration duration) {
  using namespace std::chrono;
  struct Unit {
    base::Duration length;
    const char* name;
  };
  constexpr std::array units{Unit{hours(24), " d"}, Unit{hours(1), " h"}, Unit{minutes(1), " min"},
                             Unit{seconds(1), " s"}};
  duration = std::max(duration, base::Duration(0));
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (duration < units[i].length && i + 1 < units.size()) continue;
    std::string text = std::to_string(duration / units[i].length) + units[i].name;
    if (i + 1 == units.size()) return text;
    const auto rest = duration % units[i].length / units[i + 1].length;
    if (rest > 0) text += ' ' + std::to_string(rest) + units[i + 1].name;
    return text;
  }
  return {};
}

const std::string& team_of(const State& state, TaskIndex task) {
  return state.server(state.task(task).server).team;
}

std::string with_team(const State& state, TaskIndex task) {
  const std::string& team = team_of(state, task);
  return team.empty() ? state.task(task).name : state.task(task).name + " of team " + team;
}

}  // namespace cordyna::engine
