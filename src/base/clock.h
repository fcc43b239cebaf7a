#pragma once
// The seam to the two clocks of the machine. The programs hand in net/'s real one, the simulator and tests a false one;
// engine/ and model/ never see it, they are given base::Now.

#include "base/time.h"

namespace cordyna::base {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall time in UTC; may jump in both directions when somebody sets the clock.
  virtual Time wall() const = 0;
  /// Since an arbitrary origin, never goes back, goes on while the machine sleeps. Only differences mean something.
  virtual Duration steady() const = 0;
};

}  // namespace cordyna::base
