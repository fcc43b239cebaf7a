#include "golden/lines.h"

#include <fmt/format.h>

namespace cordyna::testing {

using fmt::format;
using model::How;
using model::Role;

std::string Lines::run_name(base::RunId run) {
  const auto found = names_.find(run);
  if (found != names_.end()) return found->second;
  const std::string name = format("R{}", names_.size() + 1);
  names_[run] = name;
  ids_[name] = run;
  return name;
}

std::string Lines::at(model::TaskRunRef ref, model::TaskIndex task) {
  return run_name(ref.run) + ' ' + name(task);
}

std::string Lines::instance(model::InstanceIndex index) {
  if (index == model::no_instance) return "nobody";
  const engine::Instance& one = world_.state().instance(index);
  return world_.state().server(one.server).name + '#' + one.name;
}

std::string Lines::line(const LoggedEvent& logged) {
  const std::string text = std::visit([this](const auto& body) { return this->text(body); }, logged.event.body);
  return text.empty() ? text : format("{} {}", base::format_time(logged.now.wall).substr(11), text);
}

namespace {

std::string trigger_text(const model::TriggerCause& trigger) {
  constexpr const char* words[] = {"manual", "schedule", "event", "join", "retry", "adopt", "backfill"};
  return words[static_cast<std::size_t>(trigger.kind)];
}

std::string standing_text(const model::Standing& standing) {
  if (standing.kind == model::Standing::Kind::instant) return " at " + base::format_time(standing.at);
  return standing.kind == model::Standing::Kind::event ? " for an event" : "";
}

}  // namespace

std::string Lines::text(const model::RunCreated& event) {
  std::string text =
      format("run.created {} {}{}", run_name(event.run), trigger_text(event.trigger), standing_text(event.standing));
  if (event.env != "production") text += " env=" + event.env;
  if (event.params != "{}") text += " params=" + event.params;
  if (!event.after.none()) text += " after " + run_name(event.after);
  for (const model::PlannedTask& task : event.plan->tasks) {
    constexpr const char* roles[] = {"", "pulled ", "follower "};
    text += format(" | {}{}", roles[static_cast<std::size_t>(task.role)], name(task.task));
    if (task.shared_from)
      text += format(" {} {}", model::is_final(task.state) ? "as it ended in" : "shared from",
                     run_name(task.shared_from->run));
    if (task.check) text += " (check)";
    for (std::uint32_t i = 0; i < task.edge_count; ++i) {
      const model::PlannedEdge& edge = event.plan->edges[task.first_edge + i];
      if (edge.how == How::in_run) text += " <" + name(edge.task);
      if (edge.how == How::completion) text += format(" <{} of {}", name(edge.task), run_name(edge.taken.run));
      if (edge.how == How::within) text += format(" <{} fresh of {}", name(edge.task), run_name(edge.taken.run));
      if (edge.how == How::unsatisfied) text += format(" <{} unsatisfied", name(edge.task));
      if (edge.how == How::awaited) text += format(" <{} awaited", name(edge.task));
    }
  }
  return text;
}

std::string Lines::text(const model::ServerDeclared& event) {
  std::string text = format("server.declared {} tasks={}", event.server, event.task_count);
  for (const std::string& one : event.changed) text += " ~" + one;
  for (const std::string& one : event.removed) text += " -" + one;
  for (const model::Finding& one : event.warnings) text += format(" [{} {}]", one.rule, one.path);
  return text;
}

std::string Lines::text(const model::ServerRefused& event) {
  std::string text = "server.refused " + event.server;
  for (const model::Finding& one : event.findings) text += format(" [{} {}: {}]", one.rule, one.path, one.message);
  return text;
}

std::string Lines::text(const model::ServerStateChanged& event) {
  return format("server.{} {}", model::word(event.state), world_.state().server(event.server).name);
}

std::string Lines::text(const model::ServerForgotten& event) {
  return "server.forgotten " + world_.state().server(event.server).name;
}

std::string Lines::text(const model::InstanceLeft& event) {
  return format("instance.left {} {}{}", instance(event.instance), event.reason, event.lost ? " (may come back)" : "");
}

std::string Lines::text(const model::LogRegressed& event) {
  return "log.regressed " + instance(event.instance);
}
std::string Lines::text(const model::RunCancelRequested& event) {
  return "run.cancel_requested " + run_name(event.run);
}
std::string Lines::text(const model::RunEnded& event) {
  return format("run.{} {}", model::word(event.state), run_name(event.run));
}

std::string Lines::text(const model::CommandRun& event) {
  return format("command.run {} #{} -> {}", at(event.at, event.task), event.attempt, instance(event.instance));
}

std::string Lines::text(const model::CommandAssigned& event) {
  return format("command.assigned {} -> {}", at(event.at, event.task), instance(event.instance));
}

std::string Lines::text(const model::CommandCancel& event) {
  return format("command.cancel {} #{} {}", at(event.at, event.task), event.attempt, event.reason);
}

std::string Lines::text(const model::CommandCheck& event) {
  return format("command.check {} -> {}", at(event.at, event.task), instance(event.instance));
}

std::string Lines::text(const model::TaskQueued& event) {
  return "task.queued " + at(event.at, event.task);
}

std::string Lines::text(const model::TaskStarted& event) {
  return format("task.started {}{}", at(event.at, event.task), event.implied ? " (implied)" : "");
}

std::string Lines::text(const model::TaskProgress& event) {
  return format("task.progress {} {} {}", at(event.at, event.task), event.permille, event.message);
}

std::string Lines::text(const model::TaskCompleted& event) {
  return format("task.completed {} #{}{}", at(event.at, event.task), event.attempt,
                event.result.empty() ? "" : " result=" + (event.result.blob ? "blob" : event.result.json));
}

std::string Lines::text(const model::TaskFailed& event) {
  return format("task.error {} #{} {}: {}", at(event.at, event.task), event.attempt, event.failure.code,
                event.failure.message);
}

std::string Lines::text(const model::TaskBlocked& event) {
  return format("task.blocked {} by {} {} {}", at(event.at, event.task), run_name(event.root.run),
                name(event.root.task), event.root.code);
}

std::string Lines::text(const model::TaskSkipped& event) {
  return format("task.skipped {} {}", at(event.at, event.task), model::word(event.reason));
}

std::string Lines::text(const model::TaskCancelled& event) {
  return format("task.cancelled {} {}", at(event.at, event.task), event.how);
}

std::string Lines::text(const model::TaskRetry& event) {
  return format("task.retry {} #{} {} due {}{}", at(event.at, event.task), event.attempt, event.failure.code,
                base::format_time(event.due).substr(11), event.counted ? "" : " (not counted)");
}

std::string Lines::text(const model::TaskDue& event) {
  return "task.due " + at(event.at, event.task);
}
std::string Lines::text(const model::TaskChecked& event) {
  return format("task.checked {} {}", at(event.at, event.task), event.answer);
}
std::string Lines::text(const model::TaskPinned& event) {
  return "task.pinned " + at(event.at, event.task);
}

std::string Lines::text(const model::TaskHandedOver& event) {
  return format("task.handed_over {} from {} to {}", name(event.task), run_name(event.from.run),
                run_name(event.to.run));
}

std::string Lines::text(const model::TaskFollowed& event) {
  return format("task.{} {} with {}", model::word(event.state), at(event.at, event.task),
                run_name(event.shared_from.run));
}

std::string Lines::text(const model::TaskLate& event) {
  return format("task.late {} #{} {}", at(event.at, event.task), event.attempt, event.state);
}

std::string Lines::text(const model::TaskAdopted& event) {
  return "task.adopted " + at(event.at, event.task);
}

std::string Lines::text(const model::TaskFault& event) {
  return format("task.fault {} {}{}", instance(event.instance), event.code, event.task ? ' ' + name(*event.task) : "");
}

std::string Lines::text(const model::TaskPaused& event) {
  return "task.paused " + name(event.task);
}
std::string Lines::text(const model::TaskResumed& event) {
  return "task.resumed " + name(event.task);
}

std::string Lines::text(const model::EventReceived& event) {
  return format("event.received {} {} matched={}", event.type, event.id, event.matched);
}

std::string Lines::text(const model::ScheduleSkipped& event) {
  return format("schedule.skipped {} {} {}{}", name(event.task), base::format_time(event.instant), event.reason,
                event.count == 1 ? "" : format(" x{}", event.count));
}

std::string Lines::text(const model::ScheduleWaiting& event) {
  return format("schedule.waiting {} {}", name(event.task), event.waiting.size());
}

std::string Lines::line(const engine::Effect& effect) {
  if (const auto* send = std::get_if<engine::SendRun>(&effect)) {
    std::string inputs;
    for (const auto& [name, payload] : send->inputs)
      inputs += format(" {}={}", name, payload.blob ? "blob" : payload.json);
    return format("send run {} #{}{}{}", send->command.task, send->command.attempt,
                  send->command.params == "{}" ? "" : " params=" + send->command.params, inputs);
  }
  if (const auto* send = std::get_if<engine::SendItem>(&effect)) {
    if (const auto* cancel = std::get_if<model::CancelCommand>(&send->item)) return "send cancel " + cancel->reason;
    if (const auto* check = std::get_if<model::CheckCommand>(&send->item)) return "send check " + check->task;
    if (const auto* verdict = std::get_if<model::VerdictItem>(&send->item)) {
      constexpr const char* words[] = {"accepted", "warnings", "quarantined", "refused", "older"};
      return format("send verdict {}", words[static_cast<std::size_t>(verdict->verdict)]);
    }
    return {};
  }
  if (const auto* close = std::get_if<engine::CloseSession>(&effect)) return "close: " + close->reason;
  if (const auto* answer = std::get_if<engine::Answer>(&effect)) {
    if (const auto* refusal = std::get_if<engine::Refusal>(&answer->body))
      return format("refused {}: {}", refusal->code, refusal->message);
  }
  return {};
}

}  // namespace cordyna::testing
