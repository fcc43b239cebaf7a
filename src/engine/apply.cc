// apply(): the only change of State. Here what concerns cerebro, servers, instances and triggers; runs are in
// apply_runs.cc.
#include <algorithm>

#include "base/check.h"
#include "base/limits.h"
#include "base/mutant.h"
#include "engine/apply_runs.h"
#include "engine/engine.h"
#include "engine/graph.h"
#include "engine/task_runs.h"

namespace cordyna::engine {

using model::ServerState;

namespace {

/// The deadline of an attempt stands still until its instance is back.
void set_deadline_aside(State& state, TaskRunRef at, base::Now now) {
  const Place where = place(state, at);
  if (where.task_run.deadline == 0) return;
  const Deadline armed = state.deadlines.at(where.task_run.deadline);
  Detail& detail = where.run.details[where.position];
  detail.deadline_left = std::max(armed.at - now.uptime, base::Duration(0));
  detail.deadline_kind = armed.kind;
  state.deadlines.disarm(where.task_run.deadline);
}

void resume_deadline(State& state, TaskRunRef at, base::Now now) {
  const Place where = place(state, at);
  const auto detail = where.run.details.find(at.position);
  if (detail == where.run.details.end() || !detail->second.deadline_left) return;
  arm(state, where, detail->second.deadline_kind, *detail->second.deadline_left, now);
  detail->second.deadline_left.reset();
}

/// Of what is ready: then nothing else is armed in that place.
void stop_waiting_for_server(State& state, TaskRunRef at) {
  state.deadlines.disarm(place(state, at).task_run.cancel_deadline);
}

void arm_claim(State& state, InstanceIndex index, base::Duration grace, base::Now now) {
  Instance& instance = state.instance(index);
  state.deadlines.disarm(instance.claim);
  instance.claim = state.deadlines.arm(now.uptime, grace, {DeadlineKind::claim, {}, {}, index});
}

/// Some time after the last instance of the current revision has gone, one of an older revision that is there will take
/// its place: it waits in the place of the claim, which nobody needs who is there.
void watch_older(State& state, ServerIndex index, base::Now now) {
  const Server& server = state.server(index);
  if (!server.block || server.older.empty()) return;
  const auto is_there = [&state](InstanceIndex one) { return state.instance(one).session.value != 0; };
  const bool current = std::any_of(server.instances.begin(), server.instances.end(), [&](InstanceIndex one) {
    return is_there(one) && state.instance(one).hash == server.block->hash;
  });
  const auto waits = [&](const Instance& one) {
    return !current && one.ready && !one.draining &&
           std::any_of(server.older.begin(), server.older.end(),
                       [&one](const Revision& older) { return older.block->hash == one.hash; });
  };
  for (const InstanceIndex one : server.instances) {
    if (!is_there(one)) continue;  // its claim is in that place
    Instance& instance = state.instance(one);
    if (!waits(instance))
      state.deadlines.disarm(instance.claim);
    else if (instance.claim == 0)
      instance.claim =
          state.deadlines.arm(now.uptime, base::limits::older_revision_grace, {DeadlineKind::older, {}, {}, one});
  }
}

void apply_event(State& state, const model::CerebroStarted& event, Applied when) {
  state.started_at = when.now.wall;
  if (event.epoch != state.epoch || state.epoch_began == 0) {
    state.epoch = event.epoch;
    state.epoch_began = when.seq;
    state.regressed = false;
  }
  if (base::mutant("events_forgotten_on_restart")) state.seen_events.clear(), state.seen_order.clear();
  if (base::mutant("keys_forgotten_on_restart")) state.seen_keys.clear(), state.seen_keys_order.clear();
  if (base::mutant("timers_lost_on_restart")) state.timers.clear();
  if (base::mutant("queue_of_ticks_lost_on_restart"))
    for (Task& task : state.tasks)
      if (task.rare) task.rare->waiting.clear();
  if (base::mutant("pauses_lost_on_restart"))
    for (Task& task : state.tasks)
      if (task.rare) task.rare->paused.reset();
  if (base::mutant("retries_lost_on_restart")) state.retries.clear();
  state.instance_by_session.clear();
  for (std::uint32_t i = 0; i < state.instances.size(); ++i) {
    Instance& instance = state.instances[i];
    if (instance.over) continue;
    instance.session = {};
    instance.since = when.now.wall;
    instance.ready = false;
    for (const TaskRunRef at : instance.attempts) set_deadline_aside(state, at, when.now);
    arm_claim(state, InstanceIndex{i}, base::limits::claim_grace_after_start, when.now);
  }
  for (std::uint32_t i = 0; i < state.servers.size(); ++i) state.touched_servers.insert(ServerIndex{i});
}

void apply_event(State&, const model::CerebroStopped&, Applied) {}

void apply_event(State& state, const model::ServerDeclared& event, Applied when) {
  base::check(event.declaration != nullptr && event.change != nullptr);
  const ServerIndex index = name_server(state, event.server);
  Server& server = state.server(index);
  if (server.block && server.block->hash != event.hash) {
    std::erase_if(server.older, [&event](const Revision& one) { return one.block->hash == event.hash; });
    server.older.push_back({server.block, server.text});
    if (server.older.size() > base::limits::revisions_kept_max) server.older.erase(server.older.begin());
  }
  adopt_declaration(state, index, event.declaration, *event.change, when.seq);
  Server& declared = state.server(index);  // naming tasks may have moved it
  declared.team = event.team;
  declared.text = event.text;
  declared.findings = event.warnings;
  declared.current_seen = when.now.wall;
  ++declared.revision;
  for (const InstanceIndex one : declared.instances)
    if (state.instance(one).hash == event.hash) state.instance(one).block = event.declaration;
  state.touched_servers.insert(index);
  watch_older(state, index, when.now);
}

void apply_event(State& state, const model::ServerRefused& event, Applied when) {
  const auto found = state.server_by_name.find(event.server);
  if (found == state.server_by_name.end()) return;
  // A roll-back that is refused when it is due is looked at again after the same time.
  const auto instance = state.instance_by_name.find(event.server + '#' + event.instance);
  if (instance != state.instance_by_name.end()) {
    DeadlineId& claim = state.instance(instance->second).claim;
    if (claim != 0 && state.deadlines.at(claim).kind == DeadlineKind::older &&
        state.deadlines.at(claim).at <= when.now.uptime) {
      state.deadlines.disarm(claim);
      watch_older(state, found->second, when.now);
    }
  }
  Server& server = state.server(found->second);
  // What somebody else tried under this name is not its fault.
  if (server.block == nullptr || server.team == event.team) server.findings = event.findings;
}

void apply_event(State& state, const model::ServerStateChanged& event, Applied when) {
  Server& server = state.server(event.server);
  server.state = event.state;
  server.state_since = when.now.wall;
  state.touched_servers.insert(event.server);
  // Whether one is parked is not part of the truth, so both kinds wait alike.
  const bool lost = event.state == ServerState::lost || event.state == ServerState::gone;
  for (const auto* keys : {&server.ready, &server.parked})
    for (const ReadyKey& key : *keys) {
      if (lost)
        wait_for_server(state, place(state, key.at), when.now);
      else
        stop_waiting_for_server(state, key.at);
    }
}

void apply_event(State& state, const model::ServerForgotten& event, Applied) {
  forget_declaration(state, event.server);
  Server& server = state.server(event.server);
  server.older.clear();
  server.findings.clear();
  server.text.clear();
  server.team.clear();
  server.state = ServerState::unknown;
}

void apply_event(State& state, const model::ServerTransferred& event, Applied) {
  state.server(event.server).team = event.to;
}

std::shared_ptr<const model::Declaration> revision_with(const Server& server, const std::string& hash) {
  if (server.block && server.block->hash == hash) return server.block;
  for (const Revision& one : server.older)
    if (one.block->hash == hash) return one.block;
  return nullptr;
}

void apply_event(State& state, const model::InstanceJoined& event, Applied when) {
  const ServerIndex server_index = name_server(state, event.server);
  const InstanceIndex next{static_cast<std::uint32_t>(state.instances.size())};
  const auto [found, added] = state.instance_by_name.try_emplace(event.server + '#' + event.instance, next);
  if (added) state.instances.emplace_back();
  const InstanceIndex index = found->second;
  Instance& instance = state.instance(index);
  Server& server = state.server(server_index);
  instance.name = event.instance;
  instance.server = server_index;
  instance.session = event.session;
  state.instance_by_session[event.session.value] = index;
  instance.hash = event.hash;
  instance.block = revision_with(server, event.hash);
  instance.slots = event.slots;
  instance.capabilities = event.capabilities;
  instance.claimed = {event.live.begin(), event.live.end()};
  instance.ready = instance.draining = instance.over = false;
  instance.since = when.now.wall;
  state.deadlines.disarm(instance.claim);
  if (std::find(server.instances.begin(), server.instances.end(), index) == server.instances.end())
    server.instances.push_back(index);
  for (const TaskRunRef at : instance.attempts) resume_deadline(state, at, when.now);
  watch_older(state, server_index, when.now);
}

void apply_event(State& state, const model::LogRegressed&, Applied) {
  state.regressed = true;
}

void apply_event(State& state, const model::InstanceDeclared& event, Applied when) {
  Instance& instance = state.instance(event.instance);
  instance.hash = event.hash;
  if (const auto block = revision_with(state.server(instance.server), event.hash)) instance.block = block;
  watch_older(state, instance.server, when.now);
}

void apply_event(State& state, const model::InstanceReady& event, Applied when) {
  Instance& instance = state.instance(event.instance);
  instance.ready = true;
  instance.claimed.clear();
  Server& server = state.server(instance.server);
  if (server.block && instance.hash == server.block->hash) server.current_seen = when.now.wall;
  state.touched_servers.insert(instance.server);
  watch_older(state, instance.server, when.now);
}

void apply_event(State& state, const model::InstanceDraining& event, Applied when) {
  state.instance(event.instance).draining = true;
  state.touched_servers.insert(state.instance(event.instance).server);
  watch_older(state, state.instance(event.instance).server, when.now);
}

void apply_event(State& state, const model::InstanceLeft& event, Applied when) {
  Instance& instance = state.instance(event.instance);
  Server& server = state.server(instance.server);
  if (server.block && instance.hash == server.block->hash) server.current_seen = when.now.wall;
  state.instance_by_session.erase(instance.session.value);
  instance.session = {};
  instance.since = when.now.wall;
  instance.ready = false;
  instance.claimed.clear();
  state.touched_servers.insert(instance.server);
  if (event.lost) {
    arm_claim(state, event.instance,
              base::limits::claim_grace / (base::mutant("no_grace_for_a_lost_instance") ? 10 : 1), when.now);
  } else {
    state.deadlines.disarm(instance.claim);
    instance.over = true;
    instance.block = nullptr;
    std::erase(server.instances, event.instance);
  }
  watch_older(state, instance.server, when.now);
}

void apply_event(State& state, const model::TaskFault&, Applied) {
  (void)state;
}

void apply_event(State& state, const model::TaskPaused& event, Applied when) {
  state.task(event.task).detail_to_change().paused = Pause{event.by, event.reason, when.now.wall};
}

void apply_event(State& state, const model::TaskResumed& event, Applied) {
  Task& task = state.task(event.task);
  TaskDetail& detail = task.detail_to_change();
  detail.paused.reset();
  for (const ReadyKey& key : detail.parked.take_all()) unpark(state, key);
}

void apply_event(State& state, const model::EventReceived& event, Applied when) {
  const std::pair key(event.source, event.id);
  state.seen_events[key] = {event.content, when.seq, when.now.wall, event.matched, {}};
  state.seen_order.push_back(key);
  while (!state.seen_order.empty()) {
    const auto oldest = state.seen_events.find(state.seen_order.front());
    const bool old =
        oldest != state.seen_events.end() && oldest->second.at + base::limits::seen_events_kept < when.now.wall;
    if (!old && state.seen_order.size() <= base::limits::seen_events_max) break;
    if (oldest != state.seen_events.end()) state.seen_events.erase(oldest);
    state.seen_order.pop_front();
  }
}

void apply_event(State&, const model::ScheduleSkipped&, Applied) {}

void apply_event(State& state, const model::ScheduleSet& event, Applied) {
  Task& task = state.task(event.task);
  TaskDetail& detail = task.detail_to_change();
  auto timer = std::find_if(detail.timers.begin(), detail.timers.end(),
                            [&event](const Timer& one) { return one.trigger == event.trigger; });
  if (timer == detail.timers.end()) {
    detail.timers.push_back({event.trigger, task.declaration().when[event.trigger], {}, event.previous, {}});
    timer = detail.timers.end() - 1;
  }
  if (event.due || timer->next) timer->before_previous = timer->previous;
  if (event.due) {
    timer->previous = event.due;
    detail.newest_due = std::max(detail.newest_due.value_or(*event.due), *event.due);
  } else if (timer->next) {
    timer->previous = timer->next;  // it passed while the task was paused
  }
  // Two timers of one task may share an instant: the entry goes when the last of them leaves it.
  const auto before = timer->next;
  timer->next = event.next;
  const bool still = std::any_of(detail.timers.begin(), detail.timers.end(),
                                 [&before](const Timer& one) { return one.next == before; });
  if (before && !still) state.timers.erase({*before, event.task});
  if (event.next) state.timers.insert({*event.next, event.task});
}

void apply_event(State& state, const model::ScheduleWaiting& event, Applied) {
  state.task(event.task).detail_to_change().waiting = event.waiting;
}

void apply_event(State& state, const model::EventDue& event, Applied when) {
  TaskDetail& detail = state.task(event.task).detail_to_change();
  detail.newest_event = event.event;
  detail.newest_event_at = when.now.wall;
}

}  // namespace

void apply(State& state, const model::Event& event, Seq seq, base::Now now) {
  base::check(seq == state.seq + 1);
  state.seq = seq;
  state.now = now;
  std::visit([&](const auto& body) { apply_event(state, body, Applied{seq, now}); }, event.body);
}

Seq Step::emit(model::EventBody body, Seq cause, std::optional<base::Time> server_at) {
  events_.push_back({std::move(body), cause, server_at});
  const Seq seq = state_.seq + 1;
  apply(state_, events_.back(), seq, now_);
  return seq;
}

model::Payload Step::blob(std::string text) {
  model::Payload payload;
  payload.size = static_cast<std::uint32_t>(text.size());
  payload.blob = base::hash128(text);
  blobs_.push_back({*payload.blob, std::move(text)});
  return payload;
}

std::shared_ptr<NewBlobs> whole_text(std::string bytes) {
  const base::Hash128 id = base::hash128(bytes);
  return std::make_shared<NewBlobs>(NewBlobs{{id, std::move(bytes)}});
}

std::vector<base::Hash128> Step::blobs(NewBlobs parts) {
  std::vector<base::Hash128> ids;
  for (NewBlob& part : parts) {
    ids.push_back(part.id);
    blobs_.push_back(std::move(part));
  }
  return ids;
}

model::Payload Step::payload(std::string text) {
  if (text.size() > base::limits::result_inline_bytes_max) return blob(std::move(text));
  model::Payload payload;
  payload.size = static_cast<std::uint32_t>(text.size());
  payload.json = std::move(text);
  return payload;
}

}  // namespace cordyna::engine
