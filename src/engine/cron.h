#pragma once
// Cron expressions: Vixie's five fields (minute hour day-of-month month day-of-week), parsed into bits, and the
// instants at which they fire in a time zone. Written here because no C++ library does daylight saving the way cordyna
// promises (docs/semantics.md section 6). Used by Schedule; declarations are refused by the errors made here.
//
// Two kinds of expression differ when clocks change. With hours `*` or `*/n` the expression follows elapsed time: it
// fires whenever the wall shows a matching time, twice in a repeated hour, never in a skipped one. Otherwise the local
// time is fixed: it fires at the first instant at which the clock shows that time or has passed it.

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "engine/zone_rules.h"

namespace cordyna::engine {

/// One bit a value: bit 0 is minute 0, hour 0, Sunday; days and months start at bit 1.
struct Cron {
  std::uint64_t minutes = 0;
  std::uint32_t hours = 0;
  std::uint32_t days = 0;
  std::uint32_t months = 0;
  std::uint32_t weekdays = 0;
  bool days_starred = false;  // the field begins with `*`: then a day must match both fields, else either suffices
  bool weekdays_starred = false;
  bool hours_starred = false;  // the field is `*` or `*/n`: the expression follows elapsed time
  bool operator==(const Cron&) const = default;
};

/// Lists, ranges and steps, names of months and days in any case, 7 = Sunday, @hourly @daily @midnight @weekly @monthly
/// @yearly @annually. Errors: bad_cron, naming the field, the value and what is allowed.
base::Result<Cron> parse_cron(std::string_view text);

/// True when no date of the calendar matches, as in `0 0 31 2 *`.
bool never_fires(const Cron& cron);

/// The first instant strictly after `after`; none when the calendar has none before the year 10000. O(months between).
std::optional<base::Time> next(const Cron& cron, const ZoneRules& zone, base::Time after);

}  // namespace cordyna::engine
