// Cycles among the tasks of one declaration, by depth-first search with its own stack: a chain of 100,000 tasks is
// normal.

#include <algorithm>
#include <string_view>

#include "model/names.h"
#include "model/validate.h"

namespace cordyna::model {
namespace {

enum class Mark : unsigned char { fresh, open, done };

struct Visit {
  std::size_t task;
  std::size_t next_upstream = 0;
};

// Position of each upstream that is a task of the declaration itself.
std::vector<std::vector<std::size_t>> inner_edges(const Declaration& declaration) {
  std::map<std::string_view, std::size_t> position;
  for (std::size_t i = 0; i < declaration.tasks.size(); ++i) position.emplace(declaration.tasks[i].name, i);
  const std::string prefix = full_name(declaration.server, "");
  std::vector<std::vector<std::size_t>> edges(declaration.tasks.size());
  for (std::size_t i = 0; i < edges.size(); ++i)
    for (const auto& upstream : declaration.tasks[i].upstream) {
      if (!upstream.task.starts_with(prefix)) continue;
      const auto found = position.find(std::string_view(upstream.task).substr(prefix.size()));
      if (found != position.end() && found->second != i) edges[i].push_back(found->second);
    }
  return edges;
}

}  // namespace

std::vector<std::vector<std::string>> cycles(const Declaration& declaration, std::size_t count_max) {
  std::vector<std::vector<std::string>> found;
  const auto edges = inner_edges(declaration);
  std::vector<Mark> marks(edges.size(), Mark::fresh);
  std::vector<Visit> open;
  const auto close_cycle = [&](std::size_t target) {
    std::vector<std::string> cycle{declaration.tasks[target].name};
    for (auto visit = open.rbegin(); visit->task != target; ++visit)
      cycle.push_back(declaration.tasks[visit->task].name);
    cycle.push_back(declaration.tasks[target].name);  // walked downstream, so it reads in the order of execution
    found.push_back(std::move(cycle));
  };
  for (std::size_t root = 0; root < edges.size() && found.size() < count_max; ++root) {
    if (marks[root] != Mark::fresh) continue;
    open.push_back({root});
    marks[root] = Mark::open;
    while (!open.empty() && found.size() < count_max) {
      Visit& visit = open.back();
      if (visit.next_upstream == edges[visit.task].size()) {
        marks[visit.task] = Mark::done;
        open.pop_back();
        continue;
      }
      const std::size_t target = edges[visit.task][visit.next_upstream++];
      if (marks[target] == Mark::open) close_cycle(target);
      if (marks[target] != Mark::fresh) continue;
      marks[target] = Mark::open;
      open.push_back({target});
    }
    open.clear();
  }
  return found;
}

}  // namespace cordyna::model
