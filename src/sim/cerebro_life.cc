#include "sim/cerebro_life.h"

#include <utility>

namespace cordyna::sim {

CerebroLife::CerebroLife(Timeline& timeline, Host& host, Disk& disk, Clock& clock, cerebro::Zones& zones,
                         std::map<std::string, std::uint32_t> limits)
    : timeline_(timeline),
      host_(host),
      disk_(disk),
      clock_(clock),
      settings_{zones.source(), std::move(limits), "sim"},
      check_zone_(zones.check()),
      passes_(timeline, [this] { pass(); }) {
  host_.before_effect = [this] {
    if (dies_at_effect()) die_at_effect(1, true);
    if (effects_left_ > 0 && --effects_left_ == 0) throw Crash();
  };
}
CerebroLife::~CerebroLife() = default;

std::string CerebroLife::start() {
  auto state = disk_.begin(check_zone_);
  if (!state.ok()) return state.error().message;
  readers_ = {};
  task_logs_ = cerebro::memory_task_logs();
  effects_left_ = 0;
  born_ = timeline_.now();
  awake_ -= passes_.stands_for();  // somebody stopped it before it began
  disk_.log().on_ready([this] { passes_.soon(); });
  host_.start(true, [this] { passes_.soon(); });
  cerebro_ = std::make_unique<cerebro::Cerebro>(
      cerebro::CerebroWorld{
          host_, clock_, disk_.log(), readers_, *task_logs_, check_zone_, settings_, {"cerebro:7070"}},
      std::move(*state));
  disk_.tell_durable();
  cerebro_->start();
  passes_.soon();
  return {};
}

base::Duration CerebroLife::awake() const {
  if (!cerebro_) return awake_;
  return awake_ + (timeline_.now() - born_) + passes_.stands_for();  // what is to come is not over yet
}

void CerebroLife::die(bool told) {
  if (!cerebro_) return;
  const base::Duration lived = awake();
  ++deaths_;
  passes_.stop();
  effects_left_ = 0;
  host_.stop(told);
  disk_.end(!told);
  cerebro_.reset();
  awake_ = lived;
  on_death();
}

void CerebroLife::die_at_effect(std::uint64_t n, bool told) {
  effects_left_ = n;
  told_ = told;
}

void CerebroLife::stand_still(base::Duration how_long) {
  const base::Duration longer = passes_.stand_still(how_long);
  if (cerebro_) awake_ -= longer;
}

bool CerebroLife::settled() const {
  return cerebro_ && std::as_const(*cerebro_).loop().commits().settled();
}

void CerebroLife::pass() {
  if (!cerebro_) return;
  try {
    cerebro_->pass([this] { return host_.poll(*cerebro_); });
  } catch (const Crash&) {
    return die(told_);
  }
  const auto upkeep = disk_.look_after(cerebro_->state());
  if (readers_.waiting() > 0 || host_.waiting()) return passes_.soon();
  if (upkeep) passes_.within(*upkeep);
  if (const auto sleep = cerebro_->idle_time()) passes_.within(*sleep);
}

}  // namespace cordyna::sim
