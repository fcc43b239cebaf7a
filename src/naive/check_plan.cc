// What a planned run takes from outside, and what it shares with other runs.

#include <algorithm>

#include "naive/model.h"

namespace cordyna::naive {

using model::How;
using model::is_final;
using model::Role;

void Model::check_edges(const model::RunCreated& event, const Setting& setting) {
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
      check_pin(event, one, edge, setting);
    }
    if (task.declared && task.declared->upstream.size() != one.edge_count && !one.shared_from)
      complain(names_.task(one.task) + " lost an edge");
  }
}

/// A follower takes what is newest, everybody else what reaches furthest.
void Model::check_pin(const model::RunCreated& event, const model::PlannedTask& planned, const model::PlannedEdge& edge,
                      const Setting& setting) {
  const std::string upstream = names_.task(edge.task);
  const std::string which = names_.task(planned.task) + " <- " + upstream;
  const End* end = nullptr;
  for (const auto& [scope, past] : tasks_[upstream].pasts)
    if (const auto found = past.ends.find(edge.taken.seq); found != past.ends.end()) end = &found->second;
  if (end == nullptr || (!end->completion && !edge.finished)) return complain(which + " takes what is no completion");
  const model::TriggerKind kind = event.trigger.kind;
  if (kind == model::TriggerKind::retry || kind == model::TriggerKind::adopt) return;
  Look look{setting};
  const End* newest_end = newest(upstream, edge.finished, look);
  const End* last = edge.finished ? newest_end : last_completion(upstream, look);
  const bool right = (newest_end != nullptr && edge.taken.seq == newest_end->seq && planned.role == Role::follower) ||
                     (last != nullptr && edge.taken.seq == last->seq);
  if (!right && look.doubtful.empty())
    complain(which + " takes " + std::to_string(edge.taken.seq) + ", older than " +
             std::to_string(last == nullptr ? 0 : last->seq) + (edge.finished ? " (finished)" : ""));
}

void Model::check_sharing(const model::RunCreated& event, const Setting& setting) {
  for (const model::PlannedTask& one : event.plan->tasks) {
    const std::string name = names_.task(one.task);
    if (one.shared_from && is_final(one.state)) continue;  // a failure that stands, or kept by a retry
    if (!tasks_[name].declared) continue;                  // it fails here, whatever it does elsewhere
    const Past* past = own(name, setting);
    const std::set<TaskRunRef> live = past == nullptr ? std::set<TaskRunRef>() : past->live;
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
  if (one.role == Role::follower) return false;
  for (std::uint32_t k = 0; k < one.edge_count; ++k) {
    const model::PlannedEdge& edge = event.plan->edges[one.first_edge + k];
    if (edge.how != How::in_run) continue;
    const model::PlannedTask& upstream = event.plan->tasks[edge.upstream];
    if (!upstream.shared_from && upstream.role != Role::follower) return false;
  }
  const TaskRun& shared = at(live);
  const Run& run = runs_.at(live.run);
  if (shared.cancel_asked || run.cancel_requested) return false;
  const bool held = shared.due || !shared.needed || tasks_.at(shared.task).paused || is_held(run);
  if (shared.state == TaskState::pending && held) return false;
  const model::Standing& theirs = runs_.at(live.run).head.standing;
  if (theirs == event.standing) return true;
  // What stands for nothing answers everything up to its invocation.
  const bool nothing = theirs.kind == model::Standing::Kind::nothing;
  const bool reaches = nothing
                           ? shared.invoked == 0 || event.standing.at <= shared.invoked_at
                           : std::pair(event.standing.at, event.standing.event) <= std::pair(theirs.at, theirs.event);
  const bool later = event.standing.kind != model::Standing::Kind::nothing && !reaches;
  return one.role == Role::pulled && !later;
}

}  // namespace cordyna::naive
