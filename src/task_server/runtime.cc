#include "task_server/runtime.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"

namespace cordyna::task_server {
namespace {

using model::state_update;
using model::Update;
using model::UpdateState;

/// Not `cancelled`: nobody asked for that. An error follows the task's retries, on another instance or the next one.
Update shut_down_update(const std::string& token, bool was_running) {
  Update update = state_update(token, UpdateState::error);
  update.error.code = "task_failed";
  update.error.message = was_running ? "stopped because its task-server was shut down"
                                     : "not started because its task-server was shut down";
  update.error.hint = "give the task retries, or the task-server a longer drain time";
  update.error.retry = !was_running;  // nothing of it was done
  return update;
}

}  // namespace

Runtime::Runtime(World& world, Mailbox& mailbox, Workers& workers, RuntimeOptions options)
    : world_(world),
      mailbox_(mailbox),
      workers_(workers),
      options_(std::move(options)),
      session_(world.transport(), options_.session),
      slots_(options_.session.slots) {}

Served Runtime::serve() {
  while (pass()) world_.wait(until_next());
  say_the_last_words();
  return std::move(served_);
}

bool Runtime::pass() {
  now_ = world_.now();
  session_.advance(now_);
  world_.poll(session_);
  take_arrivals();
  take_reports();
  start_queued();
  follow_stop();
  look_for_redeclaration();
  session_.flush();
  if (session_.over()) return false;
  if (!gone()) return true;
  served_.end = session_.idle() ? ServeEnd::goodbye : ServeEnd::abandoned;
  return false;
}

/// A goodbye is queued in the transport, which is about to go: it gets the time to write it and to close.
void Runtime::say_the_last_words() {
  const base::Uptime until = now_.uptime + std::chrono::seconds(1);
  while (session_.over() && !session_.closed() && world_.now().uptime < until) {
    world_.poll(session_);
    if (!session_.closed()) world_.wait(std::chrono::milliseconds(100));
  }
}

void Runtime::stop() {
  stops_.fetch_add(1, std::memory_order_relaxed);
  world_.wake();
}

void Runtime::take_arrivals() {
  for (Arrival& arrival : session_.take_arrivals()) std::visit([this](auto& known) { on_arrival(known); }, arrival);
}

void Runtime::on_arrival(model::RunCommand& run) {
  if (running_.size() < slots_ && queued_.empty()) {
    start(std::move(run));
    return;
  }
  session_.report(state_update(run.token, UpdateState::queued));
  queued_.push_back(std::move(run));
}

void Runtime::on_arrival(model::CancelCommand& cancel) {
  const auto queued = std::find_if(queued_.begin(), queued_.end(),
                                   [&](const model::RunCommand& run) { return run.token == cancel.token; });
  if (queued == queued_.end()) {
    workers_.cancel(cancel.token, cancel.given_up());
    return;
  }
  queued_.erase(queued);
  session_.report(state_update(cancel.token, UpdateState::cancelled));
}

void Runtime::on_arrival(BecameReady& ready) {
  slots_ = ready.slots;
  options_.on_ready(ready);
}

void Runtime::on_arrival(DeclarationRefused& refused) {
  if (!refused.first) {
    options_.on_refused(refused);
    return;
  }
  served_ = {ServeEnd::refused, std::move(refused.findings)};
}

void Runtime::take_reports() {
  for (Report& report : mailbox_.take()) {
    if (auto* text = std::get_if<LogText>(&report)) {
      session_.log(text->token, text->text);
      continue;
    }
    Update& update = std::get<Update>(report);
    if (is_final(update.state)) on_final(update);
    session_.report(std::move(update));
  }
}

void Runtime::on_final(Update& update) {
  running_.erase(update.token);
  if (shut_down_.erase(update.token) > 0 && update.state == UpdateState::cancelled)
    update = shut_down_update(update.token, true);
}

void Runtime::start_queued() {
  while (running_.size() < slots_ && !queued_.empty()) {
    model::RunCommand run = std::move(queued_.front());
    queued_.pop_front();
    start(std::move(run));
  }
}

void Runtime::start(model::RunCommand run) {
  running_.insert(run.token);
  session_.report(state_update(run.token, UpdateState::started));
  workers_.start(std::move(run));
}

/// SIGTERM, step by step: drain, cancel, leave.
void Runtime::follow_stop() {
  const int stops = stops_.load(std::memory_order_relaxed);
  if (stops == 0) return;
  if (stops_seen_ == 0) {
    session_.drain();
    session_.leave();
    drain_until_ = now_.uptime + options_.drain;
    options_.on_note("draining");
  }
  if (!cancelled_ && (stops >= 2 || now_.uptime >= drain_until_)) cancel_everything();
  // Nothing runs any more: what is left is to be heard, and that has a limit too. A command that was under way when we
  // began to drain may still come and be worked on.
  if (running_.empty() && queued_.empty())
    leave_at_ = std::min(leave_at_, now_.uptime + base::limits::farewell_patience);
  else if (!cancelled_)
    leave_at_ = base::Uptime::max();
  if (stops >= 3) leave_at_ = now_.uptime;
  stops_seen_ = stops;
}

void Runtime::cancel_everything() {
  for (const model::RunCommand& run : std::exchange(queued_, {})) session_.report(shut_down_update(run.token, false));
  for (const std::string& token : running_) {
    shut_down_.insert(token);
    workers_.cancel(token, false);
  }
  cancelled_ = true;
  drain_until_ = base::Uptime::max();
  leave_at_ = now_.uptime + base::limits::stop_patience;
}

/// The end that needs no answer: nobody to say goodbye to, or no patience left.
bool Runtime::gone() const {
  if (stops_seen_ == 0) return false;
  const bool silent = !session_.ready() && session_.idle() && running_.empty() && queued_.empty();
  return silent || now_.uptime >= leave_at_;
}

base::Duration Runtime::until_next() const {
  base::Uptime next = std::min({session_.next_deadline(), drain_until_, leave_at_});
  if (options_.redeclaration) next = std::min(next, look_at_);
  return std::clamp<base::Duration>(next - now_.uptime, base::Duration(0), std::chrono::seconds(60));
}

void Runtime::look_for_redeclaration() {
  if (!options_.redeclaration || now_.uptime < look_at_) return;
  look_at_ = now_.uptime + std::chrono::seconds(1);
  if (auto other = options_.redeclaration()) session_.redeclare(std::move(other->declaration), other->slots);
}

}  // namespace cordyna::task_server
