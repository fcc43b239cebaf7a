// How runs and task-runs change: one overload of apply_event an event. See task_runs.h for the moves they share.
#include "engine/apply_runs.h"

#include <algorithm>

#include "base/check.h"
#include "base/limits.h"
#include "base/mutant.h"
#include "engine/graph.h"
#include "engine/history.h"
#include "engine/task_runs.h"

namespace cordyna::engine {

using model::TaskState;

void index_dependents(Run& run) {
  const auto& tasks = run.head.plan->tasks;
  run.dependents_first.assign(tasks.size() + 1, 0);
  for (const model::PlannedEdge& edge : run.edges)
    if (edge.how == model::How::in_run) ++run.dependents_first[edge.upstream + 1];
  for (std::size_t i = 0; i < tasks.size(); ++i) run.dependents_first[i + 1] += run.dependents_first[i];
  run.dependents.resize(run.dependents_first.back());
  std::vector<std::uint32_t> next(run.dependents_first.begin(), run.dependents_first.end() - 1);
  for (std::uint32_t position = 0; position < tasks.size(); ++position)
    for (std::uint32_t i = 0; i < tasks[position].edge_count; ++i) {
      const std::uint32_t edge = tasks[position].first_edge + i;
      if (run.edges[edge].how == model::How::in_run)
        run.dependents[next[run.edges[edge].upstream]++] = {position, edge};
    }
}

namespace {

void add_history(State& state, Run& run, std::uint32_t position, const Setting& setting) {
  const TaskIndex task = run.planned(position).task;
  run.scope[position] = intern_scope(state, setting.scope(task));
  if (run.tasks[position].view || run.planned(position).shared_from) return;
  history(state, task, run.scope[position]).live.push_back({run.id, position});
}

void add_task_run(State& state, Run& run, std::uint32_t position, base::Now now) {
  const model::PlannedTask& planned = run.planned(position);
  TaskRun& one = run.tasks[position];
  const Task& task = state.task(planned.task);
  one.definition = task.definition;
  one.pending_since = now.wall;
  ++run.open;
  if (planned.shared_from) {
    one.shared_from = *planned.shared_from;
    one.view = !model::is_final(planned.state);
    if (one.view)
      place(state, one.shared_from).run.details[one.shared_from.position].followers.push_back({run.id, position});
  }
  bool awaits = false;
  for (const model::PlannedEdge& edge : run.edges_of(position)) {
    if (edge.how == model::How::in_run) ++one.waiting;
    if (edge.how != model::How::awaited) continue;
    awaits = true;
    state.task(edge.task).detail_to_change().awaiting.push_back({run.id, position});
  }
  if (awaits) ++one.waiting;
  if (planned.check) {
    run.asks = true;
    one.need = Need::undecided;
  }
}

/// With a `check` anywhere in the run, a pulled task waits until it is known that it is needed.
void set_needs(Run& run) {
  if (!run.asks) return;
  for (std::uint32_t position = 0; position < run.tasks.size(); ++position)
    if (run.planned(position).role == model::Role::pulled && !run.planned(position).shared_from)
      run.tasks[position].need = Need::undecided;
}

/// A failure that stands is the end that happened then, also for those that need no more than an end.
void take_old_failure(State& state, Run& run, std::uint32_t position) {
  const model::PlannedTask& planned = run.planned(position);
  const History* past = find_history(state, planned.task, run.scope[position]);
  if (planned.completion.seq != 0 || past == nullptr || !past->last_run || past->last_run->at != *planned.shared_from)
    return;
  run.details[position].completion = {planned.shared_from->run, past->last_run->attempt, past->last_run->ended};
}

/// Ends taken over from another run stand from the beginning: no event of their own.
void take_over_ends(State& state, Run& run, Seq seq, base::Now now) {
  for (std::uint32_t position = 0; position < run.tasks.size(); ++position) {
    const model::PlannedTask& planned = run.planned(position);
    if (!planned.shared_from || !model::is_final(planned.state)) continue;
    run.tasks[position].view = true;  // its history is the other run's
    take_old_failure(state, run, position);
    if (planned.state == TaskState::skipped) run.tasks[position].skip = model::SkipReason::check;
    finish(state, {run, run.tasks[position], position}, planned.state, seq, now);
  }
}

void start_pending_deadline(State& state, Place where, base::Now now) {
  if (!where.task_run.declared() || where.task_run.view || where.task_run.state != TaskState::pending) return;
  if (const auto& pending = where.task_run.policy().timeouts.pending)
    arm(state, where, DeadlineKind::pending, *pending, now);
}

RecentRun recent_of(const Run& run, model::RunState ended, base::Time at) {
  return {run.id, ended, run.head.env, run.head.trigger, run.head.standing, run.created_at, at, run.head.selected};
}

}  // namespace

void apply_event(State& state, const model::RunCreated& event, Applied when) {
  auto owned = std::make_unique<Run>();
  Run& run = *owned;
  run.id = event.run;
  run.created = when.seq;
  run.created_at = when.now.wall;
  run.head = event;
  run.edges = event.plan->edges;
  run.tasks.resize(event.plan->tasks.size());
  run.scope.resize(event.plan->tasks.size());
  Run* before = event.after.none() ? nullptr : state.run(event.after);
  run.held = before != nullptr;
  if (before != nullptr) before->then.push_back(run.id);
  state.runs[run.id] = std::move(owned);
  for (std::uint32_t position = 0; position < run.tasks.size(); ++position)
    add_task_run(state, run, position, when.now);
  const Setting setting(state, event.env, model::Json::parse(event.params));
  for (std::uint32_t position = 0; position < run.tasks.size(); ++position) add_history(state, run, position, setting);
  index_dependents(run);
  for (std::uint32_t edge = 0; edge < run.edges.size(); ++edge) keep_outside_result(state, run, edge);
  for (const auto& [position, result] : event.plan->results) run.details[position].result = result;
  set_needs(run);
  take_over_ends(state, run, when.seq, when.now);
  for (std::uint32_t position = 0; position < run.tasks.size(); ++position) {
    const Place where{run, run.tasks[position], position};
    start_pending_deadline(state, where, when.now);
    make_ready(state, where, when.now);
  }
  if (event.trigger.kind == model::TriggerKind::event) {
    const auto seen = state.seen_events.find({event.trigger.event_source, event.trigger.event_id});
    if (seen != state.seen_events.end()) seen->second.runs.push_back(run.id);
  }
  if (event.key.empty()) return;
  state.seen_keys[event.key] = {event.key_body, run.id, when.now.wall};
  state.seen_keys_order.push_back(event.key);
  while (!state.seen_keys_order.empty() &&
         state.seen_keys[state.seen_keys_order.front()].at + base::limits::idempotency_key_kept < when.now.wall) {
    state.seen_keys.erase(state.seen_keys_order.front());
    state.seen_keys_order.pop_front();
  }
}

void apply_event(State& state, const model::RunCancelRequested& event, Applied) {
  Run* run = state.run(event.run);
  run->cancel_requested = true;
  for (std::uint32_t position = 0; position < run->tasks.size(); ++position) {
    const auto detail = run->details.find(position);
    const bool has_views = detail != run->details.end() && !detail->second.followers.empty();
    // What another run shares may be handed over to it next, with the instant of its retry.
    if (run->tasks[position].state == TaskState::pending && !has_views)
      unready(state, {*run, run->tasks[position], position});
  }
}

void apply_event(State& state, const model::RunEnded& event, Applied when) {
  const auto found = state.runs.find(event.run);
  const std::unique_ptr<Run> run = std::move(found->second);
  state.runs.erase(found);
  state.recent.push_back(recent_of(*run, event.state, when.now.wall));
  if (state.recent.size() > base::limits::recent_runs_max) state.recent.pop_front();
  for (const RunId next : run->then) {
    Run* held = state.run(next);
    if (held == nullptr) continue;
    held->held = false;
    for (std::uint32_t position = 0; position < held->tasks.size(); ++position)
      make_ready(state, {*held, held->tasks[position], position}, when.now);
  }
}

void apply_event(State& state, const model::CommandRun& event, Applied when) {
  begin_attempt(state, place(state, event.at), event.instance, when.seq, when.now);
}

void apply_event(State& state, const model::CommandAssigned& event, Applied) {
  assign(state, place(state, event.at), event.instance);
}

void apply_event(State& state, const model::CommandCancel& event, Applied when) {
  if (event.fence) return;
  const Place where = place(state, event.at);
  where.task_run.cancel_requested = true;
  where.task_run.ack_expired = event.reason == "ack_timeout";
  if (where.task_run.ack_expired) state.deadlines.disarm(where.task_run.deadline);  // it has expired: once is enough
  state.deadlines.disarm(where.task_run.cancel_deadline);
  where.task_run.cancel_deadline =
      state.deadlines.arm(when.now.uptime, base::limits::cancel_grace, {DeadlineKind::cancel, {}, event.at, {}});
}

void apply_event(State& state, const model::CommandCheck& event, Applied when) {
  const Place where = place(state, event.at);
  where.task_run.need = Need::asked;
  where.task_run.token = when.seq;
  where.task_run.instance = event.instance;
  state.attempts[when.seq] = event.at;
  state.deadlines.disarm(where.task_run.cancel_deadline);
  where.task_run.cancel_deadline =
      state.deadlines.arm(when.now.uptime, base::limits::check_timeout, {DeadlineKind::check, {}, event.at, {}});
}

void apply_event(State& state, const model::TaskQueued& event, Applied when) {
  const Place where = place(state, event.at);
  where.task_run.state = TaskState::queued;
  where.task_run.queued_at = when.now.wall;
  const Instance& instance = state.instance(where.task_run.instance);
  where.task_run.fenced_start = instance.attempts.size() > instance.slots;
  if (base::mutant("queued_for_ever")) return state.deadlines.disarm(where.task_run.deadline);
  arm(state, where, DeadlineKind::start, where.task_run.policy().timeouts.start, when.now);
}

void apply_event(State& state, const model::TaskStarted& event, Applied when) {
  const Place where = place(state, event.at);
  where.task_run.state = TaskState::started;
  where.task_run.started_at = when.now.wall;
  Instance& instance = state.instance(where.task_run.instance);
  --instance.unstarted;
  state.touched_servers.insert(instance.server);
  const base::Duration complete = where.task_run.policy().timeouts.complete;
  if (base::mutant("zombies_stay")) return state.deadlines.disarm(where.task_run.deadline);
  arm(state, where, DeadlineKind::complete, base::mutant("lease_shorter_than_the_task") ? complete / 2 : complete,
      when.now);
}

void apply_event(State& state, const model::TaskProgress& event, Applied) {
  const Place where = place(state, event.at);
  Detail& detail = where.run.details[where.position];
  detail.progress_permille = event.permille;
  detail.progress_message = event.message;
}

void apply_event(State& state, const model::TaskCompleted& event, Applied when) {
  const Place where = place(state, event.at);
  if (!event.result.empty() || !event.observed.empty()) {
    Detail& detail = where.run.details[where.position];
    detail.result = event.result;
    detail.observed = event.observed;
  }
  finish(state, where, TaskState::completed, when.seq, when.now);
}

namespace {

/// An attempt that cerebro ended by itself may still report: late.
void fence(State& state, const Place& where) {
  const TaskRun& one = where.task_run;
  if (!model::is_invoked(one.state)) return;
  Fenced fenced;
  fenced.at = where.at();
  fenced.task = where.run.planned(where.position).task;
  fenced.attempt = one.attempt;
  fenced.instance = one.instance;
  const Scope& scope = state.scopes[where.run.scope[where.position].value];
  fenced.env = scope.env;
  fenced.params = scope.params;
  fenced.standing = where.run.head.standing;
  state.fenced[one.token] = std::move(fenced);
  if (state.fenced.size() > base::limits::fenced_attempts_max) state.fenced.erase(state.fenced.begin());
}

}  // namespace

void apply_event(State& state, const model::TaskFailed& event, Applied when) {
  const Place where = place(state, event.at);
  if (event.failure.origin == model::Origin::cerebro) fence(state, where);
  Detail& detail = where.run.details[where.position];
  detail.failure = event.failure;
  detail.root = {where.run.id, event.task, event.failure.code};
  finish(state, where, TaskState::error, when.seq, when.now);
}

void apply_event(State& state, const model::TaskBlocked& event, Applied when) {
  const Place where = place(state, event.at);
  where.run.details[where.position].root = event.root;
  finish(state, where, TaskState::blocked, when.seq, when.now);
}

void apply_event(State& state, const model::TaskSkipped& event, Applied when) {
  const Place where = place(state, event.at);
  where.task_run.skip = event.reason;
  if (!event.text.empty()) where.run.details[where.position].skip_text = event.text;
  finish(state, where, TaskState::skipped, when.seq, when.now);
}

void apply_event(State& state, const model::TaskCancelled& event, Applied when) {
  const Place where = place(state, event.at);
  if (event.how == "unconfirmed") fence(state, where);
  if (where.task_run.view && !model::is_final(where.run.planned(where.position).state))
    if (Run* other = state.run(where.task_run.shared_from.run))
      std::erase(other->details[where.task_run.shared_from.position].followers, event.at);
  finish(state, where, TaskState::cancelled, when.seq, when.now);
}

void apply_event(State& state, const model::TaskRetry& event, Applied when) {
  const Place where = place(state, event.at);
  if (event.failure.origin == model::Origin::cerebro) fence(state, where);
  end_attempt(state, where);
  TaskRun& one = where.task_run;
  one.state = TaskState::pending;
  one.pending_since = when.now.wall;
  one.ended_seq = when.seq;
  one.instance = model::no_instance;
  one.cancel_requested = one.ack_expired = false;
  ++(event.counted ? one.retries : one.free_retries);
  if (base::mutant("retry_budget_counted_twice") && event.counted) ++one.retries;
  Detail& detail = where.run.details[where.position];
  detail.failure = event.failure;
  detail.retry_at = event.due;
  detail.progress_permille = 0;
  detail.progress_message.clear();
  state.retries.insert({event.due, event.at});
  start_pending_deadline(state, where, when.now);
}

void apply_event(State& state, const model::TaskDue& event, Applied when) {
  const Place where = place(state, event.at);
  Detail& detail = where.run.details[where.position];
  if (detail.retry_at) state.retries.erase({*detail.retry_at, event.at});
  detail.retry_at.reset();
  make_ready(state, where, when.now);
}

void apply_event(State& state, const model::TaskChecked& event, Applied) {
  const Place where = place(state, event.at);
  state.attempts.erase(where.task_run.token);
  state.deadlines.disarm(where.task_run.cancel_deadline);
  where.task_run.token = 0;
  where.task_run.instance = model::no_instance;
  where.task_run.need = Need::undecided;
}

void apply_event(State& state, const model::TaskNeeded& event, Applied when) {
  const Place where = place(state, event.at);
  where.task_run.need = Need::open;
  make_ready(state, where, when.now);
}

namespace {

void stop_awaiting(State& state, const Place& where) {
  for (const model::PlannedEdge& edge : where.run.edges_of(where.position))
    if (edge.how == model::How::awaited) std::erase(state.task(edge.task).detail_to_change().awaiting, where.at());
}

}  // namespace

void apply_event(State& state, const model::TaskPinned& event, Applied when) {
  const Place where = place(state, event.at);
  stop_awaiting(state, where);
  const model::PlannedTask& planned = where.run.planned(where.position);
  for (std::uint32_t i = 0; i < planned.edge_count && i < event.taken.size(); ++i) {
    model::PlannedEdge& edge = where.run.edges[planned.first_edge + i];
    if (edge.how != model::How::awaited) continue;
    edge.how = model::How::completion;
    edge.taken = event.taken[i];
    keep_outside_result(state, where.run, planned.first_edge + i);
  }
  --where.task_run.waiting;
  make_ready(state, where, when.now);
}

void apply_event(State& state, const model::TaskHandedOver& event, Applied when) {
  const Place from = place(state, event.from), to = place(state, event.to);
  TaskRun& old = from.task_run;
  TaskRun& heir = to.task_run;
  const TaskIndex task = event.task;
  // The heir stands where the old one stood; what only views had is gone.
  heir.view = false;
  heir.shared_from = {};
  Detail moved = from.run.details[from.position];
  std::erase(moved.followers, event.to);
  for (const TaskRunRef view : moved.followers) place(state, view).task_run.shared_from = event.to;
  from.run.details[from.position].followers.clear();
  History& past = history(state, task, from.run.scope[from.position]);
  std::replace(past.live.begin(), past.live.end(), event.from, event.to);
  heir.attempt = old.attempt;
  heir.ended_seq = old.ended_seq;
  heir.retries = old.retries;
  heir.free_retries = old.free_retries;
  if (old.deadline != 0) {
    const Deadline armed = state.deadlines.at(old.deadline);
    heir.deadline = state.deadlines.arm(when.now.uptime, armed.at - when.now.uptime, {armed.kind, {}, event.to, {}});
    state.deadlines.disarm(old.deadline);
  }
  if (model::is_invoked(old.state)) {
    state.attempts[old.token] = event.to;
    free_places(state, old);  // the heir's definition may know other limits
    if (old.instance != model::no_instance) {
      auto& attempts = state.instance(old.instance).attempts;
      attempts.erase(event.from);
      attempts.insert(event.to);
    } else {
      auto& unassigned = state.server(state.task(task).server).unassigned;
      unassigned.erase(event.from);
      unassigned.insert(event.to);
    }
    heir.state = old.state;
    heir.instance = old.instance;
    heir.token = old.token;
    take_places(state, heir);
    heir.invoked_seq = old.invoked_seq;
    heir.invoked_at = old.invoked_at;
    heir.queued_at = old.queued_at;
    heir.started_at = old.started_at;
    heir.fenced_start = old.fenced_start;
    state.deadlines.disarm(old.cancel_deadline);
    from.run.details[from.position].deadline_left.reset();
    old.state = TaskState::pending;  // ends as cancelled by the next event
    old.token = 0;
    old.instance = model::no_instance;
  } else {
    unready(state, from);
    if (moved.retry_at) state.retries.insert({*moved.retry_at, event.to});
  }
  old.view = true;  // its history is the heir's now
  old.shared_from = event.to;
  to.run.details[to.position] = std::move(moved);
  make_ready(state, to, when.now);
}

void apply_event(State& state, const model::TaskFollowed& event, Applied when) {
  const Place where = place(state, event.at);
  where.task_run.skip = event.skip;
  Detail& detail = where.run.details[where.position];
  detail.root = event.root;
  detail.completion = event.completion;
  if (Run* owner = state.run(event.shared_from.run)) {
    const auto of_owner = owner->details.find(event.shared_from.position);
    if (of_owner != owner->details.end()) {
      std::erase(of_owner->second.followers, event.at);
      detail.result = of_owner->second.result;
      detail.failure = of_owner->second.failure;
    }
  }
  finish(state, where, event.state, when.seq, when.now);
}

void apply_event(State& state, const model::TaskLate& event, Applied) {
  const auto found = state.fenced.find(event.token);
  if (found == state.fenced.end()) return;
  found->second.heard = event.state == "queued" ? 1 : event.state == "started" || event.state == "progress" ? 2 : 3;
  if (event.state == "completed") found->second.late = event.result;
}

void apply_event(State& state, const model::TaskAdopted& event, Applied when) {
  const ScopeIndex scope = intern_scope(state, {event.env, event.params});
  History& past = history(state, event.task, scope);
  Completion completion;
  completion.taken = {event.at.run, event.attempt, when.seq};
  completion.at = when.now.wall;
  const bool nothing = event.standing.kind == model::Standing::Kind::nothing;
  completion.reach = {nothing ? when.now.wall : event.standing.at, nothing ? when.seq : event.standing.event, when.seq,
                      event.standing.kind == model::Standing::Kind::instant};
  completion.standing = event.standing;
  completion.params = event.params;
  completion.result = event.result;
  past.finished = completion.taken;
  past.finished_at = when.now.wall;
  past.joining_seq = past.finished_joining_seq = when.seq;
  if (!past.last || !past.last->reach.before(completion.reach)) {
    past.newest = completion;
  }
  if (!past.last || past.last->reach.before(completion.reach)) {
    if (past.last_run) past.last_run->state = TaskState::completed;
    past.last = std::move(completion);
    past.newest.reset();
  }
  for (auto& [token, fenced] : state.fenced)
    if (fenced.at == event.at && fenced.attempt == event.attempt) fenced.late.reset();
}

}  // namespace cordyna::engine
