#include "engine/graph.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/check.h"
#include "base/limits.h"

namespace cordyna::engine {

std::string_view short_name(std::string_view full_name) {
  return full_name.substr(full_name.find('/') + 1);
}

std::optional<std::uint32_t> position_in(const model::Declaration& declaration, std::string_view task) {
  const auto& tasks = declaration.tasks;
  const auto found =
      std::lower_bound(tasks.begin(), tasks.end(), task,
                       [](const model::TaskDeclaration& one, std::string_view name) { return one.name < name; });
  if (found == tasks.end() || found->name != task) return std::nullopt;
  return static_cast<std::uint32_t>(found - tasks.begin());
}

bool has_upstream_trigger(const model::TaskDeclaration& task) {
  return std::any_of(task.when.begin(), task.when.end(), [](const model::Trigger& trigger) {
    return std::holds_alternative<model::UpstreamTrigger>(trigger);
  });
}

bool has_own_trigger(const model::TaskDeclaration& task) {
  return std::any_of(task.when.begin(), task.when.end(), [](const model::Trigger& trigger) {
    return !std::holds_alternative<model::UpstreamTrigger>(trigger) &&
           !std::holds_alternative<model::ManualTrigger>(trigger);
  });
}

bool joins_on_any(const model::TaskDeclaration& task) {
  return std::any_of(task.when.begin(), task.when.end(), [](const model::Trigger& trigger) {
    const auto* upstream = std::get_if<model::UpstreamTrigger>(&trigger);
    return upstream != nullptr && upstream->any;
  });
}

namespace {

/// The declaration's own tasks so that upstreams come before what needs them; a task that is on a cycle comes last.
std::vector<std::uint32_t> topological(const model::Declaration& declaration) {
  const auto& tasks = declaration.tasks;
  std::vector<std::uint32_t> missing(tasks.size(), 0), order;
  std::vector<std::vector<std::uint32_t>> needed_by(tasks.size());
  const std::string prefix = declaration.server + '/';
  for (std::uint32_t i = 0; i < tasks.size(); ++i)
    for (const model::Upstream& upstream : tasks[i].upstream)
      if (upstream.task.starts_with(prefix))
        if (const auto own = position_in(declaration, short_name(upstream.task))) {
          needed_by[*own].push_back(i);
          ++missing[i];
        }
  for (std::uint32_t i = 0; i < tasks.size(); ++i)
    if (missing[i] == 0) order.push_back(i);
  for (std::size_t next = 0; next < order.size(); ++next)
    for (const std::uint32_t follower : needed_by[order[next]])
      if (--missing[follower] == 0) order.push_back(follower);
  for (std::uint32_t i = 0; i < tasks.size(); ++i)
    if (missing[i] != 0) order.push_back(i);
  return order;
}

/// The graph as it would be with the declaration, seen from the nodes inside one window of the order. Nodes beyond the
/// known tasks are the declaration's new ones.
class CycleSearch {
 public:
  CycleSearch(const State& state, const model::Declaration& declaration) : state_(state), declaration_(declaration) {
    const auto server = state.server_by_name.find(declaration.server);
    if (server != state.server_by_name.end()) server_ = server->second;
    node_of_.resize(declaration.tasks.size());
    std::uint32_t next = static_cast<std::uint32_t>(state.tasks.size());
    for (const std::uint32_t position : topological(declaration)) {
      const auto known = state.find_task(name(position));
      node_of_[position] = known ? known->value : next++;
      if (!known) new_positions_.push_back(position);
    }
    for (std::uint32_t position = 0; position < node_of_.size(); ++position) add_edges(position);
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
  std::string name(std::uint32_t position) const {
    return declaration_.server + '/' + declaration_.tasks[position].name;
  }
  std::string name_of_node(std::uint32_t node) const {
    if (node < state_.tasks.size()) return state_.tasks[node].name;
    return name(new_positions_[node - state_.tasks.size()]);
  }
  std::uint64_t order(std::uint32_t node) const {
    return node < state_.tasks.size() ? state_.tasks[node].order : std::uint64_t{state_.order_last} + 1 + node;
  }

  void add_edges(std::uint32_t position) {
    const std::uint32_t to = node_of_[position];
    for (const model::Upstream& upstream : declaration_.tasks[position].upstream) {
      std::optional<std::uint32_t> from;
      if (const auto known = state_.find_task(upstream.task)) {
        from = known->value;
      } else if (upstream.task.starts_with(declaration_.server + '/')) {
        if (const auto own = position_in(declaration_, short_name(upstream.task))) from = node_of_[*own];
      }
      if (!from) continue;  // unknown: nothing can lead to it
      new_edges_[*from].push_back(to);
      if (order(*from) < order(to)) continue;
      backward_.emplace_back(*from, to);
      window_end_ = std::max(window_end_, order(*from));
    }
  }

  void successors(std::uint32_t node, std::vector<std::uint32_t>& out) const {
    out.clear();
    if (node < state_.tasks.size())
      for (const TaskIndex follower : state_.tasks[node].downstream)
        if (!server_ || state_.task(follower).server != *server_) out.push_back(follower.value);
    if (const auto found = new_edges_.find(node); found != new_edges_.end())
      out.insert(out.end(), found->second.begin(), found->second.end());
    std::erase_if(out, [this](std::uint32_t next) { return order(next) > window_end_; });
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
        for (; from != stack.end(); ++from) path.push_back(name_of_node(from->node));
        return path;
      }
      if (!visited_.contains(next)) enter(next);
    }
    return {};
  }

