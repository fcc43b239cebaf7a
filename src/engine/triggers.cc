// See triggers.h. Everything that fires at one instant is planned together and split into connected runs.
#include "engine/triggers.h"

#include <algorithm>
#include <map>

#include "base/limits.h"
#include "base/mutant.h"
#include "engine/graph.h"
#include "engine/task_runs.h"

namespace cordyna::engine {

using model::Standing;
using model::TaskState;

bool is_abandoned(const State&, const Server& server, base::Time now) {
  if (server.state == model::ServerState::gone) return true;
  return server.state == model::ServerState::lost && now - server.state_since > base::limits::lost_server_fires;
}

namespace {

std::optional<Schedule> schedule_of(const model::Trigger& rule, const ZoneSource& zones) {
  if (const auto* cron = std::get_if<model::CronTrigger>(&rule)) {
    const auto schedule = Schedule::of(*cron, zones);
    return schedule ? std::optional(*schedule) : std::nullopt;
  }
  if (const auto* every = std::get_if<model::EveryTrigger>(&rule)) {
    const auto schedule = Schedule::of(*every);
    return schedule ? std::optional(*schedule) : std::nullopt;
  }
  return std::nullopt;
}

bool waits_for_upstream(const Task& task, const model::Trigger& rule) {
  const auto* cron = std::get_if<model::CronTrigger>(&rule);
  return cron != nullptr && cron->and_upstream && !task.upstream.empty();
}

void skipped(Step& step, TaskIndex task, base::Time instant, std::string reason, std::string message,
             std::uint64_t count = 1, Seq cause = 0) {
  step.emit(model::ScheduleSkipped{task, instant, std::move(reason), std::move(message),
                                   static_cast<std::uint32_t>(std::min<std::uint64_t>(count, 0xffff'ffffU))},
            cause);
}

Standing instant(base::Time at) {
  return {Standing::Kind::instant, at, 0};
}

/// A live task-run of the task in production that stands for something older.
const TaskRunRef* live_for_older(const State& state, TaskIndex task, const Standing& than) {
  const Setting setting(state, production, model::Json::object());
  const History* past = own_history(state, task, setting);
  if (past == nullptr) return nullptr;
  for (const TaskRunRef& at : past->live) {
    const Standing& standing = state.run(at.run)->head.standing;
    if (standing.kind == Standing::Kind::nothing) continue;
    if (standing.at < than.at || (standing.at == than.at && standing.event < than.event)) return &at;
  }
  return nullptr;
}

struct Firing {
  TaskIndex task;
  bool awaits = false;
  Seq cause = 0;  // the tick, or the end it waited for
  auto operator<=>(const Firing&) const = default;
};
using Firings = std::map<base::Time, std::vector<Firing>>;

/// Plans what stands for one thing and creates its runs. `firings` are sorted by task.
void fire(Consequences& consequences, const std::vector<Firing>& firings, const NewRun& head,
          const model::Json& params) {
  if (firings.empty()) return;
  const State& state = consequences.step().state();
  const Setting setting(state, production, params);
  PlanRequest request;
  request.standing = head.standing;
  for (const Firing& firing : firings) {
    request.targets.push_back(firing.task);
    if (firing.awaits) request.awaiting.insert(firing.task);
  }
  for (auto& part : connected_parts(plan(state, setting, request, consequences.step().now().wall))) {
    NewRun one = head;
    one.params = params.dump();
    for (const model::PlannedTask& task : part->tasks) {
      if (task.role != model::Role::target) continue;
      if (!one.trigger.task) one.trigger.task = task.task;
      one.selected.push_back(state.task(task.task).name);
    }
    const auto first = std::lower_bound(firings.begin(), firings.end(), Firing{*one.trigger.task});
    consequences.create(std::move(one), std::move(part), first->cause);
  }
}

/// A tick that still waits for its upstreams when the next one comes has missed them.
void miss_upstreams(Consequences& consequences, TaskIndex task, Seq cause) {
  const State& state = consequences.step().state();
  const Setting setting(state, production, model::Json::object());
  const History* past = own_history(state, task, setting);
  if (past == nullptr) return;
  const std::vector<TaskRunRef> live = past->live;
  for (const TaskRunRef at : live) {
    const Run& run = *state.run(at.run);
    std::string missing;
    for (const model::PlannedEdge& edge : run.edges_of(at.position))
      if (edge.how == model::How::awaited) {
        const Task& upstream = state.task(edge.task);
        missing += (missing.empty() ? "" : ", ") + upstream.name + " of team " + state.server(upstream.server).team;
      }
    if (missing.empty() || run.tasks[at.position].state != TaskState::pending) continue;
    model::Failure failure;
    failure.code = "upstream_missed";
    failure.message = "the next tick came before a new completion of " + missing;
    consequences.step().emit(model::TaskFailed{at, task, 0, failure}, cause);
    consequences.ended(at);
  }
}

/// What happens to a due instant whose task is live for an older one; true when it fires all the same.
bool passes_overlap(Step& step, TaskIndex index, const Standing& standing, Seq cause) {
  if (live_for_older(step.state(), index, standing) == nullptr) return true;
  const Task& task = step.state().task(index);
  const model::Overlap overlap = task.policy().overlap;
  if (overlap == model::Overlap::parallel || base::mutant("overlap_ignored")) return true;
  std::vector<Standing> waiting = task.detail().waiting;
  const bool full = overlap == model::Overlap::queue && waiting.size() >= base::limits::waiting_per_task_max;
  skipped(step, index, standing.at, full ? "limit" : "overlapped", "the task is live for an older instant", 1, cause);
  if (overlap == model::Overlap::skip || full || base::mutant("overlapped_tick_is_dropped")) return false;
  // The newest one stands for all that overlapped; but what was missed while cerebro was down and waits for its turn in
  // a catch-up of all is not dropped for it.
  const base::Time caught_up = task.policy().catchup == model::Catchup::all ? step.state().started_at : base::Time{};
  if (overlap == model::Overlap::share)
    std::erase_if(waiting, [caught_up](const Standing& one) { return one.at >= caught_up; });
  const auto older = [](const Standing& a, const Standing& b) {
    return a.at != b.at ? a.at < b.at : a.event < b.event;
  };
  waiting.insert(std::upper_bound(waiting.begin(), waiting.end(), standing, older), standing);
  step.emit(model::ScheduleWaiting{index, std::move(waiting)}, step.state().seq);
  return false;
}

/// The due instants of one timer that fire, oldest first; the others are recorded.
std::vector<base::Time> due_instants(Step& step, TaskIndex index, const Timer& timer, const Schedule& schedule) {
  const State& state = step.state();
  const base::Time now = step.now().wall, first = *timer.next;
  const Task& task = state.task(index);
  const base::Time newest = std::max(first, schedule.newest(now).value_or(first));
  const std::uint64_t count = newest == first ? 1 : 1 + schedule.count({first, newest});
  if (task.detail().paused && !base::mutant("paused_schedule_fires")) {
    skipped(step, index, newest, "paused", "paused by " + task.detail().paused->by, count);
    return {};
  }
  if (is_abandoned(state, state.server(task.server), now)) {
    skipped(step, index, newest, "missed", "its server has gone", count);
    return {};
  }
  const bool on_time = newest >= state.started_at;
  if (!on_time && base::mutant("missed_tick_is_forgotten")) return {};
  const base::Time before_newest = schedule.newest(newest - base::Duration(1)).value_or(newest);
  if (count == 1 && on_time) return {newest};
  switch (task.policy().catchup) {
    case model::Catchup::none:
      if (const std::uint64_t missed = on_time ? count - 1 : count; missed > 0)
        skipped(step, index, on_time ? before_newest : newest, "missed", "catchup: none", missed);
      return on_time ? std::vector{newest} : std::vector<base::Time>{};
    case model::Catchup::last:
      if (count > 1)
        skipped(step, index, before_newest, "missed", "catchup: last",
                count - (base::mutant("catch_up_miscounted") ? 0 : 1));
      return {newest};
    case model::Catchup::all:
      break;
  }
  constexpr std::size_t most = base::limits::catchup_runs_max;
  std::vector<base::Time> instants{first};
  base::Time after = first;
  // The newest are kept: what is older than them matters least.
  if (count > most) {
    skipped(step, index, newest, "limit", "catchup: all, more than can be caught up", count - most);
    std::vector<base::Time> all = schedule.instants({first, newest}, static_cast<std::size_t>(count));
    return {all.end() - static_cast<std::ptrdiff_t>(std::min(most, all.size())), all.end()};
  }
  const auto later = schedule.instants({after, newest}, most);
  instants.insert(instants.end(), later.begin(), later.end());
  return instants;
}

void tick_timer(Consequences& consequences, TaskIndex index, const Timer& timer, Firings& firings) {
  Step& step = consequences.step();
  const auto schedule = schedule_of(timer.rule, consequences.settings().zones);
  if (!schedule) {
    step.emit(model::ScheduleSet{index, timer.trigger, {}, {}, {}});
    return;
  }
  const bool paused = step.state().task(index).detail().paused.has_value();
  const std::vector<base::Time> instants = due_instants(step, index, timer, *schedule);
  const base::Time now = step.now().wall;
  const base::Time newest = std::max(*timer.next, schedule->newest(now).value_or(*timer.next));
  const bool awaits = waits_for_upstream(step.state().task(index), timer.rule);
  const Seq tick = step.emit(
      model::ScheduleSet{index, timer.trigger, paused ? std::nullopt : std::optional(newest), schedule->next(now), {}});
  if (instants.empty()) return;
  firings[instants.front()].push_back({index, awaits, tick});
  if (instants.size() == 1 || base::mutant("catch_up_ends_after_one")) return;
  std::vector<Standing> waiting = step.state().task(index).detail().waiting;  // one at a time per task
  for (std::size_t i = 1; i < instants.size(); ++i) waiting.push_back(instant(instants[i]));
  step.emit(model::ScheduleWaiting{index, std::move(waiting)}, tick);
}

}  // namespace

void set_timers(Consequences& consequences, TaskIndex index, Seq cause) {
  Step& step = consequences.step();
  const Task& task = step.state().task(index);
  const auto when = task.declaration().when;
  for (std::uint32_t i = 0; i < when.size(); ++i) {
    const auto schedule = schedule_of(when[i], consequences.settings().zones);
    const auto& timers = step.state().task(index).detail().timers;
    const bool known =
        std::any_of(timers.begin(), timers.end(), [i](const Timer& timer) { return timer.trigger == i; });
    if (!schedule || known) continue;
    const base::Time now = step.now().wall;
    step.emit(model::ScheduleSet{index, i, {}, schedule->next(now), schedule->newest(now)}, cause);
  }
}

void tick_schedules(Consequences& consequences) {
  Step& step = consequences.step();
  const base::Time now = step.now().wall;
  Firings firings;
  while (!step.state().timers.empty() && step.state().timers.begin()->first <= now) {
    const TaskIndex task = step.state().timers.begin()->second;
    const std::vector<Timer> timers = step.state().task(task).detail().timers;
    for (const Timer& timer : timers)
      if (timer.next && *timer.next <= now) tick_timer(consequences, task, timer, firings);
  }
  for (auto& [at, all] : firings) {
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end(), [](const Firing& a, const Firing& b) { return a.task == b.task; }),
              all.end());
    std::vector<Firing> passing;
    for (const Firing& firing : all) {
      if (firing.awaits) miss_upstreams(consequences, firing.task, firing.cause);
      if (passes_overlap(step, firing.task, instant(at), firing.cause)) passing.push_back(firing);
    }
    NewRun head;
    head.trigger.kind = model::TriggerKind::schedule;
    head.standing = instant(at);
    fire(consequences, passing, head, model::Json::object());
    if (base::mutant("two_schedulers")) fire(consequences, passing, head, model::Json::object());
  }
}

void fire_waiting(Consequences& consequences, TaskIndex index, Seq cause) {
  Step& step = consequences.step();
  const Task& task = step.state().task(index);
  if (task.detail().waiting.empty() || !task.declared() || base::mutant("queue_of_ticks_is_stuck")) return;
  std::vector<Standing> waiting = task.detail().waiting;
  const Standing first = waiting.front();
  if (live_for_older(step.state(), index, first) != nullptr) return;
  waiting.erase(waiting.begin());
  step.emit(model::ScheduleWaiting{index, std::move(waiting)}, cause);
  if (step.state().task(index).detail().paused) {
    skipped(step, index, first.at, "paused", "paused by " + step.state().task(index).detail().paused->by, 1, cause);
    return fire_waiting(consequences, index, cause);
  }
  const auto& when = task.declaration().when;
  const bool awaits = first.kind == Standing::Kind::instant &&
                      std::any_of(when.begin(), when.end(),
                                  [&task](const model::Trigger& rule) { return waits_for_upstream(task, rule); });
  NewRun head;
  head.trigger.kind = first.kind == Standing::Kind::event ? model::TriggerKind::event : model::TriggerKind::schedule;
  head.standing = first;
  fire(consequences, {{index, awaits, cause}}, head, model::Json::object());
}

}  // namespace cordyna::engine
