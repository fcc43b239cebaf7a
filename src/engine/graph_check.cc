// What a declaration would do to the graph, without taking it: whose name it is, which cycle it closes, what it needs
// that nobody declares. Everything is asked of the change alone; what has not changed was asked before.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/limits.h"
#include "engine/graph.h"

namespace cordyna::engine {
namespace {

/// An edge of a task that the declaration adds or changes.
struct NewEdge {
  static constexpr std::uint32_t nowhere = UINT32_MAX;
  std::uint32_t from = nowhere;  // a node; `nowhere`: a name that nobody has used yet
  std::uint32_t to = 0;          // a node
  std::uint32_t position = 0;    // of the task in the declaration
  std::uint32_t edge = 0;        // of its upstream entries
};

/// The graph as it would be with the declaration. Nodes beyond the known tasks are the declaration's new ones. Names
/// are looked up here, once, and nowhere else.
class Preview {
 public:
  Preview(const State& state, const model::Declaration& declaration, const model::DeclarationChange& change)
      : state_(state), declaration_(declaration), prefix_(declaration.server + '/') {
    for (const std::uint32_t position : change.removed)
      removed_.push_back(state.find_task(prefix_ + change.before->tasks[position].name)->value);
    std::sort(removed_.begin(), removed_.end());
    std::vector<std::uint32_t> nodes;
    nodes.reserve(change.order.size());
    own_.reserve(change.order.size());
    std::string full = prefix_;
    for (const std::uint32_t position : change.order) {
      const std::string& name = declaration.tasks[position].name;
      full.replace(prefix_.size(), std::string::npos, name);
      const auto known = state.find_task(full);
      nodes.push_back(known ? known->value : static_cast<std::uint32_t>(state.tasks.size() + new_positions_.size()));
      if (!known) new_positions_.push_back(position);
      if (known) changed_.insert(known->value);
      own_.emplace(name, nodes.back());
    }
    for (std::size_t i = 0; i < nodes.size(); ++i) add_edges(nodes[i], change.order[i]);
  }

  const State& state() const { return state_; }
  const std::vector<NewEdge>& edges() const { return edges_; }
  const std::vector<std::uint32_t>& removed() const { return removed_; }
  /// A known task that is gone, or whose edges are other ones.
  bool is_replaced(std::uint32_t node) const { return is_removed(node) || changed_.contains(node); }
  bool is_declared(std::uint32_t node) const {
    if (node == NewEdge::nowhere || is_removed(node)) return false;
    return node >= state_.tasks.size() || state_.tasks[node].declared() || changed_.contains(node);
  }
  std::string name_of(std::uint32_t node) const {
    if (node < state_.tasks.size()) return state_.tasks[node].name;
    return prefix_ + declaration_.tasks[new_positions_[node - state_.tasks.size()]].name;
  }
  std::uint64_t order(std::uint32_t node) const {
    return node < state_.tasks.size() ? state_.tasks[node].order : std::uint64_t{state_.order_last} + 1 + node;
  }

 private:
  bool is_removed(std::uint32_t node) const { return std::binary_search(removed_.begin(), removed_.end(), node); }
  std::uint32_t node_of(const std::string& name) const {
    if (name.starts_with(prefix_))
      if (const auto own = own_.find(std::string_view(name).substr(prefix_.size())); own != own_.end())
        return own->second;
    const auto known = state_.find_task(name);
    return known ? known->value : NewEdge::nowhere;
  }
  void add_edges(std::uint32_t to, std::uint32_t position) {
    const auto& upstream = declaration_.tasks[position].upstream;
    for (std::uint32_t edge = 0; edge < upstream.size(); ++edge)
      edges_.push_back({node_of(upstream[edge].task), to, position, edge});
  }

