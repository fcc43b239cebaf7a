// Cycles among the tasks of one declaration, by depth-first search with its own stack: a chain of 100,000 tasks is
// normal.

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "model/names.h"
#include "model/validate.h"

namespace cordyna::model {
namespace {

enum class Mark : unsigned char { fresh, open, done };

struct Visit {
  std::size_t task;
  std::size_t next_edge;
};

// Position of each upstream that is a task of the declaration itself; those of task i from first[i] to first[i + 1].
struct InnerEdges {
  std::vector<std::size_t> first, upstream;
};

InnerEdges inner_edges(const Declaration& declaration) {
  std::unordered_map<std::string_view, std::size_t> position;  // looked up only
  position.reserve(declaration.tasks.size());
  for (std::size_t i = 0; i < declaration.tasks.size(); ++i) position.emplace(declaration.tasks[i].name, i);
  const std::string prefix = full_name(declaration.server, "");
  InnerEdges edges;
  for (std::size_t i = 0; i < declaration.tasks.size(); ++i) {
    edges.first.push_back(edges.upstream.size());
    for (const auto& upstream : declaration.tasks[i].upstream) {
      if (!upstream.task.starts_with(prefix)) continue;
      const auto found = position.find(std::string_view(upstream.task).substr(prefix.size()));
      if (found != position.end() && found->second != i) edges.upstream.push_back(found->second);
    }
  }
  edges.first.push_back(edges.upstream.size());
  return edges;
}

}  // namespace

std::vector<std::vector<std::string>> cycles(const Declaration& declaration, std::size_t count_max) {
  std::vector<std::vector<std::string>> found;
  const auto edges = inner_edges(declaration);
  std::vector<Mark> marks(declaration.tasks.size(), Mark::fresh);
  std::vector<Visit> open;
  const auto close_cycle = [&](std::size_t target) {
    std::vector<std::string> cycle{declaration.tasks[target].name};
    for (auto visit = open.rbegin(); visit->task != target; ++visit)
      cycle.push_back(declaration.tasks[visit->task].name);
    cycle.push_back(declaration.tasks[target].name);  // walked downstream, so it reads in the order of execution
    found.push_back(std::move(cycle));
  };
  for (std::size_t root = 0; root < marks.size() && found.size() < count_max; ++root) {
    if (marks[root] != Mark::fresh) continue;
    open.push_back({root, edges.first[root]});
    marks[root] = Mark::open;
    while (!open.empty() && found.size() < count_max) {
      Visit& visit = open.back();
      if (visit.next_edge == edges.first[visit.task + 1]) {
        marks[visit.task] = Mark::done;
        open.pop_back();
        continue;
      }
      const std::size_t target = edges.upstream[visit.next_edge++];
      if (marks[target] == Mark::open) close_cycle(target);
      if (marks[target] != Mark::fresh) continue;
      marks[target] = Mark::open;
      open.push_back({target, edges.first[target]});
    }
    open.clear();
  }
  return found;
}

}  // namespace cordyna::model
