// Bytes -> events. Strict, because apply() cannot fail: what is not exactly an event of a known kind is an error here.

#include "wire/event_codec.h"
#include "wire/event_values.h"

namespace cordyna::wire {
namespace {

template <class List>
std::vector<std::string> texts(const List& from) {
  return {from.begin(), from.end()};
}

base::Time time_of(std::int64_t micros) {
  return base::Time(base::Duration(micros));
}

class BodyReader {
 public:
  BodyReader(const pb::Event& from, ValueReader& values) : from_(from), subject_(from.subject()), values_(values) {}

  model::EventBody read() {
    const auto kind = from_.body_case();
    if (kind == pb::Event::BODY_NOT_SET) {
      values_.fail("an event of an unknown kind (written by a newer cerebro?)");
      return model::CerebroStopped{};
    }
    if (kind <= pb::Event::kInstanceLeft) return about_servers();
    if (kind <= pb::Event::kCommandCheck) return about_runs();
    if (kind <= pb::Event::kTaskChecked) return about_task_runs();
    if (kind <= pb::Event::kTaskResumed) return about_task_runs_beyond();
    return about_triggers();
  }

 private:
  model::TaskIndex task() const { return model::TaskIndex{subject_.task()}; }
  model::ServerIndex server() const { return model::ServerIndex{subject_.server()}; }
  model::InstanceIndex instance() const { return model::InstanceIndex{subject_.instance() - 1}; }  // 0 is no_instance
  base::RunId run() const { return {subject_.run_high(), subject_.run_low()}; }
  model::TaskRunRef at() const { return {run(), subject_.position()}; }
  std::uint32_t attempt() const { return subject_.attempt(); }

  template <class List>
  model::Findings findings(const List& from) {
    model::Findings all;
    for (const auto& finding : from) all.push_back(values_.finding(finding));
    return all;
  }

  model::EventBody about_servers() {
    switch (from_.body_case()) {
      case pb::Event::kCerebroStarted:
        return model::CerebroStarted{from_.cerebro_started().version(), from_.cerebro_started().epoch()};
      case pb::Event::kCerebroStopped:
        return model::CerebroStopped{from_.cerebro_stopped().reason()};
      case pb::Event::kServerDeclared:
        return server_declared(from_.server_declared());
      case pb::Event::kServerRefused: {
        const auto& body = from_.server_refused();
        return model::ServerRefused{body.server(), body.team(), body.instance(), findings(body.findings())};
      }
      case pb::Event::kServerStateChanged:
        return model::ServerStateChanged{
            server(), values_.word(from_.server_state_changed().state(), model::ServerState::gone, "server state")};
      case pb::Event::kServerForgotten:
        return model::ServerForgotten{server(), from_.server_forgotten().by(), from_.server_forgotten().reason()};
      case pb::Event::kServerTransferred: {
        const auto& body = from_.server_transferred();
        return model::ServerTransferred{server(), body.to(), body.by(), body.reason()};
      }
      case pb::Event::kInstanceJoined: {
        const auto& body = from_.instance_joined();
        return model::InstanceJoined{body.instance(),
                                     body.server(),
                                     body.team(),
                                     body.hash(),
                                     model::SessionId{body.session()},
                                     body.slots(),
                                     texts(body.capabilities()),
                                     texts(body.live())};
      }
      case pb::Event::kInstanceReady:
        return model::InstanceReady{instance()};
      case pb::Event::kInstanceDraining:
        return model::InstanceDraining{instance()};
      default:
        return model::InstanceLeft{instance(), from_.instance_left().reason(), from_.instance_left().lost()};
    }
  }

  model::ServerDeclared server_declared(const pb::ServerDeclared& body) {
    model::ServerDeclared to;
    to.server = body.server();
    to.team = body.team();
    to.hash = body.hash();
    for (const auto& part : body.text()) to.text.push_back({part.high(), part.low()});
    to.added = texts(body.added());
    to.changed = texts(body.changed());
    to.removed = texts(body.removed());
    to.task_count = body.task_count();
    to.warnings = findings(body.warnings());
    return to;
  }

