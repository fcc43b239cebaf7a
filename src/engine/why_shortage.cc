// What a ready task-run would need and others have: a place in its own concurrency, a named limit, a slot.
#include <algorithm>

#include "engine/sending.h"
#include "engine/task_runs.h"
#include "engine/why.h"

namespace cordyna::engine {

namespace {

using Holders = std::vector<TaskRunRef>;

void add_invoked(const State& state, const std::vector<TaskRunRef>& live, Holders& holders) {
  for (const TaskRunRef at : live)
    if (model::is_invoked(task_run(state, at).state)) holders.push_back(at);
}

Holders of_same_task(const State& state, const Task& task) {
  Holders holders;
  if (task.history) add_invoked(state, task.history->live, holders);
  for (const auto& [scope, history] : task.detail().histories) add_invoked(state, history->live, holders);
  return holders;
}

Holders of_limit(const State& state, const Limit& limit) {
  Holders holders;
  for (const Seq token : limit.holders) holders.push_back(state.attempts.at(token));
  return holders;
}

Holders of_server(const State& state, const Server& server) {
  Holders holders;
  for (const InstanceIndex instance : server.instances)
    holders.insert(holders.end(), state.instance(instance).attempts.begin(), state.instance(instance).attempts.end());
  return holders;
}

bool any_takes_commands(const State& state, const Server& server) {
  return std::any_of(server.instances.begin(), server.instances.end(),
                     [&state](InstanceIndex one) { return state.instance(one).takes_commands(); });
}

/// Those that are likely to end first come first; of the others nobody can say.
Shortage sorted(const State& state, Shortage shortage, base::Time now) {
  shortage.count = shortage.holders.size();
  std::vector<std::pair<base::Time, TaskRunRef>> by_end;
  for (const TaskRunRef at : shortage.holders)
    by_end.emplace_back(expected_end(state, *state.run(at.run), at.position, now).value_or(base::Time::max()), at);
  const std::size_t kept = std::min(by_end.size(), waits_told_max);
  std::partial_sort(by_end.begin(), by_end.begin() + static_cast<std::ptrdiff_t>(kept), by_end.end(),
                    [](const auto& a, const auto& b) { return a.first < b.first; });
  shortage.holders.clear();
  for (std::size_t i = 0; i < kept; ++i) shortage.holders.push_back(by_end[i].second);
  return shortage;
}

}  // namespace

std::optional<Shortage> shortage(const State& state, const Run& run, std::uint32_t position, base::Time now) {
  const TaskRun& one = run.tasks[position];
  const TaskIndex index = run.planned(position).task;
  const Task& task = state.task(index);
  if (!one.ready || task.detail().paused) return std::nullopt;
  const ReadyKey key = ready_key(run, one, position);
  const model::Policy& policy = one.policy();
  if (policy.concurrency != 0 &&
      (task.detail().parked.holds(policy.concurrency, key) || task.invoked >= policy.concurrency))
    return sorted(state, {Shortage::Kind::concurrency, {}, of_same_task(state, task)}, now);
  for (const std::string& name : policy.limits) {
    const auto limit = state.limits.find(name);
    if (limit != state.limits.end() && limit->second.parked.holds(task.server.value, key))
      return sorted(state, {Shortage::Kind::limit, name, of_limit(state, limit->second)}, now);
  }
  const Server& server = state.server(task.server);
  if (state.regressed || !any_takes_commands(state, server) || place_task(state, index).credit) return std::nullopt;
  return sorted(state, {Shortage::Kind::slot, {}, of_server(state, server)}, now);
}

}  // namespace cordyna::engine
