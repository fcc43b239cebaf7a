#pragma once
// The last line of a time zone file: a POSIX TZ string ("CET-1CEST,M3.5.0,M10.5.0/3") that says how the clocks change
// after the file's last transition, for ever. tzif.cc expands it into transitions, so that the engine knows one form
// only.

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/zone_rules.h"

namespace cordyna::cerebro {

/// A day of a year and a time from its midnight, which may be negative or past 24 h (RFC 9636 section 3.3.1).
struct YearlyChange {
  enum class Kind { weekday_of_month, day_without_leap_day, day_of_year };  // Mm.w.d, Jn, n
  Kind kind = Kind::weekday_of_month;
  unsigned month = 0;
  unsigned week = 0;  // 5 = last
  unsigned weekday = 0;
  int day = 0;  // J1..J365, 0..365
  std::chrono::seconds time{};
};

struct TzFooter {
  std::chrono::seconds standard{};  // offsets from UTC, east is positive
  struct Saving {
    std::chrono::seconds offset{};
    YearlyChange start;
    YearlyChange end;
  };
  std::optional<Saving> saving;
};

/// None when the text is not a POSIX TZ string with explicit rules.
std::optional<TzFooter> parse_tz_footer(std::string_view text);

/// The transitions of the years `first` to `last`, ascending. Empty when there is no saving.
std::vector<engine::Transition> transitions(const TzFooter& footer, std::chrono::year first, std::chrono::year last);

}  // namespace cordyna::cerebro
