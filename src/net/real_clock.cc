// Reads CLOCK_REALTIME and CLOCK_BOOTTIME. Both calls stay in user space (vDSO), about 30 ns each, so that nobody has
// to cache a time.

#include "net/real_clock.h"

#include <time.h>

#include "base/check.h"

namespace cordyna::net {
namespace {

base::Duration read_clock(clockid_t clock) {
  timespec now{};
  base::check(clock_gettime(clock, &now) == 0);
  return std::chrono::duration_cast<base::Duration>(std::chrono::seconds(now.tv_sec) +
                                                    std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace

base::Time RealClock::wall() const {
  return base::Time(read_clock(CLOCK_REALTIME));
}
base::Duration RealClock::steady() const {
  return read_clock(CLOCK_BOOTTIME);
}

}  // namespace cordyna::net
