#include "engine/graph.h"

#include <algorithm>
#include <span>
#include <unordered_set>

#include "base/check.h"

namespace cordyna::engine {

std::string_view short_name(std::string_view full_name) {
  return full_name.substr(full_name.find('/') + 1);
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

/// The edges by which `index` needs `upstream`.
template <class Use>
void each_edge_to(const State& state, TaskIndex index, TaskIndex upstream, Use use) {
  const std::vector<TaskIndex>& all = state.task(index).upstream;
  for (std::uint32_t edge = 0; edge < all.size(); ++edge)
    if (all[edge] == upstream) use(std::pair(index, edge));
}

void disconnect(State& state, TaskIndex index) {
  Task& task = state.task(index);
  for (const TaskIndex upstream : task.upstream) {
    auto& list = state.task(upstream).downstream;
    const auto found = std::lower_bound(list.begin(), list.end(), index);
    if (found != list.end() && *found == index) list.erase(found);
  }
  task.upstream.clear();
  auto& unresolved = state.server(task.server).unresolved;
  unresolved.erase(unresolved.lower_bound({index, 0}), unresolved.upper_bound({index, UINT32_MAX}));
}

/// Whoever needs the task is told whether somebody declares it now.
void resolve(State& state, TaskIndex index, bool declared) {
  for (const TaskIndex follower : state.task(index).downstream)
    each_edge_to(state, follower, index, [&](const UnresolvedEdge& edge) {
      auto& unresolved = state.server(state.task(follower).server).unresolved;
      declared ? (void)unresolved.erase(edge) : (void)unresolved.insert(edge);
    });
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
  if (!task.rare || task.rare->timers.empty()) return;
  std::vector<Timer> kept;
  for (Timer& timer : task.rare->timers) {
    if (timer.next) state.timers.erase({*timer.next, index});
    if (!task.declared()) continue;
    const auto& when = task.declaration().when;
    const auto found = std::find(when.begin(), when.end(), timer.rule);
    if (found == when.end()) continue;
    timer.trigger = static_cast<std::uint32_t>(found - when.begin());
    kept.push_back(std::move(timer));
  }
  task.rare->timers = std::move(kept);
  for (const Timer& timer : task.rare->timers)
    if (timer.next) state.timers.insert({*timer.next, index});
}

void undeclare(State& state, TaskIndex index) {
  index_event_triggers(state, index, false);
  disconnect(state, index);
  Task& task = state.task(index);
  task.definition = nullptr;
  resolve(state, index, false);
  if (!task.detail().waiting.empty()) task.detail_to_change().waiting.clear();
  keep_timers(state, index);
}

void define(State& state, TaskIndex index, model::TaskList::Shared definition, Seq seq) {
  index_event_triggers(state, index, false);
  disconnect(state, index);
  Task& task = state.task(index);
  const bool is_new = !task.declared();
  task.definition = std::move(definition);
  task.declared_seq = seq;
  if (is_new) resolve(state, index, true);
}

void connect(State& state, TaskIndex index, std::span<const TaskIndex> upstream) {
  Task& task = state.task(index);
  task.upstream.reserve(upstream.size());
  for (std::uint32_t edge = 0; edge < upstream.size(); ++edge) {
    Task& one = state.task(upstream[edge]);
    const auto place = std::lower_bound(one.downstream.begin(), one.downstream.end(), index);
    if (place == one.downstream.end() || *place != index) one.downstream.insert(place, index);
    if (!one.declared()) state.server(task.server).unresolved.emplace(index, edge);
    task.upstream.push_back(upstream[edge]);
    repair_order(state, upstream[edge], index);  // each by itself: the repair takes all other edges to be in order
  }
}

}  // namespace

TaskIndex name_task(State& state, const std::string& name) {
  if (const auto known = state.find_task(name)) return *known;
  const TaskIndex next{static_cast<std::uint32_t>(state.tasks.size())};
  state.task_by_name.add(name, next.value);
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

void adopt_declaration(State& state, ServerIndex server, std::shared_ptr<const model::Declaration> declaration,
                       const model::DeclarationChange& change, Seq seq) {
  base::check(change.before == state.server(server).block);
  for (const std::uint32_t position : change.removed)
    undeclare(state, *state.find_task(change.before->server + '/' + change.before->tasks[position].name));
  // Names first, upstreams before what needs them, so that few edges run against the order.
  std::vector<TaskIndex> upstream, own;
  own.reserve(change.order.size());
  std::string name = declaration->server + '/';
  for (const std::uint32_t position : change.order) {
    const model::TaskDeclaration& task = declaration->tasks[position];
    for (const model::Upstream& one : task.upstream) upstream.push_back(name_task(state, one.task));
    name.replace(declaration->server.size() + 1, std::string::npos, task.name);
    own.push_back(name_task(state, name));
  }
  // All that changed lose their old edges before any gets a new one: in between there is no cycle either.
  for (std::size_t i = 0; i < own.size(); ++i) define(state, own[i], declaration->tasks.shared()[change.order[i]], seq);
  std::span<const TaskIndex> rest = upstream;
  for (std::size_t i = 0; i < own.size(); ++i) {
    const std::size_t count = declaration->tasks[change.order[i]].upstream.size();
    connect(state, own[i], rest.first(count));
    rest = rest.subspan(count);
    index_event_triggers(state, own[i], true);
    keep_timers(state, own[i]);
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
