#pragma once
// Cron expressions as they are written in declarations: Vixie's five fields (minute hour day-of-month month
// day-of-week), parsed into bits, and the dates they match. When they fire in a time zone is engine/cron.h.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace cordyna::model {

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
/// @yearly @annually. Errors: bad_cron, naming the field, the value and what is allowed; cron_never_fires when no date
/// of the calendar matches, as in `0 0 31 2 *`.
base::Result<Cron> parse_cron(std::string_view text);

/// The first matching date from `from` on; looks at 400 years, after which dates fall on the same weekdays again, so
/// none means never. O(months between).
std::optional<std::chrono::local_days> matching_date(const Cron& cron, std::chrono::local_days from);

}  // namespace cordyna::model
