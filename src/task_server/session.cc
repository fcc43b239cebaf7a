// The session's way through a connection: dial, hello, welcome, declare, verdict, ready, and what is said when. What
// cerebro sends is in session_items.cc.

#include "task_server/session.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "base/limits.h"
#include "base/mutant.h"
#include "wire/session_codec.h"

namespace cordyna::task_server {
namespace {

namespace limits = base::limits;
constexpr auto silence_max = limits::heartbeat_period * limits::heartbeats_missed_max;
constexpr std::size_t message_bytes_aim = limits::message_bytes_max / 2;

}  // namespace

Session::Session(base::Transport& transport, SessionOptions options)
    : transport_(transport), options_(std::move(options)), seed_(options_.seed) {}

void Session::advance(base::Now now) {
  now_ = now;
  if (phase_ == Phase::over) return;
  if (phase_ == Phase::waiting) {
    if (now_.uptime >= dial_at_) dial();
    return;
  }
  if (base::mutant("half_open_is_not_noticed")) last_heard_ = now_.uptime;
  if (now_.uptime - last_heard_ >= silence_max) {
    give_up(1002, "nothing was heard from cerebro for 15 s");
    return;
  }
  const bool may_speak = phase_ == Phase::greeting || phase_ == Phase::declaring || phase_ == Phase::ready;
  if (may_speak && now_.uptime - last_sent_ >= limits::heartbeat_period) send({model::Heartbeat{}});
}

base::Uptime Session::next_deadline() const {
  if (phase_ == Phase::over) return base::Uptime::max();
  if (phase_ == Phase::waiting) return dial_at_;
  if (phase_ == Phase::dialling) return last_heard_ + silence_max;
  return std::min(last_heard_ + silence_max, last_sent_ + limits::heartbeat_period);
}

void Session::dial() {
  phase_ = Phase::dialling;
  last_heard_ = last_sent_ = now_.uptime;
  connection_ = transport_.dial(options_.url, std::string(wire::subprotocol(wire::Encoding::proto)));
}

void Session::on_opened(base::ConnectionId connection) {
  if (connection != connection_ || phase_ != Phase::dialling) return;
  phase_ = Phase::greeting;
  last_heard_ = now_.uptime;
  send_hello();
}

void Session::on_closed(base::ConnectionId connection, std::string reason) {
  if (connection != connection_ || phase_ == Phase::waiting) return;
  if (phase_ == Phase::over)
    connection_ = {};
  else
    lost(reason);
}

void Session::on_writable(base::ConnectionId connection) {
  if (connection == connection_) flush();
}

/// Ends the connection from this side. Whatever it still tells is ignored: a half-open one may not even answer the
/// close.
void Session::give_up(std::uint16_t code, const std::string& reason) {
  transport_.close(connection_, code, reason);
  lost(reason);
}

void Session::lost(const std::string& reason) {
  phase_ = Phase::waiting;
  connection_ = {};
  candidate_offered_ = false;
  inputs_.clear();
  inputs_bytes_ = 0;
  outbox_.on_disconnected();
  dial_at_ = now_.uptime + backoff();
  if (base::mutant("gives_up_dialling") && failures_ > 5) dial_at_ = base::Uptime::max();
  if (std::exchange(outage_told_, true)) return;
  arrivals_.emplace_back(Note{"no connection to cerebro at " + options_.url + " (" + reason + "), trying again"});
}

/// Full jitter: anything from nothing to first * 2^failures, at most the cap. Many servers that lost the same cerebro
/// do not come back in step.
base::Duration Session::backoff() {
  base::Duration most = limits::reconnect_backoff_first;
  for (std::uint32_t i = 0; i < failures_ && most < limits::reconnect_backoff_cap; ++i) most *= 2;
  most = std::min<base::Duration>(most, limits::reconnect_backoff_cap);
  ++failures_;
  seed_ = base::mix64(seed_ + 1);
  return base::Duration(static_cast<std::int64_t>(seed_ % static_cast<std::uint64_t>(most.count() + 1)));
}

void Session::send(std::vector<model::Item> items) {
  last_sent_ = now_.uptime;
  transport_.send(connection_, wire::encode(items, wire::Encoding::proto), true);
}

void Session::send_hello() {
  candidate_offered_ = candidate_.has_value();
  model::Hello hello;
  hello.server = options_.server;
  hello.team = options_.team;
  hello.instance = options_.instance;
  hello.slots = candidate_ ? candidate_slots_ : options_.slots;
  hello.declaration_hash = offered().hash;
  hello.capabilities = options_.capabilities;
  for (const auto& [token, attempt] : attempts_)
    hello.live.push_back({attempt.run_id, attempt.task, attempt.number, token, attempt.state});
  send({std::move(hello)});
}

/// Parts end between characters, since each must be text of its own.
void Session::send_declaration() {
  const std::string_view json = offered().json;
  std::uint32_t part = 0;
  std::size_t at = 0;
  do {
    std::size_t end = std::min(at + limits::declaration_part_bytes_max, json.size());
    while (end < json.size() && (static_cast<unsigned char>(json[end]) & 0xC0U) == 0x80U) --end;
    send({model::Declare{part++, end == json.size(), std::string(json.substr(at, end - at))}});
    at = end;
  } while (at < json.size());
}

void Session::become_ready(std::vector<model::Finding> findings) {
  phase_ = Phase::ready;
  failures_ = 0;
  outage_told_ = false;
  ever_accepted_ = true;
  promote_candidate();
  std::vector<model::Item> items{model::Ready{}};
  if (draining_) items.emplace_back(model::Draining{});
  send(std::move(items));
  arrivals_.emplace_back(BecameReady{std::move(findings), options_.declaration.hash, options_.slots});
  if (!candidate_) return;
  candidate_offered_ = true;  // it came while the accepted one was being greeted
  send_declaration();
}

void Session::promote_candidate() {
  if (!std::exchange(candidate_offered_, false)) return;
  options_.declaration = std::move(*candidate_);
  options_.slots = candidate_slots_;
  candidate_.reset();
}

std::vector<Arrival> Session::take_arrivals() {
  return std::exchange(arrivals_, {});
}

void Session::report(model::Update update) {
  update.at = base::format_time(now_.wall);
  if (update.state == model::UpdateState::check_yes || update.state == model::UpdateState::check_no) {
    checks_.erase(update.token);
  } else if (const auto attempt = attempts_.find(update.token); attempt != attempts_.end()) {
    if (is_final(attempt->second.state)) return;
    if (update.state != model::UpdateState::progress) attempt->second.state = update.state;
  }
  outbox_.add(std::move(update));
}

void Session::flush() {
  if (phase_ != Phase::ready) return;
  while (outbox_.has_unsent() && transport_.buffered(connection_) == 0) {
    std::vector<model::Item> items;
    outbox_.take(message_bytes_aim, items);
    if (items.empty()) return;
    send(std::move(items));
  }
  if (!leaving_ || !idle()) return;
  send({model::Goodbye{}});
  transport_.close(connection_, 1000, "goodbye");
  phase_ = Phase::over;
}

void Session::redeclare(DeclarationText declaration, std::uint32_t slots) {
  if (candidate_offered_) return;  // one at a time; the caller offers again after the verdict
  candidate_.reset();
  if (declaration.hash == options_.declaration.hash) return;
  candidate_ = std::move(declaration);
  candidate_slots_ = slots;
  if (phase_ != Phase::ready) return;
  candidate_offered_ = true;
  send_declaration();
}

void Session::drain() {
  if (std::exchange(draining_, true)) return;
  if (phase_ == Phase::ready) send({model::Draining{}});
}

}  // namespace cordyna::task_server
