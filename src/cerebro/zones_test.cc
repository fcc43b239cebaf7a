// The zones of this machine against the C library's own reading of the same files, damaged files, and hostile names.

#include "cerebro/zones.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/hash.h"
#include "base/limits.h"
#include "cerebro/tzif.h"
#include "engine/cron_reference.h"

namespace cordyna::cerebro {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

base::Time at(std::string_view text) {
  return *base::parse_time(text);
}
std::time_t unix_time(base::Time time) {
  return std::chrono::floor<seconds>(time).time_since_epoch().count();
}

/// The C library's clock, set to one zone while it lives.
class LibraryClock {
 public:
  explicit LibraryClock(const std::string& zone) {
    ::setenv("TZ", (":" + zone).c_str(), 1);
    ::tzset();
  }
  ~LibraryClock() {
    ::unsetenv("TZ");
    ::tzset();
  }
  LibraryClock(const LibraryClock&) = delete;
  LibraryClock& operator=(const LibraryClock&) = delete;

  seconds offset(base::Time time) const {
    const std::time_t instant = unix_time(time);
    std::tm local{};
    ::localtime_r(&instant, &local);
    return seconds(local.tm_gmtoff);
  }
};

std::string zone_file(const std::string& name) {
  std::ifstream file("/usr/share/zoneinfo/" + name, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Zones, every_zone_agrees_with_the_c_library_to_2100) {
  Zones zones;
  ASSERT_GT(zones.names().size(), 400U);
  std::size_t transitions = 0;
  for (const std::string& name : zones.names()) {
    const auto rules = zones.zone(name);
    ASSERT_TRUE(rules.ok()) << rules.error().message;
    const engine::ZoneRules& zone = **rules;
    const LibraryClock library(name);
    for (base::Time time = at("1930-01-01"); time < at("2100-12-31"); time += hours(24 * 41) + seconds(4099))
      ASSERT_EQ(zone.offset(time), library.offset(time)) << name << " " << base::format_time(time);
    for (const engine::Transition& transition : zone.transitions) {
      if (transition.at < at("1910-01-01")) continue;
      ++transitions;
      for (const base::Time time : {transition.at - seconds(1), transition.at})
        ASSERT_EQ(zone.offset(time), library.offset(time)) << name << " " << base::format_time(time);
      ASSERT_NE(zone.offset(transition.at), zone.offset(transition.at - seconds(1))) << name;
    }
  }
  EXPECT_GT(transitions, 50'000U);
}

TEST(Zones, saving_goes_on_after_2037) {
  Zones zones;
  const engine::ZoneRules& berlin = **zones.zone("Europe/Berlin");
  EXPECT_EQ(berlin.offset(at("2099-07-01")), hours(2));
  EXPECT_EQ(berlin.offset(at("2099-12-01")), hours(1));
  EXPECT_EQ(berlin.transitions.back().at, at("2100-10-31T01:00:00Z"));
}

/// A wall as the C library shows it, minute by minute.
engine::reference::Wall library_wall(const std::string& zone, base::Time begin, base::Time end) {
  const LibraryClock library(zone);
  std::vector<std::int64_t> shown;
  for (base::Time time = begin; time < end; time += minutes(1))
    shown.push_back(std::chrono::floor<minutes>(time.time_since_epoch() + library.offset(time)).count());
  return engine::reference::wall_of(begin, std::move(shown));
}

/// The hours of a stretch after which the C library shows another offset.
std::vector<base::Time> library_changes(const std::string& zone, base::Time begin, base::Time end) {
  const LibraryClock library(zone);
  std::vector<base::Time> answer;
  for (base::Time time = begin; time < end; time += hours(1))
    if (library.offset(time) != library.offset(time + hours(1))) answer.push_back(time);
  return answer;
}

void expect_firings(const std::string& expression, const engine::ZoneRules& zone, const engine::reference::Wall& wall,
                    std::size_t& compared) {
  const engine::Cron cron = *model::parse_cron(expression);
  const base::Time end = wall.begin + minutes(wall.shown.size());
  base::Time last = wall.begin - base::Duration(1);
  for (const base::Time expected : engine::reference::firings(expression, wall)) {
    ASSERT_EQ(engine::next(cron, zone, last), expected)
        << expression << " in " << zone.name << " after " << base::format_time(last);
    last = expected;
    ++compared;
  }
  const auto beyond = engine::next(cron, zone, last);
  ASSERT_TRUE(!beyond || *beyond >= end) << expression << " in " << zone.name << ": " << base::format_time(*beyond);
}

struct Stretch {
  const char* zone;
  const char* from;
  const char* to;
};

class CronInZones : public testing::TestWithParam<Stretch> {};

TEST_P(CronInZones, agrees_with_the_slow_reference_on_the_clock_of_the_c_library) {
  const auto [name, from, to] = GetParam();
  Zones zones;
  const engine::ZoneRules& zone = **zones.zone(name);
  std::vector<std::string> expressions{"0 * * * *",       "*/15 */3 * * *", "30 2 * * *",       "0 0 * * *",
                                       "15,45 0-4 * * *", "0 1,2,3 * * *",  "59 23 * * 6",      "30 0 * * sun",
                                       "0 12 13 * fri",   "* 2 * * *",      "*/30 22-23 * * *", "0 6 */2 * 1-5"};
  for (std::uint64_t seed = 1; seed <= 16; ++seed)
    expressions.push_back(engine::reference::random_expression(base::mix64(seed)));
  std::size_t compared = 0;
  const auto changes = library_changes(name, at(from), at(to));
  for (const base::Time change : changes) {
    const auto wall = library_wall(name, change - hours(40), change + hours(40));
    for (const std::string& expression : expressions) expect_firings(expression, zone, wall, compared);
  }
  // One long stretch too, in which days and months matter: begins at the end of May, when no clock of these changes.
  const auto wall = library_wall(name, at(from) + hours(24 * 150), at(from) + hours(24 * 220));
  for (const auto* expression : {"30 2 1,15 * *", "0 0 * * mon", "0 */6 31 * *", "15 3 28-31 * */2", "0 2 1 */5 *"})
    expect_firings(expression, zone, wall, compared);
  EXPECT_GT(compared, 500U);
  EXPECT_GE(changes.size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Odd, CronInZones,
    testing::Values(
        Stretch{"Europe/Berlin", "2024-01-01", "2028-01-01"}, Stretch{"America/New_York", "2035-01-01", "2040-01-01"},
        Stretch{"Australia/Lord_Howe", "2024-01-01", "2028-01-01"}, Stretch{"Pacific/Apia", "2010-01-01", "2013-01-01"},
        Stretch{"Africa/Casablanca", "2024-01-01", "2027-01-01"},
        Stretch{"America/Sao_Paulo", "2016-01-01", "2019-06-01"}, Stretch{"Asia/Beirut", "2023-01-01", "2026-01-01"},
        Stretch{"America/Caracas", "2015-01-01", "2017-01-01"}, Stretch{"Asia/Pyongyang", "2015-01-01", "2019-01-01"},
        Stretch{"Antarctica/Troll", "2025-01-01", "2028-01-01"}, Stretch{"Europe/Dublin", "2038-01-01", "2041-01-01"},
        Stretch{"America/Havana", "2025-01-01", "2027-01-01"}, Stretch{"Pacific/Chatham", "2025-01-01", "2027-01-01"},
        Stretch{"Africa/Cairo", "2010-01-01", "2011-12-31"}, Stretch{"America/Nuuk", "2022-01-01", "2025-12-31"},
        Stretch{"Pacific/Kwajalein", "1993-01-01", "1994-12-31"}),
    [](const testing::TestParamInfo<Stretch>& stretch) {
      std::string name = stretch.param.zone;
      std::replace(name.begin(), name.end(), '/', '_');
      return name;
    });

TEST(Zones, rules_carry_their_name_and_the_version_of_tzdata) {
  Zones zones;
  EXPECT_THAT(zones.version(), testing::MatchesRegex("20[0-9][0-9][a-z]+.*"));
  const engine::ZoneRules& zone = **zones.zone("Asia/Kathmandu");
  EXPECT_EQ(zone.name, "Asia/Kathmandu");
  EXPECT_EQ(zone.version, zones.version());
  EXPECT_EQ(zone.offset(at("2026-01-01")), minutes(345));
}

TEST(Zones, a_zone_is_loaded_once_and_stays_where_it_is) {
  Zones zones;
  const auto source = zones.source();
  const engine::ZoneRules* first = source("Europe/Berlin");
  ASSERT_NE(first, nullptr);
  for (const std::string& name : zones.names()) ASSERT_NE(source(name), nullptr) << name;
  EXPECT_EQ(source("Europe/Berlin"), first);
  EXPECT_EQ(source("Nowhere/At_All"), nullptr);
}

TEST(Zones, an_unknown_name_is_answered_with_near_misses) {
  Zones zones;
  const auto message = [&](std::string_view name) {
    const auto zone = zones.zone(name);
    EXPECT_FALSE(zone.ok()) << name;
    if (zone.ok()) return std::string();
    EXPECT_EQ(zone.error().code, "unknown_zone");
    return zone.error().message;
  };
  EXPECT_EQ(message("Europe/Brelin"),
            "there is no time zone \"Europe/Brelin\": did you mean Europe/Berlin, Europe/Dublin?");
  EXPECT_THAT(message("europe/berlin"), HasSubstr("did you mean Europe/Berlin"));
  EXPECT_THAT(message("Berlin"), HasSubstr("did you mean Europe/Berlin"));
  EXPECT_THAT(message("buenos_aires"), HasSubstr("America/Argentina/Buenos_Aires"));
  EXPECT_THAT(message("utc"), HasSubstr("did you mean UTC"));
  EXPECT_THAT(message("Mars/Olympus_Mons"), HasSubstr("write an IANA name such as Europe/Berlin or UTC"));
  EXPECT_THAT(message(""), HasSubstr("write an IANA name"));
}

TEST(Zones, no_name_leads_out_of_the_directory) {
  Zones zones;
  for (const std::string_view name : {"../../../etc/passwd",
                                      "/usr/share/zoneinfo/UTC",
                                      "Europe/../Europe/Berlin",
                                      "./UTC",
                                      "Europe//Berlin",
                                      "Europe/Berlin/",
                                      "Europe",
                                      "posix/Europe/Berlin",
                                      "right/Europe/Berlin",
                                      "localtime",
                                      "posixrules",
                                      "tzdata.zi",
                                      "zone.tab",
                                      "leapseconds",
                                      ":UTC",
                                      "CET-1CEST",
                                      " UTC",
                                      "UTC ",
                                      "UTC\n",
                                      "europe/berlin"}) {
    const auto zone = zones.zone(name);
    ASSERT_FALSE(zone.ok()) << name;
    EXPECT_EQ(zone.error().code, "unknown_zone") << name;
  }
  EXPECT_FALSE(zones.zone(std::string_view("UTC\0x", 5)).ok());
  const auto huge = zones.zone(std::string(1'000'000, 'A'));
  ASSERT_FALSE(huge.ok());
  EXPECT_LT(huge.error().message.size(), 300U);
}

TEST(Zones, validation_gets_one_error_with_near_misses) {
  Zones zones;
  EXPECT_EQ(zones.check()("Europe/Berlin"), std::nullopt);
  const auto error = zones.check()("Europe/Brelin");
  EXPECT_EQ(error->code, "unknown_zone");
  EXPECT_THAT(error->message, HasSubstr("did you mean Europe/Berlin"));
}

TEST(Zones, without_tzdata_there_is_utc_and_a_hint) {
  Zones zones("/nonexistent/zoneinfo");
  EXPECT_EQ(zones.version(), "unknown");
  const auto utc = zones.zone("UTC");
  ASSERT_TRUE(utc.ok());
  EXPECT_EQ((*utc)->offset(at("2026-07-01")), seconds(0));
  EXPECT_EQ((*utc)->version, "unknown");
  const auto berlin = zones.zone("Europe/Berlin");
  ASSERT_FALSE(berlin.ok());
  EXPECT_EQ(berlin.error().code, "unknown_zone");
  EXPECT_THAT(berlin.error().message, HasSubstr("install tzdata"));
}

TEST(Zones, a_file_that_is_no_zone_is_named) {
  const std::filesystem::path directory = std::filesystem::path(testing::TempDir()) / "cordyna_zones_test";
  std::filesystem::create_directories(directory);
  std::ofstream(directory / "Broken") << "not a zone";
  std::ofstream(directory / "Huge") << std::string(base::limits::zone_file_bytes_max + 1, 'x');
  std::ofstream(directory / "+VERSION") << "2031x\n";
  Zones zones(directory);
  EXPECT_EQ(zones.version(), "2031x");
  EXPECT_EQ(zones.names(), (std::vector<std::string>{"Broken", "Huge"}));
  EXPECT_EQ(zones.zone("Broken").error().code, "bad_zone_file");
  EXPECT_THAT(zones.zone("Broken").error().message, HasSubstr("\"Broken\""));
  EXPECT_THAT(zones.zone("Huge").error().message, HasSubstr("too large"));
  std::filesystem::remove_all(directory);
}

TEST(Tzif, every_truncated_file_is_refused) {
  for (const auto* name : {"Europe/Berlin", "UTC", "Africa/Casablanca"}) {
    const std::string bytes = zone_file(name);
    ASSERT_TRUE(read_tzif(bytes).ok()) << name;
    for (std::size_t size = 0; size < bytes.size(); ++size)
      ASSERT_FALSE(read_tzif(std::string_view(bytes).substr(0, size)).ok()) << name << " " << size;
    EXPECT_FALSE(read_tzif(bytes + "x").ok());
  }
}

TEST(Tzif, no_damage_gives_more_than_a_refusal_or_sane_rules) {
  const std::string good = zone_file("Europe/Berlin");
  std::size_t refused = 0;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    std::string bytes = good;
    for (std::uint64_t i = 0; i <= seed % 4; ++i) {
      const std::uint64_t chance = base::mix64(seed * 8 + i);
      bytes[seed % 3 == 0 ? (chance >> 8) % 44 : (chance >> 8) % bytes.size()] = static_cast<char>(chance);
    }
    const auto rules = read_tzif(bytes);
    if (!rules) {
      EXPECT_EQ(rules.error().code, "bad_zone_file");
      ++refused;
      continue;
    }
    for (std::size_t i = 0; i < rules->transitions.size(); ++i) {
      ASSERT_LE(std::chrono::abs(rules->transitions[i].offset), hours(26));
      ASSERT_TRUE(i == 0 || rules->transitions[i - 1].at < rules->transitions[i].at);
    }
  }
  EXPECT_GT(refused, 500U);
}

TEST(Tzif, leap_seconds_are_refused) {
  const std::string bytes = zone_file("right/Europe/Berlin");
  if (bytes.empty()) GTEST_SKIP() << "this tzdata has no right/ files";
  const auto rules = read_tzif(bytes);
  ASSERT_FALSE(rules.ok());
  EXPECT_THAT(rules.error().message, HasSubstr("leap seconds"));
}

}  // namespace
}  // namespace cordyna::cerebro
