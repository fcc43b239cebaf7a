#pragma once
// The time zones of a Debian machine, from the tables of tzdata: tzdata.zi has the rules of every zone, zone1970.tab
// (on older systems zone.tab) says which countries use a zone and where on earth it is.

#include <filesystem>
#include <string>

#include "table.h"

namespace server_a {

struct ExtractedZones {
  std::string version;  // "2025b"
  Table table;          // name, alias_of, offset, changes, countries, coordinates; one row a zone or alias
};
/// `changes` is yes when the clocks of the zone are still changed twice a year, as of `year`.
ExtractedZones extract_zones(const std::filesystem::path& zoneinfo, int year);

struct CleanZones {
  Table table;  // name, continent, countries, latitude, longitude, offset_minutes, changes
  int aliases = 0;
  int nowhere = 0;  // zones of no country, like Etc/GMT+3
};
/// Drops aliases and zones of no country; offsets become minutes, coordinates degrees.
CleanZones clean_zones(const Table& extracted);

/// "5:30" -> 330, "-2" -> -120, "-" -> 0.
int minutes(std::string_view offset);
/// One half of "+5230+01322" (degrees, minutes, perhaps seconds): "+5230" -> 52.5.
double degrees(std::string_view half, std::size_t degree_digits);

}  // namespace server_a
