// See rebuild.h. First every reference is looked at, then the indexes are filled, then the invariants are asked.

#include "engine/rebuild.h"

#include <algorithm>
#include <functional>

#include "engine/apply_runs.h"
#include "engine/canonical.h"
#include "engine/graph.h"
#include "engine/task_runs.h"

namespace cordyna::engine {
namespace {

/// Where a finding is remembered; what comes after the first is ignored.
class Doubt {
 public:
  void unless(bool fits, const std::string& where, const char* what) {
    if (!fits && first_.empty()) first_ = where + ": " + what;
  }
  bool any() const { return !first_.empty(); }
  std::string take() { return std::move(first_); }

 private:
  std::string first_;
};

bool is_object(const std::string& text) {
  return model::Json::parse(text, nullptr, false).is_object();
}

bool is_live(const State& state, TaskRunRef at) {
  const Run* run = state.run(at.run);
  return run != nullptr && at.position < run->tasks.size();
}
/// Of a run that has ended, or a task-run of one that is live.
bool is_possible(const State& state, TaskRunRef at) {
  return state.run(at.run) == nullptr || is_live(state, at);
}

// references

void check_names(State& state, Doubt& doubt) {
  state.task_by_name = {};
  for (std::uint32_t i = 0; i < state.tasks.size(); ++i) {
    doubt.unless(!state.find_task(state.tasks[i].name), state.tasks[i].name, "a task twice");
    state.task_by_name.add(state.tasks[i].name, i);
  }
  state.server_by_name.clear();
  for (std::uint32_t i = 0; i < state.servers.size(); ++i)
    doubt.unless(state.server_by_name.emplace(state.servers[i].name, ServerIndex{i}).second, state.servers[i].name,
                 "a server twice");
  state.scope_by_value.clear();
  for (std::uint32_t i = 0; i < state.scopes.size(); ++i) {
    doubt.unless(state.scope_by_value.emplace(state.scopes[i], ScopeIndex{i}).second, state.scopes[i].env,
                 "a scope twice");
    doubt.unless(is_object(state.scopes[i].params), state.scopes[i].env, "a scope whose params are no object");
  }
  doubt.unless(!state.scopes.empty() && state.scopes[0] == Scope{"production", "{}"}, "scopes", "no production");
}

void check_history(const State& state, const Task& task, const History* history, Doubt& doubt) {
  if (history == nullptr) return doubt.unless(false, task.name, "an empty history");
  for (const TaskRunRef at : history->live) doubt.unless(is_live(state, at), task.name, "a live task-run of no run");
  for (const auto* completion : {&history->last, &history->newest})
    if (*completion) doubt.unless(is_object((*completion)->params), task.name, "params that are no object");
  for (const auto* taken : {&history->last_taken.ascending, &history->consumed.ascending})
    doubt.unless(std::adjacent_find(taken->begin(), taken->end(),
                                    [](const auto& a, const auto& b) { return !(a.first < b.first); }) == taken->end(),
                 task.name, "what it took is out of order");
  if (history->last_run) doubt.unless(is_possible(state, history->last_run->at), task.name, "a strange last task-run");
}

void check_task(const State& state, const Task& task, Doubt& doubt) {
  if (task.declared()) {
    const auto& declared = task.declaration();
    const Server& server = state.server(task.server);
    doubt.unless(server.block != nullptr && task.name == server.name + '/' + declared.name, task.name,
                 "another task's declaration");
    doubt.unless(task.upstream.size() == declared.upstream.size(), task.name, "other upstreams than declared");
  } else {
    doubt.unless(task.upstream.empty() && task.detail().timers.empty(), task.name,
                 "edges or timers without a declaration");
  }
  if (doubt.any()) return;
  for (const Timer& timer : task.detail().timers)
    doubt.unless(timer.trigger < task.declaration().when.size(), task.name, "a timer of no trigger");
  if (task.history) check_history(state, task, task.history.get(), doubt);
  for (const auto& [scope, history] : task.detail().histories) check_history(state, task, history.get(), doubt);
  for (const TaskRunRef at : task.detail().awaiting)
    doubt.unless(is_possible(state, at), task.name, "awaited by no task-run");
}

void check_server(const State& state, std::uint32_t index, Doubt& doubt) {
  const Server& server = state.servers[index];
  for (const Revision& one : server.older) doubt.unless(one.block != nullptr, server.name, "a revision of nothing");
  if (server.block == nullptr) return;
  doubt.unless(server.block->server == server.name, server.name, "another server's declaration");
  std::string name = server.name + '/';
  for (const model::TaskDeclaration& task : server.block->tasks) {
    name.replace(server.name.size() + 1, std::string::npos, task.name);
    const auto known = state.find_task(name);
    doubt.unless(known && state.task(*known).definition.get() == &task, server.name, "a declared task is missing");
  }
  for (const InstanceIndex one : server.instances)
    doubt.unless(one != model::no_instance && state.instance(one).server.value == index, server.name,
                 "an instance of another server");
}

void check_task_run(const State& state, const Run& run, std::uint32_t position, Doubt& doubt) {
  const model::PlannedTask& planned = run.planned(position);
  const TaskRun& one = run.tasks[position];
  const std::string where = "run " + run.id.text();
  doubt.unless(std::uint64_t{planned.first_edge} + planned.edge_count <= run.edges.size(), where, "too few edges");
  if (one.declared())
    doubt.unless(planned.edge_count <= one.declaration().upstream.size(), where, "more edges than declared");
  const bool acts = one.ready || model::is_invoked(one.state) || one.need == Need::asked;
  doubt.unless(!acts || one.declared(), where, "a task-run that is active without a declaration");
  doubt.unless(!one.ready || can_run(run, one), where, "ready, but it cannot run");
  doubt.unless(is_possible(state, one.shared_from), where, "shared from nowhere");
  doubt.unless(!planned.shared_from || is_possible(state, *planned.shared_from), where, "shared from nowhere");
}

void check_run(const State& state, base::RunId id, const Run* run, Doubt& doubt) {
  const std::string where = "run " + id.text();
  if (run == nullptr) return doubt.unless(false, where, "there is nothing");
  const std::size_t size = run->tasks.size();
  doubt.unless(run->id == id && run->head.run == id, where, "named as another one");
  doubt.unless(run->head.plan->tasks.size() == size && run->scope.size() == size, where, "columns of different length");
  doubt.unless(is_object(run->head.params), where, "params that are no object");
  doubt.unless(run->taken_at.empty() || run->taken_at.size() == run->edges.size(), where, "edges without a time");
  if (doubt.any()) return;
  for (const model::PlannedEdge& edge : run->edges)
    doubt.unless(edge.how != model::How::in_run || edge.upstream < size, where, "an edge from nowhere");
  for (std::uint32_t position = 0; position < size && !doubt.any(); ++position)
    check_task_run(state, *run, position, doubt);
  for (const auto& [position, detail] : run->details) {
    doubt.unless(position < size, where, "details of no task-run");
    for (const TaskRunRef at : detail.followers) doubt.unless(is_live(state, at), where, "followed by no run");
  }
}

// indexes

void connect_task(State& state, TaskIndex index) {
  Task& task = state.task(index);
  for (std::uint32_t edge = 0; edge < task.upstream.size(); ++edge) {
    Task& upstream = state.task(task.upstream[edge]);
    if (upstream.downstream.empty() || upstream.downstream.back() != index) upstream.downstream.push_back(index);
    if (!upstream.declared()) state.server(task.server).unresolved.emplace(index, edge);
  }
  if (task.rare)
    for (Timer& timer : task.rare->timers) {
      timer.rule = task.declaration().when[timer.trigger];
      if (timer.next) state.timers.insert({*timer.next, index});
    }
  index_event_triggers(state, index, true);
}

void index_instances(State& state, Doubt& doubt) {
  for (std::uint32_t i = 0; i < state.instances.size(); ++i) {
    const Instance& one = state.instances[i];
    const std::string name = state.server(one.server).name + '#' + one.name;
    doubt.unless(state.instance_by_name.emplace(name, InstanceIndex{i}).second, name, "an instance twice");
    if (one.session.value != 0)
      doubt.unless(state.instance_by_session.emplace(one.session.value, InstanceIndex{i}).second, name,
                   "a session of two instances");
  }
}

void index_attempt(State& state, const Place& where, Doubt& doubt) {
  const TaskRun& one = where.task_run;
  doubt.unless(state.attempts.emplace(one.token, where.at()).second && one.token != 0, "run " + where.run.id.text(),
               "a token twice");
  if (!model::is_invoked(one.state)) return;  // asked: it holds nothing
  Task& task = state.task(where.run.planned(where.position).task);
  ++task.invoked;
  for (const std::string& limit : one.policy().limits) state.limits[limit].holders.insert(one.token);
  if (one.instance == model::no_instance) {
    state.server(task.server).unassigned.insert(where.at());
    return;
  }
  Instance& instance = state.instance(one.instance);
  instance.attempts.insert(where.at());
  if (one.state != model::TaskState::started) ++instance.unstarted;
}

void index_run(State& state, Run& run, Doubt& doubt) {
  index_dependents(run);
  for (std::uint32_t position = 0; position < run.tasks.size(); ++position) {
    const Place where{run, run.tasks[position], position};
    if (model::is_invoked(where.task_run.state) || where.task_run.need == Need::asked)
      index_attempt(state, where, doubt);
    if (where.task_run.ready)
      state.server(state.task(run.planned(position).task).server)
          .ready.insert(ready_key(run, where.task_run, position));
  }
}

/// The place where the owner of a deadline keeps its handle; null when there is no such owner.
DeadlineId* handle_of(State& state, const ArmedDeadline& one) {
  const Deadline& deadline = one.deadline;
  if (is_of_instance(deadline.kind))
    return deadline.instance == model::no_instance ? nullptr : &state.instance(deadline.instance).claim;
  if (!is_live(state, deadline.task_run)) return nullptr;
  TaskRun& owner = place(state, deadline.task_run).task_run;
  return one.second ? &owner.cancel_deadline : &owner.deadline;
}

void arm_deadlines(State& state, const std::vector<ArmedDeadline>& deadlines, Doubt& doubt) {
  std::map<base::Duration, base::Uptime> last;
  for (const ArmedDeadline& one : deadlines) {
    const auto [before, first] = last.try_emplace(one.after, one.deadline.at);
    DeadlineId* handle = handle_of(state, one);
    const bool fits = handle != nullptr && *handle == 0 && (first || before->second <= one.deadline.at);
    doubt.unless(fits, "deadlines", "one of nothing, a second one, or one out of order");
    if (!fits) return;
    before->second = one.deadline.at;
    *handle = state.deadlines.arm(one.deadline.at - one.after, one.after, one.deadline);
  }
}

}  // namespace

std::vector<ArmedDeadline> armed_deadlines(const State& state) {
  std::vector<ArmedDeadline> all;
  for (const auto& [after, id] : state.deadlines.armed()) {
    ArmedDeadline one{after, state.deadlines.at(id), false};
    if (!is_of_instance(one.deadline.kind)) {
      one.deadline.instance = model::no_instance;
      one.second = task_run(state, one.deadline.task_run).cancel_deadline == id;
    }
    all.push_back(one);
  }
  return all;
}

std::string rebuild_indexes(State& state, const std::vector<ArmedDeadline>& deadlines) {
  Doubt doubt;
  check_names(state, doubt);
  for (std::uint32_t i = 0; i < state.servers.size(); ++i) check_server(state, i, doubt);
  for (const auto& [id, run] : state.runs) check_run(state, id, run.get(), doubt);
  for (const Task& task : state.tasks) check_task(state, task, doubt);
  for (const auto& [at, ref] : state.retries) doubt.unless(is_live(state, ref), "retries", "one of no run");
  if (doubt.any()) return doubt.take();
  for (std::uint32_t i = 0; i < state.tasks.size(); ++i) connect_task(state, TaskIndex{i});
  index_instances(state, doubt);
  for (const auto& [id, run] : state.runs) index_run(state, *run, doubt);
  arm_deadlines(state, deadlines, doubt);
  for (std::uint32_t i = 0; i < state.servers.size(); ++i) state.touched_servers.insert(ServerIndex{i});
  return doubt.any() ? doubt.take() : broken_invariant(state);
}

}  // namespace cordyna::engine
