#include "dyna/clock_text.h"

#include <fmt/format.h>

#include "dyna/ink.h"

namespace cordyna::dyna {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

std::string date_of(base::Time local) {
  const std::chrono::year_month_day date(std::chrono::floor<days>(local));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::string clock_of(base::Time local) {
  const std::chrono::hh_mm_ss clock(local - std::chrono::floor<days>(local));
  return fmt::format("{:02}:{:02}:{:02}", clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace

std::string local_time(const World& world, base::Time time) {
  const LocalZone zone = world.zone(time);
  const base::Time local = time + zone.offset;
  return date_of(local) + ' ' + clock_of(local) + ' ' + zone.name;
}

std::string local_time_exact(const World& world, base::Time time) {
  const LocalZone zone = world.zone(time);
  const base::Time local = time + zone.offset;
  const auto part = std::chrono::floor<milliseconds>(local - std::chrono::floor<seconds>(local)).count();
  return fmt::format("{} {}.{:03} {}", date_of(local), clock_of(local), part, zone.name);
}

std::string local_clock(const World& world, base::Time time) {
  return clock_of(time + world.zone(time).offset);
}

std::string local_time_of(const World& world, std::string_view text) {
  if (text.empty()) return {};
  const auto time = base::parse_time(text);
  return time ? local_time(world, *time) : plain(text);
}

std::string with_local_times(const World& world, std::string text) {
  constexpr std::size_t shortest = std::string_view("2026-11-24T04:47:00Z").size();
  for (std::size_t i = 0; i + shortest <= text.size(); ++i) {
    if (text[i] < '0' || text[i] > '9' || text[i + 4] != '-' || text[i + 10] != 'T') continue;
    const std::size_t size = text.find('Z', i) - i + 1;
    const auto time = base::parse_time(std::string_view(text).substr(i, size));
    if (!time) continue;
    const std::string local = local_time(world, *time);
    text.replace(i, size, local);
    i += local.size() - 1;
  }
  return text;
}

std::string duration_text(base::Duration duration) {
  if (duration < base::Duration(0)) return '-' + duration_text(-duration);
  if (duration < seconds(1)) return fmt::format("{}ms", std::chrono::floor<milliseconds>(duration).count());
  if (duration < seconds(10)) {
    const auto tenths = std::chrono::floor<milliseconds>(duration).count() / 100;
    return fmt::format("{}.{}s", tenths / 10, tenths % 10);
  }
  const auto whole = std::chrono::floor<seconds>(duration).count();
  if (whole < 60) return fmt::format("{}s", whole);
  if (whole < 3600) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
  if (whole < 86400) return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
  return fmt::format("{}d{:02}h", whole / 86400, whole / 3600 % 24);
}

std::string time_between(const World& world, std::string_view from, std::string_view to) {
  const auto begin = base::parse_time(from);
  if (!begin) return {};
  const auto end = base::parse_time(to);
  return duration_text((end ? *end : world.now()) - *begin);
}

}  // namespace cordyna::dyna
