// What cerebro says in a session, item by item.

#include <nlohmann/json.hpp>
#include <utility>

#include "base/limits.h"
#include "task_server/session.h"
#include "wire/session_codec.h"

namespace cordyna::task_server {
namespace {

using model::state_update;
using model::Update;
using model::UpdateState;

/// `object` (JSON text of an object) with more members: text is joined, nothing is parsed, since inputs may be large.
std::string with_members(std::string object, const std::map<std::string, std::string>& members) {
  const std::size_t end = object.rfind('}');
  object.resize(end == std::string::npos ? 0 : end);
  if (object.empty()) object = "{";
  bool first = object.find_first_not_of(" \t\r\n{") == std::string::npos;
  for (const auto& [name, json] : members) {
    if (!std::exchange(first, false)) object += ',';
    object += nlohmann::json(name).dump() + ':' + json;
  }
  return object + '}';
}

}  // namespace

void Session::on_message(base::ConnectionId connection, std::string bytes, bool) {
  if (connection != connection_ || phase_ == Phase::waiting || phase_ == Phase::over) return;
  last_heard_ = now_.uptime;
  auto items = wire::decode(bytes, wire::Encoding::proto);
  if (!items) {
    give_up(1002, "cerebro sent what is no message: " + items.error().message);
    return;
  }
  for (model::Item& item : *items) {
    std::visit([this](auto& known) { on_item(known); }, item);
    if (connection != connection_ || phase_ == Phase::over) return;
  }
}

template <class Other>
void Session::on_item(Other&) {
  give_up(1002, "cerebro sent an item that only task-servers send");
}

bool Session::expect_ready(std::string_view item) {
  if (phase_ == Phase::ready) return true;
  give_up(1002, "cerebro sent " + std::string(item) + " before the session was ready");
  return false;
}

void Session::on_item(model::Welcome& welcome) {
  if (phase_ != Phase::greeting) {
    give_up(1002, "cerebro sent a second welcome");
    return;
  }
  if (!welcome.need_declaration) {
    become_ready({});
    return;
  }
  phase_ = Phase::declaring;
  send_declaration();
}

void Session::on_item(model::VerdictItem& verdict) {
  if (verdict.verdict == model::Verdict::refused) {
    on_refused(verdict);
  } else if (phase_ == Phase::declaring) {
    become_ready(std::move(verdict.findings));
  } else if (phase_ == Phase::ready && candidate_offered_) {
    promote_candidate();
    arrivals_.emplace_back(BecameReady{std::move(verdict.findings), options_.declaration.hash, options_.slots});
  }
}

void Session::on_refused(model::VerdictItem& verdict) {
  arrivals_.emplace_back(DeclarationRefused{std::move(verdict.findings), offered().hash, !ever_accepted_});
  if (!ever_accepted_) {
    transport_.close(connection_, 1000, "declaration refused");
    phase_ = Phase::over;
    return;
  }
  if (phase_ == Phase::ready) {
    if (std::exchange(candidate_offered_, false)) candidate_.reset();
    return;
  }
  // Refused while greeting with the new one: come back with the accepted one. If that one is refused (a restored
  // cerebro, another team's name by now) there is nothing better to offer, and it is tried again with the usual delay.
  if (std::exchange(candidate_offered_, false)) candidate_.reset();
  give_up(1000, "declaration refused");
}

void Session::on_item(model::RunCommand& run) {
  if (!expect_ready("a run")) return;
  auto parts = inputs_.extract(run.token);
  if (!parts.empty()) {
    for (const auto& [name, json] : parts.mapped().complete) inputs_bytes_ -= json.size();
    run.inputs = with_members(std::move(run.inputs), parts.mapped().complete);
  }
  if (const auto held = attempts_.find(run.token); held != attempts_.end()) {
    // A final update is in the outbox and on its way; anything else is said again.
    if (!is_final(held->second.state)) report(state_update(run.token, held->second.state));
    return;
  }
  attempts_.emplace(run.token, Attempt{run.run_id, run.task, run.attempt, UpdateState::queued});
  arrivals_.emplace_back(std::move(run));
}

void Session::on_item(model::CancelCommand& cancel) {
  if (!expect_ready("a cancel")) return;
  const auto held = attempts_.find(cancel.token);
  if (held == attempts_.end() && !checks_.contains(cancel.token)) {
    report(state_update(cancel.token, UpdateState::cancelled));
    return;
  }
  if (held != attempts_.end() && is_final(held->second.state)) return;
  arrivals_.emplace_back(std::move(cancel));
}

void Session::on_item(model::CheckCommand& check) {
  if (!expect_ready("a check")) return;
  if (checks_.insert(check.token).second) arrivals_.emplace_back(std::move(check));
}

void Session::on_item(model::Ack& ack) {
  for (const std::string& token : outbox_.acknowledge(ack.n)) attempts_.erase(token);
}

void Session::on_item(model::InputPart& part) {
  if (!expect_ready("an input")) return;
  inputs_bytes_ += part.json.size();
  if (inputs_bytes_ > 2 * base::limits::inputs_bytes_max) {
    give_up(1002, "cerebro sent more inputs than a command may have");
    return;
  }
  Inputs& inputs = inputs_[part.token];
  std::string& json = inputs.partial[part.name];
  json += part.json;
  if (!part.last) return;
  inputs.complete[part.name] = std::move(json);
  inputs.partial.erase(part.name);
}

}  // namespace cordyna::task_server