  const State& state_;
  const model::Declaration& declaration_;
  const std::string prefix_;
  std::unordered_map<std::string_view, std::uint32_t> own_;  // added and changed, by short name; looked up only
  std::unordered_set<std::uint32_t> changed_;                // known tasks; looked up only
  std::vector<std::uint32_t> removed_;                       // sorted
  std::vector<std::uint32_t> new_positions_;
  std::vector<NewEdge> edges_;
};

/// Looks for a cycle inside the window of the order that the edges against it span.
class CycleSearch {
 public:
  explicit CycleSearch(const Preview& preview) : preview_(preview) {
    for (const NewEdge& edge : preview.edges()) {
      if (edge.from == NewEdge::nowhere || preview.order(edge.from) < preview.order(edge.to)) continue;
      backward_.emplace_back(edge.from, edge.to);
      window_end_ = std::max(window_end_, preview.order(edge.from));
    }
    if (backward_.empty()) return;
    for (const NewEdge& edge : preview.edges())
      if (edge.from != NewEdge::nowhere) edges_.emplace_back(edge.from, edge.to);
    std::sort(edges_.begin(), edges_.end());
  }

  /// The nodes of one cycle in order, empty when there is none.
  std::vector<std::string> cycle() {
    std::vector<std::string> path;
    for (const auto& [from, to] : backward_) {
      if (visited_.contains(to)) continue;
      path = search(to);
      if (!path.empty()) break;
    }
    return path;
  }

 private:
  void successors(std::uint32_t node, std::vector<std::uint32_t>& out) const {
    out.clear();
    const State& state = preview_.state();
    if (node < state.tasks.size())
      for (const TaskIndex follower : state.tasks[node].downstream)
        if (!preview_.is_replaced(follower.value)) out.push_back(follower.value);
    for (auto edge = std::lower_bound(edges_.begin(), edges_.end(), std::pair(node, 0U));
         edge != edges_.end() && edge->first == node; ++edge)
      out.push_back(edge->second);
    std::erase_if(out, [this](std::uint32_t next) { return preview_.order(next) > window_end_; });
  }

  /// Depth first with an explicit stack; a node met again on its own path closes a cycle.
  std::vector<std::string> search(std::uint32_t start) {
    struct Level {
      std::uint32_t node;
      std::vector<std::uint32_t> successors;
      std::size_t next = 0;
    };
    std::vector<Level> stack;
    const auto enter = [&](std::uint32_t node) {
      visited_.insert(node);
      on_path_.insert(node);
      stack.push_back({node, {}, 0});
      successors(node, stack.back().successors);
    };
    enter(start);
    while (!stack.empty()) {
      Level& level = stack.back();
      if (level.next == level.successors.size()) {
        on_path_.erase(level.node);
        stack.pop_back();
        continue;
      }
      const std::uint32_t next = level.successors[level.next++];
      if (on_path_.contains(next)) {
        std::vector<std::string> path;
        auto from = std::find_if(stack.begin(), stack.end(), [next](const Level& one) { return one.node == next; });
        for (; from != stack.end(); ++from) path.push_back(preview_.name_of(from->node));
        return path;
      }
      if (!visited_.contains(next)) enter(next);
    }
    return {};
  }

