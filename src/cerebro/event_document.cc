// One visitor a question: what an event is about (by the usual names of its members), who told whom, one sentence for
// people, and the data that only its kind has.

#include "cerebro/event_document.h"

#include <fmt/format.h>

#include <type_traits>

#include "cerebro/event_text.h"

namespace cordyna::cerebro {
namespace {

using model::Json;

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(base::format_time(*value)) : Json();
}

struct Subject {
  std::string server, instance, task;
  std::optional<base::RunId> run;
  std::uint32_t attempt = 0;
};

class SubjectOf {
 public:
  explicit SubjectOf(const engine::State& state) : names_(state) {}

  template <class Body>
  Subject operator()(const Body& body) {
    Subject subject;
    if constexpr (requires { body.at.position; })
      if (!body.at.run.none()) subject.run = body.at.run;
    if constexpr (requires { body.run.high; }) subject.run = body.run;
    if constexpr (requires {
                    { body.task } -> std::convertible_to<model::TaskIndex>;
                  })
      set_task(subject, body.task);
    if constexpr (requires { body.task.has_value(); })
      if (body.task) set_task(subject, *body.task);
    if constexpr (requires {
                    { body.server } -> std::convertible_to<model::ServerIndex>;
                  })
      subject.server = names_.server(body.server);
    if constexpr (requires {
                    { body.server } -> std::convertible_to<std::string>;
                  })
      subject.server = body.server;
    if constexpr (requires {
                    { body.instance } -> std::convertible_to<model::InstanceIndex>;
                  }) {
      if (body.instance != model::no_instance) {
        subject.instance = names_.instance(body.instance);
        if (subject.server.empty()) subject.server = subject.instance.substr(0, subject.instance.find('#'));
      }
    }
    if constexpr (requires {
                    { body.instance } -> std::convertible_to<std::string>;
                  })
      if (!body.instance.empty()) subject.instance = body.server + "#" + body.instance;
    if constexpr (requires { body.attempt + 1U; }) subject.attempt = body.attempt;
    return subject;
  }
  Subject operator()(const model::TaskHandedOver& body) {
    Subject subject;
    subject.run = body.to.run;
    set_task(subject, body.task);
    return subject;
  }

 private:
  void set_task(Subject& subject, model::TaskIndex task) {
    subject.task = names_.task(task);
    subject.server = subject.task.substr(0, subject.task.find('/'));
  }
  Names names_;
};

enum class Way { inside, command, report, outside };

struct WayOf {
  Way operator()(const model::CommandRun&) { return Way::command; }
  Way operator()(const model::CommandAssigned&) { return Way::command; }
  Way operator()(const model::CommandCancel&) { return Way::command; }
  Way operator()(const model::CommandCheck&) { return Way::command; }
  Way operator()(const model::TaskQueued&) { return Way::report; }
  Way operator()(const model::TaskStarted&) { return Way::report; }
  Way operator()(const model::TaskProgress&) { return Way::report; }
  Way operator()(const model::TaskCompleted&) { return Way::report; }
  Way operator()(const model::TaskLate&) { return Way::report; }
  Way operator()(const model::TaskFault&) { return Way::report; }
  Way operator()(const model::TaskSkipped& body) {
    return body.reason == model::SkipReason::nothing_to_do ? Way::report : Way::inside;
  }
  Way operator()(const model::TaskCancelled& body) { return body.how == "confirmed" ? Way::report : Way::inside; }
  Way operator()(const model::TaskFailed& body) {
    return body.failure.origin == model::Origin::server ? Way::report : Way::inside;
  }
  Way operator()(const model::ServerDeclared&) { return Way::report; }
  Way operator()(const model::ServerRefused&) { return Way::report; }
  Way operator()(const model::InstanceJoined&) { return Way::report; }
  Way operator()(const model::InstanceDeclared&) { return Way::report; }
  Way operator()(const model::InstanceReady&) { return Way::report; }
  Way operator()(const model::InstanceDraining&) { return Way::report; }
  Way operator()(const model::RunCreated& body) {
    using Kind = model::TriggerKind;
    const bool asked = body.trigger.kind == Kind::manual || body.trigger.kind == Kind::retry ||
                       body.trigger.kind == Kind::adopt || body.trigger.kind == Kind::backfill;
    return asked ? Way::outside : Way::inside;
  }
  Way operator()(const model::RunCancelRequested&) { return Way::outside; }
  Way operator()(const model::TaskAdopted&) { return Way::outside; }
  Way operator()(const model::TaskPaused&) { return Way::outside; }
  Way operator()(const model::TaskResumed&) { return Way::outside; }
  Way operator()(const model::ServerForgotten&) { return Way::outside; }
  Way operator()(const model::ServerTransferred&) { return Way::outside; }
  Way operator()(const model::EventReceived&) { return Way::outside; }
  template <class Body>
  Way operator()(const Body&) {
    return Way::inside;
  }
};

Json payload_data(const model::Payload& payload) {
  if (payload.empty()) return {};
  if (payload.blob) return {{"blob", payload.blob->hex()}, {"size", payload.size}};
  return Json::parse(payload.json, nullptr, false);
}

Json failure_data(const model::Failure& failure) {
  return {{"code", failure.code},
          {"message", failure.message},
          {"origin", failure.origin == model::Origin::server ? "server" : "cerebro"},
          {"hint", failure.hint},
          {"detail", failure.detail.empty() ? Json() : Json::parse(failure.detail, nullptr, false)}};
}

Json findings_data(const model::Findings& findings) {
  Json all = Json::array();
  for (const auto& finding : findings)
    all.push_back({{"path", finding.path},
                   {"rule", finding.rule},
                   {"message", finding.message},
                   {"fix", finding.fix},
                   {"severity", finding.severity == model::Severity::error ? "error" : "warning"}});
  return all;
}

Json standing_data(const model::Standing& standing) {
  if (standing.kind == model::Standing::Kind::nothing) return {};
  return {{"at", base::format_time(standing.at)}, {"event", standing.event == 0 ? Json() : Json(standing.event)}};
}

/// What only this kind has.
struct DataOf {
  const engine::State& state;
  Names names{state};

