#include "chaos/outsider.h"

#include <chrono>

#include "processes/harness.h"

namespace cordyna::chaos {

using processes::Json;

namespace {
constexpr std::chrono::milliseconds breath{150};  // between two requests: cerebro is not to drown in them
}  // namespace

Outsider::Outsider(std::string url, std::uint64_t seed, std::vector<std::string> targets, std::string event_type)
    : url_(std::move(url)), chance_(seed), targets_(std::move(targets)), event_type_(std::move(event_type)) {
  thread_ = std::thread([this] { live(); });
}

void Outsider::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void Outsider::live() {
  while (!stopping_) {
    ++number_;
    switch (chance_() % 8) {
      case 0:
      case 1:
        emit();
        break;
      case 2:
        meddle();
        break;
      default:
        run();
    }
    std::this_thread::sleep_for(breath);
  }
}

Outsider::Reply Outsider::asked(const std::string& path, const std::string& body, const std::string& key) {
  while (!stopping_) {
    processes::Headers headers{{"Content-Type", "application/json"}};
    if (!key.empty()) headers.emplace_back("Idempotency-Key", key);
    const processes::Answer answer = processes::post_to(url_ + path, body, headers);
    const bool comes_again = answer.status == 0 || answer.status == 429 || answer.status == 503 || answer.status == 507;
    if (!comes_again) return {answer.status, answer.text};
    std::this_thread::sleep_for(breath);
  }
  return {};
}

void Outsider::count(const std::string& verb, const Reply& reply) {
  ++ledger_.verbs[verb];
  if (reply.status >= 500) ledger_.complain(verb + " was answered " + std::to_string(reply.status) + ' ' + reply.body);
  if (reply.status != 0) ++ledger_.answers[verb + ' ' + std::to_string(reply.status)];
}

void Outsider::run() {
  const std::string key = "key-" + std::to_string(number_);
  const Json body{{"select", {targets_[chance_() % targets_.size()]}}, {"reason", key}};
  for (std::uint64_t again = chance_() % 4 == 0 ? 2 : 1; again > 0; --again) {
    const Reply reply = asked("/api/v1/runs", body.dump(), key);
    count("run", reply);
    if (reply.status != 201) return;
    const std::string run = Json::parse(reply.body)["run_id"];
    ledger_.runs.insert(run);
    ledger_.keys[key].insert(run);
    if (runs_.empty() || runs_.back() != run) runs_.push_back(run);
  }
}

void Outsider::emit() {
  const std::string id = "event-" + std::to_string(number_);
  const Json body{{"specversion", "1.0"}, {"source", "/chaos"}, {"id", id}, {"type", event_type_}};
  processes::Headers headers{{"Content-Type", "application/cloudevents+json"}};
  while (!stopping_) {
    const processes::Answer answer = processes::post_to(url_ + "/api/v1/events", body.dump(), headers);
    if (answer.status == 202) ledger_.events.insert({"/chaos", id});
    if (answer.status == 202 || (answer.status != 0 && answer.status < 429))
      return count("emit", {answer.status, answer.text});
    std::this_thread::sleep_for(breath);
  }
}

/// Cancels or retries one of his last runs; that it may not be so any more is an answer too.
void Outsider::meddle() {
  if (runs_.empty()) return;
  const std::string run = runs_[runs_.size() - 1 - chance_() % std::min<std::size_t>(runs_.size(), 5)];
  const bool cancels = chance_() % 2 == 0;
  const Reply reply = asked("/api/v1/runs/" + run + (cancels ? "/cancel" : "/retry"), "{}");
  count(cancels ? "cancel" : "retry", reply);
  if (!cancels && reply.status == 201) ledger_.runs.insert(Json::parse(reply.body)["run_id"].get<std::string>());
}

}  // namespace cordyna::chaos