  const State& state_;
  const model::Declaration& declaration_;
  std::optional<ServerIndex> server_;
  std::vector<std::uint32_t> node_of_, new_positions_;
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> new_edges_;  // looked up only
  std::vector<std::pair<std::uint32_t, std::uint32_t>> backward_;            // edges against the present order
  std::uint64_t window_end_ = 0;
  std::unordered_set<std::uint32_t> visited_, on_path_;  // looked up only
};

void disconnect(State& state, TaskIndex index) {
  Task& task = state.task(index);
  for (const TaskIndex upstream : task.upstream) {
    auto& list = state.task(upstream).downstream;
    const auto found = std::lower_bound(list.begin(), list.end(), index);
    if (found != list.end() && *found == index) list.erase(found);
  }
  task.upstream.clear();
}

/// Pearce and Kelly: gives the nodes between `to` and `from` that the edge from -> to touches new places among their
/// own.
void repair_order(State& state, TaskIndex from, TaskIndex to) {
  const std::uint32_t low = state.task(to).order, high = state.task(from).order;
  if (high < low) return;
  const auto by_order = [&state](TaskIndex a, TaskIndex b) { return state.task(a).order < state.task(b).order; };
  const auto reach = [&](TaskIndex start, bool forward) {
    std::vector<TaskIndex> found{start};
    std::unordered_set<std::uint32_t> seen{start.value};
    for (std::size_t next = 0; next < found.size(); ++next) {
      const Task& task = state.task(found[next]);
      for (const TaskIndex one : forward ? task.downstream : task.upstream) {
        const std::uint32_t order = state.task(one).order;
        if (order >= low && order <= high && seen.insert(one.value).second) found.push_back(one);
      }
    }
    std::sort(found.begin(), found.end(), by_order);
    return found;
  };
  std::vector<TaskIndex> moved = reach(from, false);
  const std::vector<TaskIndex> after = reach(to, true);
  moved.insert(moved.end(), after.begin(), after.end());
  std::vector<std::uint32_t> places;
  for (const TaskIndex one : moved) places.push_back(state.task(one).order);
  std::sort(places.begin(), places.end());
  for (std::size_t i = 0; i < moved.size(); ++i) state.task(moved[i]).order = places[i];
}

std::string literal_prefix(const std::string& glob) {
  return glob.substr(0, glob.find('*'));
}

}  // namespace

