// A reader of TZif files (RFC 8536), version 2 and later: which offset from UTC holds at one instant, and nothing else.

#include "task_server/zone_date.h"

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace cordyna::task_server {
namespace {

struct Counts {
  std::size_t utc_flags, standard_flags, leaps, changes, types, characters;
};

std::int64_t big_endian(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return width == 4 ? static_cast<std::int32_t>(value) : static_cast<std::int64_t>(value);
}

Counts counts_at(std::string_view header) {
  const auto count = [&](std::size_t i) { return static_cast<std::size_t>(big_endian(header, 20 + 4 * i, 4)); };
  return {count(0), count(1), count(2), count(3), count(4), count(5)};
}

std::optional<std::string> zone_file(std::string_view zone) {
  if (zone.empty() || zone.front() == '/' || zone.find("..") != std::string_view::npos) return std::nullopt;
  const char* folder = std::getenv("TZDIR");
  std::ifstream file(std::string(folder != nullptr ? folder : "/usr/share/zoneinfo") + '/' + std::string(zone),
                     std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// Seconds east of UTC at `instant`.
std::optional<std::int64_t> offset_at(std::string_view file, std::int64_t instant) {
  constexpr std::size_t header_size = 44;
  if (file.size() < header_size || !file.starts_with("TZif") || file[4] < '2') return std::nullopt;
  const Counts old = counts_at(file);
  const std::size_t old_body =
      old.changes * 5 + old.types * 6 + old.characters + old.leaps * 8 + old.standard_flags + old.utc_flags;
  if (file.size() < 2 * header_size + old_body) return std::nullopt;
  file.remove_prefix(header_size + old_body);
  const Counts counts = counts_at(file);
  file.remove_prefix(header_size);
  if (counts.types == 0 || file.size() < counts.changes * 9 + counts.types * 6) return std::nullopt;

  std::size_t before = 0;  // changes at or before the instant
  while (before < counts.changes && big_endian(file, before * 8, 8) <= instant) ++before;
  const std::size_t type = before == 0 ? 0 : static_cast<unsigned char>(file[counts.changes * 8 + before - 1]);
  if (type >= counts.types) return std::nullopt;
  return big_endian(file, counts.changes * 9 + type * 6, 4);
}

}  // namespace

std::optional<std::string> date_in_zone(base::Time time, std::string_view zone) {
  std::int64_t offset = 0;
  if (!zone.empty() && zone != "UTC") {
    const auto file = zone_file(zone);
    if (!file) return std::nullopt;
    const auto instant = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    const auto found = offset_at(*file, instant);
    if (!found) return std::nullopt;
    offset = *found;
  }
  return base::format_time(std::chrono::floor<std::chrono::days>(time + std::chrono::seconds(offset))).substr(0, 10);
}

}  // namespace cordyna::task_server
