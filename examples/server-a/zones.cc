#include "zones.h"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>

namespace server_a {
namespace {

struct Zone {
  std::string alias_of, offset, rule;
};

struct Rules {
  std::string version;
  std::map<std::string, Zone> zones;
  std::set<std::string> in_force;  // rules that still change clocks
};

/// Lines of tzdata.zi: "R rule from to ...", "Z zone offset rule ...", then lines without a letter that go on with the
/// zone (the last one is in force), "L zone alias".
Rules read_rules(const std::filesystem::path& file, int year) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file.string() + ": the package tzdata is missing");
  Rules rules;
  Zone* zone = nullptr;
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    std::string kind, name, from, to;
    fields >> kind;
    if (kind == "#") {
      if (fields >> name && name == "version") fields >> rules.version;
    } else if (kind == "R") {
      fields >> name >> from >> to;
      if (to == "ma" || (to == "o" ? std::atoi(from.c_str()) : std::atoi(to.c_str())) >= year)
        rules.in_force.insert(name);
    } else if (kind == "L") {
      fields >> from >> name;
      rules.zones[name].alias_of = from;
    } else if (kind == "Z") {
      fields >> name;
      zone = &rules.zones[name];
      fields >> zone->offset >> zone->rule;
    } else if (zone != nullptr && !kind.empty()) {
      zone->offset = kind;
      fields >> zone->rule;
    }
  }
  return rules;
}

struct Place {
  std::string countries, coordinates;
};

std::map<std::string, Place> read_places(const std::filesystem::path& zoneinfo) {
  std::ifstream in(zoneinfo / "zone1970.tab");
  if (!in) in.open(zoneinfo / "zone.tab");
  if (!in) throw std::runtime_error("no zone1970.tab in " + zoneinfo.string() + ": the package tzdata is missing");
  std::map<std::string, Place> places;
  for (std::string line; std::getline(in, line);) {
    const std::vector<std::string> fields = split(line, '\t');
    if (!line.starts_with('#') && fields.size() >= 3) places[fields[2]] = {fields[0], fields[1]};
  }
  return places;
}

std::string decimal(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", number);
  return text;
}

}  // namespace

ExtractedZones extract_zones(const std::filesystem::path& zoneinfo, int year) {
  const Rules rules = read_rules(zoneinfo / "tzdata.zi", year);
  const std::map<std::string, Place> places = read_places(zoneinfo);
  ExtractedZones extracted{rules.version, {{"name", "alias_of", "offset", "changes", "countries", "coordinates"}, {}}};
  for (const auto& [name, zone] : rules.zones) {
    const auto place = places.find(name);
    const Place where = place == places.end() ? Place() : place->second;
    extracted.table.rows.push_back({name, zone.alias_of, zone.offset, rules.in_force.contains(zone.rule) ? "yes" : "no",
                                    where.countries, where.coordinates});
  }
  return extracted;
}

CleanZones clean_zones(const Table& extracted) {
  CleanZones clean;
  clean.table.columns = {"name", "continent", "countries", "latitude", "longitude", "offset_minutes", "changes"};
  for (const Row& row : extracted.rows) {
    const std::string &name = row[0], &coordinates = row[5];
    const std::size_t slash = name.find('/'), second = coordinates.find_first_of("+-", 1);
    if (!row[1].empty()) {
      ++clean.aliases;
    } else if (row[4].empty() || slash == std::string::npos || second == std::string::npos) {
      ++clean.nowhere;
    } else {
      clean.table.rows.push_back(
          {name, name.substr(0, slash), row[4], decimal(degrees(std::string_view(coordinates).substr(0, second), 2)),
           decimal(degrees(std::string_view(coordinates).substr(second), 3)), std::to_string(minutes(row[2])), row[3]});
    }
  }
  return clean;
}

int minutes(std::string_view offset) {
  const bool west = offset.starts_with('-');
  const std::vector<std::string> parts = split(offset.substr(west ? 1 : 0), ':');
  const int sum = std::atoi(parts[0].c_str()) * 60 + (parts.size() > 1 ? std::atoi(parts[1].c_str()) : 0);
  return west ? -sum : sum;
}

double degrees(std::string_view half, std::size_t degree_digits) {
  const std::string digits(half.substr(1));
  const auto number = [&](std::size_t begin, std::size_t count) {
    return begin < digits.size() ? std::atoi(digits.substr(begin, count).c_str()) : 0;
  };
  const double size =
      number(0, degree_digits) + number(degree_digits, 2) / 60.0 + number(degree_digits + 2, 2) / 3600.0;
  return half.front() == '-' ? -size : size;
}

}  // namespace server_a
