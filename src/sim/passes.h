#pragma once
// When a simulated process runs next: soon after something woke it, or when it asked to; never while it stands still.
// Used by cerebro's life and by those of task-servers.

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "sim/timeline.h"

namespace cordyna::sim {

class Passes {
 public:
  Passes(Timeline& timeline, std::function<void()> pass) : timeline_(timeline), pass_(std::move(pass)) {}

  void soon() { within(base::Duration(10)); }
  void within(base::Duration delay) {
    const base::Duration when = std::max(timeline_.now() + std::max(delay, base::Duration(1)), stands_until_);
    if (planned_ && *planned_ <= when) return;
    planned_ = when;
    timeline_.at(when, [this, number = ++plan_] {
      if (number != plan_) return;  // another one has overtaken it
      planned_.reset();
      if (timeline_.now() < stands_until_)
        within(base::Duration(0));
      else
        pass_();
    });
  }
  /// The process is gone.
  void stop() {
    ++plan_;
    planned_.reset();
    stands_until_ = {};
  }
  /// By how much longer it stands still now.
  base::Duration stand_still(base::Duration how_long) {
    const base::Duration before = std::max(stands_until_, timeline_.now());
    stands_until_ = std::max(before, timeline_.now() + how_long);
    return stands_until_ - before;
  }
  /// How long it will go on to stand still.
  base::Duration stands_for() const { return std::max(base::Duration(0), stands_until_ - timeline_.now()); }

 private:
  Timeline& timeline_;
  std::function<void()> pass_;
  base::Duration stands_until_{};
  std::optional<base::Duration> planned_;
  std::uint64_t plan_ = 0;
};

}  // namespace cordyna::sim
