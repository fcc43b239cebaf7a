#include "dyna/run_tree.h"

#include <limits>
#include <map>

namespace cordyna::dyna {
namespace {

constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

struct Nodes {
  std::vector<std::vector<std::size_t>> upstream, downstream;
  std::vector<std::size_t> depth, parent;
};

Nodes nodes_of(const Json& task_runs) {
  const std::size_t count = task_runs.size();
  Nodes nodes{std::vector<std::vector<std::size_t>>(count), std::vector<std::vector<std::size_t>>(count),
              std::vector<std::size_t>(count, 0), std::vector<std::size_t>(count, none)};
  std::map<std::string, std::size_t> index;
  for (std::size_t i = 0; i < count; ++i) index.emplace(text_at(task_runs[i], "task"), i);
  for (std::size_t i = 0; i < count; ++i) {
    for (const Json& edge : list_at(task_runs[i], "upstream")) {
      const auto found = index.find(text_at(edge, "task"));
      if (found == index.end() || found->second == i) continue;
      nodes.upstream[i].push_back(found->second);
      nodes.downstream[found->second].push_back(i);
    }
  }
  return nodes;
}

/// Depths and parents in the order in which tasks could run; what is on a cycle keeps no parent.
void place(Nodes& nodes) {
  std::vector<std::size_t> waiting, ready;
  for (std::size_t i = 0; i < nodes.upstream.size(); ++i) {
    waiting.push_back(nodes.upstream[i].size());
    if (waiting[i] == 0) ready.push_back(i);
  }
  for (std::size_t at = 0; at < ready.size(); ++at) {
    const std::size_t node = ready[at];
    for (const std::size_t up : nodes.upstream[node]) {
      if (nodes.parent[node] != none && nodes.depth[up] < nodes.depth[node]) continue;
      nodes.parent[node] = up;
      nodes.depth[node] = nodes.depth[up] + 1;
    }
    for (const std::size_t down : nodes.downstream[node])
      if (--waiting[down] == 0) ready.push_back(down);
  }
}

struct Open {
  std::size_t index;
  std::string branch, inner;
};

}  // namespace

std::vector<TreeRow> upstream_tree(const Json& task_runs, const Ink& ink) {
  Nodes nodes = nodes_of(task_runs);
  place(nodes);
  std::vector<std::vector<std::size_t>> children(task_runs.size());
  std::vector<Open> open;
  for (std::size_t i = task_runs.size(); i-- > 0;) {  // backwards: `open` is a stack
    if (nodes.parent[i] == none)
      open.push_back({i, "", ""});
    else
      children[nodes.parent[i]].push_back(i);
  }
  std::vector<TreeRow> rows;
  while (!open.empty()) {
    const Open node = std::move(open.back());
    open.pop_back();
    const auto& below = children[node.index];
    rows.push_back({node.index, node.branch, node.inner + (below.empty() || !ink.glyphs ? "  " : "│ ")});
    for (std::size_t i = 0; i < below.size(); ++i) {  // children are collected backwards too: the first one is the last
      const bool last = i == 0;
      const std::string branch = !ink.glyphs ? "  " : last ? "└─ " : "├─ ";
      const std::string inner = !ink.glyphs ? "  " : last ? "   " : "│  ";
      open.push_back({below[i], node.inner + branch, node.inner + inner});
    }
  }
  return rows;
}

}  // namespace cordyna::dyna