  Json root(const model::RootCause& cause) {
    return {{"run", cause.run.text()},
            {"task", names.task(cause.task)},
            {"team", names.team(cause.task)},
            {"code", cause.code}};
  }
  Json operator()(const model::CerebroStarted& body) { return {{"version", body.version}, {"epoch", body.epoch}}; }
  Json operator()(const model::CerebroStopped& body) { return {{"reason", body.reason}}; }
  Json operator()(const model::ServerDeclared& body) {
    return {{"team", body.team},
            {"hash", body.hash},
            {"tasks", body.task_count},
            {"added", body.added},
            {"changed", body.changed},
            {"removed", body.removed},
            {"warnings", findings_data(body.warnings)}};
  }
  Json operator()(const model::ServerRefused& body) {
    return {{"team", body.team}, {"findings", findings_data(body.findings)}};
  }
  Json operator()(const model::ServerTransferred& body) {
    return {{"to", body.to}, {"by", body.by}, {"reason", body.reason}};
  }
  Json operator()(const model::InstanceJoined& body) {
    return {{"team", body.team}, {"hash", body.hash}, {"slots", body.slots}, {"capabilities", body.capabilities}};
  }
  Json operator()(const model::InstanceDeclared& body) { return {{"hash", body.hash}}; }
  Json operator()(const model::InstanceLeft& body) { return {{"reason", body.reason}, {"lost", body.lost}}; }
  Json operator()(const model::RunCreated& body) {
    Json task_runs = Json::array();
    for (const auto& one : body.plan->tasks)
      task_runs.push_back(
          {{"task", names.task(one.task)}, {"role", word(one.role)}, {"state", model::word(one.state)}});
    return {{"trigger", trigger_document(body.trigger, state)},
            {"env", body.env},
            {"params", Json::parse(body.params.empty() ? "{}" : body.params, nullptr, false)},
            {"targets", body.selected},
            {"scheduled_at",
             body.standing.kind == model::Standing::Kind::instant ? Json(base::format_time(body.standing.at)) : Json()},
            {"force", body.force},
            {"quiet", body.quiet},
            {"task_runs", std::move(task_runs)}};
  }
  Json operator()(const model::RunEnded& body) { return {{"state", model::word(body.state)}}; }
  Json operator()(const model::CommandCancel& body) { return {{"reason", body.reason}}; }
  Json operator()(const model::TaskStarted& body) { return body.implied ? Json{{"implied", true}} : Json(); }
  Json operator()(const model::TaskProgress& body) { return {{"permille", body.permille}, {"message", body.message}}; }
  Json operator()(const model::TaskCompleted& body) { return {{"result", payload_data(body.result)}}; }
  Json operator()(const model::TaskFailed& body) { return failure_data(body.failure); }
  Json operator()(const model::TaskBlocked& body) { return {{"root_cause", root(body.root)}}; }
  Json operator()(const model::TaskSkipped& body) {
    return {{"reason", model::word(body.reason)}, {"text", body.text}};
  }
  Json operator()(const model::TaskCancelled& body) { return {{"how", body.how}}; }
  Json operator()(const model::TaskRetry& body) {
    return {{"due", base::format_time(body.due)}, {"counted", body.counted}, {"error", failure_data(body.failure)}};
  }
  Json operator()(const model::TaskChecked& body) { return {{"answer", body.answer}}; }
  Json operator()(const model::TaskPinned& body) {
    Json taken = Json::array();
    for (const auto& one : body.taken)
      taken.push_back(one.seq == 0 ? Json()
                                   : Json{{"run", one.run.text()}, {"attempt", one.attempt}, {"seq", one.seq}});
    return {{"taken", std::move(taken)}};
  }
  Json operator()(const model::TaskHandedOver& body) { return {{"from", body.from.run.text()}}; }
  Json operator()(const model::TaskFollowed& body) {
    return {{"shared_from", {{"run", body.shared_from.run.text()}, {"task", names.task(body.task)}}},
            {"state", model::word(body.state)}};
  }
  Json operator()(const model::TaskLate& body) { return {{"state", body.state}, {"message", body.message}}; }
  Json operator()(const model::TaskAdopted& body) { return {{"by", body.by}, {"reason", body.reason}}; }
  Json operator()(const model::TaskFault& body) { return {{"code", body.code}, {"message", body.message}}; }
  Json operator()(const model::EventReceived& body) {
    return {{"source", body.source},   {"id", body.id},       {"type", body.type},
            {"subject", body.subject}, {"depth", body.depth}, {"matched", body.matched}};
  }
  Json operator()(const model::ScheduleSkipped& body) {
    return {{"instant", base::format_time(body.instant)}, {"reason", body.reason}, {"count", body.count}};
  }
  Json operator()(const model::ScheduleSet& body) {
    return {{"trigger", body.trigger}, {"due", or_null(body.due)}, {"next", or_null(body.next)}};
  }
  Json operator()(const model::ScheduleWaiting& body) {
    Json waiting = Json::array();
    for (const auto& one : body.waiting) waiting.push_back(standing_data(one));
    return {{"waiting", std::move(waiting)}};
  }
  Json operator()(const model::EventDue& body) { return {{"event", body.event}}; }
  template <class Body>
  Json operator()(const Body& body) {
    if constexpr (requires { body.by.size() + body.reason.size(); })
      return {{"by", body.by}, {"reason", body.reason}};
    else
      return {};
  }
};

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

}  // namespace

