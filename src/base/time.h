#pragma once
// Time as cordyna speaks of it: wall time labels events and drives schedules, uptime drives deadlines (it stands still
// while cerebro is down, paused or cannot commit). Both in whole microseconds, both always passed in, never read here.

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cordyna::base {

using Duration = std::chrono::microseconds;
using Time = std::chrono::sys_time<std::chrono::microseconds>;  // UTC

struct UptimeClock {  // a tag only: nobody can ask it for now()
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<UptimeClock>;
  static constexpr bool is_steady = true;
};
using Uptime = UptimeClock::time_point;  // summed uptime of the cluster since its log began

struct Now {
  Time wall{};
  Uptime uptime{};
};

/// RFC 3339 in UTC: "2026-11-24T03:47:00Z", with ".123456" when there is a fraction (trailing zeros dropped).
std::string format_time(Time time);

/// Accepts RFC 3339 with any offset ("2026-11-24T03:47:00.5+02:00") and a bare date (midnight UTC).
/// Errors: bad_time.
Result<Time> parse_time(std::string_view text);

/// "1h30m", "250ms", "0s": the largest units first, units ms s m h d; parse_duration reads it back.
std::string format_duration(Duration duration);

/// Integer + ms|s|m|h|d, joinable with units descending ("1h30m"). Errors: bad_duration.
Result<Duration> parse_duration(std::string_view text);

}  // namespace cordyna::base
