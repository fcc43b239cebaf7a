#include "mission/causes.h"

#include <map>

namespace cordyna::testing {
namespace {

class Reader {
 public:
  explicit Reader(const std::vector<LoggedEvent>& log) {
    for (const LoggedEvent& one : log) by_seq_[one.seq] = &one;
  }

  void read(const LoggedEvent& one) {
    now_ = &one;
    const auto cause = by_seq_.find(one.event.cause);
    cause_ = cause == by_seq_.end() ? nullptr : &cause->second->event.body;
    if (one.event.cause >= one.seq) complain("follows from something later");
    std::visit([this](const auto& body) { judge(body); }, one.event.body);
  }

  std::vector<std::string> complaints;

 private:
  /// Told by the instance that has the attempt, and following from the attempt's command.
  template <class Body>
  void judge_report(const Body& body, bool implied = false) {
    if (body.instance == model::no_instance) complain("names no instance");
    if (implied && is<model::TaskFault>()) return;
    const auto* command = cause_ == nullptr ? nullptr : std::get_if<model::CommandRun>(cause_);
    // Of the same task, not of the same run: a shared attempt may have been handed over to another one.
    if (command == nullptr || command->task != body.task || command->attempt != body.attempt)
      complain("does not follow from the command of its attempt");
    else if (command->instance != model::no_instance && command->instance != body.instance)
      complain("is told by another instance than the commanded one");
  }
  void judge(const model::TaskQueued& body) { judge_report(body); }
  void judge(const model::TaskStarted& body) { judge_report(body, body.implied); }
  void judge(const model::TaskProgress& body) { judge_report(body); }
  void judge(const model::TaskCompleted& body) { judge_report(body); }
  void judge(const model::TaskLate& body) { judge_report(body); }
  void judge(const model::TaskFailed& body) {
    if (body.failure.origin == model::Origin::server) judge_report(body);
  }
  void judge(const model::TaskCancelled& body) {
    if (body.how == "confirmed") judge_report(body);
  }
  void judge(const model::CommandCancel& body) {
    if (body.instance == model::no_instance) complain("goes to no instance");
  }
  void judge(const model::TaskDue& body) {
    const auto* retry = cause_ == nullptr ? nullptr : std::get_if<model::TaskRetry>(cause_);
    if (retry == nullptr || retry->task != body.task) complain("does not follow from the failure that is retried");
  }
  void judge(const model::RunCreated& body) {
    if (body.trigger.kind != model::TriggerKind::schedule) return;
    const auto* tick = cause_ == nullptr ? nullptr : std::get_if<model::ScheduleSet>(cause_);
    const bool after_another = is<model::TaskCompleted>() || is<model::TaskFailed>() || is<model::TaskBlocked>() ||
                               is<model::TaskSkipped>() || is<model::TaskCancelled>() || is<model::TaskFollowed>();
    if (tick == nullptr && !after_another) complain("follows neither from a tick nor from an end it waited for");
    if (tick != nullptr && tick->task != body.trigger.task) complain("follows from the tick of another task");
  }
  template <class Body>
  void judge(const Body&) {}

  template <class Body>
  bool is() const {
    return cause_ != nullptr && std::holds_alternative<Body>(*cause_);
  }
  void complain(const std::string& what) {
    complaints.push_back(std::string(model::kind(now_->event.body)) + " at " + std::to_string(now_->seq) + ' ' + what);
  }

  std::map<base::Seq, const LoggedEvent*> by_seq_;
  const LoggedEvent* now_ = nullptr;
  const model::EventBody* cause_ = nullptr;
};

}  // namespace

std::vector<std::string> wrong_causes(const std::vector<LoggedEvent>& log) {
  Reader reader(log);
  for (const LoggedEvent& one : log) reader.read(one);
  return reader.complaints;
}

}  // namespace cordyna::testing