model::Json event_document(const model::Event& event, base::Seq seq, base::Time at, const engine::State& state) {
  const Subject subject = std::visit(SubjectOf(state), event.body);
  const std::string& server = subject.instance.empty() ? subject.server : subject.instance;
  Json from = "cerebro", to;
  switch (std::visit(WayOf{}, event.body)) {
    case Way::inside:
      break;
    case Way::command:
      to = text_or_null(server);
      break;
    case Way::report:
      from = text_or_null(server), to = "cerebro";
      break;
    case Way::outside:
      from = "outside", to = "cerebro";
      break;
  }
  return {{"seq", seq},
          {"at", base::format_time(at)},
          {"kind", model::kind(event.body)},
          {"from", std::move(from)},
          {"to", std::move(to)},
          {"server", text_or_null(subject.server)},
          {"instance",
           text_or_null(subject.instance.substr(std::min(subject.instance.size(), subject.instance.find('#') + 1)))},
          {"run", subject.run ? Json(subject.run->text()) : Json()},
          {"task", text_or_null(subject.task)},
          {"attempt", subject.attempt == 0 ? Json() : Json(subject.attempt)},
          {"message", event_message(event, state)},
          {"server_at", or_null(event.server_at)},
          {"cause", event.cause == 0 ? Json() : Json(event.cause)},
          {"data", std::visit(DataOf{state}, event.body)}};
}

}  // namespace cordyna::cerebro