  model::EventBody about_runs() {
    switch (from_.body_case()) {
      case pb::Event::kRunCreated:
        return run_created(from_.run_created());
      case pb::Event::kRunCancelRequested:
        return model::RunCancelRequested{run(), from_.run_cancel_requested().by(),
                                         from_.run_cancel_requested().reason()};
      case pb::Event::kRunEnded:
        return model::RunEnded{run(), values_.word(from_.run_ended().state(), model::RunState::cancelled, "run state")};
      case pb::Event::kCommandRun:
        return model::CommandRun{at(), task(), attempt(), instance()};
      case pb::Event::kCommandAssigned:
        return model::CommandAssigned{at(), task(), instance()};
      case pb::Event::kCommandCancel:
        return model::CommandCancel{
            at(), task(), attempt(), from_.command_cancel().reason(), from_.command_cancel().fence(), instance()};
      default:
        return model::CommandCheck{at(), task(), instance()};
    }
  }

  model::RunCreated run_created(const pb::RunCreated& body) {
    if (!body.has_plan()) values_.fail("a run without a plan");
    model::RunCreated to;
    to.run = run();
    to.trigger = values_.trigger(body.trigger());
    to.standing = values_.standing(body.standing());
    to.env = body.env();
    to.params = body.params();
    to.selected = texts(body.selected());
    to.person = body.person();
    to.force = body.force();
    to.quiet = body.quiet();
    to.after = {body.after().high(), body.after().low()};
    to.key = body.key();
    to.key_body = body.key_body();
    to.plan = values_.plan(body.plan());
    return to;
  }

  model::EventBody about_task_runs() {
    switch (from_.body_case()) {
      case pb::Event::kTaskQueued:
        return model::TaskQueued{at(), task(), attempt(), instance()};
      case pb::Event::kTaskStarted:
        return model::TaskStarted{at(), task(), from_.task_started().implied(), attempt(), instance()};
      case pb::Event::kTaskProgress:
        return model::TaskProgress{
            at(), task(), from_.task_progress().permille(), from_.task_progress().message(), attempt(), instance()};
      case pb::Event::kTaskCompleted:
        return model::TaskCompleted{at(),
                                    task(),
                                    attempt(),
                                    values_.payload(from_.task_completed().result()),
                                    from_.task_completed().observed(),
                                    instance()};
      case pb::Event::kTaskFailed:
        return model::TaskFailed{at(), task(), attempt(), values_.failure(from_.task_failed()), instance()};
      case pb::Event::kTaskBlocked:
        return model::TaskBlocked{at(), task(), values_.root(from_.task_blocked())};
      case pb::Event::kTaskSkipped:
        return model::TaskSkipped{
            at(), task(), values_.word(from_.task_skipped().reason(), model::SkipReason::nothing_to_do, "skip reason"),
            from_.task_skipped().text(), instance()};
      case pb::Event::kTaskCancelled:
        return model::TaskCancelled{at(), task(), attempt(), from_.task_cancelled().how(), instance()};
      case pb::Event::kTaskRetry:
        return model::TaskRetry{at(),
                                task(),
                                attempt(),
                                time_of(from_.task_retry().due()),
                                from_.task_retry().counted(),
                                values_.failure(from_.task_retry().failure()),
                                instance()};
      case pb::Event::kTaskDue:
        return model::TaskDue{at(), task()};
      default:
        return model::TaskChecked{at(), task(), from_.task_checked().answer()};
    }
  }

