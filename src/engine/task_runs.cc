#include "engine/task_runs.h"

#include <algorithm>

#include "base/check.h"
#include "base/limits.h"
#include "base/mutant.h"
#include "engine/graph.h"
#include "engine/history.h"

namespace cordyna::engine {

using model::TaskState;

Place place(State& state, TaskRunRef at) {
  Run* run = state.run(at.run);
  base::check(run != nullptr && at.position < run->tasks.size());
  return {*run, run->tasks[at.position], at.position};
}

const TaskRun& task_run(const State& state, TaskRunRef at) {
  const Run* run = state.run(at.run);
  base::check(run != nullptr && at.position < run->tasks.size());
  return run->tasks[at.position];
}

TaskIndex task_at(const State& state, TaskRunRef at) {
  return state.run(at.run)->planned(at.position).task;
}

bool can_run(const Run& run, const TaskRun& task_run) {
  const bool has_all = task_run.waiting == 0 || (base::mutant("ready_too_early") && task_run.waiting == 1);
  return task_run.state == TaskState::pending && has_all && task_run.need == Need::open && !task_run.view &&
         !task_run.cancel_requested && !run.held && !run.cancel_requested && task_run.declared();
}

ReadyKey ready_key(const Run& run, const TaskRun& task_run, std::uint32_t position) {
  const base::Duration age = task_run.ready_since.time_since_epoch();
  return {age - task_run.policy().priority * base::Duration(base::limits::priority_step), {run.id, position}};
}

void arm(State& state, Place place, DeadlineKind kind, base::Duration after, base::Now now) {
  state.deadlines.disarm(place.task_run.deadline);
  place.task_run.deadline = state.deadlines.arm(now.uptime, after, {kind, {}, place.at(), {}});
}

void make_ready(State& state, Place place, base::Now now) {
  TaskRun& one = place.task_run;
  if (one.ready || !can_run(place.run, one)) return;
  const auto detail = place.run.details.find(place.position);
  if (detail != place.run.details.end() && detail->second.retry_at) return;
  one.ready = true;
  one.ready_since = now.uptime;
  const ServerIndex server = state.task(place.run.planned(place.position).task).server;
  state.server(server).ready.insert(ready_key(place.run, one, place.position));
  state.touched_servers.insert(server);
  const model::ServerState reachable = state.server(server).state;
  if (reachable != model::ServerState::ready && reachable != model::ServerState::draining)
    wait_for_server(state, place, now);
}

void wait_for_server(State& state, Place place, base::Now now) {
  TaskRun& one = place.task_run;
  if (!one.policy().wait_for_server || one.cancel_deadline != 0) return;
  one.cancel_deadline =
      state.deadlines.arm(now.uptime, *one.policy().wait_for_server, {DeadlineKind::server_wait, {}, place.at(), {}});
}

void unready(State& state, Place place) {
  TaskRun& one = place.task_run;
  const auto detail = place.run.details.find(place.position);
  if (detail != place.run.details.end() && detail->second.retry_at) {
    state.retries.erase({*detail->second.retry_at, place.at()});
    detail->second.retry_at.reset();
  }
  if (!one.ready) return;
  one.ready = false;
  const ReadyKey key = ready_key(place.run, one, place.position);
  Server& server = state.server(state.task(place.run.planned(place.position).task).server);
  server.ready.erase(key);
  server.parked.erase(key);
  give_way(state, key);
}

void unpark(State& state, const ReadyKey& key) {
  const ServerIndex server = state.task(task_at(state, key.at)).server;
  state.server(server).parked.erase(key);
  state.server(server).ready.insert(key);
  state.touched_servers.insert(server);
}

void give_way(State& state, const ReadyKey& key) {
  const model::Policy& policy = task_run(state, key.at).policy();
  const TaskIndex index = task_at(state, key.at);
  Task& task = state.task(index);
  if (task.rare && task.rare->parked.give_way(policy.concurrency, key)) state.touched_tasks.insert(index);
  for (const std::string& name : policy.limits)
    if (state.limits[name].parked.give_way(task.server.value, key)) state.touched_limits.insert(name);
}

void take_places(State& state, const TaskRun& one) {
  for (const std::string& name : one.policy().limits) state.limits[name].holders.insert(one.token);
}

void free_places(State& state, const TaskRun& one) {
  const bool lost = one.instance != model::no_instance && state.instance(one.instance).session.value == 0;
  const bool leaks = (base::mutant("limit_leaks_on_cancel") && one.cancel_requested) ||
                     (base::mutant("limit_leaks_on_a_lost_instance") && lost);
  for (const std::string& name : one.policy().limits) {
    Limit& limit = state.limits[name];
    if (!leaks) limit.holders.erase(one.token);
    if (!limit.parked.first().empty() && !base::mutant("wake_up_lost")) state.touched_limits.insert(name);
  }
}

void begin_attempt(State& state, Place place, InstanceIndex instance, Seq seq, base::Now now) {
  unready(state, place);
  TaskRun& one = place.task_run;
  state.deadlines.disarm(one.cancel_deadline);
  one.state = TaskState::invoked;
  ++one.attempt;
  one.token = seq;
  one.invoked_seq = seq;
  one.invoked_at = now.wall;
  one.queued_at = one.started_at = {};
  one.fenced_start = false;
  one.instance = model::no_instance;
  state.attempts[seq] = place.at();
  Task& task = state.task(place.run.planned(place.position).task);
  ++task.invoked;
  take_places(state, one);
  arm(state, place, DeadlineKind::ack,
      one.policy().timeouts.ack - base::Duration(base::mutant("ack_deadline_early") ? 1 : 0), now);
  if (instance == model::no_instance)
    state.server(task.server).unassigned.insert(place.at());
  else
    assign(state, place, instance);
}

void assign(State& state, Place place, InstanceIndex index) {
  place.task_run.instance = index;
  Instance& instance = state.instance(index);
  instance.attempts.insert(place.at());
  ++instance.unstarted;
  state.server(instance.server).unassigned.erase(place.at());
}

void end_attempt(State& state, Place place) {
  TaskRun& one = place.task_run;
  state.deadlines.disarm(one.deadline);
  state.deadlines.disarm(one.cancel_deadline);
  if (const auto detail = place.run.details.find(place.position); detail != place.run.details.end())
    detail->second.deadline_left.reset();
  if (one.need == Need::asked) state.attempts.erase(one.token);  // nobody waits for its check's answer any more
  if (!model::is_invoked(one.state)) return;
  if (!base::mutant("no_fence")) state.attempts.erase(one.token);
  const TaskIndex index = place.run.planned(place.position).task;
  Task& task = state.task(index);
  Server& server = state.server(task.server);
  server.unassigned.erase(place.at());
  state.touched_servers.insert(task.server);
  if (!(base::mutant("count_apart_from_facts") && one.state == TaskState::queued)) --task.invoked;
  if (task.rare && !task.rare->parked.first().empty() && !base::mutant("wake_up_lost"))
    state.touched_tasks.insert(index);
  free_places(state, one);
  if (one.instance == model::no_instance) return;
  Instance& instance = state.instance(one.instance);
  instance.attempts.erase(place.at());
  if (one.state != TaskState::started) --instance.unstarted;
}

model::Taken taken_of(const Run& run, std::uint32_t position, bool finished) {
  const TaskRun& one = run.tasks[position];
  if (!model::is_final(one.state)) return {};
  const bool completion =
      one.state == TaskState::completed || (one.state == TaskState::skipped && one.skip == model::SkipReason::check);
  const bool end = !(one.state == TaskState::skipped && one.skip != model::SkipReason::check);
  if (!completion && !(finished && end)) return {};
  if (const auto& planned = run.planned(position); planned.shared_from) {
    if (planned.completion.seq != 0) return planned.completion;
    const auto detail = run.details.find(position);
    if (detail != run.details.end() && detail->second.completion.seq != 0) return detail->second.completion;
  }
  return {run.id, one.attempt, one.ended_seq};
}

namespace {

Reach reach_of(const Run& run, const TaskRun& one) {
  const Seq invoked = one.invoked_seq != 0 ? one.invoked_seq : one.ended_seq;
  const base::Time at = one.invoked_seq != 0 ? one.invoked_at : one.ended_at;
  switch (run.head.standing.kind) {
    case model::Standing::Kind::instant:
      return {run.head.standing.at, 0, invoked, true};
    case model::Standing::Kind::event:
      return {run.head.standing.at, run.head.standing.event, invoked, false};
    case model::Standing::Kind::nothing:
      break;
  }
  return {at, invoked, invoked, false};
}

/// The completion an edge took from outside, null when a newer one has replaced it.
const Completion* completion_taken(const State& state, const model::PlannedEdge& edge) {
  const auto of = [&edge](const History* history) -> const Completion* {
    if (history == nullptr) return nullptr;
    if (history->last && history->last->taken.seq == edge.taken.seq) return &*history->last;
    if (history->newest && history->newest->taken.seq == edge.taken.seq) return &*history->newest;
    return nullptr;
  };
  const Task& task = state.task(edge.task);
  if (const Completion* found = of(task.history.get())) return found;
  for (const auto& [scope, history] : task.detail().histories)
    if (const Completion* found = of(history.get())) return found;
  return nullptr;
}

base::Time taken_at(const Run& run, const model::PlannedEdge& edge) {
  if (edge.how == model::How::in_run) return run.tasks[edge.upstream].ended_at;
  return run.taken_at.empty() ? run.created_at : run.taken_at[static_cast<std::size_t>(&edge - run.edges.data())];
}

void remember_completion(Place place, History& history, const Reach& reach, base::Now now) {
  const TaskRun& one = place.task_run;
  Completion completion;
  completion.taken = {place.run.id, one.attempt, one.ended_seq};
  completion.at = now.wall;
  completion.reach = reach;
  completion.standing = place.run.head.standing;
  completion.params = place.run.head.params;
  if (const auto detail = place.run.details.find(place.position); detail != place.run.details.end())
    completion.result = detail->second.result;
  std::vector<SeqByTask::Entry> consumed;
  const auto edges = place.run.edges_of(place.position);
  completion.upstream.reserve(edges.size());
  consumed.reserve(edges.size());
  for (const model::PlannedEdge& edge : edges) {
    const model::Taken taken =
        edge.how == model::How::in_run ? taken_of(place.run, edge.upstream, edge.finished) : edge.taken;
    if (taken.seq == 0) continue;
    completion.upstream.push_back({edge.task, taken.seq, taken_at(place.run, edge)});
    consumed.emplace_back(edge.task, taken.seq);
  }
  history.consumed.raise(std::move(consumed));
  if (!place.run.head.quiet || base::mutant("quiet_runs_start_joins")) history.joining_seq = one.ended_seq;
  if (!history.last || !reach.before(history.last->reach)) {
    history.last = std::move(completion);
    history.newest.reset();
  } else {
    history.newest = std::move(completion);
  }
}

void remember_end(State& state, Place place, base::Now now) {
  const TaskRun& one = place.task_run;
  const ScopeIndex scope = place.run.scope[place.position];
  History& past = history(state, place.run.planned(place.position).task, scope);
  std::erase(past.live, place.at());
  if (one.state == TaskState::skipped && one.skip != model::SkipReason::check)
    return;  // changes nothing outside its run
  const Reach reach = reach_of(place.run, one);
  std::vector<SeqByTask::Entry> taken;
  taken.reserve(place.run.edges_of(place.position).size());
  for (const model::PlannedEdge& edge : place.run.edges_of(place.position))
    taken.emplace_back(edge.task, edge.how == model::How::in_run ? taken_of(place.run, edge.upstream, edge.finished).seq
                                                                 : edge.taken.seq);
  past.last_taken.raise(std::move(taken));
  if (!past.last_run || !reach.before(past.last_run->reach)) {
    History::LastRun last;
    last.at = place.at();
    last.state = one.state;
    last.reach = reach;
    last.created = place.run.created;
    last.ended = one.ended_seq;
    last.attempt = one.attempt;
    last.ended_at = now.wall;
    if (const auto detail = place.run.details.find(place.position); detail != place.run.details.end())
      last.root = detail->second.root;
    last.ran = one.state == TaskState::completed && one.started_at != base::Time{} ? now.wall - one.started_at
               : past.last_run                                                     ? past.last_run->ran
                                                                                   : base::Duration(0);
    past.last_run = last;
  }
  past.finished = {place.run.id, one.attempt, one.ended_seq};
  past.finished_at = now.wall;
  if (!place.run.head.quiet) past.finished_joining_seq = one.ended_seq;
  const bool completion = one.state == TaskState::completed || one.state == TaskState::skipped;
  if (completion) remember_completion(place, past, reach, now);
  Task& task = state.task(place.run.planned(place.position).task);
  if (task.detail().histories.size() <= base::limits::scopes_per_task_max) return;
  auto& histories = task.rare->histories;
  for (auto oldest = histories.begin(); oldest != histories.end(); ++oldest)
    if (oldest->second->live.empty() && oldest->first != scope) {
      histories.erase(oldest);
      break;
    }
}

}  // namespace

void keep_outside_result(State& state, Run& run, std::uint32_t edge) {
  const model::PlannedEdge& taken = run.edges[edge];
  if (taken.how == model::How::in_run || taken.taken.seq == 0) return;
  const Completion* completion = completion_taken(state, taken);
  if (completion == nullptr) return;
  if (run.taken_at.empty()) run.taken_at.resize(run.edges.size(), run.created_at);
  run.taken_at[edge] = completion->at;
  if (!completion->result.empty()) run.outside_results[edge] = completion->result;
}

void finish(State& state, Place place, TaskState final_state, Seq seq, base::Now now) {
  TaskRun& one = place.task_run;
  base::check(!model::is_final(one.state));
  unready(state, place);
  end_attempt(state, place);
  one.state = final_state;
  one.ended_seq = seq;
  one.ended_at = now.wall;
  one.need = Need::open;
  --place.run.open;
  if (final_state == TaskState::error || final_state == TaskState::blocked || final_state == TaskState::cancelled)
    place.run.bad = true;
  for (const model::PlannedEdge& edge : place.run.edges_of(place.position))
    if (edge.how == model::How::awaited) std::erase(state.task(edge.task).detail_to_change().awaiting, place.at());
  if (!one.view) remember_end(state, place, now);
  for (const Dependent& dependent : place.run.dependents_of(place.position)) {
    TaskRun& waiting = place.run.tasks[dependent.position];
    base::check(waiting.waiting > 0);
    --waiting.waiting;
    if (waiting.waiting == 0 || (base::mutant("ready_too_early") && waiting.waiting == 1))
      make_ready(state, {place.run, waiting, dependent.position}, now);
  }
}

}  // namespace cordyna::engine
