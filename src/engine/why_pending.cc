// The reason of a pending task-run. The order of the questions is the order in which the reasons would go away: what
// the run itself waits for, then what the task is held by, then its task-server.
#include <algorithm>

#include "engine/history.h"
#include "engine/sending.h"
#include "engine/task_runs.h"
#include "engine/why.h"

namespace cordyna::engine {

using model::TaskState;

namespace {

std::string since(base::Time now, base::Time then) {
  return words(now - then) + " ago";
}

/// ", started 41 s ago, usually 55 s"
std::string progress_of(const State& state, const Run& run, std::uint32_t position, base::Time now) {
  const TaskRun& one = run.tasks[position];
  const base::Duration usual = usual_duration(state, run, position);
  const std::string usually = usual > base::Duration(0) ? ", usually " + words(usual) : "";
  switch (one.state) {
    case TaskState::started:
      return ", started " + since(now, one.started_at) + usually;
    case TaskState::queued:
      return ", queued " + since(now, one.queued_at) + usually;
    case TaskState::invoked:
      return ", invoked " + since(now, one.invoked_at) + usually;
    default:
      return ", " + std::string(model::word(one.state)) + usually;
  }
}

AwaitedTask awaited(const State& state, const Run& run, std::uint32_t position, base::Time now) {
  const TaskIndex task = run.planned(position).task;
  return {state.task(task).name, std::string(model::word(run.tasks[position].state)), team_of(state, task),
          expected_end(state, run, position, now)};
}

/// "waits for A, started 41 s ago, and 2 more"; the first that is under way is the one that is named.
Why wait_for_upstream(const State& state, const Run& run, std::uint32_t position, base::Time now) {
  Why why{"upstream", "", {}};
  std::uint32_t named = model::nowhere;
  std::size_t count = 0;
  for (const model::PlannedEdge& edge : run.edges_of(position)) {
    if (edge.how != model::How::in_run || model::is_final(run.tasks[edge.upstream].state)) continue;
    ++count;
    if (why.waits_for.size() < waits_told_max) why.waits_for.push_back(awaited(state, run, edge.upstream, now));
    const bool better = named == model::nowhere || run.tasks[edge.upstream].state > run.tasks[named].state;
    if (better) named = edge.upstream;
  }
  if (named == model::nowhere) return {"upstream", "waits for its upstreams", {}};
  why.message =
      "waits for " + with_team(state, run.planned(named).task) + progress_of(state, run, named, now) +
      (count > 1 ? ", and for " + std::to_string(count - 1) + (count > 2 ? " other tasks" : " other task") : "");
  return why;
}

Why wait_for_tick(const State& state, const Run& run, std::uint32_t position, base::Time now) {
  Why why{"tick_waiting", "its tick waits for a new completion of ", {}};
  std::size_t count = 0;
  for (const model::PlannedEdge& edge : run.edges_of(position)) {
    if (edge.how != model::How::awaited) continue;
    if (count++ == 0) why.message += with_team(state, edge.task);
    if (why.waits_for.size() >= waits_told_max) continue;
    const History* past = find_history(state, edge.task, run.scope[position]);
    AwaitedTask waits{state.task(edge.task).name, "pending", team_of(state, edge.task), {}};
    if (past != nullptr && !past->live.empty()) {
      const TaskRunRef at = past->live.front();
      waits = awaited(state, *state.run(at.run), at.position, now);
    } else if (past != nullptr && past->last_run) {
      waits.state = model::word(past->last_run->state);
    }
    why.waits_for.push_back(std::move(waits));
  }
  if (count > 1) why.message += " and of " + std::to_string(count - 1) + " more";
  return why;
}

Why wait_for_retry(const TaskRun& one, const Detail& detail, base::Time now) {
  std::string text = "attempt " + std::to_string(one.attempt) + " failed";
  if (detail.failure) text += " (" + detail.failure->code + ": " + detail.failure->message + ")";
  return {
      "retry",
      text + "; the next one comes at " + base::format_time(*detail.retry_at) + ", in " + words(*detail.retry_at - now),
      {}};
}

Why wait_for_check(const State& state, const Run& run, std::uint32_t position) {
  const TaskIndex task = run.planned(position).task;
  if (run.tasks[position].need == Need::asked)
    return {"checking",
            "server " + state.server(state.task(task).server).name + " is asked whether the work is already there",
            {}};
  return {"checking", "what needs it in this run is asked first whether its own work is already there", {}};
}

Why wait_for_server(const Server& server, const TaskRun& one, base::Time now) {
  const bool known = server.state != model::ServerState::unknown;
  std::string text = "server " + server.name + (server.team.empty() ? "" : " of team " + server.team);
  text += known ? " is " + std::string(model::word(server.state)) + " since " + base::format_time(server.state_since)
                : " has not connected yet";
  if (one.declared() && one.policy().wait_for_server)
    text += "; this task waits up to " + words(*one.policy().wait_for_server) + " for it, so far " +
            words(now - one.pending_since);
  return {"no_server", std::move(text), {}};
}

/// "server-a/x of team shop in run R, started 41 s ago, usually 55 s"
std::string first_holder(const State& state, const Shortage& lack, base::Time now) {
  if (lack.holders.empty()) return "";
  const TaskRunRef at = lack.holders.front();
  const Run& run = *state.run(at.run);
  const std::string who =
      lack.kind == Shortage::Kind::concurrency ? "" : with_team(state, run.planned(at.position).task) + " in ";
  return who + "run " + at.run.text() + progress_of(state, run, at.position, now);
}

Why held_back(const State& state, const Run& run, std::uint32_t position, const Shortage& lack, base::Time now) {
  Why why;
  const Task& task = state.task(run.planned(position).task);
  const Server& server = state.server(task.server);
  const std::string first = first_holder(state, lack, now), count = std::to_string(lack.count);
  switch (lack.kind) {
    case Shortage::Kind::concurrency:
      why = {"concurrency",
             "its concurrency is " + std::to_string(run.tasks[position].policy().concurrency) + ", used up by " +
                 (lack.count == 1 ? first : count + " task-runs, the first to end is " + first),
             {}};
      break;
    case Shortage::Kind::limit:
      why = {"limit",
             "limit " + lack.limit + " is used up by " +
                 (lack.count == 1 ? first : count + " task-runs, the first to end is " + first),
             {}};
      break;
    case Shortage::Kind::slot:
      why = {"no_free_slot",
             "every instance of server " + server.name + " is busy; " + std::to_string(server.ready.size()) +
                 (server.ready.size() == 1 ? " task-run waits" : " task-runs wait") + " for a slot there" +
                 (first.empty() ? "" : ", the next one is free after " + first),
             {}};
      break;
  }
  for (const TaskRunRef at : lack.holders)
    why.waits_for.push_back(awaited(state, *state.run(at.run), at.position, now));
  return why;
}

Why ready_but_waits(const State& state, const Run& run, std::uint32_t position, base::Time now) {
  const TaskIndex index = run.planned(position).task;
  const Task& task = state.task(index);
  const Server& server = state.server(task.server);
  if (task.detail().paused) {
    const std::string reason = task.detail().paused->reason.empty() ? "" : ": " + task.detail().paused->reason;
    return {"paused",
            "paused by " + task.detail().paused->by + " since " + base::format_time(task.detail().paused->at) + reason +
                "; let it go on: dyna resume " + task.name,
            {}};
  }
  if (const auto lack = shortage(state, run, position, now)) return held_back(state, run, position, *lack, now);
  if (state.regressed)
    return {"no_server",
            "cerebro sends no commands: task-servers remember more than its log does; an operator must decide",
            {}};
  const Placement placement = place_task(state, index);
  if (!placement.connected) return wait_for_server(server, run.tasks[position], now);
  if (!placement.credit && server.state == model::ServerState::ready)
    return {"no_free_slot", "no instance of server " + server.name + " takes commands now", {}};
  if (!placement.credit) return wait_for_server(server, run.tasks[position], now);
  if (placement.instance == model::no_instance)
    return {
        "revision", "no connected instance of server " + server.name + " runs the current revision of this task", {}};
  return {"no_free_slot", "it is ready and is invoked next", {}};
}

}  // namespace

base::Duration usual_duration(const State& state, const Run& run, std::uint32_t position) {
  const TaskIndex task = run.planned(position).task;
  for (const ScopeIndex scope : {run.scope[position], ScopeIndex{0}}) {
    const History* past = find_history(state, task, scope);
    if (past != nullptr && past->last_run && past->last_run->ran > base::Duration(0)) return past->last_run->ran;
  }
  return base::Duration(0);
}

std::optional<base::Time> expected_end(const State& state, const Run& run, std::uint32_t position, base::Time now) {
  const TaskRun& one = run.tasks[position];
  if (one.view) {
    const Run* owner = state.run(one.shared_from.run);
    return owner == nullptr ? std::nullopt : expected_end(state, *owner, one.shared_from.position, now);
  }
  const base::Duration usual = usual_duration(state, run, position);
  if (usual <= base::Duration(0) || !model::is_invoked(one.state)) return std::nullopt;
  if (one.state != TaskState::started) return now + usual;
  return std::max(now, one.started_at + usual);
}

Why why_pending(const State& state, const Run& run, std::uint32_t position, base::Time now) {
  const TaskRun& one = run.tasks[position];
  if (one.view) {
    const Run* owner = state.run(one.shared_from.run);
    Why why{"shared", "shares the work of run " + one.shared_from.run.text(), {}};
    if (owner == nullptr) return why;
    why.message += progress_of(state, *owner, one.shared_from.position, now);
    why.waits_for.push_back(awaited(state, *owner, one.shared_from.position, now));
    return why;
  }
  if (run.held) return {"limit", "the backfill's run " + run.head.after.text() + " must end first (max_parallel)", {}};
  const auto detail = run.details.find(position);
  if (detail != run.details.end() && detail->second.retry_at) return wait_for_retry(one, detail->second, now);
  if (one.need == Need::asked) return wait_for_check(state, run, position);
  const auto edges = run.edges_of(position);
  const auto is_awaited = [](const model::PlannedEdge& edge) { return edge.how == model::How::awaited; };
  if (one.waiting > 0 && std::any_of(edges.begin(), edges.end(), is_awaited))
    return wait_for_tick(state, run, position, now);
  if (one.waiting > 0) return wait_for_upstream(state, run, position, now);
  if (one.need == Need::undecided) return wait_for_check(state, run, position);
  if (!one.declared()) return {"no_server", "no task-server declares it", {}};
  return ready_but_waits(state, run, position, now);
}

}  // namespace cordyna::engine
