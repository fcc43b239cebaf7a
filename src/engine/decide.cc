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

bool has_room(const Task& task, std::uint32_t concurrency) {
  return concurrency == 0 || task.invoked < concurrency || base::mutant("concurrency_ignored");
}

bool has_room(const Settings& settings, const std::string& name, const Limit& limit) {
  const auto size = settings.limits.find(name);
  return size == settings.limits.end() || limit.holders.size() < size->second || base::mutant("limit_ignored");
}

/// Parks what may not run now though its server could take it; false when it may.
bool park(State& state, const Settings& settings, const ReadyKey& key) {
  const TaskRun& one = task_run(state, key.at);
  const model::Policy& policy = one.policy();
  Task& task = state.task(task_at(state, key.at));
  const bool slips = base::mutant("paused_runs") || (base::mutant("retry_slips_past_a_pause") && one.retries > 0);
  Parked* parked = nullptr;
  Parked::Line line = task.server.value;
  if ((task.detail().paused && !slips) || !has_room(task, policy.concurrency)) {
    parked = &task.detail_to_change().parked;
    line = policy.concurrency;
  }
  for (const std::string& name : policy.limits) {
    Limit& limit = state.limits[name];
    if (parked == nullptr && !has_room(settings, name, limit)) parked = &limit.parked;
  }
  if (parked == nullptr) return false;
  give_way(state, key);  // what it passed on its way may let another one go
  parked->add(line, key);
  state.server(task.server).ready.erase(key);
  state.server(task.server).parked.insert(key);
  return true;
}

/// Where there is room, lets the first one parked there go; false when there is none, or nobody.
bool let_one_go(State& state, TaskIndex index) {
  const Task& task = state.task(index);
  if (task.detail().paused) return false;
  for (const auto& [key, concurrency] : task.detail().parked.first())
    if (has_room(task, concurrency)) {
      unpark(state, key);
      task.rare->parked.let_go(concurrency, ReadyKey(key));
      return true;
    }
  return false;
}

bool let_one_go(State& state, const Settings& settings, const std::string& name) {
  Limit& limit = state.limits[name];
  if (limit.parked.first().empty() || !has_room(settings, name, limit)) return false;
  const auto [key, server] = *limit.parked.first().begin();
  unpark(state, key);
  limit.parked.let_go(server, key);
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
        give_way(state, key);  // it has its own reason: the others may go
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
  do {
    // One at a time of each: it may take the last place.
    const bool only_one = base::mutant("woken_one_bars_the_rest");
    std::erase_if(state.touched_tasks, [&](TaskIndex index) { return !let_one_go(state, index) || only_one; });
    std::erase_if(state.touched_limits,
                  [&](const std::string& name) { return !let_one_go(state, settings, name) || only_one; });
    while (!state.touched_servers.empty()) {
      const ServerIndex server = *state.touched_servers.begin();
      state.touched_servers.erase(state.touched_servers.begin());
      place_server(step, settings, server);
    }
  } while (!state.touched_tasks.empty() || !state.touched_limits.empty());
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
