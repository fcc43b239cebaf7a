// decide(): an input becomes events, or a refusal. Here the dispatch, the start and end of cerebro, time, and
// placement.
#include "engine/decide.h"

#include <algorithm>

#include "base/hash.h"
#include "base/mutant.h"
#include "engine/sending.h"
#include "engine/task_runs.h"
#include "engine/triggers.h"

namespace cordyna::engine {

void refuse(Step& step, const Request& request, std::string code, std::string message, model::Findings findings) {
  step.effect(Answer{request.id, Refusal{std::move(code), std::move(message), std::move(findings)}});
}

void refuse_invalid(Step& step, const Request& request, model::Findings findings) {
  std::string message = findings.front().message;
  refuse(step, request, "invalid", std::move(message), std::move(findings));
}

void answer(Step& step, const Request& request, model::Json body) {
  step.effect(Answer{request.id, std::move(body)});
  step.hurry();
}

namespace {

void decide_one(Consequences& consequences, const SessionOpened& input) {
  decide_opened(consequences, input);
}
void decide_one(Consequences& consequences, const SessionDeclared& input) {
  decide_declared(consequences, input);
}
void decide_one(Consequences& consequences, const SessionItem& input) {
  decide_item(consequences, input);
}
void decide_one(Consequences& consequences, const SessionClosed& input) {
  decide_closed(consequences, input);
}

void decide_one(Consequences& consequences, const Tick&) {
  decide_deadlines(consequences);
  decide_retries_due(consequences);
  tick_schedules(consequences);
}

void decide_body(Consequences& c, const Request& request, const RunRequest& body) {
  decide_run(c, request, body);
}
void decide_body(Consequences& c, const Request& request, const CancelRequest& body) {
  decide_cancel(c, request, body);
}
void decide_body(Consequences& c, const Request& request, const RetryRequest& body) {
  decide_retry(c, request, body);
}
void decide_body(Consequences& c, const Request& request, const AdoptRequest& body) {
  decide_adopt(c, request, body);
}
void decide_body(Consequences& c, const Request& request, const PauseRequest& body) {
  decide_pause(c, request, body);
}
void decide_body(Consequences& c, const Request& request, const ForgetRequest& body) {
  decide_forget(c, request, body);
}
void decide_body(Consequences& c, const Request& request, const TransferRequest& body) {
  decide_transfer(c, request, body);
}
void decide_body(Consequences& c, const Request& request, const BackfillRequest& body) {
  decide_backfill(c, request, body);
}
void decide_body(Consequences& c, const Request& request, const EventsRequest& body) {
  decide_events(c, request, body);
}

void decide_one(Consequences& consequences, const Request& request) {
  std::visit([&](const auto& body) { decide_body(consequences, request, body); }, request.body);
}

}  // namespace

void decide(const Input& input, Step& step, const Settings& settings) {
  Consequences consequences(step, settings);
  std::visit([&](const auto& one) { decide_one(consequences, one); }, input);
}

void start(Step& step, const Settings& settings, std::uint64_t epoch) {
  step.emit(model::CerebroStarted{settings.version, epoch});
  Consequences consequences(step, settings);
  for (std::uint32_t i = 0; i < step.state().servers.size(); ++i) refresh_server_state(step, ServerIndex{i}, false);
  step.hurry();
}

void stop(Step& step, const std::string& reason) {
  step.emit(model::CerebroStopped{reason});
  step.hurry();
}

namespace {

/// Parks what may not run now though its server could take it; false when it may.
bool park(State& state, const Settings& settings, const ReadyKey& key) {
  const Run& run = *state.run(key.at.run);
  const TaskRun& one = run.tasks[key.at.position];
  Task& task = state.task(run.planned(key.at.position).task);
  std::set<ReadyKey>* parked = nullptr;
  const bool slips = base::mutant("paused_runs") || (base::mutant("retry_slips_past_a_pause") && one.retries > 0);
  if ((task.detail().paused && !slips) || (!base::mutant("concurrency_ignored") && one.policy().concurrency != 0 &&
                                           task.invoked >= one.policy().concurrency))
    parked = &task.detail_to_change().parked;
  for (const std::string& name : one.policy().limits) {
    const auto size = settings.limits.find(name);
    Limit& limit = state.limits[name];
    if (parked == nullptr && size != settings.limits.end() && limit.holders.size() >= size->second &&
        !base::mutant("limit_ignored"))
      parked = &limit.parked;
  }
  if (parked == nullptr) return false;
  parked->insert(key);
  state.server(task.server).ready.erase(key);
  state.server(task.server).parked.insert(key);
  // What it passed on its way to the limit that holds it may let another one go.
  if (task.rare && !task.rare->paused && parked != &task.rare->parked &&
      (one.policy().concurrency == 0 || task.invoked < one.policy().concurrency))
    unpark_one(state, task.rare->parked);
  for (const std::string& name : one.policy().limits) {
    const auto size = settings.limits.find(name);
    Limit& limit = state.limits[name];
    if (&limit.parked != parked && (size == settings.limits.end() || limit.holders.size() < size->second))
      unpark_one(state, limit.parked);
  }
  return true;
}

/// What was invoked while nobody was there goes first, as far as there is room; the rest when some of it has started.
void place_unassigned(Step& step, ServerIndex index) {
  const State& state = step.state();
  const std::set<TaskRunRef>& unassigned = state.server(index).unassigned;
  if (base::mutant("latecomer_gets_nothing")) return;
  for (auto next = unassigned.begin(); next != unassigned.end();) {
    const TaskRunRef at = *next;
    const Placement placement = place_task(state, task_at(state, at));
    if (!placement.credit) return;
    if (placement.instance != model::no_instance) {
      step.emit(model::CommandAssigned{at, task_at(state, at), placement.instance}, state.seq);
      send_run(step, at);
    }
    next = unassigned.upper_bound(at);
  }
}

void place_server(Step& step, const Settings& settings, ServerIndex index) {
  place_unassigned(step, index);
  State& state = step.mutable_state();
  auto next = state.server(index).ready.begin();
  while (next != state.server(index).ready.end()) {
    const ReadyKey key = *next;
    if (park(state, settings, key)) {
      next = state.server(index).ready.upper_bound(key);
      continue;
    }
    const TaskRun& one = task_run(state, key.at);
    const TaskIndex task = task_at(state, key.at);
    const Placement placement = place_task(state, task);
    if (placement.instance == model::no_instance) {
      if (placement.connected && !placement.credit) return;  // nobody of this server can take anything now
      const bool waits = placement.connected || one.policy().wait_for_server;
      if (waits) {
        next = state.server(index).ready.upper_bound(key);
        continue;
      }
    }
    step.emit(model::CommandRun{key.at, task, one.attempt + 1, placement.instance}, state.seq);
    if (placement.instance != model::no_instance) send_run(step, key.at);
    next = state.server(index).ready.upper_bound(key);
  }
}

}  // namespace

void settle(Step& step, const Settings& settings) {
  State& state = step.mutable_state();
  if (state.regressed) return;
  while (!state.touched_servers.empty()) {
    const ServerIndex server = *state.touched_servers.begin();
    state.touched_servers.erase(state.touched_servers.begin());
    place_server(step, settings, server);
  }
}

Wake next_wake(const State& state) {
  Wake wake;
  wake.uptime = state.deadlines.next();
  if (!state.timers.empty()) wake.wall = state.timers.begin()->first;
  if (!state.retries.empty() && (!wake.wall || state.retries.begin()->first < *wake.wall))
    wake.wall = state.retries.begin()->first;
  return wake;
}

model::Findings check_declaration(const State& state, const model::Succession& next, const Settings& settings) {
  model::Findings findings = graph_findings(state, *next.declaration, *next.change);
  for (const std::uint32_t position : next.change->limited) {
    const model::TaskDeclaration& task = next.declaration->tasks[position];
    for (const std::string& limit : task.policy->limits)
      if (!settings.limits.contains(limit))
        findings.push_back({"tasks." + task.name + ".limits", "unknown_limit",
                            "limit \"" + limit + "\" has no size in cerebro's configuration, so it holds nothing back",
                            "add it to the configuration of cerebro: limits: {" + limit + ": 3}",
                            model::Severity::warning});
  }
  return findings;
}

}  // namespace cordyna::engine
