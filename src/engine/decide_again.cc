// Doing an ended run again: retry keeps what was completed, adopt first takes a late completion for good. What the old
// run was comes with the request, folded from the log; an ended run never changes, so it cannot be stale.
#include <algorithm>
#include <map>

#include "engine/decide.h"
#include "engine/history.h"

namespace cordyna::engine {

using model::How;
using model::PlannedEdge;
using model::PlannedTask;
using model::Role;
using model::TaskState;

namespace {

/// A completion that a person adopted, as the retry finds it.
struct Adopted {
  std::uint32_t position = model::nowhere;
  model::Taken taken;
  model::Payload result;
};

class RetryPlanner {
 public:
  RetryPlanner(const State& state, const Setting& setting, const RunRecord& record, bool accept_fresh, Adopted adopted,
               base::Time now)
      : state_(state),
        setting_(setting),
        record_(record),
        accept_fresh_(accept_fresh),
        adopted_(std::move(adopted)),
        now_(now),
        freshness_(state, setting, now) {}

  model::RunPlan plan() {
    for (std::uint32_t position = 0; position < record_.tasks.size(); ++position) keep(position);
    pull_for_shared();
    std::sort(members_.begin(), members_.end(), [this](const Member& a, const Member& b) {
      return state_.task(a.task).order < state_.task(b.task).order;
    });
    for (std::uint32_t i = 0; i < members_.size(); ++i) place_[members_[i].task] = i;
    model::RunPlan plan;
    for (std::uint32_t i = 0; i < members_.size(); ++i) add(plan, i);
    return plan;
  }

 private:
  struct Member {
    TaskIndex task;
    Role role = Role::target;
    std::uint32_t old = model::nowhere;  // position in the old run
    bool done = false;
  };

  const PlannedTask& old_plan(std::uint32_t position) const { return record_.head.plan->tasks[position]; }
  bool done(std::uint32_t position) const {
    return position == adopted_.position || record_.tasks[position].completion.seq != 0;
  }

  void keep(std::uint32_t position) {
    const TaskRunRecord& old = record_.tasks[position];
    if (old.state == TaskState::skipped && !done(position)) return;  // not needed, or nothing to do: neither is it now
    place_[old_plan(position).task] = static_cast<std::uint32_t>(members_.size());
    members_.push_back({old_plan(position).task, old_plan(position).role, position, done(position)});
  }

  /// What the old run had only shared, and which failed there, is planned as if it were pulled now.
  void pull_for_shared() {
    for (std::size_t next = 0; next < members_.size(); ++next) {
      const Member member = members_[next];
      const bool shared = member.old == model::nowhere || old_plan(member.old).shared_from.has_value();
      const Task& task = state_.task(member.task);
      if (member.done || !shared || !task.declared()) continue;
      for (std::size_t i = 0; i < task.upstream.size(); ++i) {
        const EdgeView edge{task.upstream[i], &task.declaration().upstream[i]};
        if (place_.contains(edge.upstream) || freshness_.satisfied(edge)) continue;
        place_[edge.upstream] = static_cast<std::uint32_t>(members_.size());
        members_.push_back({edge.upstream, Role::pulled, model::nowhere, false});
      }
    }
  }

  /// What the old task-run had pinned for this upstream.
  std::optional<PlannedEdge> old_pin(const Member& member, TaskIndex upstream) const {
    if (member.old == model::nowhere) return std::nullopt;
    const PlannedTask& old = old_plan(member.old);
    for (std::uint32_t i = 0; i < old.edge_count; ++i) {
      const PlannedEdge& edge = record_.edges[old.first_edge + i];
      if (edge.task == upstream && edge.how != How::in_run && edge.taken.seq != 0) return edge;
    }
    return std::nullopt;
  }

  PlannedEdge edge_of(const Member& member, const EdgeView& view) const {
    PlannedEdge edge;
    edge.task = view.upstream;
    edge.finished = view.declared->require == model::Require::finished;
    const Offer last = last_offer(state_, view, setting_);
    const bool fresh = view.declared->within && is_fresh(last, *view.declared->within, now_);
    const auto found = place_.find(view.upstream);
    const bool takes_fresh = accept_fresh_ && fresh && found != place_.end() && !members_[found->second].done;
    if (found != place_.end() && !takes_fresh) {
      edge.upstream = found->second;
      return edge;
    }
    if (const auto pin = old_pin(member, view.upstream); pin && !takes_fresh) {
      edge.how = pin->how;
      edge.taken = pin->taken;
      return edge;
    }
    edge.taken = last.taken;
    edge.how = last.taken.seq == 0 ? How::unsatisfied : fresh ? How::within : How::completion;
    return edge;
  }

  void add(model::RunPlan& plan, std::uint32_t index) const {
    const Member& member = members_[index];
    const Task& task = state_.task(member.task);
    PlannedTask planned;
    planned.task = member.task;
    planned.role = member.role;
    planned.first_edge = static_cast<std::uint32_t>(plan.edges.size());
    if (member.done) {
      const TaskRunRecord& old = record_.tasks[member.old];
      const bool adopted = member.old == adopted_.position;
      planned.shared_from = old.shared_from ? *old.shared_from : model::TaskRunRef{record_.head.run, member.old};
      planned.state = adopted ? TaskState::completed : old.state;
      planned.completion = adopted ? adopted_.taken : old.completion;
      const model::Payload& result = adopted ? adopted_.result : old.result;
      if (!result.empty()) plan.results.emplace_back(index, result);
    } else if (task.declared()) {
      planned.check = task.policy().check;
    }
    if (task.declared()) {
      planned.any = joins_on_any(task.declaration());
      for (std::size_t i = 0; i < task.upstream.size(); ++i)
        plan.edges.push_back(edge_of(member, {task.upstream[i], &task.declaration().upstream[i]}));
    }
    planned.edge_count = static_cast<std::uint32_t>(plan.edges.size()) - planned.first_edge;
    plan.tasks.push_back(planned);
  }

