// The setters of cordyna::Task: each writes the key of the declaration that has its name.

#include "cordyna/task.h"

#include "base/time.h"
#include "task_server/task_state.h"

namespace cordyna {
namespace {

using Json = nlohmann::json;

std::string text_of(std::chrono::milliseconds duration) {
  return base::format_duration(duration);
}

Json json_of(const Value& value) {
  return Json::parse(value.json(), nullptr, false);
}

}  // namespace

Task::Task(std::string name) : state_(std::make_unique<State>()) {
  state_->name = std::move(name);
}
Task::~Task() = default;

Task& Task::description(std::string text) {
  state_->declaration["description"] = std::move(text);
  return *this;
}

Task& Task::upstream(std::string task, Edge edge) {
  Json entry = task;
  if (edge.within || edge.finished) {
    entry = {{"task", std::move(task)}};
    if (edge.within) entry["within"] = text_of(*edge.within);
    if (edge.finished) entry["require"] = "finished";
  }
  state_->declaration["upstream"].push_back(std::move(entry));
  return *this;
}

Task& Task::cron(std::string expression, std::string timezone) {
  return cron(Cron{.cron = std::move(expression), .timezone = std::move(timezone)});
}

Task& Task::cron(Cron trigger) {
  Json entry = {{"cron", std::move(trigger.cron)}, {"timezone", std::move(trigger.timezone)}};
  if (trigger.and_upstream) entry["and"] = "upstream";
  state_->declaration["when"].push_back(std::move(entry));
  return *this;
}

Task& Task::every(std::chrono::seconds period) {
  state_->declaration["when"].push_back({{"every", text_of(period)}});
  return *this;
}

Task& Task::event(std::string type, std::string subject) {
  return event(Event{.type = std::move(type), .subject = std::move(subject)});
}

Task& Task::event(Event trigger) {
  Json entry = {{"type", std::move(trigger.type)}};
  if (!trigger.subject.empty()) entry["subject"] = std::move(trigger.subject);
  if (trigger.params_from_data) entry["params"] = "data";
  if (trigger.coalesce) entry["coalesce"] = true;
  state_->declaration["when"].push_back({{"event", std::move(entry)}});
  return *this;
}

Task& Task::upstream_any() {
  state_->declaration["when"].push_back({{"upstream", "any"}});
  return *this;
}

Task& Task::upstream_all() {
  state_->declaration["when"].push_back({{"upstream", "all"}});
  return *this;
}

Task& Task::manual() {
  state_->declaration["when"].push_back("manual");
  return *this;
}

Task& Task::timeouts(Timeouts timeouts) {
  Json& keys = state_->declaration["timeouts"] = Json::object();
  if (timeouts.ack.count() != 0) keys["ack"] = text_of(timeouts.ack);
  if (timeouts.start.count() != 0) keys["start"] = text_of(timeouts.start);
  if (timeouts.complete.count() != 0) keys["complete"] = text_of(timeouts.complete);
  if (timeouts.pending.count() != 0) keys["pending"] = text_of(timeouts.pending);
  return *this;
}

Task& Task::retries(Retries retries) {
  state_->declaration["retries"] = {{"max", retries.max},
                                    {"backoff", text_of(retries.backoff)},
                                    {"factor", retries.factor},
                                    {"jitter", retries.jitter},
                                    {"cap", text_of(retries.cap)}};
  return *this;
}

Task& Task::concurrency(std::uint32_t at_once) {
  state_->declaration["concurrency"] = at_once;
  return *this;
}

Task& Task::limit(std::string name) {
  state_->declaration["limits"].push_back(std::move(name));
  return *this;
}

Task& Task::overlap(Overlap overlap) {
  constexpr const char* words[] = {"share", "queue", "skip", "parallel"};
  state_->declaration["overlap"] = words[static_cast<int>(overlap)];
  return *this;
}

Task& Task::catchup(Catchup catchup) {
  constexpr const char* words[] = {"last", "all", "none"};
  state_->declaration["catchup"] = words[static_cast<int>(catchup)];
  return *this;
}

Task& Task::priority(std::int32_t priority) {
  state_->declaration["priority"] = priority;
  return *this;
}

Task& Task::wait_for_server(Milliseconds at_most) {
  state_->declaration["wait_for_server"] = text_of(at_most);
  return *this;
}

Task& Task::idempotent(bool idempotent) {
  state_->declaration["idempotent"] = idempotent;
  return *this;
}

Task& Task::params(Value schema) {
  state_->declaration["params"] = json_of(schema);
  return *this;
}

Task& Task::tag(std::string tag) {
  state_->declaration["tags"].push_back(std::move(tag));
  return *this;
}

Task& Task::label(std::string key, std::string value) {
  state_->declaration["labels"][std::move(key)] = std::move(value);
  return *this;
}

Task& Task::outputs(Value outputs) {
  state_->declaration["outputs"] = json_of(outputs);
  return *this;
}

Task& Task::isolation(Value isolation) {
  state_->declaration["isolation"] = json_of(isolation);
  return *this;
}

Task& Task::effects(Value effects) {
  state_->declaration["effects"] = json_of(effects);
  return *this;
}

Task& Task::check(std::function<bool(TaskContext&)> check) {
  state_->check = std::move(check);
  state_->declaration["check"] = true;
  return *this;
}

Task& Task::run_work(Work work) {
  state_->run = std::move(work);
  return *this;
}

}  // namespace cordyna
