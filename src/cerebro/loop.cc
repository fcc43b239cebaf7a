// The pass. Its order is a promise: what people ask for is decided before what servers report, and both before time is
// allowed to pass, so an update that was there before a deadline wins.

#include "cerebro/loop.h"

#include <algorithm>

#include "base/limits.h"
#include "base/mutant.h"

namespace cordyna::cerebro {

namespace limits = base::limits;

Loop::Loop(log::EventLog& log, base::Clock& clock, Outlet& outlet, engine::State state, engine::Settings settings)
    : clock_(clock), state_(std::move(state)), settings_(std::move(settings)), commits_(log, state_, clock, outlet) {
  now_ = state_.now;
  steady_ = clock_.steady();
  if (base::mutant("downtime_counts")) now_.uptime += std::max(base::Duration{}, clock_.wall() - now_.wall);
  now_.wall = std::max(now_.wall, clock_.wall());
}

bool Loop::session_input(model::SessionId session, engine::Input input) {
  if (stopped_) return true;
  auto& inputs = sessions_[session];
  if (inputs.size() >= limits::session_inputs_max && !std::holds_alternative<engine::SessionClosed>(input))
    return false;
  inputs.push_back(std::move(input));
  ++waiting_sessions_;
  return true;
}

void Loop::start(std::uint64_t epoch) {
  engine::start(commits_.step(now_), settings_, epoch);
  engine::settle(commits_.step(now_), settings_);
  commits_.hurry();
  commits_.advance();
  asked_ = steady_;  // the first pass follows at once
}

void Loop::stop(const std::string& reason) {
  engine::stop(commits_.step(now_), reason);
  stopped_ = true;
  requests_.clear();
  sessions_.clear();
  waiting_sessions_ = 0;
  commits_.hurry();
  commits_.advance();
}

void Loop::pass(const std::function<std::size_t()>& poll_sockets) {
  advance_clock();
  read(poll_sockets);
  if (stopped_) return commits_.advance();
  // Requests are asked even when the disk is full: they are answered with a refusal instead of waiting.
  decide_requests();
  if (may_decide()) {
    decide_sessions();
    tick();
    engine::settle(commits_.step(now_), settings_);
  }
  commits_.advance();
}

void Loop::advance_clock() {
  const base::Duration steady = clock_.steady();
  const base::Duration gap = steady - steady_;
  const auto late_for = [steady](const std::optional<base::Duration>& at) {
    return at && steady > *at + base::Duration(limits::wake_slack) && !base::mutant("pause_counts");
  };
  // Woken later than asked for, the process stood still (stopped, swapped out, asleep): nobody could have reported in
  // that time, so it does not count. What the engine has armed must not run out either while it waited for the disk.
  const bool in_time = !late_for(asked_);
  if (in_time) awake_ += gap;
  if (in_time && !late_for(engine_wake_) && !commits_.disk_full()) now_.uptime += gap;
  steady_ = steady;
  now_.wall = base::mutant("clock_goes_back") ? clock_.wall() : std::max(now_.wall, clock_.wall());
}

void Loop::read(const std::function<std::size_t()>& poll_sockets) {
  if (commits_.pending_is_large()) return;
  for (int poll = 0; poll < limits::pass_polls_max; ++poll) {
    if (poll_sockets() == 0 || waiting_sessions_ >= limits::pass_inputs_max) return;
  }
}

void Loop::decide(const engine::Input& input) {
  engine::decide(input, commits_.step(now_), settings_);
  commits_.gather();
}

void Loop::decide_requests() {
  for (std::size_t left = requests_.size(); left > 0 && !commits_.pending_is_large(); --left) {
    const Job job = std::move(requests_.front());
    requests_.pop_front();
    job(commits_.step(now_));
    commits_.gather();
  }
}

void Loop::decide_sessions() {
  std::size_t budget = limits::pass_inputs_max;
  auto session = sessions_.upper_bound(last_served_);
  for (std::size_t left = sessions_.size(); left > 0 && budget > 0 && may_decide(); --left) {
    if (session == sessions_.end()) session = sessions_.begin();
    auto& inputs = session->second;
    std::size_t share = std::min({inputs.size(), limits::pass_session_inputs_max, budget});
    budget -= share;
    waiting_sessions_ -= share;
    last_served_ = session->first;
    for (; share > 0; --share) {
      decide(inputs.front());
      inputs.pop_front();
    }
    session = inputs.empty() ? sessions_.erase(session) : std::next(session);
  }
}

bool Loop::is_due(const engine::Wake& wake, base::Now now) const {
  return (wake.wall && *wake.wall <= now.wall) || (wake.uptime && *wake.uptime <= now.uptime);
}

void Loop::tick() {
  const engine::Wake wake = engine::next_wake(state_);
  if (is_due(wake, commits_.step(now_).now()))
    decide(engine::Tick{});
  else if (is_due(wake, now_))
    commits_.hurry();  // the pending batch began before that instant: the next one fires it
}

std::optional<base::Duration> Loop::engine_wake() const {
  const engine::Wake wake = engine::next_wake(state_);
  std::optional<base::Duration> due;
  if (wake.wall) due = steady_ + std::max(base::Duration{}, *wake.wall - now_.wall);
  if (wake.uptime) {
    const base::Duration at = steady_ + std::max(base::Duration{}, *wake.uptime - now_.uptime);
    due = due ? std::min(*due, at) : at;
  }
  return due;
}

std::optional<base::Duration> Loop::next(std::optional<base::Duration> others) {
  std::optional<base::Duration> due = others;
  const auto take = [&due](std::optional<base::Duration> at) {
    if (at) due = due ? std::min(*due, *at) : *at;
  };
  take(commits_.due());
  if (stopped_) return due;
  engine_wake_ = engine_wake();
  if (!commits_.disk_full() && !commits_.pending()) take(engine_wake_);
  if (!requests_.empty() && !commits_.pending_is_large()) take(steady_);
  if (!sessions_.empty() && may_decide()) take(steady_);
  asked_ = due;
  return due;
}

}  // namespace cordyna::cerebro
