#include "engine/selectors.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "base/limits.h"
#include "base/nearest.h"
#include "model/glob.h"

namespace cordyna::engine {
namespace {

constexpr std::size_t near_misses_searched_max = 100'000;  // tasks

bool matches(const State& state, const Task& task, std::string_view selector) {
  const auto& declaration = task.declaration();
  const auto after = [&selector](std::string_view prefix) { return selector.substr(prefix.size()); };
  if (selector.starts_with("tag:"))
    return std::find(declaration.tags.begin(), declaration.tags.end(), after("tag:")) != declaration.tags.end();
  if (selector.starts_with("team:")) return state.server(task.server).team == after("team:");
  if (selector.starts_with("label:")) {
    const std::string_view pair = after("label:");
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return declaration.labels.contains(std::string(pair));
    const auto label = declaration.labels.find(std::string(pair.substr(0, equals)));
    return label != declaration.labels.end() && label->second == pair.substr(equals + 1);
  }
  return model::glob_matches(selector, task.name);
}

std::vector<TaskIndex> base_matches(const State& state, std::string_view selector) {
  const bool many = selector.find('*') != std::string_view::npos || selector.find(':') != std::string_view::npos;
  std::vector<TaskIndex> found;
  if (!many) {
    const auto task = state.find_task(std::string(selector));
    if (task && state.task(*task).declared()) found.push_back(*task);
    return found;
  }
  for (std::uint32_t i = 0; i < state.tasks.size(); ++i)
    if (state.tasks[i].declared() && matches(state, state.tasks[i], selector)) found.push_back(TaskIndex{i});
  return found;
}

void add_reachable(const State& state, std::vector<TaskIndex> from, bool up, std::set<TaskIndex>& found) {
  std::set<TaskIndex> seen(from.begin(), from.end());
  for (std::size_t next = 0; next < from.size(); ++next) {
    const Task& task = state.task(from[next]);
    for (const TaskIndex one : up ? task.upstream : task.downstream)
      if (state.task(one).declared() && seen.insert(one).second) from.push_back(one);
  }
  found.insert(seen.begin(), seen.end());
}

model::Finding no_match(const State& state, const std::string& selector, const std::string& path) {
  std::string bare = selector;
  std::erase(bare, '+');
  std::vector<std::string> known;
  for (std::size_t i = 0; i < state.tasks.size() && i < near_misses_searched_max; ++i)
    if (state.tasks[i].declared()) known.push_back(state.tasks[i].name);
  const auto near = base::nearest(bare, known);
  std::string fix = near ? "did you mean \"" + *near + "\"?" : "list what is declared: dyna tasks";
  return {path, "no_match", "\"" + selector + "\" matches no declared task", std::move(fix)};
}

}  // namespace

Selected select(const State& state, const std::vector<std::string>& selectors, const std::string& path) {
  Selected selected;
  std::set<TaskIndex> found;
  for (std::size_t i = 0; i < selectors.size(); ++i) {
    std::string_view selector = selectors[i];
    const bool up = selector.starts_with('+');
    if (up) selector.remove_prefix(1);
    const bool down = selector.ends_with('+');
    if (down) selector.remove_suffix(1);
    const std::vector<TaskIndex> matched = base_matches(state, selector);
    if (matched.empty())
      selected.findings.push_back(no_match(state, selectors[i], path + '[' + std::to_string(i) + ']'));
    found.insert(matched.begin(), matched.end());
    if (up) add_reachable(state, matched, true, found);
    if (down) add_reachable(state, matched, false, found);
  }
  if (selectors.empty())
    selected.findings.push_back({path, "missing", "nothing is selected", "name at least one task"});
  if (found.size() > base::limits::run_targets_max)
    selected.findings.push_back({path, "too_many", "more than 100000 tasks are selected", "select fewer"});
  selected.tasks.assign(found.begin(), found.end());
  return selected;
}

}  // namespace cordyna::engine
