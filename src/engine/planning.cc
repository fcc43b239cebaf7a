// Pull, push, share, edges: see planning.h. Plan::included is in order of discovery; positions are given at the end, by
// the graph's topological order.
#include "engine/planning.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "base/mutant.h"
#include "engine/graph.h"
#include "engine/task_runs.h"

namespace cordyna::engine {

using model::How;
using model::PlannedEdge;
using model::PlannedTask;
using model::Role;
using model::TaskState;

bool is_new(const State& state, TaskIndex task, const EdgeView& edge, const Setting& setting) {
  const Seq newest = newest_offer(state, edge, setting).taken.seq;
  if (newest == 0) return false;
  const History* own = own_history(state, task, setting);
  if (own == nullptr) return true;
  return newest > own->consumed.of(edge.upstream);
}

namespace {

EdgeView edge_view(const Task& task, std::size_t i) {
  return {task.upstream[i], &task.declaration().upstream[i]};
}

bool is_new_or_fresh(const State& state, TaskIndex task, const EdgeView& edge, const Setting& setting, base::Time now) {
  if (is_new(state, task, edge, setting)) return true;
  return edge.declared->within && is_fresh(last_offer(state, edge, setting), *edge.declared->within, now);
}

class Planner {
 public:
  Planner(const State& state, const Setting& setting, const PlanRequest& request, base::Time now)
      : state_(state), setting_(setting), request_(request), now_(now), freshness_(state, setting, now) {}

  model::RunPlan plan() {
    for (const TaskIndex target : request_.targets) include(target, request_.joined ? Role::follower : Role::target);
    if (!request_.only && request_.pull) pull();
    if (!request_.only && request_.followers) push();
    std::sort(included_.begin(), included_.end(),
              [this](const Entry& a, const Entry& b) { return state_.task(a.task).order < state_.task(b.task).order; });
    for (std::uint32_t i = 0; i < included_.size(); ++i) position_[included_[i].task.value] = i;
    share();
    return result();
  }

 private:
  struct Entry {
    TaskIndex task;
    Role role = Role::target;
    std::optional<TaskRunRef> shared_from;
    TaskState state = TaskState::pending;
    bool stands = false;  // an undeclared upstream, or a failure that is not repeated: nothing of it is walked
  };

  void include(TaskIndex task, Role role) {
    if (!position_.try_emplace(task.value, static_cast<std::uint32_t>(included_.size())).second) return;
    Entry entry;
    entry.task = task;
    entry.role = role;
    if (!state_.task(task).declared()) {
      entry.stands = true;
    } else if (role == Role::pulled && !request_.person && !request_.force) {
      if (const History::LastRun* failure = unrepeated_failure(task)) {
        entry.shared_from = failure->at;
        entry.state = failure->state;
        entry.stands = true;
      }
    }
    included_.push_back(entry);
  }

  /// The last task-run, when it failed and nothing came since that could make a difference.
  const History::LastRun* unrepeated_failure(TaskIndex index) const {
    const History* history = own_history(state_, index, setting_);
    if (history == nullptr || !history->last_run || !history->live.empty()) return nullptr;
    if (base::mutant("machines_repeat_failures")) return nullptr;
    const History::LastRun& last = *history->last_run;
    if (last.state != TaskState::error && last.state != TaskState::blocked) return nullptr;
    const Task& task = state_.task(index);
    if (task.declared_seq > last.created || task.detail().newest_event > last.created) return nullptr;
    if (task.detail().newest_due && *task.detail().newest_due > last.reach.until) return nullptr;
    for (std::size_t i = 0; i < task.upstream.size(); ++i) {
      const Seq newest = newest_offer(state_, edge_view(task, i), setting_).taken.seq;
      if (newest > history->last_taken.of(task.upstream[i])) return nullptr;
    }
    return &last;
  }

  void pull() {
    for (std::size_t next = 0; next < included_.size(); ++next) {
      if (included_[next].stands || request_.awaiting.contains(included_[next].task)) continue;
      const Task& task = state_.task(included_[next].task);
      for (std::size_t i = 0; i < task.upstream.size(); ++i) {
        const EdgeView edge = edge_view(task, i);
        if (!position_.contains(edge.upstream.value) && !freshness_.satisfied(edge))
          include(edge.upstream, Role::pulled);
      }
    }
  }

  void push() {
    for (std::size_t next = 0; next < included_.size(); ++next) {
      if (included_[next].stands && !base::mutant("old_failure_brings_followers")) continue;
      for (const TaskIndex follower : state_.task(included_[next].task).downstream)
        if (!position_.contains(follower.value) && follows(follower)) include(follower, Role::follower);
    }
  }