  model::EventBody about_task_runs_beyond() {
    switch (from_.body_case()) {
      case pb::Event::kTaskNeeded:
        return model::TaskNeeded{at(), task()};
      case pb::Event::kTaskPinned: {
        model::TaskPinned to{at(), task(), {}};
        for (const auto& taken : from_.task_pinned().taken()) to.taken.push_back(values_.taken(taken));
        return to;
      }
      case pb::Event::kTaskHandedOver:
        return model::TaskHandedOver{values_.ref(from_.task_handed_over().from()),
                                     values_.ref(from_.task_handed_over().to()), task()};
      case pb::Event::kTaskFollowed: {
        const auto& body = from_.task_followed();
        return model::TaskFollowed{at(),
                                   task(),
                                   values_.ref(body.shared_from()),
                                   values_.word(body.state(), model::TaskState::cancelled, "task state"),
                                   values_.word(body.skip(), model::SkipReason::nothing_to_do, "skip reason"),
                                   values_.taken(body.completion()),
                                   values_.root(body.root())};
      }
      case pb::Event::kTaskLate: {
        const auto& body = from_.task_late();
        return model::TaskLate{at(),           task(),       attempt(),
                               body.token(),   body.state(), values_.payload(body.result()),
                               body.message(), instance()};
      }
      case pb::Event::kTaskAdopted: {
        const auto& body = from_.task_adopted();
        return model::TaskAdopted{at(),
                                  task(),
                                  attempt(),
                                  body.by(),
                                  body.reason(),
                                  values_.payload(body.result()),
                                  values_.standing(body.standing()),
                                  body.env(),
                                  body.params()};
      }
      case pb::Event::kTaskFault: {
        const auto& body = from_.task_fault();
        return model::TaskFault{at(), body.of_task() ? std::optional(task()) : std::nullopt, instance(), body.code(),
                                body.message()};
      }
      case pb::Event::kTaskPaused:
        return model::TaskPaused{task(), from_.task_paused().by(), from_.task_paused().reason()};
      default:
        return model::TaskResumed{task(), from_.task_resumed().by(), from_.task_resumed().reason()};
    }
  }

  model::EventBody about_triggers() {
    switch (from_.body_case()) {
      case pb::Event::kEventReceived: {
        const auto& body = from_.event_received();
        return model::EventReceived{body.source(),
                                    body.id(),
                                    body.type(),
                                    body.subject(),
                                    base::Hash128{body.content().high(), body.content().low()},
                                    values_.payload(body.data()),
                                    body.depth(),
                                    body.matched()};
      }
      case pb::Event::kScheduleSkipped: {
        const auto& body = from_.schedule_skipped();
        return model::ScheduleSkipped{task(), time_of(body.instant()), body.reason(), body.message(), body.count()};
      }
      case pb::Event::kScheduleSet: {
        const auto& body = from_.schedule_set();
        model::ScheduleSet to{task(), body.trigger(), {}, {}, {}};
        if (body.has_due()) to.due = time_of(body.due());
        if (body.has_next()) to.next = time_of(body.next());
        if (body.has_previous()) to.previous = time_of(body.previous());
        return to;
      }
      case pb::Event::kScheduleWaiting: {
        model::ScheduleWaiting to{task(), {}};
        for (const auto& standing : from_.schedule_waiting().waiting())
          to.waiting.push_back(values_.standing(standing));
        return to;
      }
      case pb::Event::kInstanceDeclared:
        return model::InstanceDeclared{instance(), from_.instance_declared().hash()};
      case pb::Event::kLogRegressed:
        return model::LogRegressed{instance(), from_.log_regressed().token()};
      default:
        return model::EventDue{task(), from_.event_due().event()};
    }
  }

  const pb::Event& from_;
  const pb::Subject& subject_;
  ValueReader& values_;
};

}  // namespace

base::Result<std::vector<model::Event>> decode_events(std::string_view bytes) {
  pb::Events all;
  if (!all.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return base::Error{"bad_event", "these bytes are no events; the log is damaged or not cordyna's"};
  std::vector<model::Event> events;
  events.reserve(static_cast<std::size_t>(all.events_size()));
  for (const auto& from : all.events()) {
    ValueReader values;
    model::Event event;
    event.body = BodyReader(from, values).read();
    event.cause = from.cause();
    if (from.has_server_at()) event.server_at = time_of(from.server_at());
    if (!values.ok())
      return base::Error{"bad_event",
                         "event " + std::to_string(events.size() + 1) + " of the batch is " + values.error()};
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace cordyna::wire
