// Events -> bytes. One function a kind; what a kind is about goes into the subject that all kinds have in common.

#include <type_traits>

#include "wire/event_codec.h"
#include "wire/event_values.h"

namespace cordyna::wire {
namespace {

std::uint32_t plus_one(model::InstanceIndex instance) {
  return instance.value + 1;
}

template <class Range, class List>
void write_each(const Range& from, List* to) {
  for (const auto& value : from) write(value, to->Add());
}

template <class List>
void write_texts(const std::vector<std::string>& from, List* to) {
  for (const auto& text : from) *to->Add() = text;
}

/// Fills the subject from whichever of the usual members a kind has.
template <class Body>
void write_subject(const Body& body, pb::Event& event) {
  if constexpr (requires { body.at.position; }) {
    event.mutable_subject()->set_run_high(body.at.run.high);
    event.mutable_subject()->set_run_low(body.at.run.low);
    event.mutable_subject()->set_position(body.at.position);
  }
  if constexpr (requires { body.run.high; }) {
    event.mutable_subject()->set_run_high(body.run.high);
    event.mutable_subject()->set_run_low(body.run.low);
  }
  if constexpr (requires {
                  { body.task } -> std::convertible_to<model::TaskIndex>;
                })
    event.mutable_subject()->set_task(body.task.value);
  if constexpr (requires { body.attempt + 1U; }) event.mutable_subject()->set_attempt(body.attempt);
  if constexpr (requires {
                  { body.instance } -> std::convertible_to<model::InstanceIndex>;
                })
    event.mutable_subject()->set_instance(plus_one(body.instance));
  if constexpr (requires {
                  { body.server } -> std::convertible_to<model::ServerIndex>;
                })
    event.mutable_subject()->set_server(body.server.value);
}

template <class Body>
void write_order(const Body& body, pb::Order* to) {
  to->set_by(body.by);
  to->set_reason(body.reason);
}

struct BodyWriter {
  pb::Event& event;

  // cerebro, servers, instances
  void operator()(const model::CerebroStarted& body) {
    event.mutable_cerebro_started()->set_version(body.version);
    event.mutable_cerebro_started()->set_epoch(body.epoch);
  }
  void operator()(const model::CerebroStopped& body) { event.mutable_cerebro_stopped()->set_reason(body.reason); }
  void operator()(const model::ServerDeclared& body) {
    auto* to = event.mutable_server_declared();
    to->set_server(body.server);
    to->set_team(body.team);
    to->set_hash(body.hash);
    for (const base::Hash128& part : body.text) {
      auto* hash = to->add_text();
      hash->set_high(part.high);
      hash->set_low(part.low);
    }
    write_texts(body.added, to->mutable_added());
    write_texts(body.changed, to->mutable_changed());
    write_texts(body.removed, to->mutable_removed());
    to->set_task_count(body.task_count);
    write_each(body.warnings, to->mutable_warnings());
  }
  void operator()(const model::ServerRefused& body) {
    auto* to = event.mutable_server_refused();
    to->set_server(body.server);
    to->set_team(body.team);
    to->set_instance(body.instance);
    write_each(body.findings, to->mutable_findings());
  }
  void operator()(const model::ServerStateChanged& body) {
    event.mutable_server_state_changed()->set_state(static_cast<std::uint32_t>(body.state));
  }
  void operator()(const model::ServerForgotten& body) { write_order(body, event.mutable_server_forgotten()); }
  void operator()(const model::ServerTransferred& body) {
    event.mutable_server_transferred()->set_to(body.to);
    event.mutable_server_transferred()->set_by(body.by);
    event.mutable_server_transferred()->set_reason(body.reason);
  }
  void operator()(const model::InstanceJoined& body) {
    auto* to = event.mutable_instance_joined();
    to->set_instance(body.instance);
    to->set_server(body.server);
    to->set_team(body.team);
    to->set_hash(body.hash);
    to->set_session(body.session.value);
    to->set_slots(body.slots);
    write_texts(body.capabilities, to->mutable_capabilities());
    write_texts(body.live, to->mutable_live());
  }
  void operator()(const model::InstanceDeclared& body) { event.mutable_instance_declared()->set_hash(body.hash); }
  void operator()(const model::LogRegressed& body) { event.mutable_log_regressed()->set_token(body.token); }
  void operator()(const model::InstanceReady&) { event.mutable_instance_ready(); }
  void operator()(const model::InstanceDraining&) { event.mutable_instance_draining(); }
  void operator()(const model::InstanceLeft& body) {
    event.mutable_instance_left()->set_reason(body.reason);
    event.mutable_instance_left()->set_lost(body.lost);
  }

  // runs and commands
  void operator()(const model::RunCreated& body) {
    auto* to = event.mutable_run_created();
    write(body.trigger, to->mutable_trigger());
    write(body.standing, to->mutable_standing());
    to->set_env(body.env);
    to->set_params(body.params);
    write_texts(body.selected, to->mutable_selected());
    to->set_person(body.person);
    to->set_force(body.force);
    to->set_quiet(body.quiet);
    if (!body.after.none()) {
      to->mutable_after()->set_high(body.after.high);
      to->mutable_after()->set_low(body.after.low);
    }
    to->set_key(body.key);
    to->set_key_body(body.key_body);
    if (body.plan) write(*body.plan, to->mutable_plan());
  }
  void operator()(const model::RunCancelRequested& body) { write_order(body, event.mutable_run_cancel_requested()); }
  void operator()(const model::RunEnded& body) {
    event.mutable_run_ended()->set_state(static_cast<std::uint32_t>(body.state));
  }
  void operator()(const model::CommandRun&) { event.mutable_command_run(); }
  void operator()(const model::CommandAssigned&) { event.mutable_command_assigned(); }
  void operator()(const model::CommandCancel& body) {
    event.mutable_command_cancel()->set_reason(body.reason);
    event.mutable_command_cancel()->set_fence(body.fence);
  }
  void operator()(const model::CommandCheck&) { event.mutable_command_check(); }

