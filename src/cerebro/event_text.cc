// The sentences. Short: kind, time and names stand beside them wherever they are shown.

#include "cerebro/event_text.h"

#include <fmt/format.h>

namespace cordyna::cerebro {
namespace {

std::string because(const std::string& reason) {
  return reason.empty() ? "" : ": " + reason;
}
std::string who(const std::string& by) {
  return by.empty() ? "somebody" : by;
}
std::string plural(std::size_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

struct Sentence {
  const engine::State& state;
  Names names{state};

  std::string operator()(const model::CerebroStarted& body) { return fmt::format("cerebro {} started", body.version); }
  std::string operator()(const model::CerebroStopped& body) { return "cerebro stopped" + because(body.reason); }
  std::string operator()(const model::ServerDeclared& body) {
    return fmt::format("{} of team {} declared {}: {} added, {} changed, {} removed", body.server, body.team,
                       plural(body.task_count, "task"), body.added.size(), body.changed.size(), body.removed.size());
  }
  std::string operator()(const model::ServerRefused& body) {
    return fmt::format("the declaration of {} was refused: {}", body.server,
                       body.findings.empty() ? "no reason given" : body.findings.front().message);
  }
  std::string operator()(const model::ServerStateChanged& body) {
    return fmt::format("{} is {}", names.server(body.server), model::word(body.state));
  }
  std::string operator()(const model::ServerForgotten& body) {
    return fmt::format("{} forgot {}{}", who(body.by), names.server(body.server), because(body.reason));
  }
  std::string operator()(const model::ServerTransferred& body) {
    return fmt::format("{} gave {} to team {}{}", who(body.by), names.server(body.server), body.to,
                       because(body.reason));
  }
  std::string operator()(const model::InstanceJoined& body) {
    return fmt::format("{}#{} joined with {}", body.server, body.instance, plural(body.slots, "slot"));
  }
  std::string operator()(const model::LogRegressed& body) {
    return fmt::format("{} remembers attempts that this log never made; no command leaves until somebody decides",
                       names.instance(body.instance));
  }
  std::string operator()(const model::InstanceDeclared& body) {
    return names.instance(body.instance) + " runs a known declaration";
  }
  std::string operator()(const model::InstanceReady& body) { return names.instance(body.instance) + " takes commands"; }
  std::string operator()(const model::InstanceDraining& body) {
    return names.instance(body.instance) + " takes no new commands";
  }
  std::string operator()(const model::InstanceLeft& body) {
    return fmt::format("{} {}{}", names.instance(body.instance), body.lost ? "was lost" : "left", because(body.reason));
  }
  std::string operator()(const model::RunCreated& body) {
    return fmt::format("run of {}, started by {}", plural(body.plan->tasks.size(), "task"), cause(body.trigger));
  }
  std::string operator()(const model::RunCancelRequested& body) {
    return fmt::format("{} cancels the run{}", who(body.by), because(body.reason));
  }
  std::string operator()(const model::RunEnded& body) { return fmt::format("the run is {}", model::word(body.state)); }
  std::string operator()(const model::CommandRun& body) {
    return fmt::format("run {}, attempt {}{}", names.task(body.task), body.attempt,
                       body.instance == model::no_instance ? ": no instance is connected yet" : "");
  }
  std::string operator()(const model::CommandAssigned& body) {
    return fmt::format("{} takes {}", names.instance(body.instance), names.task(body.task));
  }
  std::string operator()(const model::CommandCancel& body) {
    return fmt::format("cancel {}{}", names.task(body.task), because(body.reason));
  }
  std::string operator()(const model::CommandCheck& body) {
    return fmt::format("is the work of {} already there?", names.task(body.task));
  }
  std::string operator()(const model::TaskQueued& body) { return names.task(body.task) + " is queued"; }
  std::string operator()(const model::TaskStarted& body) { return names.task(body.task) + " started"; }
  std::string operator()(const model::TaskProgress& body) {
    return fmt::format("{} is at {}.{} %{}", names.task(body.task), body.permille / 10, body.permille % 10,
                       because(body.message));
  }
  std::string operator()(const model::TaskCompleted& body) { return names.task(body.task) + " completed"; }
  std::string operator()(const model::TaskFailed& body) {
    return fmt::format("{} failed ({}){}", names.task(body.task), body.failure.code, because(body.failure.message));
  }
  std::string operator()(const model::TaskBlocked& body) {
    const std::string team = names.team(body.root.task);  // empty when nobody declares it
    return fmt::format("{} is blocked by {}{} ({})", names.task(body.task), names.task(body.root.task),
                       team.empty() ? team : " of team " + team, body.root.code);
  }
  std::string operator()(const model::TaskSkipped& body) {
    switch (body.reason) {
      case model::SkipReason::check:
        return names.task(body.task) + " was skipped: its work is already there";
      case model::SkipReason::not_needed:
        return names.task(body.task) + " was skipped: nobody in the run needs it any more";
      default:
        return names.task(body.task) + " had nothing to do" + because(body.text);
    }
  }
  std::string operator()(const model::TaskCancelled& body) {
    return fmt::format("{} was cancelled ({})", names.task(body.task), body.how);
  }
  std::string operator()(const model::TaskRetry& body) {
    return fmt::format("{} failed ({}){}; it is tried again at {}", names.task(body.task), body.failure.code,
                       because(body.failure.message), base::format_time(body.due));
  }
  std::string operator()(const model::TaskDue& body) { return names.task(body.task) + " is due"; }
  std::string operator()(const model::TaskChecked& body) {
    return fmt::format("the work of {} is {}there ({})", names.task(body.task), body.answer == "yes" ? "" : "not ",
                       body.answer);
  }
  std::string operator()(const model::TaskNeeded& body) { return names.task(body.task) + " is needed"; }
  std::string operator()(const model::TaskPinned& body) { return names.task(body.task) + " has what it waited for"; }
  std::string operator()(const model::TaskHandedOver& body) {
    return fmt::format("{} goes on for this run; run {} was cancelled", names.task(body.task), body.from.run.text());
  }
  std::string operator()(const model::TaskFollowed& body) {
    return fmt::format("{} ended {} in run {}, which this run shares", names.task(body.task), model::word(body.state),
                       body.shared_from.run.text());
  }
  std::string operator()(const model::TaskLate& body) {
    return fmt::format("{} reported {} too late; nothing changes", names.task(body.task), body.state);
  }
  std::string operator()(const model::TaskAdopted& body) {
    return fmt::format("{} adopted the late completion of {}{}", who(body.by), names.task(body.task),
                       because(body.reason));
  }
  std::string operator()(const model::TaskFault& body) { return "protocol fault (" + body.code + "): " + body.message; }
  std::string operator()(const model::TaskPaused& body) {
    return fmt::format("{} paused {}{}", who(body.by), names.task(body.task), because(body.reason));
  }
  std::string operator()(const model::TaskResumed& body) {
    return fmt::format("{} resumed {}{}", who(body.by), names.task(body.task), because(body.reason));
  }
  std::string operator()(const model::EventReceived& body) {
    return fmt::format("event {} from {} matched {}", body.type, body.source, plural(body.matched, "trigger"));
  }
  std::string operator()(const model::ScheduleSkipped& body) {
    return fmt::format("{} does not run for {} ({}){}", names.task(body.task), base::format_time(body.instant),
                       body.reason, because(body.message));
  }
  std::string operator()(const model::ScheduleSet& body) {
    return body.next ? fmt::format("{} is due next at {}", names.task(body.task), base::format_time(*body.next))
                     : names.task(body.task) + " is not due any more";
  }
  std::string operator()(const model::ScheduleWaiting& body) {
    return fmt::format("{} wait until {} has ended", plural(body.waiting.size(), "trigger"), names.task(body.task));
  }
  std::string operator()(const model::EventDue& body) {
    return fmt::format("{} is due for event {}", names.task(body.task), body.event);
  }

  std::string cause(const model::TriggerCause& trigger) {
    const std::string task = trigger.task ? names.task(*trigger.task) : "";
    switch (trigger.kind) {
      case model::TriggerKind::manual:
        return who(trigger.by) + because(trigger.reason);
      case model::TriggerKind::schedule:
        return "the schedule of " + task;
      case model::TriggerKind::event:
        return "event " + trigger.event_type + " from " + trigger.event_source;
      case model::TriggerKind::join:
        return "the completion of " + task;
      case model::TriggerKind::retry:
        return who(trigger.by) + " as a retry of " + trigger.of.text();
      case model::TriggerKind::adopt:
        return who(trigger.by) + ", who adopted a late completion of " + trigger.of.text();
      case model::TriggerKind::backfill:
        return who(trigger.by) + " as a backfill" + because(trigger.reason);
    }
    return "cerebro";
  }
};

}  // namespace

std::string Names::task(model::TaskIndex index) const {
  return index.value < state_.tasks.size() ? state_.task(index).name : "?";
}
std::string Names::team(model::TaskIndex index) const {
  if (index.value >= state_.tasks.size()) return {};
  const model::ServerIndex server = state_.task(index).server;
  return server.value < state_.servers.size() ? state_.server(server).team : std::string();
}
std::string Names::server(model::ServerIndex index) const {
  return index.value < state_.servers.size() ? state_.server(index).name : "?";
}
std::string Names::instance(model::InstanceIndex index) const {
  if (index.value >= state_.instances.size()) return "?";
  const engine::Instance& instance = state_.instance(index);
  return server(instance.server) + "#" + instance.name;
}

std::string_view word(model::Role role) {
  switch (role) {
    case model::Role::target:
      return "target";
    case model::Role::pulled:
      return "pulled";
    default:
      return "follower";
  }
}

std::string_view word(model::TriggerKind kind) {
  switch (kind) {
    case model::TriggerKind::manual:
      return "manual";
    case model::TriggerKind::schedule:
      return "schedule";
    case model::TriggerKind::event:
      return "event";
    case model::TriggerKind::join:
      return "join";
    case model::TriggerKind::retry:
      return "retry";
    case model::TriggerKind::adopt:
      return "adopt";
    default:
      return "backfill";
  }
}

model::Json trigger_document(const model::TriggerCause& trigger, const engine::State& state) {
  model::Json event;
  if (trigger.kind == model::TriggerKind::event)
    event = {{"source", trigger.event_source}, {"id", trigger.event_id}, {"type", trigger.event_type}};
  return {{"kind", word(trigger.kind)},
          {"task", trigger.task ? model::Json(Names(state).task(*trigger.task)) : model::Json()},
          {"by", trigger.by.empty() ? model::Json() : model::Json(trigger.by)},
          {"reason", trigger.reason},
          {"event", std::move(event)},
          {"of", trigger.of.none() ? model::Json() : model::Json(trigger.of.text())}};
}

std::string event_message(const model::Event& event, const engine::State& state) {
  return std::visit(Sentence{state}, event.body);
}

}  // namespace cordyna::cerebro
