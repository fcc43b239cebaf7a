// Copies of runs out of the state, or out of what the log told: the loop's half of run_document.h.
#include "cerebro/run_document.h"
#include "engine/history.h"
#include "engine/task_runs.h"

namespace cordyna::cerebro {

using engine::State;
using model::How;
using model::TaskState;

namespace {

std::optional<base::Time> given(base::Time time) {
  return time == base::Time{} ? std::nullopt : std::optional(time);
}

void fill(RunHead& head, const State& state, const model::TriggerCause& trigger, const model::Standing& standing) {
  head.trigger = trigger;
  if (trigger.task && trigger.task->value < state.tasks.size()) head.trigger_task = state.task(*trigger.task).name;
  if (standing.kind == model::Standing::Kind::instant) head.scheduled_at = standing.at;
}

std::string name_of(const State& state, model::TaskIndex task) {
  return task.value < state.tasks.size() ? state.task(task).name : std::string();
}

void fill_root(TaskRunView& view, const State& state, const model::RootCause& root) {
  if (root.run.none()) return;
  view.root = root;
  view.root_task = name_of(state, root.task);
  view.root_team = root.task.value < state.tasks.size() ? engine::team_of(state, root.task) : std::string();
}

/// The state of a completion taken from outside: an end of any kind only for `require: finished`.
std::string outside_state(const State& state, const model::PlannedEdge& edge, engine::ScopeIndex scope) {
  if (edge.taken.seq == 0) return {};
  if (!edge.finished) return "completed";
  const engine::History* past = engine::find_history(state, edge.task, scope);
  if (past != nullptr && past->last_run && past->last_run->ended == edge.taken.seq)
    return std::string(model::word(past->last_run->state));
  return "completed";
}

std::string how_word(How how) {
  switch (how) {
    case How::in_run:
      return "in_run";
    case How::completion:
      return "completion";
    case How::within:
      return "within";
    case How::unsatisfied:
    case How::awaited:
      break;
  }
  return "unsatisfied";
}

std::vector<UpstreamView> upstream_of(const State& state, const engine::Run& run, std::uint32_t position) {
  std::vector<UpstreamView> upstream;
  for (const model::PlannedEdge& edge : run.edges_of(position)) {
    UpstreamView view{name_of(state, edge.task), "", how_word(edge.how), edge.taken};
    if (edge.how == How::in_run) {
      view.state = model::word(run.tasks[edge.upstream].state);
      view.by = engine::taken_of(run, edge.upstream, edge.finished);
      if (run.planned(edge.upstream).shared_from) view.how = "shared";
    } else {
      view.state = outside_state(state, edge, run.scope[position]);
    }
    upstream.push_back(std::move(view));
  }
  return upstream;
}

void fill_detail(TaskRunView& view, const State& state, const engine::Detail& detail) {
  view.failure = detail.failure;
  fill_root(view, state, detail.root);
  view.skip_text = detail.skip_text;
  view.result = detail.result;
  if (detail.progress_permille != 0 || !detail.progress_message.empty()) {
    view.progress_permille = detail.progress_permille;
    view.progress_message = detail.progress_message;
  }
}

TaskRunView view_of(const State& state, const engine::Run& run, std::uint32_t position, base::Time now) {
  const engine::TaskRun& one = run.tasks[position];
  TaskRunView view;
  view.task = name_of(state, run.planned(position).task);
  view.state = one.state;
  view.skip = one.skip;
  view.cancel_requested = one.cancel_requested;
  view.attempt = one.attempt;
  if (one.state == TaskState::pending) view.reason = engine::why_pending(state, run, position, now);
  view.invoked_at = given(one.invoked_at);
  view.queued_at = given(one.queued_at);
  view.started_at = given(one.started_at);
  view.ended_at = given(one.ended_at);
  if (one.instance != model::no_instance) view.instance = state.instance(one.instance).name;
  if (const auto detail = run.details.find(position); detail != run.details.end())
    fill_detail(view, state, detail->second);
  if (!one.shared_from.run.none()) view.shared_from.emplace(one.shared_from.run, view.task);
  view.upstream = upstream_of(state, run, position);
  return view;
}

std::vector<UpstreamView> upstream_of(const State& state, const engine::RunRecord& record, std::uint32_t position) {
  std::vector<UpstreamView> upstream;
  const model::PlannedTask& planned = record.head.plan->tasks[position];
  for (std::uint32_t i = 0; i < planned.edge_count; ++i) {
    const model::PlannedEdge& edge = record.edges[planned.first_edge + i];
    UpstreamView view{name_of(state, edge.task), "", how_word(edge.how), edge.taken};
    if (edge.how == How::in_run) {
      const engine::TaskRunRecord& other = record.tasks[edge.upstream];
      view.state = model::word(other.state);
      view.by = other.completion;
      if (view.by.seq == 0 && edge.finished && other.ended_seq != 0)
        view.by = {record.head.run, other.attempt, other.ended_seq};
      if (record.head.plan->tasks[edge.upstream].shared_from) view.how = "shared";
    } else if (edge.taken.seq != 0) {
      view.state = edge.finished ? outside_state(state, edge, engine::ScopeIndex{0}) : "completed";
    }
    upstream.push_back(std::move(view));
  }
  return upstream;
}

TaskRunView view_of(const State& state, const engine::RunRecord& record, std::uint32_t position) {
  const engine::TaskRunRecord& one = record.tasks[position];
  TaskRunView view;
  view.task = name_of(state, record.head.plan->tasks[position].task);
  view.state = one.state;
  view.skip = one.skip;
  view.skip_text = one.skip_text;
  view.attempt = one.attempt;
  view.failure = one.failure;
  fill_root(view, state, one.root);
  view.invoked_at = one.invoked_at;
  view.queued_at = one.queued_at;
  view.started_at = one.started_at;
  view.ended_at = one.ended_at;
  if (one.progress_permille != 0 || !one.progress_message.empty()) {
    view.progress_permille = one.progress_permille;
    view.progress_message = one.progress_message;
  }
  if (one.instance != model::no_instance && one.instance.value < state.instances.size())
    view.instance = state.instance(one.instance).name;
  view.result = one.result;
  if (one.shared_from) view.shared_from.emplace(one.shared_from->run, view.task);
  view.upstream = upstream_of(state, record, position);
  return view;
}

}  // namespace

RunHead head_of(const State& state, const engine::Run& run) {
  RunHead head{run.id, run.state, run.cancel_requested, run.head.env,     {}, {},
               {},     {},        run.created_at,       run.head.selected};
  fill(head, state, run.head.trigger, run.head.standing);
  return head;
}

RunHead head_of(const State& state, const engine::RecentRun& run) {
  RunHead head{run.id, run.state, false, run.env, {}, {}, {}, run.ended_at, run.created_at, run.selected};
  fill(head, state, run.trigger, run.standing);
  return head;
}

RunHead head_of(const State& state, const engine::RunRecord& record) {
  RunHead head{record.head.run, record.state,      record.cancel_requested, record.head.env, {}, {}, {},
               record.ended_at, record.created_at, record.head.selected};
  fill(head, state, record.head.trigger, record.head.standing);
  return head;
}

RunView view_of(const State& state, const engine::Run& run, base::Time now) {
  RunView view{head_of(state, run), run.head.params, run.head.force, run.head.person, run.head.after, {}};
  view.tasks.reserve(run.tasks.size());
  for (std::uint32_t position = 0; position < run.tasks.size(); ++position)
    view.tasks.push_back(view_of(state, run, position, now));
  return view;
}

RunView view_of(const State& state, const engine::RunRecord& record) {
  RunView view{head_of(state, record), record.head.params, record.head.force,
               record.head.person,     record.head.after,  {}};
  view.tasks.reserve(record.tasks.size());
  for (std::uint32_t position = 0; position < record.tasks.size(); ++position)
    view.tasks.push_back(view_of(state, record, position));
  return view;
}

}  // namespace cordyna::cerebro
