// The book of the naive model: what the log says, told once more with plain maps.

#include <algorithm>

#include "naive/model.h"

namespace cordyna::naive {

using model::is_final;
using model::SkipReason;

void Model::batch(const std::vector<Fact>& facts, bool thorough) {
  shakes_.clear();
  ticks_.clear();
  batch_first_ = facts.empty() ? 0 : facts.front().seq;
  std::set<Seq> planned;  // runs whose plan was judged together with an earlier one
  for (std::size_t i = 0; i < facts.size(); ++i) {
    now_ = facts[i].now;
    seq_ = facts[i].seq;
    if (std::holds_alternative<model::RunCreated>(facts[i].event.body) && !planned.contains(seq_)) {
      const Group group = group_of(facts, i);
      for (const Fact* fact : group) planned.insert(fact->seq);
      check_plans(group);
    }
    read(facts[i]);
  }
  check_joins();
  check_triggers();
  if (thorough) check_open();
}

const TaskRun& Model::of(RunId run, const std::string& task) const {
  for (const TaskRun& one : runs_.at(run).tasks)
    if (one.task == task) return one;
  static const TaskRun none = [] {
    TaskRun none;
    none.task = "not in the run";
    return none;
  }();
  return none;
}

void Model::read(const Fact& fact) {
  if (read_instance(fact)) return;
  read_trigger(fact);
  read_run(fact);
}

void Model::read_run(const Fact& fact) {
  const model::EventBody& body = fact.event.body;
  if (const auto* e = std::get_if<model::RunCreated>(&body)) {
    check_fired(*e);
    return created(*e, fact);
  }
  if (const auto* e = std::get_if<model::RunCancelRequested>(&body)) {
    runs_.at(e->run).cancel_requested = true;
    return;
  }
  if (const auto* e = std::get_if<model::RunEnded>(&body)) {
    check_run_ended(*e);
    runs_.at(e->run).state = e->state;
    open_.erase(e->run);
    return;
  }
  if (const auto* e = std::get_if<model::CommandRun>(&body)) {
    check_command(*e, fact);
    return invoked(at(e->at), *e, fact);
  }
  if (const auto* e = std::get_if<model::CommandAssigned>(&body)) {
    check_instance(at(e->at), names_.instance(e->instance));
    at(e->at).instance = names_.instance(e->instance);
    instances_[at(e->at).instance].attempts.insert(e->at);
    return;
  }
  if (const auto* e = std::get_if<model::CommandCancel>(&body)) {
    at(e->at).cancel_asked = !e->fence;
    return;
  }
  read_task_run(fact);
}

void Model::read_task_run(const Fact& fact) {
  const model::EventBody& body = fact.event.body;
  if (const auto* e = std::get_if<model::TaskQueued>(&body)) return moved(e->at, TaskState::queued);
  if (const auto* e = std::get_if<model::TaskStarted>(&body)) return moved(e->at, TaskState::started);
  if (const auto* e = std::get_if<model::TaskCompleted>(&body)) return ended(e->at, TaskState::completed, fact);
  if (const auto* e = std::get_if<model::TaskFailed>(&body)) {
    check_gave_up(*e);
    at(e->at).code = e->failure.code;
    return ended(e->at, TaskState::error, fact);
  }
  if (const auto* e = std::get_if<model::TaskBlocked>(&body)) {
    check_root(*e);
    at(e->at).root = e->root;
    return ended(e->at, TaskState::blocked, fact);
  }
  if (const auto* e = std::get_if<model::TaskSkipped>(&body)) {
    at(e->at).skip = e->reason;
    return ended(e->at, TaskState::skipped, fact);
  }
  if (const auto* e = std::get_if<model::TaskCancelled>(&body)) return ended(e->at, TaskState::cancelled, fact);
  if (const auto* e = std::get_if<model::TaskRetry>(&body)) {
    release(e->at);
    TaskRun& one = at(e->at);
    if (!model::is_invoked(one.state)) complain("a retry of " + one.task + ", which was not invoked");
    one.state = TaskState::pending;
    one.due = e->due;
    one.cancel_asked = false;
    if (e->counted) ++one.retries;
    return;
  }
  if (const auto* e = std::get_if<model::TaskDue>(&body)) {
    TaskRun& one = at(e->at);
    if (one.due && fact.now.wall < *one.due) complain("the retry of " + one.task + " is early");
    one.due.reset();
    return;
  }
  if (const auto* e = std::get_if<model::TaskFollowed>(&body)) return followed(*e, fact);
  if (const auto* e = std::get_if<model::TaskHandedOver>(&body)) return handed_over(*e);
  if (const auto* e = std::get_if<model::TaskAdopted>(&body)) return adopted(*e, fact);
  if (const auto* e = std::get_if<model::TaskNeeded>(&body)) {
    at(e->at).needed = true;
    return;
  }
  if (const auto* e = std::get_if<model::TaskPinned>(&body)) {
    TaskRun& one = at(e->at);
    for (std::size_t i = 0; i < one.edges.size() && i < e->taken.size(); ++i)
      if (one.edges[i].how == model::How::awaited) one.edges[i].pinned = e->taken[i].seq;
  }
}

void Model::declared(const model::ServerDeclared& event) {
  std::map<std::string, model::TaskDeclaration> before;
  for (auto& [name, task] : tasks_)
    if (task.server == event.server && task.declared) {
      before[name] = std::move(*task.declared);
      task.declared.reset();
    }
  for (const model::TaskDeclaration& one : event.declaration->tasks) {
    const std::string name = event.server + '/' + one.name;
    Task& task = tasks_[name];
    const auto old = before.find(name);
    const bool same = old != before.end() && old->second == one;
    task.server = event.server;
    task.team = event.team;
    task.declared = one;
    if (same) continue;
    task.declared_seq = seq_;
    if (old == before.end() || old->second.when != one.when) next_.erase(name);
  }
  for (const auto& [name, old] : before)
    if (!tasks_[name].declared) tasks_[name].waiting.clear();
  Server& server = servers_[event.server];
  server.hash = event.hash;
  server.revisions[event.hash] = event.declaration;
}

void Model::created(const model::RunCreated& event, const Fact& fact) {
  if (runs_.contains(event.run)) complain("a run was created twice");
  Run& run = runs_[event.run];
  run.head = event;
  run.created = fact.seq;
  run.created_at = fact.now.wall;
  run.setting = {event.env, model::Json::parse(event.params)};
  open_.insert(event.run);
  bool asks = false;
  for (const model::PlannedTask& planned : event.plan->tasks) asks |= planned.check;
  for (std::uint32_t i = 0; i < event.plan->tasks.size(); ++i) {
    const model::PlannedTask& planned = event.plan->tasks[i];
    TaskRun one;
    one.task = names_.task(planned.task);
    one.role = planned.role;
    one.any = planned.any;
    one.scope = scope_of(one.task, run.setting);
    if (const Task& task = tasks_[one.task]; task.declared) one.policy = task.declared->policy;
    one.needed = !planned.check && !(asks && planned.role == model::Role::pulled && !planned.shared_from);
    if (planned.shared_from) {
      one.shared_from = *planned.shared_from;
      one.view = !is_final(planned.state);
      one.over_at_birth = is_final(planned.state);
      one.state = planned.state;
      one.completion = one.end = planned.completion.seq;
      if (one.over_at_birth) {
        one.root = at(*planned.shared_from).root;
        one.skip = at(*planned.shared_from).skip;
        if (one.end == 0) one.end = at(*planned.shared_from).end;  // a failure that stands
      }
    }
    for (std::uint32_t k = 0; k < planned.edge_count; ++k) {
      const model::PlannedEdge& edge = event.plan->edges[planned.first_edge + k];
      one.edges.push_back({names_.task(edge.task), edge.how, edge.upstream, edge.finished, edge.taken.seq, {}});
      for (const auto& [scope, past] : tasks_[one.edges.back().task].pasts)
        if (const auto end = past.ends.find(edge.taken.seq); end != past.ends.end())
          one.edges.back().pinned_at = end->second.at;
    }
    if (!one.view && !one.over_at_birth) {
      past_of(one).params = model::Json::parse(one.scope.second);
      past_of(one).live.insert({event.run, i});
    }
    run.tasks.push_back(std::move(one));
  }
}

void Model::invoked(TaskRun& task_run, const model::CommandRun& event, const Fact& fact) {
  if (task_run.state != TaskState::pending) complain("a command to " + task_run.task + ", which is not pending");
  if (event.attempt != task_run.attempt + 1) complain("the attempts of " + task_run.task + " are not counted by one");
  task_run.attempt = event.attempt;
  task_run.state = TaskState::invoked;
  task_run.invoked = fact.seq;
  task_run.invoked_at = fact.now.wall;
  task_run.instance = names_.instance(event.instance);
  if (!task_run.instance.empty()) instances_[task_run.instance].attempts.insert(event.at);
}

void Model::release(TaskRunRef ref) {
  TaskRun& one = at(ref);
  if (!one.instance.empty()) instances_[one.instance].attempts.erase(ref);
  one.instance.clear();
}

namespace {

/// Skipped because nobody needed it, or it had nothing to do: no end that anybody takes.
bool is_unneeded(const TaskRun& one) {
  return one.state == TaskState::skipped && one.skip != SkipReason::check;
}

}  // namespace

void Model::moved(TaskRunRef ref, TaskState to) {
  TaskRun& one = at(ref);
  const bool fits = to == TaskState::queued ? one.state == TaskState::invoked
                                            : one.state == TaskState::invoked || one.state == TaskState::queued;
  if (!fits) complain(one.task + " cannot go to " + std::string(model::word(to)));
  one.state = to;
}

void Model::ended(TaskRunRef ref, TaskState state, const Fact& fact) {
  release(ref);
  Run& run = runs_.at(ref.run);
  TaskRun& one = at(ref);
  if (is_final(one.state)) complain(one.task + " ended twice");
  if (state == TaskState::completed && one.state != TaskState::started) complain(one.task + " completed unstarted");
  if (state == TaskState::blocked && one.state != TaskState::pending) complain(one.task + " was blocked, not pending");
  const bool checked = one.skip == SkipReason::check;
  one.state = state;
  one.end = fact.seq;
  one.end_at = fact.now.wall;
  if (one.view) {  // the end of a view is no end of the task
    one.view = false;
    return;
  }
  const bool completion = is_completion(state, one.skip);
  if (completion) one.completion = fact.seq;
  Past& past = past_of(one);
  past.live.erase(ref);
  const bool counts = state != TaskState::skipped || checked;
  shakes_.push_back({one.task, fact.seq, completion, counts, run.head.quiet, run.setting});
  if (!counts) return;  // it changes no freshness
  using Kind = model::Standing::Kind;
  const model::Standing& standing = run.head.standing;
  End end;
  end.seq = fact.seq;
  end.at = fact.now.wall;
  end.invoked = one.invoked != 0 ? one.invoked : fact.seq;
  end.completion = completion;
  end.quiet = run.head.quiet;
  end.instant = standing.kind == Kind::instant;
  const base::Time began = one.invoked != 0 ? one.invoked_at : fact.now.wall;
  end.until = standing.kind == Kind::nothing ? began : standing.at;
  end.event = standing.kind == Kind::event ? standing.event : standing.kind == Kind::nothing ? end.invoked : 0;
  for (const Edge& edge : one.edges) {
    Seq took = edge.pinned;
    base::Time took_at = edge.pinned_at;
    if (edge.how == model::How::in_run) {
      const TaskRun& upstream = run.tasks[edge.upstream];
      took = edge.finished && !is_unneeded(upstream) ? upstream.end : upstream.completion;
      took_at = upstream.end_at;
    }
    if (took != 0) end.took[edge.task] = {took, took_at};
  }
  for (const auto& [name, took] : end.took) past.last_taken[name] = std::max(past.last_taken[name], took.first);
  if (completion)
    for (const auto& [name, took] : end.took) past.consumed[name] = std::max(past.consumed[name], took.first);
  remember(past, std::move(end), run.created, state);
}

void Model::remember(Past& past, End end, Seq created, TaskState state) {
  const Seq seq = end.seq;
  if (past.last_run == 0 || end.reaches_as_far_as(past.ends.at(past.last_run))) {
    past.last_run = seq;
    past.last_run_created = created;
    past.last_run_well = end.completion;
    past.last_run_failed = state == TaskState::error || state == TaskState::blocked;
  }
  if (end.completion) {
    if (past.last == 0 || end.reaches_as_far_as(past.ends.at(past.last))) past.last = seq;
    past.newest = seq;
  }
  if (!end.quiet) past.joining_end = seq;
  if (!end.quiet && end.completion) past.joining = seq;
  past.ends[seq] = std::move(end);
}

/// A late completion is one of its task from now on.
void Model::adopted(const model::TaskAdopted& event, const Fact& fact) {
  using Kind = model::Standing::Kind;
  const model::Standing& standing = event.standing;
  Past& past = tasks_[names_.task(event.task)].pasts[{event.env, event.params}];
  past.params = model::Json::parse(event.params);
  past.adopted = true;
  End end;
  end.seq = end.invoked = fact.seq;
  end.at = fact.now.wall;
  end.completion = true;
  end.instant = standing.kind == Kind::instant;
  end.until = standing.kind == Kind::nothing ? fact.now.wall : standing.at;
  end.event = standing.kind == Kind::nothing ? fact.seq : standing.event;
  remember(past, std::move(end), fact.seq, TaskState::completed);
  shakes_.push_back({names_.task(event.task), fact.seq, true, true, false, runs_.at(event.at.run).setting, false});
}

void Model::followed(const model::TaskFollowed& event, const Fact& fact) {
  TaskRun& one = at(event.at);
  if (!one.view) complain(one.task + " follows a task-run, but is no view");
  one.view = false;
  one.state = event.state;
  one.skip = event.skip;
  one.completion = is_completion(event.state, event.skip) ? event.completion.seq : 0;
  one.end = at(event.shared_from).end;
  one.end_at = fact.now.wall;
  one.root = event.root;
  if (at(event.shared_from).state != event.state) complain("the view of " + one.task + " ended otherwise");
}

void Model::handed_over(const model::TaskHandedOver& event) {
  TaskRun& from = at(event.from);
  TaskRun& to = at(event.to);
  if (!to.view) complain(to.task + " was handed over to what is no view");
  to.view = false;
  from.view = true;  // until its end is told
  to.state = from.state;
  to.attempt = from.attempt;
  to.retries = from.retries;
  to.due = from.due;
  to.invoked = from.state == TaskState::pending ? 0 : from.invoked;  // what waits again is still to be invoked
  to.invoked_at = from.invoked_at;
  to.instance = from.instance;
  to.needed = from.needed;
  Past& past = past_of(from);
  past.live.erase(event.from);
  past.live.insert(event.to);
  if (to.instance.empty()) return;
  Instance& instance = instances_[to.instance];
  if (instance.attempts.erase(event.from) > 0) instance.attempts.insert(event.to);
  from.instance.clear();
}

}  // namespace cordyna::naive