void index_event_triggers(State& state, TaskIndex index, bool add) {
  const Task& task = state.task(index);
  if (!task.declared()) return;
  const auto& when = task.declaration().when;
  for (std::uint32_t i = 0; i < when.size(); ++i) {
    const auto* event = std::get_if<model::EventTrigger>(&when[i]);
    if (event == nullptr) continue;
    const std::string prefix = literal_prefix(event->type);
    auto& list = state.event_triggers[prefix];
    const std::pair entry(index, i);
    if (add) {
      list.insert(std::lower_bound(list.begin(), list.end(), entry), entry);
    } else {
      std::erase(list, entry);
      if (list.empty()) state.event_triggers.erase(prefix);
    }
  }
}

namespace {

/// Keeps the timers whose trigger is still declared (at its new place), drops the others.
void keep_timers(State& state, TaskIndex index) {
  Task& task = state.task(index);
  std::vector<Timer> kept;
  for (Timer& timer : task.timers) {
    if (timer.next) state.timers.erase({*timer.next, index});
    if (!task.declared()) continue;
    const auto& when = task.declaration().when;
    const auto found = std::find(when.begin(), when.end(), timer.rule);
    if (found == when.end()) continue;
    timer.trigger = static_cast<std::uint32_t>(found - when.begin());
    kept.push_back(std::move(timer));
  }
  task.timers = std::move(kept);
  for (const Timer& timer : task.timers)
    if (timer.next) state.timers.insert({*timer.next, index});
}

void undeclare(State& state, TaskIndex index) {
  index_event_triggers(state, index, false);
  disconnect(state, index);
  Task& task = state.task(index);
  task.block = nullptr;
  task.position = 0;
  task.waiting.clear();
  keep_timers(state, index);
}

void connect(State& state, TaskIndex index) {
  const auto& upstream = state.task(index).declaration().upstream;
  std::vector<TaskIndex> indices;
  for (const model::Upstream& one : upstream) indices.push_back(name_task(state, one.task));
  state.task(index).upstream = indices;
  for (const TaskIndex one : indices) {
    auto& list = state.task(one).downstream;
    const auto place = std::lower_bound(list.begin(), list.end(), index);
    if (place == list.end() || *place != index) list.insert(place, index);
  }
  for (const TaskIndex one : indices) repair_order(state, one, index);
}

/// Where the declaration has an edge of the cycle, each of whose names is followed by what needs it.
std::string place_of_edge(const model::Declaration& declaration, const std::vector<std::string>& cycle) {
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    const std::string& to = cycle[(i + 1) % cycle.size()];
    if (!to.starts_with(declaration.server + '/')) continue;
    const auto position = position_in(declaration, short_name(to));
    if (!position) continue;
    const auto& upstream = declaration.tasks[*position].upstream;
    for (std::size_t k = 0; k < upstream.size(); ++k)
      if (upstream[k].task == cycle[i])
        return "tasks." + std::string(short_name(to)) + ".upstream[" + std::to_string(k) + ']';
  }
  return "tasks";
}

}  // namespace

model::Findings graph_findings(const State& state, const model::Declaration& declaration) {
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
  if (const auto path = CycleSearch(state, declaration).cycle(); !path.empty()) {
    std::string text;
    for (const std::string& name : path) text += name + " -> ";
    findings.push_back({place_of_edge(declaration, path), "cycle",
                        "these tasks would wait for each other: " + text + path.front(),
                        "remove one of these upstream edges"});
  }
  for (const model::TaskDeclaration& task : declaration.tasks)
    for (std::size_t i = 0; i < task.upstream.size(); ++i) {
      const std::string& name = task.upstream[i].task;
      const auto known = state.find_task(name);
      const bool own = name.starts_with(declaration.server + '/');
      const bool declared =
          own ? position_in(declaration, short_name(name)).has_value() : known && state.task(*known).declared();
      if (!declared)
        findings.push_back({"tasks." + task.name + ".upstream[" + std::to_string(i) + "]", "unresolved",
                            "nobody has declared \"" + name + "\" yet",
                            "nothing, if its server is still to come; else correct the name",
                            model::Severity::warning});
    }
  return findings;
}

