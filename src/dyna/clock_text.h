#pragma once
// Times and durations as people read them: local time with its zone, and durations with two units at most.

#include <string>
#include <string_view>

#include "base/time.h"
#include "dyna/world.h"

namespace cordyna::dyna {

/// "2026-11-24 04:47:00 CET".
std::string local_time(const World& world, base::Time time);

/// The same with milliseconds, for the ordered log.
std::string local_time_exact(const World& world, base::Time time);

/// "04:47:00", for the lines of a run that is being watched.
std::string local_clock(const World& world, base::Time time);

/// An RFC 3339 text of cerebro as local time; "" stays "", what is no time is shown as it is.
std::string local_time_of(const World& world, std::string_view text);

/// A sentence of cerebro with every RFC 3339 time in it as local time.
std::string with_local_times(const World& world, std::string text);

/// "850ms", "4.2s", "41s", "2m05s", "1h12m", "3d04h".
std::string duration_text(base::Duration duration);

/// From `from` to `to`, or to now if `to` is empty; "" when `from` is no time.
std::string time_between(const World& world, std::string_view from, std::string_view to);

}  // namespace cordyna::dyna
