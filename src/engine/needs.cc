// Who is needed when some tasks of a run are asked first whether their work is already there (`check`): semantics
// section 5. Targets and pulled tasks are asked from the targets upwards, followers when their upstreams are final.
#include <algorithm>

#include "engine/consequences.h"
#include "engine/sending.h"
#include "engine/task_runs.h"

namespace cordyna::engine {

using model::Role;
using model::TaskState;

namespace {

enum class Needed : std::uint8_t { no, yes, undecided };

/// Whether a task that does not follow (a target or a needed one, not skipped) needs the pulled task.
Needed needed_by_dependents(const Run& run, std::uint32_t position) {
  bool undecided = false;
  for (const Dependent& dependent : run.dependents_of(position)) {
    const TaskRun& one = run.tasks[dependent.position];
    if (run.planned(dependent.position).role == Role::follower) continue;
    if (one.state == TaskState::pending && one.need != Need::open)
      undecided = true;
    else if (!model::is_final(one.state))
      return Needed::yes;
  }
  return undecided ? Needed::undecided : Needed::no;
}

bool an_upstream_completed_here(const Run& run, std::uint32_t position) {
  const auto edges = run.edges_of(position);
  return std::any_of(edges.begin(), edges.end(), [&run](const model::PlannedEdge& edge) {
    return edge.how == model::How::in_run && run.tasks[edge.upstream].state == TaskState::completed &&
           !run.tasks[edge.upstream].view;
  });
}

}  // namespace

void Consequences::settle_need(const Run& run, std::uint32_t position, Seq cause) {
  const TaskRun& one = run.tasks[position];
  if (one.state != TaskState::pending || one.need != Need::undecided || one.view) return;
  const model::PlannedTask& planned = run.planned(position);
  const TaskRunRef at{run.id, position};
  if (planned.role == Role::follower && one.waiting > 0) return;
  if (planned.role == Role::pulled) {
    const Needed needed = needed_by_dependents(run, position);
    if (needed == Needed::undecided) return;
    if (needed == Needed::no) return skip(at, planned.task, model::SkipReason::not_needed, cause);
  }
  const bool asks = planned.check && !(planned.role == Role::follower && an_upstream_completed_here(run, position));
  if (asks) return ask(run, position, cause);
  step_.emit(model::TaskNeeded{at, planned.task}, cause);
  settle_needs_above(run, position, cause);
}

void Consequences::settle_needs_above(const Run& run, std::uint32_t position, Seq cause) {
  for (const model::PlannedEdge& edge : run.edges_of(position))
    if (edge.how == model::How::in_run) undecided_.push_back({{run.id, edge.upstream}, cause});
}

void Consequences::ask(const Run& run, std::uint32_t position, Seq cause) {
  const model::PlannedTask& planned = run.planned(position);
  const InstanceIndex instance = instance_to_ask(step_.state(), planned.task);
  const TaskRunRef at{run.id, position};
  step_.emit(model::CommandCheck{at, planned.task, instance}, cause);
  step_.hurry();
  if (instance != model::no_instance) send_check(step_, at);
}

void Consequences::checked(TaskRunRef at, const std::string& answer, Seq cause) {
  const Run* run = step_.state().run(at.run);
  const TaskIndex task = run->planned(at.position).task;
  step_.emit(model::TaskChecked{at, task, answer}, cause);
  if (answer == "yes") return skip(at, task, model::SkipReason::check, step_.state().seq);
  step_.emit(model::TaskNeeded{at, task}, step_.state().seq);
  settle_needs_above(*run, at.position, step_.state().seq);
}

}  // namespace cordyna::engine