  bool follows(TaskIndex index) const {
    const Task& task = state_.task(index);
    if (!task.declared() || task.detail().paused || !has_upstream_trigger(task.declaration())) return false;
    if (is_live(state_, index, setting_)) return false;
    if (joins_on_any(task.declaration())) return true;
    for (std::size_t i = 0; i < task.upstream.size(); ++i)
      if (!runs(task.upstream[i]) && !is_new_or_fresh(state_, index, edge_view(task, i), setting_, now_)) return false;
    return true;
  }

  bool runs(TaskIndex task) const {
    const auto found = position_.find(task.value);
    return found != position_.end() && !included_[found->second].stands;
  }

  /// Upstreams first, so that it is known whether one of them runs anew.
  void share() {
    for (Entry& entry : included_) {
      if (entry.role == Role::follower || entry.stands) continue;
      const History* history = own_history(state_, entry.task, setting_);
      if (history == nullptr || history->live.empty() || runs_anew_above(entry.task)) continue;
      for (auto live = history->live.rbegin(); live != history->live.rend() && !entry.shared_from; ++live)
        if (can_share(entry.role, *live)) entry.shared_from = *live;
    }
  }

  bool runs_anew_above(TaskIndex task) const {
    for (const TaskIndex upstream : state_.task(task).upstream) {
      const auto found = position_.find(upstream.value);
      if (found == position_.end()) continue;
      const Entry& entry = included_[found->second];
      if (entry.role != Role::follower && !entry.shared_from) return true;  // also one that nobody declares: it blocks
    }
    return false;
  }

  bool can_share(Role role, TaskRunRef live) const {
    const Run& run = *state_.run(live.run);
    const TaskRun& one = run.tasks[live.position];
    if (run.cancel_requested || one.cancel_requested || base::mutant("never_shares")) return false;
    if (one.state == TaskState::pending) {
      const auto detail = run.details.find(live.position);
      const bool retry = detail != run.details.end() && detail->second.retry_at;
      if (retry || run.held || state_.task(run.planned(live.position).task).detail().paused) return false;
      if (one.need != Need::open) return false;
    }
    const model::Standing& theirs = run.head.standing;
    const model::Standing& ours = request_.standing;
    if (theirs == ours) return true;
    if (base::mutant("shares_older_work")) return true;
    if (role != Role::pulled) return false;
    if (ours.kind == model::Standing::Kind::nothing) return true;
    if (theirs.kind == model::Standing::Kind::nothing) return one.invoked_seq == 0 || ours.at <= one.invoked_at;
    return ours.at < theirs.at || (ours.at == theirs.at && ours.event <= theirs.event);
  }

  PlannedEdge edge_of(const Entry& entry, const EdgeView& edge) {
    PlannedEdge planned;
    planned.task = edge.upstream;
    planned.finished = edge.declared->require == model::Require::finished;
    if (const auto found = position_.find(edge.upstream.value); found != position_.end()) {
      planned.upstream = found->second;
      return planned;
    }
    const Offer last = last_offer(state_, edge, setting_);
    const bool fresh = edge.declared->within && is_fresh(last, *edge.declared->within, now_);
    if (request_.awaiting.contains(entry.task)) {
      planned.how = fresh ? How::within : How::awaited;
      if (fresh) planned.taken = last.taken;
      return planned;
    }
    // A follower runs on what made it ready; everything else on what stands for the newest instant.
    const bool newest = entry.role == Role::follower && is_new(state_, entry.task, edge, setting_);
    planned.taken = (newest ? newest_offer(state_, edge, setting_) : last).taken;
    planned.how = planned.taken.seq == 0 ? How::unsatisfied : fresh && !newest ? How::within : How::completion;
    return planned;
  }

  model::RunPlan result() {
    model::RunPlan plan;
    plan.tasks.reserve(included_.size());
    for (const Entry& entry : included_) {
      const Task& task = state_.task(entry.task);
      PlannedTask planned;
      planned.task = entry.task;
      planned.role = entry.role;
      planned.shared_from = entry.shared_from;
      planned.state = entry.state;
      planned.first_edge = static_cast<std::uint32_t>(plan.edges.size());
      if (task.declared()) {
        planned.any = joins_on_any(task.declaration());
        planned.check = task.policy().check && !request_.force && !entry.shared_from && !entry.stands;
        if (!entry.stands)
          for (std::size_t i = 0; i < task.upstream.size(); ++i)
            plan.edges.push_back(edge_of(entry, edge_view(task, i)));
      }
      planned.edge_count = static_cast<std::uint32_t>(plan.edges.size()) - planned.first_edge;
      plan.tasks.push_back(planned);
    }
    return plan;
  }