  // task-runs
  void operator()(const model::TaskQueued&) { event.mutable_task_queued(); }
  void operator()(const model::TaskStarted& body) { event.mutable_task_started()->set_implied(body.implied); }
  void operator()(const model::TaskProgress& body) {
    event.mutable_task_progress()->set_permille(body.permille);
    event.mutable_task_progress()->set_message(body.message);
  }
  void operator()(const model::TaskCompleted& body) {
    if (body.result != model::Payload{}) write(body.result, event.mutable_task_completed()->mutable_result());
    event.mutable_task_completed()->set_observed(body.observed);
  }
  void operator()(const model::TaskFailed& body) { write(body.failure, event.mutable_task_failed()); }
  void operator()(const model::TaskBlocked& body) { write(body.root, event.mutable_task_blocked()); }
  void operator()(const model::TaskSkipped& body) {
    event.mutable_task_skipped()->set_reason(static_cast<std::uint32_t>(body.reason));
    event.mutable_task_skipped()->set_text(body.text);
  }
  void operator()(const model::TaskCancelled& body) { event.mutable_task_cancelled()->set_how(body.how); }
  void operator()(const model::TaskRetry& body) {
    event.mutable_task_retry()->set_due(body.due.time_since_epoch().count());
    event.mutable_task_retry()->set_counted(body.counted);
    write(body.failure, event.mutable_task_retry()->mutable_failure());
  }
  void operator()(const model::TaskDue&) { event.mutable_task_due(); }
  void operator()(const model::TaskChecked& body) { event.mutable_task_checked()->set_answer(body.answer); }
  void operator()(const model::TaskNeeded&) { event.mutable_task_needed(); }
  void operator()(const model::TaskPinned& body) {
    write_each(body.taken, event.mutable_task_pinned()->mutable_taken());
  }
  void operator()(const model::TaskHandedOver& body) {
    write(body.from, event.mutable_task_handed_over()->mutable_from());
    write(body.to, event.mutable_task_handed_over()->mutable_to());
  }
  void operator()(const model::TaskFollowed& body) {
    auto* to = event.mutable_task_followed();
    write(body.shared_from, to->mutable_shared_from());
    to->set_state(static_cast<std::uint32_t>(body.state));
    to->set_skip(static_cast<std::uint32_t>(body.skip));
    write(body.completion, to->mutable_completion());
    write(body.root, to->mutable_root());
  }
  void operator()(const model::TaskLate& body) {
    auto* to = event.mutable_task_late();
    to->set_token(body.token);
    to->set_state(body.state);
    write(body.result, to->mutable_result());
    to->set_message(body.message);
  }
  void operator()(const model::TaskAdopted& body) {
    auto* to = event.mutable_task_adopted();
    to->set_by(body.by);
    to->set_reason(body.reason);
    write(body.result, to->mutable_result());
    write(body.standing, to->mutable_standing());
    to->set_env(body.env);
    to->set_params(body.params);
  }
  void operator()(const model::TaskFault& body) {
    auto* to = event.mutable_task_fault();
    to->set_of_task(body.task.has_value());
    if (body.task) event.mutable_subject()->set_task(body.task->value);
    to->set_code(body.code);
    to->set_message(body.message);
  }
  void operator()(const model::TaskPaused& body) { write_order(body, event.mutable_task_paused()); }
  void operator()(const model::TaskResumed& body) { write_order(body, event.mutable_task_resumed()); }

  // triggers
  void operator()(const model::EventReceived& body) {
    auto* to = event.mutable_event_received();
    to->set_source(body.source);
    to->set_id(body.id);
    to->set_type(body.type);
    to->set_subject(body.subject);
    to->mutable_content()->set_high(body.content.high);
    to->mutable_content()->set_low(body.content.low);
    write(body.data, to->mutable_data());
    to->set_depth(body.depth);
    to->set_matched(body.matched);
  }
  void operator()(const model::ScheduleSkipped& body) {
    auto* to = event.mutable_schedule_skipped();
    to->set_instant(body.instant.time_since_epoch().count());
    to->set_reason(body.reason);
    to->set_message(body.message);
    to->set_count(body.count);
  }
  void operator()(const model::ScheduleSet& body) {
    auto* to = event.mutable_schedule_set();
    to->set_trigger(body.trigger);
    if (body.due) to->set_due(body.due->time_since_epoch().count());
    if (body.next) to->set_next(body.next->time_since_epoch().count());
    if (body.previous) to->set_previous(body.previous->time_since_epoch().count());
  }
  void operator()(const model::ScheduleWaiting& body) {
    auto* to = event.mutable_schedule_waiting();
    write_each(body.waiting, to->mutable_waiting());
  }
  void operator()(const model::EventDue& body) { event.mutable_event_due()->set_event(body.event); }
};

}  // namespace

std::string encode_events(std::span<const model::Event> events) {
  pb::Events all;
  for (const auto& event : events) {
    auto& to = *all.add_events();
    to.set_cause(event.cause);
    if (event.server_at) to.set_server_at(event.server_at->time_since_epoch().count());
    std::visit(
        [&to](const auto& body) {
          write_subject(body, to);
          BodyWriter{to}(body);
        },
        event.body);
  }
  return all.SerializeAsString();
}

}  // namespace cordyna::wire