  const Preview& preview_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> backward_;  // new edges against the present order
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges_;     // all new ones, from -> to, sorted
  std::uint64_t window_end_ = 0;
  std::unordered_set<std::uint32_t> visited_, on_path_;  // looked up only
};

/// Where the declaration has an edge of the cycle, each of whose names is followed by what needs it.
std::string place_of_edge(const model::Declaration& declaration, const std::vector<std::string>& cycle) {
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    const std::string& to = cycle[(i + 1) % cycle.size()];
    if (!to.starts_with(declaration.server + '/')) continue;
    const auto position = model::position_in(declaration, short_name(to));
    if (!position) continue;
    const auto& upstream = declaration.tasks[*position].upstream;
    for (std::size_t k = 0; k < upstream.size(); ++k)
      if (upstream[k].task == cycle[i])
        return "tasks." + std::string(short_name(to)) + ".upstream[" + std::to_string(k) + ']';
  }
  return "tasks";
}

/// An edge of the declaration to what nobody declares; sorted as the declaration is.
struct Unresolved {
  std::string_view task;
  std::uint32_t edge = 0;
  std::string_view upstream;
  auto operator<=>(const Unresolved&) const = default;
};

/// Cost: the change, the followers of what is removed, and what the server has unresolved.
std::vector<Unresolved> unresolved_edges(const Preview& preview, const model::Declaration& declaration) {
  const State& state = preview.state();
  std::vector<Unresolved> found;
  for (const NewEdge& edge : preview.edges()) {
    const model::TaskDeclaration& task = declaration.tasks[edge.position];
    if (!preview.is_declared(edge.from)) found.push_back({task.name, edge.edge, task.upstream[edge.edge].task});
  }
  const auto add_kept = [&](TaskIndex index, std::uint32_t edge) {
    const Task& task = state.task(index);
    if (!preview.is_replaced(index.value) && !preview.is_declared(task.upstream[edge].value))
      found.push_back({short_name(task.name), edge, state.task(task.upstream[edge]).name});
  };
  const auto server = state.server_by_name.find(declaration.server);
  if (server == state.server_by_name.end()) return found;
  for (const auto& [task, edge] : state.server(server->second).unresolved) add_kept(task, edge);
  for (const std::uint32_t removed : preview.removed())
    for (const TaskIndex follower : state.tasks[removed].downstream) {
      const Task& task = state.task(follower);
      if (task.server != server->second) continue;
      for (std::uint32_t edge = 0; edge < task.upstream.size(); ++edge)
        if (task.upstream[edge].value == removed) add_kept(follower, edge);
    }
  std::sort(found.begin(), found.end());
  return found;
}

void add_unresolved(const std::vector<Unresolved>& all, model::Findings& findings) {
  const std::size_t shown = std::min(all.size(), base::limits::findings_max);
  for (std::size_t i = 0; i < shown; ++i)
    findings.push_back({"tasks." + std::string(all[i].task) + ".upstream[" + std::to_string(all[i].edge) + "]",
                        "unresolved", "nobody has declared \"" + std::string(all[i].upstream) + "\" yet",
                        "nothing, if its server is still to come; else correct the name", model::Severity::warning});
  if (shown < all.size())
    findings.push_back({"tasks", "unresolved",
                        std::to_string(all.size() - shown) + " more upstream entries name what nobody has declared yet",
                        "nothing, if their servers are still to come", model::Severity::warning});
}

}  // namespace

std::shared_ptr<const model::Declaration> current_declaration(const State& state, const std::string& server) {
  const auto found = state.server_by_name.find(server);
  return found == state.server_by_name.end() ? nullptr : state.server(found->second).block;
}

void fit_declaration(const State& state, model::ServerDeclared& event) {
  auto next = model::succeed(current_declaration(state, event.server), std::move(event.declaration));
  event.declaration = std::move(next.declaration);
  event.change = std::move(next.change);
}

model::Findings graph_findings(const State& state, const model::Declaration& declaration,
                               const model::DeclarationChange& change) {
  model::Findings findings;
  const auto server = state.server_by_name.find(declaration.server);
  if (server != state.server_by_name.end()) {
    const Server& known = state.server(server->second);
    if (known.block && known.team != declaration.team)
      findings.push_back({"server", "server_taken",
                          "server \"" + declaration.server + "\" belongs to team \"" + known.team + "\", not to \"" +
                              declaration.team + "\"",
                          "choose another server name, or have the server transferred: dyna transfer " +
                              declaration.server + " --to " + declaration.team});
  }
  const Preview preview(state, declaration, change);
  if (const auto path = CycleSearch(preview).cycle(); !path.empty()) {
    std::string text;
    for (const std::string& name : path) text += name + " -> ";
    findings.push_back({place_of_edge(declaration, path), "cycle",
                        "these tasks would wait for each other: " + text + path.front(),
                        "remove one of these upstream edges"});
  }
  add_unresolved(unresolved_edges(preview, declaration), findings);
  return findings;
}

}  // namespace cordyna::engine
