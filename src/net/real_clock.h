#pragma once
// The machine's clocks behind base::Clock, for cerebro's and dyna's main.cc and the library's connection file.
// CLOCK_BOOTTIME and not CLOCK_MONOTONIC: a laptop that slept is noticed as a gap instead of being mistaken for a short
// pause.

#include "base/clock.h"

namespace cordyna::net {

class RealClock final : public base::Clock {
 public:
  base::Time wall() const override;
  base::Duration steady() const override;
};

}  // namespace cordyna::net
