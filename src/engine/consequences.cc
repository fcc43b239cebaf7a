// See consequences.h. The part about `check` and who is needed is in needs.cc.
#include "engine/consequences.h"

#include <algorithm>

#include "base/mutant.h"
#include "engine/graph.h"
#include "engine/task_runs.h"
#include "engine/triggers.h"

namespace cordyna::engine {

using model::How;
using model::SkipReason;
using model::TaskState;

RunId Consequences::create(NewRun head, std::shared_ptr<const model::RunPlan> plan, Seq cause) {
  model::RunCreated event;
  event.run = RunId::make(step_.now().wall, step_.state().seq + 1, step_.state().salt);
  event.trigger = std::move(head.trigger);
  event.standing = head.standing;
  event.env = std::move(head.env);
  event.params = std::move(head.params);
  event.selected = std::move(head.selected);
  event.person = head.person;
  event.force = head.force;
  event.quiet = head.quiet;
  event.after = head.after;
  event.key = std::move(head.key);
  event.key_body = std::move(head.key_body);
  event.plan = std::move(plan);
  const RunId id = event.run;
  const Seq seq = step_.emit(std::move(event), cause);
  step_.hurry();
  touched_.insert(id);

  const Run& run = *step_.state().run(id);
  for (std::uint32_t position = 0; position < run.tasks.size(); ++position) {
    const TaskRun& one = run.tasks[position];
    if (model::is_final(one.state)) {
      queue_.push_back({id, position});
    } else if (!one.declared() && !one.view) {
      const TaskIndex task = run.planned(position).task;
      model::Failure failure;
      failure.code = "unknown_task";
      failure.message = "nobody has declared " + step_.state().task(task).name;
      failure.hint = "start the task-server that declares it, or correct the upstream entry";
      step_.emit(model::TaskFailed{{id, position}, task, 0, failure}, seq);
      queue_.push_back({id, position});
    }
    if (run.planned(position).role == model::Role::target) pin_awaiting(run, position);
  }
  if (run.asks)
    for (std::uint32_t position = static_cast<std::uint32_t>(run.tasks.size()); position-- > 0;)
      settle_need(run, position, seq);
  return id;
}

void Consequences::drain() {
  while (!queue_.empty() || !undecided_.empty() || !touched_.empty()) {
    while (!undecided_.empty()) {
      const auto [at, cause] = undecided_.front();
      undecided_.pop_front();
      if (const Run* run = step_.state().run(at.run)) settle_need(*run, at.position, cause);
    }
    if (!queue_.empty()) {
      const TaskRunRef at = queue_.front();
      queue_.pop_front();
      follow(at);
      continue;
    }
    end_runs();
  }
}

void Consequences::follow(TaskRunRef at) {
  const Run* run = step_.state().run(at.run);
  if (run == nullptr) return;
  touched_.insert(at.run);
  judge_dependents(*run, at.position);
  end_views(*run, at.position);
  if (run->asks) settle_needs_above(*run, at.position, run->tasks[at.position].ended_seq);
  if (run->tasks[at.position].view) return;  // the rest is the business of the run it was shared from
  const TaskIndex task = run->planned(at.position).task;
  start_joins(*run, at.position);
  const auto awaiting = step_.state().task(task).detail().awaiting;
  for (const TaskRunRef waiting : awaiting)
    if (const Run* other = step_.state().run(waiting.run)) pin_awaiting(*other, waiting.position);
  fire_waiting(*this, task, run->tasks[at.position].ended_seq);
}

void Consequences::end_runs() {
  const std::set<RunId> touched = std::move(touched_);
  touched_.clear();
  for (const RunId id : touched) {
    const Run* run = step_.state().run(id);
    if (run == nullptr || run->open > (base::mutant("run_ends_early") ? 1U : 0U)) continue;
    const model::RunState end = run->cancel_requested ? model::RunState::cancelled
                                : run->bad            ? model::RunState::failed
                                                      : model::RunState::completed;
    step_.emit(model::RunEnded{id, end}, step_.state().seq);
    step_.hurry();
  }
}

model::RootCause Consequences::root_of(const Run& run, std::uint32_t position) const {
  const auto detail = run.details.find(position);
  if (detail != run.details.end() && !detail->second.root.code.empty()) return detail->second.root;
  const TaskIndex task = run.planned(position).task;
  if (run.planned(position).shared_from) {
    const History* past = find_history(step_.state(), task, run.scope[position]);
    if (past != nullptr && past->last_run && !past->last_run->root.code.empty()) return past->last_run->root;
  }
  return {run.id, task, std::string(model::word(run.tasks[position].state))};
}

void Consequences::skip(TaskRunRef at, TaskIndex task, SkipReason reason, Seq cause) {
  step_.emit(model::TaskSkipped{at, task, reason, {}}, cause);
  ended(at);
}

void Consequences::block(TaskRunRef at, TaskIndex task, const model::RootCause& root, Seq cause) {
  step_.emit(model::TaskBlocked{at, task, root}, cause);
  ended(at);
}

void Consequences::judge_dependents(const Run& run, std::uint32_t position) {
  const auto dependents = run.dependents_of(position);
  for (const Dependent& dependent : dependents) judge(run, position, dependent);
}

namespace {

/// Its end is what the edge asks for: a completion, or with `require: finished` any end, also that it had nothing to
/// do.
bool satisfies(const Run& run, std::uint32_t upstream, bool finished) {
  const TaskRun& ended = run.tasks[upstream];
  const bool nothing_to_do = ended.state == TaskState::skipped && ended.skip == SkipReason::nothing_to_do;
  if (base::mutant("cleanup_is_blocked_too")) finished = false;
  return taken_of(run, upstream, finished).seq != 0 || (finished && nothing_to_do);
}

}  // namespace

/// What the end of one upstream means for one that needs it. When it is well, apply() has made the dependent ready if
/// it was the last one missing.
void Consequences::judge(const Run& run, std::uint32_t upstream, const Dependent& dependent) {
  const TaskRun& one = run.tasks[dependent.position];
  if (one.state != TaskState::pending || one.view) return;
  const model::PlannedTask& planned = run.planned(dependent.position);
  const TaskRun& ended = run.tasks[upstream];
  const Seq cause = ended.ended_seq;
  if (planned.any && !base::mutant("one_failure_blocks_any")) {
    if (one.waiting == 0) judge_any(run, dependent.position, cause);
    return;
  }
  const bool finished = run.edges[dependent.edge].finished;
  const TaskRunRef at{run.id, dependent.position};
  if (satisfies(run, upstream, finished)) {
    if (one.waiting == 0 && one.need != Need::open) settle_need(run, dependent.position, cause);
  } else if (ended.state == TaskState::skipped && !base::mutant("a_skip_blocks")) {
    skip(at, planned.task, ended.skip, cause);
  } else if ((!finished || base::mutant("cleanup_is_blocked_too")) && !base::mutant("failure_is_not_told_on")) {
    block(at, planned.task, root_of(run, upstream), cause);
  }
}

void Consequences::judge_again(TaskRunRef at) {
  const Run& run = *step_.state().run(at.run);
  const std::uint32_t first = run.planned(at.position).first_edge;
  for (std::uint32_t i = 0; i < run.planned(at.position).edge_count; ++i) {
    const model::PlannedEdge& edge = run.edges[first + i];
    if (edge.how == How::in_run && model::is_final(run.tasks[edge.upstream].state))
      judge(run, edge.upstream, {at.position, first + i});
  }
}

void Consequences::judge_any(const Run& run, std::uint32_t position, Seq cause) {
  std::optional<std::uint32_t> bad, skipped;
  bool has_edges = false;
  for (const model::PlannedEdge& edge : run.edges_of(position)) {
    if (edge.how != How::in_run) continue;
    has_edges = true;
    if (satisfies(run, edge.upstream, edge.finished)) {
      if (run.tasks[position].need != Need::open) settle_need(run, position, cause);
      return;
    }
    if (run.tasks[edge.upstream].state == TaskState::skipped)
      skipped = edge.upstream;
    else if (!bad)
      bad = edge.upstream;
  }
  if (!has_edges) return;
  const TaskRunRef at{run.id, position};
  const TaskIndex task = run.planned(position).task;
  if (bad)
    block(at, task, root_of(run, *bad), cause);
  else
    skip(at, task, run.tasks[*skipped].skip, cause);
}

void Consequences::end_views(const Run& run, std::uint32_t position) {
  if (base::mutant("sharers_wait_for_ever") && run.tasks[position].state == TaskState::error) return;
  const auto detail = run.details.find(position);
  if (detail == run.details.end()) return;
  const std::vector<TaskRunRef> views = detail->second.followers;
  const TaskRun& one = run.tasks[position];
  for (const TaskRunRef view : views) {
    const Run* other = step_.state().run(view.run);
    if (other == nullptr || model::is_final(other->tasks[view.position].state)) continue;
    model::TaskFollowed event;
    event.at = view;
    event.task = run.planned(position).task;
    event.shared_from = {run.id, position};
    event.state = one.state;
    event.skip = one.skip;
    event.completion = taken_of(run, position, true);
    if (one.state == TaskState::error || one.state == TaskState::blocked || one.state == TaskState::cancelled)
      event.root = root_of(run, position);
    step_.emit(event, one.ended_seq);
    ended(view);
  }
}

namespace {

bool needs_finished(const Task& task, TaskIndex upstream) {
  for (std::size_t i = 0; i < task.upstream.size(); ++i)
    if (task.upstream[i] == upstream) return task.declaration().upstream[i].require == model::Require::finished;
  return false;
}

/// What a later join goes back to.
struct Above {
  const Completion* completion = nullptr;  // the last one: the join inherits what it stands for
  TaskIndex task;                          // whose completion (or end, with `require: finished`) was last
  model::Taken taken;
};

Above last_above(const State& state, TaskIndex index, const Setting& setting) {
  Above last;
  for (const TaskIndex upstream : state.task(index).upstream) {
    const History* past = read_history(state, upstream, setting);
    if (past == nullptr) continue;
    const Completion* newest = past->newest_completion();
    if (newest != nullptr && (last.completion == nullptr || newest->taken.seq > last.completion->taken.seq))
      last.completion = newest;
    model::Taken taken = newest != nullptr ? newest->taken : model::Taken{};
    if (needs_finished(state.task(index), upstream) && past->finished.seq > taken.seq) taken = past->finished;
    if (taken.seq > last.taken.seq) {
      last.taken = taken;
      last.task = upstream;
    }
  }
  return last;
}

}  // namespace

/// semantics 7.3, after a completion (or, for `require: finished`, any end), and for the task itself now that it is
/// final.
void Consequences::start_joins(const Run& run, std::uint32_t position) {
  const State& state = step_.state();
  const TaskRun& one = run.tasks[position];
  const TaskIndex index = run.planned(position).task;
  const bool completion =
      one.state == TaskState::completed || (one.state == TaskState::skipped && one.skip == SkipReason::check);
  const bool end = one.state != TaskState::skipped || completion;
  const Setting setting(state, run.head.env, model::Json::parse(run.head.params));
  if (end && !run.head.quiet) {
    std::vector<TaskIndex> ready;
    for (const TaskIndex follower : state.task(index).downstream) {
      if (!completion && !(state.task(follower).declared() && needs_finished(state.task(follower), index))) continue;
      if (!ready.empty() && base::mutant("joins_merged_into_one")) break;
      if (is_ready_to_join(state, follower, setting, step_.now().wall)) ready.push_back(follower);
    }
    NewRun head;
    head.standing = run.head.standing;
    head.params = run.head.params;
    head.trigger.of = run.id;
    head.trigger.task = index;
    head.env = run.head.env;
    join(std::move(ready), setting, head, one.ended_seq);
  }
  if (!base::mutant("join_lost_behind_a_live_run")) try_join(index, setting, one.ended_seq);
}

void Consequences::try_join(TaskIndex index, const Setting& setting, Seq cause) {
  const State& state = step_.state();
  if (!is_ready_to_join(state, index, setting, step_.now().wall)) return;
  NewRun head;
  head.env = setting.env();
  head.params = setting.params().dump();
  const Above last = last_above(state, index, setting);
  head.trigger.task = last.task;
  head.trigger.of = last.taken.run;
  if (last.completion != nullptr) {
    head.standing = last.completion->standing;
    const Setting theirs(state, setting.env(), model::Json::parse(last.completion->params));
    if (theirs.scope(index) == setting.scope(index)) head.params = last.completion->params;
  }
  join({index}, setting, head, cause);
}

void Consequences::join(std::vector<TaskIndex> ready, const Setting& setting, const NewRun& head, Seq cause) {
  if (ready.empty()) return;
  PlanRequest request;
  request.targets = std::move(ready);
  request.standing = head.standing;
  request.pull = false;
  request.joined = true;
  for (auto& part : connected_parts(plan(step_.state(), setting, request, step_.now().wall))) {
    NewRun one = head;
    one.trigger.kind = model::TriggerKind::join;
    for (const model::PlannedTask& task : part->tasks)
      if (std::find(request.targets.begin(), request.targets.end(), task.task) != request.targets.end())
        one.selected.push_back(step_.state().task(task.task).name);
    create(std::move(one), std::move(part), cause);
  }
}

/// A tick that waits for its upstreams takes them as soon as all are there.
void Consequences::pin_awaiting(const Run& run, std::uint32_t position) {
  const TaskRun& one = run.tasks[position];
  if (one.state != TaskState::pending || !one.declared()) return;
  const auto edges = run.edges_of(position);
  if (std::none_of(edges.begin(), edges.end(), [](const auto& edge) { return edge.how == How::awaited; })) return;
  const auto taken = awaited_completions(step_.state(), run, position, step_.now().wall);
  if (taken) step_.emit(model::TaskPinned{{run.id, position}, run.planned(position).task, *taken}, step_.state().seq);
}

}  // namespace cordyna::engine
