// What a run must contain by sections 5 to 7 of the semantics, found by walking until nothing changes.

#include <algorithm>

#include "mission/naive.h"

namespace cordyna::testing::naive {

using model::How;
using model::Role;

std::set<std::string> Plan::all() const {
  std::set<std::string> all = targets;
  all.insert(pulled.begin(), pulled.end());
  all.insert(followers.begin(), followers.end());
  return all;
}

/// The one that stands for the newest instant, then the one invoked last.
const End* Model::last_completion(const std::string& name) const {
  const auto found = tasks_.find(name);
  const End* last = nullptr;
  if (found == tasks_.end()) return last;
  for (const End& end : found->second.ends) {
    if (!end.completion) continue;
    if (last == nullptr || end.until > last->until || (end.until == last->until && end.invoked > last->invoked))
      last = &end;
  }
  return last;
}

const End* Model::newest(const std::string& name, bool finished) const {
  const auto found = tasks_.find(name);
  const End* newest = nullptr;
  if (found == tasks_.end()) return newest;
  for (const End& end : found->second.ends)
    if ((finished || end.completion) && (newest == nullptr || end.seq > newest->seq)) newest = &end;
  return newest;
}

bool Model::answers_events(const Task& task, const End& end) const {
  return end.event >= task.newest_event;
}

bool Model::up_to_date(const std::string& name, std::set<std::string>& doubtful) const {
  const auto found = tasks_.find(name);
  if (found == tasks_.end() || !found->second.declared) return false;
  const Task& task = found->second;
  if (task.last_is_doubtful || !task.live.empty()) doubtful.insert(name);
  const End* last = last_completion(name);
  if (last == nullptr || !task.last_is_completion) return false;
  for (const model::Trigger& trigger : task.declared->when)
    if (std::holds_alternative<model::EventTrigger>(trigger)) return answers_events(task, *last);
  if (task.declared->upstream.empty()) return false;
  for (const model::Upstream& edge : task.declared->upstream) {
    if (!satisfied(edge, doubtful)) return false;
    const auto took = last->took.find(edge.task);
    const Seq taken = took == last->took.end() ? 0 : took->second.first;
    const End* newer = newest(edge.task, edge.require == model::Require::finished);
    if (newer == nullptr || newer->seq <= taken) continue;
    if (!edge.within || taken == 0 || now_.wall - took->second.second > *edge.within) return false;
  }
  return true;
}

/// Without running the upstream.
bool Model::satisfied(const model::Upstream& edge, std::set<std::string>& doubtful) const {
  if (!edge.within) return up_to_date(edge.task, doubtful);
  const End* last = last_completion(edge.task);
  return last != nullptr && now_.wall - last->at <= *edge.within;
}

bool Model::is_new(const std::string& name, const model::Upstream& edge) const {
  const End* newest_end = newest(edge.task, edge.require == model::Require::finished);
  if (newest_end == nullptr) return false;
  const auto& consumed = tasks_.at(name).consumed;
  const auto found = consumed.find(edge.task);
  return found == consumed.end() || newest_end->seq > found->second;
}

bool Model::fresh(const model::Upstream& edge) const {
  if (!edge.within) return false;
  const bool finished = edge.require == model::Require::finished;
  const End* end = finished ? newest(edge.task, true) : last_completion(edge.task);
  return end != nullptr && now_.wall - end->at <= *edge.within;
}

bool Model::follows(const std::string& name) const {
  const auto found = tasks_.find(name);
  if (found == tasks_.end() || !found->second.declared) return false;
  for (const model::Trigger& trigger : found->second.declared->when)
    if (std::holds_alternative<model::UpstreamTrigger>(trigger)) return true;
  return false;
}

namespace {

bool is_any(const model::TaskDeclaration& task) {
  for (const model::Trigger& trigger : task.when)
    if (const auto* one = std::get_if<model::UpstreamTrigger>(&trigger)) return one->any;
  return false;
}

}  // namespace

bool Model::joins_by_push(const std::string& name, const std::set<std::string>& in_run) const {
  if (!follows(name) || !tasks_.at(name).live.empty()) return false;
  const model::TaskDeclaration& task = *tasks_.at(name).declared;
  bool touched = false, all = true;
  for (const model::Upstream& edge : task.upstream) {
    const bool inside = in_run.contains(edge.task);
    touched |= inside;
    all &= inside || is_new(name, edge) || fresh(edge);
  }
  return touched && (all || is_any(task));
}

/// Ready to start by a later join: something came since its last task-run, and nothing is missing.
bool Model::join_due(const std::string& name) const {
  if (!follows(name) || !tasks_.at(name).live.empty()) return false;
  const Task& task = tasks_.at(name);
  bool came = false, all = true;
  for (const model::Upstream& edge : task.declared->upstream) {
    const auto last = task.last_taken.find(edge.task);
    const auto upstream = tasks_.find(edge.task);
    if (upstream != tasks_.end())
      for (const End& end : upstream->second.ends)
        came |= (end.completion || edge.require == model::Require::finished) && !end.quiet &&
                end.seq > (last == task.last_taken.end() ? 0 : last->second);
    all &= is_new(name, edge) || fresh(edge);
  }
  return came && (all || is_any(*task.declared));
}

/// Joins are looked at when a completion of an upstream is recorded that is not quiet, or the task itself ends.
bool Model::shaken(const std::string& name, Seq by) const {
  const std::optional<model::TaskDeclaration>& declared = tasks_.at(name).declared;
  if (!declared) return false;
  for (const Shake& shake : shakes_) {
    if (by != 0 && shake.seq != by) continue;
    if (shake.task == name) return true;
    if (shake.quiet) continue;
    for (const model::Upstream& edge : declared->upstream)
      if (edge.task == shake.task && (shake.completion || (shake.end && edge.require == model::Require::finished)))
        return true;
  }
  return false;
}

Plan Model::plan(const std::set<std::string>& targets, bool pull, bool push, std::set<std::string>& doubtful) const {
  Plan plan;
  plan.targets = targets;
  std::set<std::string> in_run = targets;
  for (bool grown = pull; grown;) {
    grown = false;
    for (const std::string& name : std::set(in_run)) {
      const auto found = tasks_.find(name);
      if (found == tasks_.end() || !found->second.declared) continue;
      for (const model::Upstream& edge : found->second.declared->upstream)
        if (!in_run.contains(edge.task) && !satisfied(edge, doubtful)) {
          in_run.insert(edge.task);
          plan.pulled.insert(edge.task);
          grown = true;
        }
    }
  }
  for (bool grown = push; grown;) {
    grown = false;
    for (const auto& [name, task] : tasks_)
      if (!in_run.contains(name) && joins_by_push(name, in_run)) {
        in_run.insert(name);
        plan.followers.insert(name);
        grown = true;
      }
  }
  return plan;
}

void Model::check_plans(const std::vector<const Fact*>& group) {
  const auto& first = std::get<model::RunCreated>(group.front()->event.body);
  using Kind = model::TriggerKind;
  if (first.trigger.kind == Kind::retry || first.trigger.kind == Kind::adopt) return;
  std::set<std::string> targets, doubtful;
  bool join = false, quiet = false;
  for (const Fact* fact : group) {
    const auto& event = std::get<model::RunCreated>(fact->event.body);
    quiet |= event.quiet;
    if (event.trigger.kind == Kind::join) {
      join = true;
      for (const model::PlannedTask& one : event.plan->tasks)
        if (event.trigger.task == one.task)
          complain("a join of " + names_.task(one.task) + " names itself as its cause");
      continue;
    }
    for (const model::PlannedTask& one : event.plan->tasks)
      if (one.role == Role::target) targets.insert(names_.task(one.task));
    for (const std::string& asked : event.selected)
      if (first.trigger.kind == Kind::manual && !targets.contains(asked))
        complain(asked + " was asked for and is no target");
  }
  if (join)
    for (const auto& [name, task] : tasks_)
      if (shaken(name, group.front()->event.cause) && join_due(name)) targets.insert(name);
  for (const Fact* fact : group)  // what stands as an old failure: whether its upstreams are pulled is not said
    for (const model::PlannedTask& one : std::get<model::RunCreated>(fact->event.body).plan->tasks)
      if (one.shared_from && is_final(one.state)) doubtful.insert(names_.task(one.task));
  ++plans_checked_;
  const Plan expected = plan(targets, !join, !quiet, doubtful);
  // Where "its last task-run" has two readings, the plan is only checked for what holds under both.
  if (doubtful.empty())
    check_plan(expected, group, join);
  else
    ++plans_doubtful_;
  check_parts(group);
  for (const Fact* fact : group) {
    check_edges(std::get<model::RunCreated>(fact->event.body));
    check_sharing(std::get<model::RunCreated>(fact->event.body));
  }
}

void Model::check_plan(const Plan& expected, const std::vector<const Fact*>& group, bool join) {
  Plan found;
  for (const Fact* fact : group)
    for (const model::PlannedTask& one : std::get<model::RunCreated>(fact->event.body).plan->tasks) {
      const std::string name = names_.task(one.task);
      std::set<std::string>& where = one.role == Role::target   ? found.targets
                                     : one.role == Role::pulled ? found.pulled
                                                                : found.followers;
      if (found.all().contains(name)) complain(name + " was planned twice at one time");
      where.insert(name);
    }
  if (join) {
    // What is ready joins whoever made it so: their runs together hold all of it, and each is a follower.
    if (found.all() != expected.all())
      complain("joins: planned " + text(found.all()) + ", expected " + text(expected.all()));
    return;
  }
  if (found.pulled != expected.pulled) complain("pulled " + text(found.pulled) + ", expected " + text(expected.pulled));
  if (found.followers != expected.followers)
    complain("pushed " + text(found.followers) + ", expected " + text(expected.followers));
}

/// Runs planned together are parts without an edge between them, and each is in one piece.
void Model::check_parts(const std::vector<const Fact*>& group) {
  if (std::get<model::RunCreated>(group.front()->event.body).trigger.kind == model::TriggerKind::manual) return;
  for (const Fact* fact : group) {
    const model::RunPlan& plan = *std::get<model::RunCreated>(fact->event.body).plan;
    std::set<std::uint32_t> reached{0};
    for (bool grown = true; grown;) {
      grown = false;
      for (std::uint32_t i = 0; i < plan.tasks.size(); ++i)
        for (std::uint32_t k = 0; k < plan.tasks[i].edge_count; ++k) {
          const model::PlannedEdge& edge = plan.edges[plan.tasks[i].first_edge + k];
          if (edge.how != How::in_run || reached.contains(i) == reached.contains(edge.upstream)) continue;
          reached.insert(i);
          reached.insert(edge.upstream);
          grown = true;
        }
    }
    if (reached.size() != plan.tasks.size()) complain("a run of a machine is not in one piece");
  }
}

void Model::check_edges(const model::RunCreated& event) {
  std::set<std::string> inside;
  for (const model::PlannedTask& one : event.plan->tasks) inside.insert(names_.task(one.task));
  for (std::uint32_t i = 0; i < event.plan->tasks.size(); ++i) {
    const model::PlannedTask& one = event.plan->tasks[i];
    const Task& task = tasks_[names_.task(one.task)];
    for (std::uint32_t k = 0; k < one.edge_count; ++k) {
      const model::PlannedEdge& edge = event.plan->edges[one.first_edge + k];
      const std::string upstream = names_.task(edge.task);
      const std::string which = names_.task(one.task) + " <- " + upstream;
      if (inside.contains(upstream) != (edge.how == How::in_run)) complain(which + " is not by the run's own task-run");
      if (edge.how == How::in_run && (edge.upstream >= i || event.plan->tasks[edge.upstream].task != edge.task))
        complain(which + " points at another task-run");
      if (edge.how != How::completion && edge.how != How::within) continue;
      const std::vector<End>& ends = tasks_[upstream].ends;
      const auto end = std::find_if(ends.begin(), ends.end(), [&](const End& e) { return e.seq == edge.taken.seq; });
      if (end == ends.end() || (!end->completion && !edge.finished)) complain(which + " takes what is no completion");
    }
    if (task.declared && task.declared->upstream.size() != one.edge_count && !one.shared_from)
      complain(names_.task(one.task) + " lost an edge");
  }
}

void Model::check_sharing(const model::RunCreated& event) {
  for (const model::PlannedTask& one : event.plan->tasks) {
    const std::string name = names_.task(one.task);
    if (one.shared_from && is_final(one.state)) continue;  // a failure that stands, or kept by a retry
    const std::set<TaskRunRef>& live = tasks_[name].live;
    bool can = false;
    for (const TaskRunRef ref : live) can |= shareable(event, one, ref);
    if (one.shared_from && !live.contains(*one.shared_from))
      complain(name + " is shared from what is not live");
    else if (one.shared_from && !shareable(event, one, *one.shared_from))
      complain(name + " must not be shared");
    else if (!one.shared_from && can)
      complain(name + " runs anew while it could be shared");
  }
}

bool Model::shareable(const model::RunCreated& event, const model::PlannedTask& one, TaskRunRef live) const {
  if (one.role == Role::follower || event.force) return false;
  for (std::uint32_t k = 0; k < one.edge_count; ++k) {
    const model::PlannedEdge& edge = event.plan->edges[one.first_edge + k];
    if (edge.how != How::in_run) continue;
    const model::PlannedTask& upstream = event.plan->tasks[edge.upstream];
    if (!upstream.shared_from && upstream.role != Role::follower) return false;
  }
  const TaskRun& shared = at(live);
  if (shared.cancel_asked || shared.due) return false;
  const model::Standing& theirs = runs_.at(live.run).head.standing;
  if (theirs == event.standing) return true;
  // What stands for nothing answers everything up to its invocation.
  const bool nothing = theirs.kind == model::Standing::Kind::nothing;
  const bool reaches =
      nothing ? shared.invoked == 0 || event.standing.at <= shared.invoked_at : event.standing.at <= theirs.at;
  const bool later = event.standing.kind != model::Standing::Kind::nothing && !reaches;
  return one.role == Role::pulled && !later;
}

}  // namespace cordyna::testing::naive
