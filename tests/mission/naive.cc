// The book of the naive model: what the log says, told once more with plain maps.

#include "mission/naive.h"

#include <algorithm>

namespace cordyna::testing::naive {

using model::is_final;
using model::SkipReason;

void Model::batch(const std::vector<Fact>& facts) {
  shakes_.clear();
  for (std::size_t i = 0; i < facts.size(); ++i) {
    now_ = facts[i].now;
    seq_ = facts[i].seq;
    if (const auto* first = std::get_if<model::RunCreated>(&facts[i].event.body)) {
      // What was planned together stands together: runs of one cause in a row.
      std::vector<const Fact*> group{&facts[i]};
      for (std::size_t k = i + 1; k < facts.size(); ++k) {
        const auto* next = std::get_if<model::RunCreated>(&facts[k].event.body);
        const bool same = next != nullptr && facts[i].event.cause != 0 &&
                          facts[k].event.cause == facts[i].event.cause && next->trigger.kind == first->trigger.kind;
        if (!same) break;
        group.push_back(&facts[k]);
      }
      check_plans(group);
      for (const Fact* fact : group) read(*fact);
      i += group.size() - 1;
      continue;
    }
    read(facts[i]);
  }
  check_batch();
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
  const model::EventBody& body = fact.event.body;
  if (const auto* e = std::get_if<model::ServerDeclared>(&body)) return declared(*e);
  if (const auto* e = std::get_if<model::InstanceJoined>(&body)) {
    Instance& one = instances_[e->server + '#' + e->instance];
    one.server = e->server;
    one.connected = true;
    one.ready = false;
    one.slots = e->slots;
    return;
  }
  if (const auto* e = std::get_if<model::InstanceReady>(&body)) {
    instances_[names_.instance(e->instance)].ready = true;
    return;
  }
  if (const auto* e = std::get_if<model::InstanceDraining>(&body)) {
    instances_[names_.instance(e->instance)].ready = false;
    return;
  }
  if (const auto* e = std::get_if<model::InstanceLeft>(&body)) {
    Instance& one = instances_[names_.instance(e->instance)];
    if (!one.connected && !e->lost && fact.now.uptime < one.grace_until)
      complain("an instance was given up within its grace");
    if (one.connected) one.grace_until = fact.now.uptime + std::chrono::seconds(10);
    one.connected = one.ready = false;
    return;
  }
  if (std::holds_alternative<model::CerebroStarted>(body)) {
    for (auto& [name, one] : instances_) {
      one.connected = one.ready = false;
      one.grace_until = fact.now.uptime + std::chrono::seconds(30);
    }
    return;
  }
  if (const auto* e = std::get_if<model::EventReceived>(&body)) {
    for (auto& [name, task] : tasks_)
      if (task.declared)
        for (const model::Trigger& trigger : task.declared->when)
          if (const auto* event = std::get_if<model::EventTrigger>(&trigger); event && event->type == e->type)
            task.newest_event = fact.seq;
    return;
  }
  read_run(fact);
}

void Model::read_run(const Fact& fact) {
  const model::EventBody& body = fact.event.body;
  if (const auto* e = std::get_if<model::RunCreated>(&body)) return created(*e, fact);
  if (const auto* e = std::get_if<model::RunCancelRequested>(&body)) {
    runs_.at(e->run).cancel_requested = true;
    return;
  }
  if (const auto* e = std::get_if<model::RunEnded>(&body)) {
    check_run_ended(*e);
    runs_.at(e->run).state = e->state;
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
}

void Model::declared(const model::ServerDeclared& event) {
  for (auto& [name, task] : tasks_)
    if (task.server == event.server) task.declared.reset();
  for (const model::TaskDeclaration& one : event.declaration->tasks) {
    Task& task = tasks_[event.server + '/' + one.name];
    task.server = event.server;
    task.team = event.team;
    task.declared = one;
  }
}

void Model::created(const model::RunCreated& event, const Fact& fact) {
  if (runs_.contains(event.run)) complain("a run was created twice");
  Run& run = runs_[event.run];
  run.head = event;
  run.created = fact.seq;
  run.created_at = fact.now.wall;
  for (std::uint32_t i = 0; i < event.plan->tasks.size(); ++i) {
    const model::PlannedTask& planned = event.plan->tasks[i];
    TaskRun one;
    one.task = names_.task(planned.task);
    one.role = planned.role;
    one.any = planned.any;
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
      for (const End& end : tasks_[one.edges.back().task].ends)
        if (end.seq == edge.taken.seq) one.edges.back().pinned_at = end.at;
    }
    if (!one.view && !one.over_at_birth) tasks_[one.task].live.insert({event.run, i});
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
  for (auto& [name, instance] : instances_) instance.attempts.erase(ref);
  at(ref).instance.clear();
}

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
  const bool completion = state == TaskState::completed || (state == TaskState::skipped && checked);
  if (completion) one.completion = fact.seq;
  Task& task = tasks_[one.task];
  task.live.erase(ref);
  const bool counts = state != TaskState::skipped || checked;
  shakes_.push_back({one.task, fact.seq, completion, counts, run.head.quiet});
  End end;
  end.seq = fact.seq;
  end.at = fact.now.wall;
  end.invoked = one.invoked;
  end.completion = completion;
  end.quiet = run.head.quiet;
  end.until = run.head.standing.kind == model::Standing::Kind::nothing
                  ? (one.invoked != 0 ? one.invoked_at : fact.now.wall)
                  : run.head.standing.at;
  end.event = run.head.standing.kind == model::Standing::Kind::event     ? run.head.standing.event
              : run.head.standing.kind == model::Standing::Kind::nothing ? one.invoked
                                                                         : 0;
  for (const Edge& edge : one.edges) {
    Seq took = edge.pinned;
    base::Time took_at = edge.pinned_at;
    if (edge.how == model::How::in_run) {
      const TaskRun& upstream = run.tasks[edge.upstream];
      took = edge.finished ? upstream.end : upstream.completion;
      took_at = upstream.end_at;
    }
    if (took != 0) end.took[edge.task] = {took, took_at};
  }
  for (const auto& [name, took] : end.took) task.last_taken[name] = std::max(task.last_taken[name], took.first);
  if (completion)
    for (const auto& [name, took] : end.took) task.consumed[name] = std::max(task.consumed[name], took.first);
  if (state == TaskState::skipped && !checked) return;  // changes no freshness
  // Which was last, where task-runs overlap or one stands for less than one before it, is not said.
  const auto reaches_further = [&end](const End& before) { return before.until > end.until; };
  task.last_is_doubtful = run.created < task.last_created || !task.live.empty() ||
                          std::any_of(task.ends.begin(), task.ends.end(), reaches_further);
  task.last_created = std::max(task.last_created, run.created);
  task.last_is_completion = completion;
  task.ends.push_back(std::move(end));
}

void Model::followed(const model::TaskFollowed& event, const Fact& fact) {
  TaskRun& one = at(event.at);
  if (!one.view) complain(one.task + " follows a task-run, but is no view");
  one.view = false;
  one.state = event.state;
  one.skip = event.skip;
  const bool completion =
      event.state == TaskState::completed || (event.state == TaskState::skipped && event.skip == SkipReason::check);
  one.completion = completion ? event.completion.seq : 0;
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
  to.invoked = from.invoked;
  to.invoked_at = from.invoked_at;
  to.instance = from.instance;
  Task& task = tasks_[to.task];
  task.live.erase(event.from);
  task.live.insert(event.to);
  for (auto& [name, instance] : instances_)
    if (instance.attempts.erase(event.from) > 0) instance.attempts.insert(event.to);
}

}  // namespace cordyna::testing::naive
