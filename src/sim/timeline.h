#pragma once
// Virtual time: what will happen, in order. Nothing else moves the clock, so a simulated day costs what happens in it.

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "base/time.h"

namespace cordyna::sim {

class Timeline {
 public:
  /// Since the simulation began.
  base::Duration now() const { return now_; }
  /// At one time, what was asked for first happens first.
  void at(base::Duration when, std::function<void()> what) {
    events_.emplace(std::pair(std::max(when, now_), ++asked_), std::move(what));
  }
  void after(base::Duration delay, std::function<void()> what) { at(now_ + delay, std::move(what)); }
  /// The next thing happens; false when there is none up to `until`, and then it is `until`.
  bool step(base::Duration until) {
    if (events_.empty() || events_.begin()->first.first > until) {
      now_ = std::max(now_, until);
      return false;
    }
    auto next = events_.extract(events_.begin());
    now_ = next.key().first;
    next.mapped()();
    return true;
  }

 private:
  base::Duration now_{};
  std::uint64_t asked_ = 0;
  std::map<std::pair<base::Duration, std::uint64_t>, std::function<void()>> events_;
};

}  // namespace cordyna::sim