  const State& state_;
  const Setting& setting_;
  const RunRecord& record_;
  bool accept_fresh_;
  Adopted adopted_;
  base::Time now_;
  Freshness freshness_;
  std::vector<Member> members_;
  std::map<TaskIndex, std::uint32_t> place_;
};

struct Again {
  model::TriggerKind kind = model::TriggerKind::retry;
  bool accept_fresh = false;
  std::string reason;
  Adopted adopted;
};

RunId create_again(Consequences& consequences, const Request& request, const RunRecord& record, Again again,
                   Seq cause) {
  Step& step = consequences.step();
  const Setting setting(step.state(), record.head.env, model::Json::parse(record.head.params));
  RetryPlanner planner(step.state(), setting, record, again.accept_fresh, std::move(again.adopted), step.now().wall);
  NewRun head;
  head.trigger.kind = again.kind;
  head.trigger.by = request.actor.by;
  head.trigger.reason = again.reason;
  head.trigger.of = record.head.run;
  head.standing = record.head.standing;
  head.env = record.head.env;
  head.params = record.head.params;
  head.selected = record.head.selected;
  head.person = request.actor.person;
  head.quiet = record.head.quiet;
  return consequences.create(std::move(head), std::make_shared<const model::RunPlan>(planner.plan()), cause);
}

bool has_live_retry(const State& state, RunId of) {
  return std::any_of(state.runs.begin(), state.runs.end(), [of](const auto& entry) {
    const model::TriggerCause& trigger = entry.second->head.trigger;
    return trigger.of == of && (trigger.kind == model::TriggerKind::retry || trigger.kind == model::TriggerKind::adopt);
  });
}

/// The refusal that a retry and an adopt share; empty when the run may be done again.
std::optional<Refusal> not_again(const State& state, RunId run, const std::shared_ptr<const RunRecord>& record) {
  if (record == nullptr) return Refusal{"unknown_run", "there is no run " + run.text(), {}};
  if (state.run(run) != nullptr || record->state == model::RunState::running)
    return Refusal{"run_not_failed", "the run is still running; wait for its end, or: dyna cancel " + run.text(), {}};
  if (has_live_retry(state, run))
    return Refusal{"retry_live", "another retry of this run is still live; wait for its end", {}};
  return std::nullopt;
}

}  // namespace

void decide_retry(Consequences& consequences, const Request& request, const RetryRequest& body) {
  Step& step = consequences.step();
  if (auto refusal = not_again(step.state(), body.run, body.record)) {
    step.effect(Answer{request.id, std::move(*refusal)});
    return;
  }
  if (body.record->state == model::RunState::completed)
    return refuse(step, request, "run_not_failed", "the run has completed; start a new one: dyna run");
  const RunId run = create_again(consequences, request, *body.record,
                                 {model::TriggerKind::retry, body.accept_fresh, body.reason, {}}, 0);
  answer(step, request, {{"run_id", run.text()}});
}

void decide_adopt(Consequences& consequences, const Request& request, const AdoptRequest& body) {
  Step& step = consequences.step();
  const State& state = step.state();
  if (auto refusal = not_again(state, body.run, body.record)) {
    step.effect(Answer{request.id, std::move(*refusal)});
    return;
  }
  const RunRecord& record = *body.record;
  std::uint32_t position = 0;
  while (position < record.tasks.size() && state.task(record.head.plan->tasks[position].task).name != body.task)
    ++position;
  if (position == record.tasks.size())
    return refuse(step, request, "unknown_task", "run " + body.run.text() + " has no task " + body.task);
  const auto& late = record.tasks[position].late;
  if (!late || late->state != "completed" || record.tasks[position].completion.seq != 0)
    return refuse(step, request, "nothing_late",
                  body.task + " did not complete late in this run; do it again: dyna retry " + body.run.text());

  const TaskIndex task = record.head.plan->tasks[position].task;
  const Setting setting(state, record.head.env, model::Json::parse(record.head.params));
  const Scope scope = setting.scope(task);
  model::TaskAdopted adopted;
  adopted.at = {body.run, position};
  adopted.task = task;
  adopted.attempt = late->attempt;
  adopted.by = request.actor.by;
  adopted.reason = body.reason;
  adopted.result = late->result;
  adopted.standing = record.head.standing;
  adopted.env = scope.env;
  adopted.params = scope.params;
  const Seq seq = step.emit(std::move(adopted));
  const RunId run = create_again(
      consequences, request, record,
      {model::TriggerKind::adopt, false, body.reason, {position, {body.run, late->attempt, seq}, late->result}}, seq);
  consequences.drain();
  for (const TaskIndex follower : std::vector<TaskIndex>(state.task(task).downstream))
    consequences.try_join(follower, setting, seq);
  answer(step, request, {{"run_id", run.text()}});
}

}  // namespace cordyna::engine
