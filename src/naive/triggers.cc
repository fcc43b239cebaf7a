// What fires: events by their type and subject, instants by the rules of catch-up and overlap. Section 6 of the
// semantics. The instants of `every` are counted here; those of cron are taken from the log (cron has its own second
// reading in the tests of the engine).

#include <algorithm>

#include "model/glob.h"
#include "naive/model.h"

namespace cordyna::naive {

using model::Standing;

namespace {

constexpr std::uint32_t depth_most = 16;
constexpr std::int64_t caught_up_most = 100;
constexpr base::Duration lost_server_fires = std::chrono::hours(24);

std::pair<base::Time, Seq> key_of(const Standing& standing) {
  return {standing.at, standing.event};
}

bool contains(const std::vector<Standing>& all, const Standing& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

const model::EventTrigger* matching(const model::TaskDeclaration& task, const model::EventReceived& event) {
  for (const model::Trigger& trigger : task.when) {
    const auto* one = std::get_if<model::EventTrigger>(&trigger);
    if (one == nullptr || !model::glob_matches(one->type, event.type)) continue;
    if (one->subject.empty() || model::glob_matches(one->subject, event.subject)) return one;
  }
  return nullptr;
}

/// The task's time trigger, when it has just one.
const model::Trigger* only_schedule(const Task& task) {
  const model::Trigger* only = nullptr;
  if (!task.declared) return nullptr;
  for (const model::Trigger& trigger : task.declared->when) {
    if (!std::holds_alternative<model::CronTrigger>(trigger) && !std::holds_alternative<model::EveryTrigger>(trigger))
      continue;
    if (only != nullptr) return nullptr;
    only = &trigger;
  }
  return only;
}

}  // namespace

void Model::read_trigger(const Fact& fact) {
  const model::EventBody& body = fact.event.body;
  if (const auto* e = std::get_if<model::EventReceived>(&body)) return received(*e);
  if (const auto* e = std::get_if<model::ScheduleSkipped>(&body)) return skipped(*e, fact.event.cause);
  if (const auto* e = std::get_if<model::ScheduleSet>(&body)) return ticked(*e);
  if (const auto* e = std::get_if<model::ScheduleWaiting>(&body)) return waits(*e);
}

void Model::received(const model::EventReceived& event) {
  for (auto& [name, task] : tasks_) {
    if (!task.declared || matching(*task.declared, event) == nullptr) continue;
    owed_.insert({name, {now_.wall, seq_}});
    if (task.paused || event.depth > depth_most) continue;
    task.newest_event = seq_;
    task.newest_event_at = now_.wall;
  }
}

void Model::skipped(const model::ScheduleSkipped& event, Seq cause) {
  const std::string name = names_.task(event.task);
  const Task& task = tasks_[name];
  if (event.reason == "paused" && !task.paused) complain(name + " does not fire because of a pause it is not in");
  if (owed_.erase({name, {now_.wall, cause}}) > 0) {
    if (event.reason == "overlapped" && !is_live(name, {})) complain(name + " overlaps with nothing");
    return;
  }
  const auto waited = std::find_if(owed_.begin(), owed_.end(), [&](const auto& one) {
    return one.first == name && one.second.first == event.instant;
  });
  if (waited == owed_.end()) {
    passed_over_[name] += event.count;
    return;
  }
  owed_.erase(waited);
  if (event.reason != "overlapped") return;
  const Standing instant{Standing::Kind::instant, event.instant, 0};
  if (!live_for_older(name, instant)) complain(name + " overlaps with nothing");
  overlapped_[name] = instant;
}

/// What was due fires, but for what its catch-up sets aside.
void Model::ticked(const model::ScheduleSet& event) {
  const std::string name = names_.task(event.task);
  Task& task = tasks_[name];
  ticks_.insert(seq_);
  if (event.due) task.newest_due = std::max(task.newest_due.value_or(*event.due), *event.due);
  const auto passed = passed_over_.extract(name);
  const std::int64_t set_aside = passed.empty() ? 0 : static_cast<std::int64_t>(passed.mapped());
  const auto known = next_.find(name);
  const std::optional<base::Time> first = known == next_.end() ? std::nullopt : known->second;
  next_[name] = event.next;
  const model::Trigger* trigger = only_schedule(task);
  if (trigger == nullptr || !first || *first > now_.wall) return;
  const auto* every = std::get_if<model::EveryTrigger>(trigger);
  base::Time newest = event.due.value_or(*first);
  if (every != nullptr) {
    newest = *first + (now_.wall - *first) / every->every * every->every;
    if (event.next != newest + every->every) complain(name + " has its next instant at the wrong time");
  }
  if (task.paused != !event.due) complain(name + " ticks otherwise than its pause says");
  if (event.due && *event.due != newest) complain(name + " was due at " + base::format_time(newest));
  const Server& server = servers_[task.server];
  const bool gone = server.state == model::ServerState::gone ||
                    (server.state == model::ServerState::lost && now_.wall - server.since > lost_server_fires);
  const model::Catchup catchup = task.declared->policy->catchup;
  std::int64_t fire = 1;
  const std::int64_t all = every == nullptr ? set_aside + 1 : (newest - *first) / every->every + 1;
  if (task.paused || gone || (catchup == model::Catchup::none && newest < started_at_))
    fire = 0;
  else if (catchup == model::Catchup::all)
    fire = every == nullptr ? 1 : std::min(all, caught_up_most);
  if (every != nullptr && set_aside + fire != all)
    complain(name + " had " + std::to_string(all) + " instants, " + std::to_string(set_aside) + " were set aside and " +
             std::to_string(fire) + " fire");
  if (fire == 0) return;
  const bool from_first = catchup == model::Catchup::all && every == nullptr && set_aside == 0;
  const base::Time oldest = every != nullptr ? newest - (fire - 1) * every->every : from_first ? *first : newest;
  if (every == nullptr && catchup == model::Catchup::all && set_aside > 0) return;  // which one is oldest is cron's
  owed_.insert({name, {oldest, 0}});
  for (std::int64_t i = 1; i < fire; ++i)
    caught_up_[name].push_back({Standing::Kind::instant, oldest + i * every->every, 0});
}

void Model::waits(const model::ScheduleWaiting& event) {
  const std::string name = names_.task(event.task);
  Task& task = tasks_[name];
  const bool grows = std::any_of(event.waiting.begin(), event.waiting.end(),
                                 [&](const auto& one) { return !contains(task.waiting, one); });
  if (const auto added = overlapped_.find(name); added != overlapped_.end() && contains(event.waiting, added->second)) {
    if (task.declared && task.declared->policy->overlap == model::Overlap::skip)
      complain(name + " keeps an instant that its overlap skips");
    overlapped_.erase(added);
  }
  if (const auto rest = caught_up_.extract(name); !rest.empty())
    for (const Standing& one : rest.mapped())
      if (!contains(event.waiting, one)) complain(name + " does not catch up on " + base::format_time(one.at));
  for (const Standing& before : task.waiting) {
    if (contains(event.waiting, before)) continue;
    // The newest stands for those before it; what just leaves the list fires, or says why not.
    if (!grows && task.declared) owed_.insert({name, key_of(before)});
    if (grows && before.kind == Standing::Kind::instant && task.declared &&
        task.declared->policy->overlap == model::Overlap::queue)
      complain(name + " forgets " + base::format_time(before.at) + ", which waits in its queue");
  }
  task.waiting = event.waiting;
}

bool Model::live_for_older(const std::string& name, const Standing& than) const {
  const Past* past = own(name, {});
  if (past == nullptr) return false;
  for (const TaskRunRef ref : past->live) {
    const Standing& theirs = runs_.at(ref.run).head.standing;
    if (theirs.kind != Standing::Kind::nothing && key_of(theirs) < key_of(than)) return true;
  }
  return false;
}

void Model::check_fired(const model::RunCreated& event) {
  using Kind = model::TriggerKind;
  if (event.trigger.kind != Kind::schedule && event.trigger.kind != Kind::event) return;
  for (const model::PlannedTask& one : event.plan->tasks) {
    if (one.role != model::Role::target) continue;
    const std::string name = names_.task(one.task);
    const Task& task = tasks_[name];
    const bool owed = owed_.erase({name, key_of(event.standing)}) > 0;
    const bool told = event.trigger.kind == Kind::event || only_schedule(task) != nullptr;
    const bool all = task.declared && task.declared->policy->catchup == model::Catchup::all;
    if (!owed && told && !all) complain(name + " is fired by what does not fire it, or not now");
    if (event.trigger.kind == Kind::schedule && task.declared &&
        task.declared->policy->overlap != model::Overlap::parallel && live_for_older(name, event.standing))
      complain(name + " is fired beside an older instant");
    if (task.paused) complain(name + " is fired although it is paused");
  }
}

/// At the end of a pass: what had to fire has, and what overlapped waits for something.
void Model::check_triggers() {
  for (const auto& [name, standing] : owed_)
    complain(name + " did not fire for " + base::format_time(standing.first) + " (event " +
             std::to_string(standing.second) + ")");
  for (const auto& [name, instant] : overlapped_) {
    const Task& task = tasks_[name];
    if (task.declared && task.declared->policy->overlap != model::Overlap::skip)
      complain(name + " has forgotten " + base::format_time(instant.at) + ", which overlapped");
  }
  for (const auto& [name, rest] : caught_up_) complain(name + " does not catch up on the rest of what it missed");
  for (const auto& [name, task] : tasks_) {
    if (task.waiting.empty() || !task.declared || task.declared_seq >= batch_first_) continue;
    const Standing& first = task.waiting.front();
    const bool held = first.kind == Standing::Kind::event ? is_live(name, {}) : live_for_older(name, first);
    if (!held) complain(name + " waits behind what is over");
  }
  owed_.clear();
  overlapped_.clear();
  caught_up_.clear();
}

}  // namespace cordyna::naive
