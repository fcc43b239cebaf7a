// Runs asked for by people and programs, their cancellation, and backfills.
#include <algorithm>

#include "base/limits.h"
#include "base/mutant.h"
#include "engine/decide.h"
#include "engine/selectors.h"
#include "engine/sending.h"
#include "engine/task_runs.h"
#include "model/names.h"
#include "model/params.h"

namespace cordyna::engine {

using model::TaskState;

namespace {

/// Params are for all tasks of the run; each must be known to at least one of them, and right for all that declare it.
model::Findings params_findings(const State& state, const model::RunPlan& plan, const model::Json& params) {
  if (!params.is_object()) return {{"params", "wrong_type", "params are not a JSON object", "write {\"name\": value}"}};
  model::Findings findings;
  std::vector<std::string> declared;
  for (const model::PlannedTask& planned : plan.tasks) {
    const Task& task = state.task(planned.task);
    if (!task.declared() || task.declaration().params.is_null()) continue;
    const auto names = model::declared_params(task.declaration().params);
    declared.insert(declared.end(), names.begin(), names.end());
    if (planned.role == model::Role::follower) continue;
    for (model::Finding& finding : model::check_params(params, task.declaration().params)) {
      finding.message = task.name + ": " + finding.message;
      findings.push_back(std::move(finding));
    }
  }
  std::sort(declared.begin(), declared.end());
  declared.erase(std::unique(declared.begin(), declared.end()), declared.end());
  for (model::Finding& finding : model::unknown_params(params, declared)) findings.push_back(std::move(finding));
  if (params.dump().size() > base::limits::params_bytes_max)
    findings.push_back({"params", "too_large", "params have more than 65536 bytes", "pass a place, not the data"});
  return findings;
}

/// True when the key was seen: the request is answered as it was then, or refused.
bool answered_by_key(Step& step, const Request& request, const RunRequest& body) {
  if (body.key.empty()) return false;
  const auto seen = step.state().seen_keys.find(body.key);
  if (seen == step.state().seen_keys.end()) return false;
  if (seen->second.body != body.key_body)
    refuse(step, request, "key_reuse",
           "the Idempotency-Key was used with another body; use a new key for a new request");
  else
    answer(step, request, {{"run_id", seen->second.run.text()}});
  return true;
}

}  // namespace

void decide_run(Consequences& consequences, const Request& request, const RunRequest& body) {
  Step& step = consequences.step();
  const State& state = step.state();
  if (answered_by_key(step, request, body)) return;
  Selected selected = select(state, body.select, "select");
  if (const auto env = model::check_name(model::NameKind::env, body.env); !env)
    selected.findings.push_back({"env", "bad_name", env.error().message, "write for example production or staging"});
  if (!selected.findings.empty()) return refuse_invalid(step, request, std::move(selected.findings));
  const model::Json params = body.params.is_object() ? body.params : model::Json::object();
  const Setting setting(state, body.env, params);
  PlanRequest wanted;
  wanted.targets = selected.tasks;
  wanted.person = request.actor.person;
  wanted.only = body.only;
  wanted.followers = body.followers;
  wanted.force = body.force;
  model::RunPlan planned = plan(state, setting, wanted, step.now().wall);
  if (auto findings = params_findings(state, planned, body.params); model::has_errors(findings))
    return refuse_invalid(step, request, std::move(findings));
  NewRun head;
  head.trigger.kind = model::TriggerKind::manual;
  head.trigger.by = request.actor.by;
  head.trigger.reason = body.reason;
  head.env = body.env;
  head.params = params.dump();
  head.selected = body.select;
  head.person = request.actor.person;
  head.force = body.force;
  head.quiet = body.only || !body.followers;
  head.key = body.key;
  head.key_body = body.key_body;
  const RunId run = consequences.create(std::move(head), std::make_shared<const model::RunPlan>(std::move(planned)), 0);
  answer(step, request, {{"run_id", run.text()}});
}

namespace {

/// The run that goes on with a shared task-run: the one created first among those that hold it and are not cancelled.
std::optional<TaskRunRef> heir_of(const State& state, const Run& run, std::uint32_t position) {
  const auto detail = run.details.find(position);
  if (detail == run.details.end() || base::mutant("cancel_kills_what_others_share")) return std::nullopt;
  std::optional<TaskRunRef> heir;
  for (const TaskRunRef view : detail->second.followers) {
    const Run* other = state.run(view.run);
    if (other == nullptr || other->cancel_requested || model::is_final(other->tasks[view.position].state)) continue;
    if (!heir || other->created < state.run(heir->run)->created) heir = view;
  }
  return heir;
}

void cancel_task_run(Consequences& consequences, TaskRunRef at, Seq cause) {
  Step& step = consequences.step();
  const State& state = step.state();
  const Run& run = *state.run(at.run);
  const TaskRun& one = run.tasks[at.position];
  const TaskIndex task = run.planned(at.position).task;
  if (model::is_final(one.state)) return;
  if (base::mutant("cancel_forgets_what_waits") && one.state == TaskState::pending) return;
  std::string how = one.view ? "view" : "pending";
  if (!one.view) {
    if (const auto heir = heir_of(state, run, at.position)) {
      step.emit(model::TaskHandedOver{at, *heir, task}, cause);
      consequences.judge_again(*heir);
      how = "view";
    } else if (model::is_invoked(one.state) && one.instance != model::no_instance) {
      if (one.cancel_requested) return;
      step.emit(model::CommandCancel{at, task, one.attempt, "run_cancelled", false, one.instance}, cause);
      return send_cancel(step, one.instance, one.token, "run_cancelled");
    } else if (one.state == TaskState::invoked) {
      how = "undelivered";
    } else if (one.need == Need::asked) {
      step.emit(model::TaskChecked{at, task, "cancelled"}, cause);
    }
  }
  step.emit(model::TaskCancelled{at, task, one.attempt, how, one.instance}, cause);
  consequences.ended(at);
}

}  // namespace

void decide_cancel(Consequences& consequences, const Request& request, const CancelRequest& body) {
  Step& step = consequences.step();
  const Run* run = step.state().run(body.run);
  if (run == nullptr) {
    const auto& recent = step.state().recent;
    const auto ended =
        std::find_if(recent.rbegin(), recent.rend(), [&body](const RecentRun& one) { return one.id == body.run; });
    if (ended == recent.rend()) return refuse(step, request, "unknown_run", "there is no live run " + body.run.text());
    if (ended->state != model::RunState::cancelled)
      return refuse(step, request, "run_final",
                    "the run has " + std::string(model::word(ended->state)) + "; nothing is left to cancel");
    return answer(step, request, {{"run_id", body.run.text()}, {"state", "cancelled"}});
  }
  const std::string id = body.run.text();
  if (!run->cancel_requested) {
    const Seq seq = step.emit(model::RunCancelRequested{body.run, request.actor.by, body.reason});
    // Upstreams first: a task that another run takes over finds its upstreams taken over already.
    for (std::uint32_t position = 0; position < run->tasks.size(); ++position)
      cancel_task_run(consequences, {body.run, position}, seq);
    consequences.drain();
  }
  const bool over = step.state().run(body.run) == nullptr;
  answer(step, request, {{"run_id", id}, {"state", over ? "cancelled" : "running"}});
}

namespace {

/// The instants of a past interval [from, to) for one target: of its own schedule, or of `every`.
base::Result<std::vector<base::Time>> backfill_instants(const State& state, const Settings& settings, TaskIndex index,
                                                        const BackfillRequest& body) {
  const Span span{body.from - base::Duration(1), body.to - base::Duration(1)};
  constexpr std::size_t most = base::limits::backfill_runs_max + 1;
  if (body.every) {
    const auto schedule = Schedule::of(model::EveryTrigger{*body.every});
    if (!schedule) return schedule.error();
    return schedule->instants(span, most);
  }
  for (const model::Trigger& trigger : state.task(index).declaration().when) {
    if (const auto* cron = std::get_if<model::CronTrigger>(&trigger)) {
      const auto schedule = Schedule::of(*cron, settings.zones);
      if (schedule) return schedule->instants(span, most);
    } else if (const auto* every = std::get_if<model::EveryTrigger>(&trigger)) {
      const auto schedule = Schedule::of(*every);
      if (schedule) return schedule->instants(span, most);
    }
  }
  return base::Error{"no_schedule",
                     state.task(index).name + " has no schedule of its own: say --every, for example 1d"};
}

}  // namespace

void decide_backfill(Consequences& consequences, const Request& request, const BackfillRequest& body) {
  Step& step = consequences.step();
  const State& state = step.state();
  Selected selected = select(state, body.select, "select");
  if (body.from >= body.to) selected.findings.push_back({"from", "bad_interval", "from is not before to", "swap them"});
  if (body.max_parallel == 0)
    selected.findings.push_back({"max_parallel", "out_of_range", "max_parallel is 0", "write 1 or more"});
  std::map<base::Time, std::vector<TaskIndex>> instants;
  for (const TaskIndex task : selected.tasks) {
    const auto found = backfill_instants(state, consequences.settings(), task, body);
    if (!found)
      selected.findings.push_back({"every", found.error().code, found.error().message, "say --every 1d"});
    else
      for (const base::Time at : *found) instants[at].push_back(task);
  }
  if (instants.size() > base::limits::backfill_runs_max)
    selected.findings.push_back({"from", "too_many", "more than 1000 runs", "choose a shorter interval"});
  if (selected.findings.empty() && instants.empty())
    selected.findings.push_back(
        {"from", "no_instant", "no scheduled instant lies in the interval", "choose a longer one"});
  if (!selected.findings.empty()) return refuse_invalid(step, request, std::move(selected.findings));

  std::vector<RunId> runs;
  model::Json ids = model::Json::array();
  const Setting setting(state, production, model::Json::object());
  for (const auto& [at, targets] : instants) {
    NewRun head;
    head.trigger.kind = model::TriggerKind::backfill;
    head.trigger.by = request.actor.by;
    head.trigger.reason = body.reason;
    head.standing = {model::Standing::Kind::instant, at, 0};
    head.selected = body.select;
    head.person = request.actor.person;
    if (runs.size() >= body.max_parallel) head.after = runs[runs.size() - body.max_parallel];
    PlanRequest wanted;
    wanted.targets = targets;
    wanted.standing = head.standing;
    wanted.person = request.actor.person;
    auto planned = plan(state, setting, wanted, step.now().wall);
    runs.push_back(consequences.create(std::move(head), std::make_shared<const model::RunPlan>(std::move(planned)), 0));
    ids.push_back(runs.back().text());
  }
  answer(step, request, {{"runs", std::move(ids)}});
}

}  // namespace cordyna::engine
