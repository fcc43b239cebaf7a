#include "sim/cerebro_life.h"

#include <algorithm>
#include <utility>

#include "cerebro/recovery.h"

namespace cordyna::sim {

CerebroLife::CerebroLife(Timeline& timeline, Host& host, Disk& disk, Clock& clock, engine::Settings settings)
    : timeline_(timeline), host_(host), disk_(disk), clock_(clock), settings_(std::move(settings)) {
  host_.before_effect = [this] {
    if (effects_left_ > 0 && --effects_left_ == 0) throw Crash();
  };
}
CerebroLife::~CerebroLife() = default;

std::string CerebroLife::start() {
  const auto zone = settings_.zones;
  const auto check_zone = [zone](std::string_view name) -> std::optional<base::Error> {
    return zone(name) != nullptr ? std::nullopt : std::optional(base::Error{"unknown_zone", "no such zone"});
  };
  auto state = cerebro::recover_state(disk_, check_zone);
  if (!state.ok()) return state.error().message;
  readers_ = {};
  task_logs_ = cerebro::memory_task_logs();
  effects_left_ = 0;
  born_ = timeline_.now();
  disk_.on_ready([this] { wake(); });
  host_.start(true, [this] { wake(); });
  cerebro_ = std::make_unique<cerebro::Cerebro>(
      cerebro::CerebroWorld{host_, clock_, disk_, readers_, *task_logs_, check_zone, settings_, {"cerebro:7070"}},
      std::move(*state));
  cerebro_->start();
  wake();
  return {};
}

base::Duration CerebroLife::awake() const {
  return awake_ + (cerebro_ ? timeline_.now() - born_ : base::Duration(0));
}

void CerebroLife::die(bool told) {
  if (!cerebro_) return;
  const base::Duration lived = awake() + std::max(base::Duration(0), stands_until_ - timeline_.now());
  ++deaths_;
  ++plan_;
  planned_.reset();
  effects_left_ = 0;
  host_.stop(told);
  disk_.power_cut();
  cerebro_.reset();
  awake_ = lived;
  stands_until_ = {};
  on_death();
}

void CerebroLife::die_at_effect(std::uint64_t n, bool told) {
  effects_left_ = n;
  told_ = told;
}

void CerebroLife::stand_still(base::Duration how_long) {
  const base::Duration until = std::max(stands_until_, timeline_.now() + how_long);
  if (cerebro_) awake_ -= until - std::max(stands_until_, timeline_.now());
  stands_until_ = until;
}

bool CerebroLife::settled() const {
  return cerebro_ && const_cast<cerebro::Cerebro&>(*cerebro_).loop().commits().settled();
}

void CerebroLife::wake() {
  plan_pass(base::Duration(10));
}

void CerebroLife::plan_pass(base::Duration delay) {
  const base::Duration when = std::max(timeline_.now() + delay, stands_until_);
  if (planned_ && *planned_ <= when) return;
  planned_ = when;
  timeline_.at(when, [this, number = ++plan_] {
    if (number == plan_) pass();
  });
}

void CerebroLife::pass() {
  planned_.reset();
  if (!cerebro_) return;
  if (timeline_.now() < stands_until_) return plan_pass(base::Duration(0));
  ++passes_;
  try {
    cerebro_->pass([this] { return host_.poll(*cerebro_); });
  } catch (const Crash&) {
    return die(told_);
  }
  if (readers_.waiting() > 0 || host_.waiting()) return wake();
  if (const auto sleep = cerebro_->idle_time()) plan_pass(std::max(*sleep, base::Duration(1)));
}

}  // namespace cordyna::sim
