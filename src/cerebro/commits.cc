// The one place that knows what is durable.

#include "cerebro/commits.h"

#include <algorithm>

#include "base/limits.h"
#include "base/mutant.h"
#include "cerebro/log_keys.h"
#include "wire/event_codec.h"

namespace cordyna::cerebro {

namespace limits = base::limits;

Commits::Commits(log::EventLog& log, engine::State& state, base::Clock& clock, Outlet& outlet)
    : log_(log), state_(state), clock_(clock), outlet_(outlet), released_at_(clock.steady()), durable_(state.seq) {}

engine::Step& Commits::step(base::Now now) {
  if (!step_)
    step_.emplace(state_, now);
  else if (count_ == 0)
    step_->set_now(now);
  return *step_;
}

void Commits::gather() {
  if (!step_) return;
  const auto& events = step_->events();
  if (events.size() > count_) {
    if (count_ == 0) since_ = clock_.steady();
    const std::span<const model::Event> fresh(events.begin() + static_cast<std::ptrdiff_t>(count_), events.end());
    bytes_ += wire::encode_events(fresh);
    add_keys(fresh, state_, keys_);
    count_ = events.size();
  }
  for (auto& effect : step_->effects()) {
    if (!std::holds_alternative<engine::Acknowledge>(effect)) urgent_ = true;
    if ((base::mutant("ack_before_durable") && std::holds_alternative<engine::Acknowledge>(effect)) ||
        (base::mutant("answer_before_durable") && std::holds_alternative<engine::Answer>(effect)) ||
        (base::mutant("command_before_durable") && std::holds_alternative<engine::SendRun>(effect))) {
      outlet_.perform(std::move(effect));
      continue;
    }
    waiting_.push_back({state_.seq, std::move(effect)});
  }
  step_->effects().clear();
}

void Commits::then(std::function<void()> release) {
  urgent_ = true;
  waiting_.push_back({state_.seq, std::move(release)});
}

bool Commits::pending_is_large() const {
  return bytes_.size() >= limits::batch_bytes_max;
}

void Commits::advance() {
  gather();
  const base::Duration now = clock_.steady();
  if (again_at_ && now >= *again_at_) {
    again_at_.reset();
    log_.append_again([this](log::AppendResult result) { on_result(result); });
  }
  if (const auto due_at = due(); !in_flight_ && due_at && now >= *due_at) seal();
  if (!in_flight_ && count_ == 0) urgent_ = false;
  release();
}

std::optional<base::Duration> Commits::due() const {
  if (again_at_) return again_at_;
  if (in_flight_ || count_ == 0) return std::nullopt;
  const base::Duration gathered = released_at_ + limits::batch_gather_delay;
  if (urgent() || bytes_.size() >= limits::batch_lazy_bytes_max) return gathered;
  return std::max(gathered, since_ + base::Duration(limits::batch_lazy_delay));
}

void Commits::seal() {
  std::sort(keys_.begin(), keys_.end());
  keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
  log::Batch batch;
  batch.first_seq = step_->first_seq();
  batch.count = static_cast<std::uint32_t>(count_);
  batch.now = step_->now();
  batch.events = std::move(bytes_);
  batch.keys = std::move(keys_);
  for (auto& blob : step_->blobs()) batch.blobs.push_back({blob.id, std::move(blob.bytes)});
  figures_.last_events = count_;
  figures_.bytes += batch.events.size();
  in_flight_ = Published{batch.first_seq, batch.now.wall, std::move(step_->events())};
  sealed_at_ = clock_.steady();
  step_.reset();
  count_ = 0;
  bytes_.clear();
  keys_.clear();
  urgent_ = false;
  log_.append(std::move(batch), [this](log::AppendResult result) { on_result(result); });
}

void Commits::on_result(log::AppendResult result) {
  const base::Duration now = clock_.steady();
  if (result == log::AppendResult::full && !base::mutant("full_disk_forgets")) {
    if (!full_since_) full_since_ = now;
    again_at_ = now + base::Duration(limits::full_disk_retry);
    return;
  }
  full_since_.reset();
  const Published batch = std::move(*in_flight_);
  in_flight_.reset();
  durable_ = batch.first_seq + batch.events.size() - 1;
  ++figures_.batches;
  figures_.events += batch.events.size();
  figures_.last_duration = now - sealed_at_;
  if (sealed_) sealed_(figures_);
  release();
  outlet_.publish(batch);
  released_at_ = clock_.steady();
}

void Commits::release() {
  while (!waiting_.empty() && waiting_.front().seq <= durable_) {
    auto what = std::move(waiting_.front().what);
    waiting_.pop_front();  // before it runs: it may ask for more
    if (auto* effect = std::get_if<engine::Effect>(&what))
      outlet_.perform(std::move(*effect));
    else
      std::get<std::function<void()>>(what)();
  }
}

}  // namespace cordyna::cerebro
