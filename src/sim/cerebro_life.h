#pragma once
// cerebro in a simulated process: the shipped object over the simulated network, disk and clock. It can die at every
// effect on the outside, stand still, find another wall time, and be started again on what the disk has.

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "cerebro/cerebro.h"
#include "cerebro/zones.h"
#include "sim/disk.h"
#include "sim/network.h"
#include "sim/passes.h"

namespace cordyna::sim {

class Clock final : public base::Clock {
 public:
  Clock(const Timeline& timeline, base::Time begin) : timeline_(timeline), begin_(begin) {}
  base::Time wall() const override { return begin_ + timeline_.now() + set_by; }
  base::Duration steady() const override { return timeline_.now(); }
  base::Duration set_by{};  // what people have done to the wall clock

 private:
  const Timeline& timeline_;
  base::Time begin_;
};

class CerebroLife {
 public:
  CerebroLife(Timeline& timeline, Host& host, Disk& disk, Clock& clock, cerebro::Zones& zones,
              std::map<std::string, std::uint32_t> limits);
  ~CerebroLife();

  /// Starts it on what the disk has; an error text when it refuses to.
  std::string start();
  /// Dies now. `told`: the kernel goes on and resets its connections; else the power is gone.
  void die(bool told);
  /// Dies at its n-th effect from now on: a message, an answer, a close.
  void die_at_effect(std::uint64_t n, bool told);
  /// Does nothing for a while (SIGSTOP), then goes on.
  void stand_still(base::Duration how_long);

  std::function<void()> on_death = [] {};
  /// Asked before each effect: does it die there?
  std::function<bool()> dies_at_effect = [] { return false; };
  bool alive() const { return cerebro_ != nullptr; }
  const engine::State* state() const { return cerebro_ ? &cerebro_->state() : nullptr; }
  /// Everything decided is durable.
  bool settled() const;
  /// How long it has lived and not stood still, all lives together.
  base::Duration awake() const;
  std::uint64_t deaths() const { return deaths_; }

 private:
  void pass();

  Timeline& timeline_;
  Host& host_;
  Disk& disk_;
  Clock& clock_;
  engine::Settings settings_;
  model::CheckZone check_zone_;
  cerebro::InlineReaders readers_;
  std::unique_ptr<cerebro::TaskLogs> task_logs_;
  std::unique_ptr<cerebro::Cerebro> cerebro_;
  Passes passes_;
  base::Duration born_{}, awake_{};
  std::uint64_t effects_left_ = 0;
  bool told_ = false;
  std::uint64_t deaths_ = 0;
};

}  // namespace cordyna::sim