  const State& state_;
  const Setting& setting_;
  const PlanRequest& request_;
  base::Time now_;
  Freshness freshness_;
  std::vector<Entry> included_;
  std::unordered_map<std::uint32_t, std::uint32_t> position_;  // task -> place in included_; looked up only
};

}  // namespace

model::RunPlan plan(const State& state, const Setting& setting, const PlanRequest& request, base::Time now) {
  return Planner(state, setting, request, now).plan();
}

std::vector<std::shared_ptr<const model::RunPlan>> connected_parts(model::RunPlan plan) {
  std::vector<std::uint32_t> parent(plan.tasks.size());
  std::iota(parent.begin(), parent.end(), 0U);
  const auto root = [&parent](std::uint32_t at) {
    while (parent[at] != at) at = parent[at] = parent[parent[at]];
    return at;
  };
  for (std::uint32_t position = 0; position < plan.tasks.size(); ++position)
    for (std::uint32_t i = 0; i < plan.tasks[position].edge_count; ++i) {
      const PlannedEdge& edge = plan.edges[plan.tasks[position].first_edge + i];
      if (edge.how != How::in_run) continue;
      const std::uint32_t a = root(position), b = root(edge.upstream);
      parent[std::max(a, b)] = std::min(a, b);
    }
  std::vector<model::RunPlan> parts;
  std::vector<std::uint32_t> part_of(plan.tasks.size()), position_in_part(plan.tasks.size());
  for (std::uint32_t position = 0; position < plan.tasks.size(); ++position) {
    const std::uint32_t first = root(position);
    if (first == position) {
      part_of[position] = static_cast<std::uint32_t>(parts.size());
      parts.emplace_back();
    }
    model::RunPlan& part = parts[part_of[position] = part_of[first]];
    position_in_part[position] = static_cast<std::uint32_t>(part.tasks.size());
    PlannedTask task = plan.tasks[position];
    const std::uint32_t edges = task.first_edge;
    task.first_edge = static_cast<std::uint32_t>(part.edges.size());
    for (std::uint32_t i = 0; i < task.edge_count; ++i) {
      PlannedEdge edge = plan.edges[edges + i];
      if (edge.how == How::in_run) edge.upstream = position_in_part[edge.upstream];
      part.edges.push_back(edge);
    }
    part.tasks.push_back(task);
  }
  std::vector<std::shared_ptr<const model::RunPlan>> shared;
  for (model::RunPlan& part : parts) shared.push_back(std::make_shared<const model::RunPlan>(std::move(part)));
  return shared;
}

bool is_ready_to_join(const State& state, TaskIndex index, const Setting& setting, base::Time now) {
  const Task& task = state.task(index);
  if (!task.declared() || task.detail().paused || task.upstream.empty() || !has_upstream_trigger(task.declaration()))
    return false;
  if (is_live(state, index, setting)) return false;
  const History* own = own_history(state, index, setting);
  const bool any = joins_on_any(task.declaration()) && !base::mutant("any_waits_for_all");
  bool newer = false;
  for (std::size_t i = 0; i < task.upstream.size(); ++i) {
    const EdgeView edge = edge_view(task, i);
    const Seq took = own == nullptr ? 0 : own->last_taken.of(edge.upstream);
    newer = newer || joining_seq(state, edge, setting) > took;
    if (!any && !is_new_or_fresh(state, index, edge, setting, now)) return false;
  }
  return newer;
}

std::optional<std::vector<model::Taken>> awaited_completions(const State& state, const Run& run, std::uint32_t position,
                                                             base::Time now) {
  const TaskRun& one = run.tasks[position];
  const TaskIndex index = run.planned(position).task;
  const Task& task = state.task(index);
  const Setting setting(state, run.head.env, model::Json::parse(run.head.params));
  base::Time previous{};
  for (const Timer& timer : task.detail().timers)
    if (const auto* cron = std::get_if<model::CronTrigger>(&timer.rule); cron != nullptr && cron->and_upstream)
      previous = timer.before_previous.value_or(base::Time{});
  std::vector<model::Taken> taken;
  const auto edges = run.edges_of(position);
  for (std::size_t i = 0; i < edges.size(); ++i) {
    taken.push_back(edges[i].taken);
    if (edges[i].how != How::awaited) continue;
    const EdgeView edge{edges[i].task, &one.declaration().upstream[i]};
    const Offer offer = last_offer(state, edge, setting);
    const bool newer = offer.taken.seq != 0 && offer.at > previous;
    if (!newer && !(edge.declared->within && is_fresh(offer, *edge.declared->within, now))) return std::nullopt;
    taken.back() = offer.taken;
  }
  return taken;
}

}  // namespace cordyna::engine