TaskIndex name_task(State& state, const std::string& name) {
  const TaskIndex next{static_cast<std::uint32_t>(state.tasks.size())};
  const auto [found, added] = state.task_by_name.try_emplace(name, next);
  if (!added) return found->second;
  Task& task = state.tasks.emplace_back();
  task.name = name;
  task.order = ++state.order_last;
  task.server = name_server(state, name.substr(0, name.find('/')));
  return next;
}

ServerIndex name_server(State& state, const std::string& name) {
  const ServerIndex next{static_cast<std::uint32_t>(state.servers.size())};
  const auto [found, added] = state.server_by_name.try_emplace(name, next);
  if (added) state.servers.emplace_back().name = name;
  return found->second;
}

DeclarationDifference difference(const State& state, const model::Declaration& declaration) {
  DeclarationDifference found;
  const auto server = state.server_by_name.find(declaration.server);
  const model::Declaration* old =
      server == state.server_by_name.end() ? nullptr : state.server(server->second).block.get();
  if (old != nullptr)
    for (const model::TaskDeclaration& task : old->tasks)
      if (!position_in(declaration, task.name)) found.removed.push_back(task.name);
  for (const model::TaskDeclaration& task : declaration.tasks) {
    const auto before = old == nullptr ? std::nullopt : position_in(*old, task.name);
    if (!before)
      found.added.push_back(task.name);
    else if (!(old->tasks[*before] == task))
      found.changed.push_back(task.name);
  }
  return found;
}

void adopt_declaration(State& state, ServerIndex server, std::shared_ptr<const model::Declaration> declaration,
                       Seq seq) {
  const auto old = state.server(server).block;
  if (old)
    for (const model::TaskDeclaration& task : old->tasks)
      if (!position_in(*declaration, task.name)) undeclare(state, *state.find_task(old->server + '/' + task.name));
  // Names first, upstreams before what needs them, so that few edges run against the order.
  const std::vector<std::uint32_t> order = topological(*declaration);
  for (const std::uint32_t position : order) {
    for (const model::Upstream& upstream : declaration->tasks[position].upstream) name_task(state, upstream.task);
    name_task(state, declaration->server + '/' + declaration->tasks[position].name);
  }
  // All that changed lose their old edges before any gets a new one: in between there is no cycle either.
  std::vector<TaskIndex> changed;
  for (const std::uint32_t position : order) {
    const TaskIndex index = *state.find_task(declaration->server + '/' + declaration->tasks[position].name);
    Task& task = state.task(index);
    if (task.declared() && task.declaration() == declaration->tasks[position]) {
      task.block = declaration;
      task.position = position;
      continue;
    }
    index_event_triggers(state, index, false);
    disconnect(state, index);
    task.block = declaration;
    task.position = position;
    task.declared_seq = seq;
    changed.push_back(index);
  }
  for (const TaskIndex index : changed) {
    connect(state, index);
    index_event_triggers(state, index, true);
    keep_timers(state, index);
  }
  state.server(server).block = std::move(declaration);
  ++state.graph_revision;
}

void forget_declaration(State& state, ServerIndex server) {
  const auto old = state.server(server).block;
  if (!old) return;
  for (const model::TaskDeclaration& task : old->tasks)
    undeclare(state, *state.find_task(old->server + '/' + task.name));
  state.server(server).block = nullptr;
  ++state.graph_revision;
}

}  // namespace cordyna::engine
