#include "engine/cron.h"

#include <algorithm>
#include <bit>

namespace cordyna::engine {
namespace {

using std::chrono::days;
using std::chrono::minutes;
using LocalDay = std::chrono::local_days;

constexpr base::Time calendar_begin = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
constexpr base::Time calendar_end = std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1);

bool holds(std::uint64_t bits, unsigned value) {
  return (bits >> value & 1U) != 0;
}

/// The first matching minute of a day from `from` on.
std::optional<minutes> matching_minute(const Cron& cron, minutes from) {
  const auto hour = static_cast<unsigned>(from.count() / 60);
  if (holds(cron.hours, hour)) {
    const auto minute = static_cast<unsigned>(from.count() % 60);
    if (const std::uint64_t rest = cron.minutes >> minute << minute; rest != 0)
      return minutes(hour * 60 + static_cast<unsigned>(std::countr_zero(rest)));
  }
  const std::uint64_t later_hours = std::uint64_t{cron.hours} >> (hour + 1) << (hour + 1);
  if (later_hours == 0) return std::nullopt;
  return minutes(std::countr_zero(later_hours) * 60 + std::countr_zero(cron.minutes));
}

/// The first matching local time at or after `from`.
std::optional<LocalTime> matching_time(const Cron& cron, LocalTime from) {
  const auto minute = std::chrono::ceil<minutes>(from);
  const auto first_day = std::chrono::floor<days>(minute);
  for (LocalDay day = first_day;; day += days(1)) {
    const std::optional<LocalDay> found = model::matching_date(cron, day);
    if (!found) return std::nullopt;
    day = *found;
    const auto time = matching_minute(cron, day == first_day ? minute - first_day : minutes(0));
    if (time) return LocalTime(day + *time);
  }
}

std::optional<base::Time> next_elapsed(const Cron& cron, const ZoneRules& zone, base::Time after) {
  const base::Time from = after + base::Duration(1);
  for (std::size_t i = zone.period_index(from); i <= zone.transitions.size(); ++i) {
    const ZonePeriod period = zone.period(i);
    const std::optional<LocalTime> time = matching_time(cron, period.local(std::max(from, period.begin)));
    if (!time) return std::nullopt;
    if (period.utc(*time) < period.end) return period.utc(*time);
  }
  return std::nullopt;
}

std::optional<base::Time> next_fixed(const Cron& cron, const ZoneRules& zone, base::Time after) {
  const std::optional<LocalTime> time = matching_time(cron, zone.reached_until(after));
  if (!time) return std::nullopt;
  return zone.first_reached(*time);
}

}  // namespace

std::optional<base::Time> next(const Cron& cron, const ZoneRules& zone, base::Time after) {
  if (after >= calendar_end) return std::nullopt;
  after = std::max(after, calendar_begin);
  const std::optional<base::Time> time =
      cron.hours_starred ? next_elapsed(cron, zone, after) : next_fixed(cron, zone, after);
  if (!time || *time >= calendar_end) return std::nullopt;
  return time;
}

}  // namespace cordyna::engine
