#pragma once
// A time zone as a value: the instants at which the offset of its clocks from UTC changes. The engine reads no files,
// so cerebro/zones loads these from the system's tzdata and hands them in; cron and schedule compute with them.
//
// A clock that is turned back shows a local time twice, one that is put forward never shows some. LocalInstants says
// which; first_reached() is the one question cron asks, and needs no cases.

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "base/time.h"

namespace cordyna::engine {

/// What a clock on the wall shows. Another type than base::Time, so the two never mix.
using LocalTime = std::chrono::local_time<base::Duration>;

struct Transition {
  base::Time at{};
  std::chrono::seconds offset{};  // local minus UTC from `at` on
  bool operator==(const Transition&) const = default;
};

/// The instants at which a clock shows one local time.
struct LocalInstants {
  enum class Kind { unique, gap, repeated };
  Kind kind = Kind::unique;
  base::Time first{};   // gap: the first instant after it
  base::Time second{};  // repeated: the second occurrence; otherwise equal to `first`
};

/// A stretch of time with one offset: [begin, end).
struct ZonePeriod {
  base::Time begin{};
  base::Time end{};
  std::chrono::seconds offset{};
  LocalTime local(base::Time time) const { return LocalTime(time.time_since_epoch() + offset); }
  base::Time utc(LocalTime local) const { return base::Time(local.time_since_epoch() - offset); }
};

struct ZoneRules {
  std::string name = "UTC";
  std::string version;                  // of the tz database, for example "2025b"
  std::chrono::seconds offset_first{};  // before the first transition
  std::vector<Transition> transitions;  // ascending in time; the last offset stays for ever

  /// Which period holds `time`: 0 is before the first transition. O(log transitions).
  std::size_t period_index(base::Time time) const;
  /// index <= transitions.size().
  ZonePeriod period(std::size_t index) const;

  std::chrono::seconds offset(base::Time time) const;
  LocalTime local(base::Time time) const;
  LocalInstants instants(LocalTime local) const;

  /// The first instant at which the clock shows `local` or has passed it: its first occurrence, or the end of the gap
  /// that holds it.
  base::Time first_reached(LocalTime local) const;
  /// Every local time before the answer has been reached (see first_reached) before or at `time`; those from it on not.
  LocalTime reached_until(base::Time time) const;
};

}  // namespace cordyna::engine
