// Local times that exist once, twice or never, and instants far from every transition.

#include "engine/zone_rules.h"

#include <gtest/gtest.h>

namespace cordyna::engine {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

base::Time at(std::string_view text) {
  return *base::parse_time(text);
}
LocalTime wall(std::string_view text) {
  return LocalTime(at(text).time_since_epoch());
}

ZoneRules berlin() {
  return {.name = "Europe/Berlin",
          .version = "test",
          .offset_first = hours(1),
          .transitions = {{at("2026-03-29T01:00:00Z"), hours(2)}, {at("2026-10-25T01:00:00Z"), hours(1)}}};
}

TEST(ZoneRules, without_transitions_they_are_utc) {
  const ZoneRules utc;
  EXPECT_EQ(utc.name, "UTC");
  for (const auto* text : {"0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"}) {
    EXPECT_EQ(utc.offset(at(text)), std::chrono::seconds(0));
    EXPECT_EQ(utc.local(at(text)), wall(text));
    EXPECT_EQ(utc.first_reached(wall(text)), at(text));
    EXPECT_EQ(utc.reached_until(at(text)), wall(text) + base::Duration(1));
  }
}

TEST(ZoneRules, an_offset_holds_from_the_very_instant_of_its_transition) {
  const ZoneRules zone = berlin();
  EXPECT_EQ(zone.offset(at("2026-03-29T00:59:59.999999Z")), hours(1));
  EXPECT_EQ(zone.offset(at("2026-03-29T01:00:00Z")), hours(2));
  EXPECT_EQ(zone.offset(at("2026-10-25T00:59:59Z")), hours(2));
  EXPECT_EQ(zone.offset(at("2099-07-01")), hours(1));  // the last one stays
  EXPECT_EQ(zone.local(at("2026-07-01T00:00:00Z")), wall("2026-07-01T02:00:00Z"));
}

TEST(ZoneRules, a_local_time_exists_once_never_or_twice) {
  const ZoneRules zone = berlin();
  const auto expect = [&](std::string_view local, LocalInstants::Kind kind, std::string_view first,
                          std::string_view second) {
    const LocalInstants instants = zone.instants(wall(local));
    EXPECT_EQ(instants.kind, kind) << local;
    EXPECT_EQ(base::format_time(instants.first), first) << local;
    EXPECT_EQ(base::format_time(instants.second), second) << local;
    EXPECT_EQ(zone.first_reached(wall(local)), instants.first) << local;
  };
  using Kind = LocalInstants::Kind;
  expect("2026-03-29T01:59:59Z", Kind::unique, "2026-03-29T00:59:59Z", "2026-03-29T00:59:59Z");
  expect("2026-03-29T02:00:00Z", Kind::gap, "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z");
  expect("2026-03-29T02:59:59Z", Kind::gap, "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z");
  expect("2026-03-29T03:00:00Z", Kind::unique, "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z");
  expect("2026-10-25T01:59:59Z", Kind::unique, "2026-10-24T23:59:59Z", "2026-10-24T23:59:59Z");
  expect("2026-10-25T02:00:00Z", Kind::repeated, "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z");
  expect("2026-10-25T02:59:59Z", Kind::repeated, "2026-10-25T00:59:59Z", "2026-10-25T01:59:59Z");
  expect("2026-10-25T03:00:00Z", Kind::unique, "2026-10-25T02:00:00Z", "2026-10-25T02:00:00Z");
}

TEST(ZoneRules, in_a_repeated_hour_nothing_new_is_reached) {
  const ZoneRules zone = berlin();
  EXPECT_EQ(zone.reached_until(at("2026-10-25T00:30:00Z")), wall("2026-10-25T02:30:00.000001Z"));
  EXPECT_EQ(zone.reached_until(at("2026-10-25T01:00:00Z")), wall("2026-10-25T03:00:00Z"));
  EXPECT_EQ(zone.reached_until(at("2026-10-25T01:59:59Z")), wall("2026-10-25T03:00:00Z"));
  EXPECT_EQ(zone.reached_until(at("2026-10-25T02:00:00Z")), wall("2026-10-25T03:00:00.000001Z"));
}

TEST(ZoneRules, two_transitions_within_a_day_do_not_confuse) {
  // Forward by an hour at 10:00, back by two at 12:00 (14:00 -> 12:00 local), all on one day.
  const ZoneRules zone{.name = "Test/Twice",
                       .version = "test",
                       .offset_first = hours(1),
                       .transitions = {{at("2026-06-01T10:00:00Z"), hours(2)}, {at("2026-06-01T12:00:00Z"), hours(0)}}};
  EXPECT_EQ(zone.first_reached(wall("2026-06-01T11:30:00Z")), at("2026-06-01T10:00:00Z"));
  EXPECT_EQ(zone.first_reached(wall("2026-06-01T13:00:00Z")), at("2026-06-01T11:00:00Z"));
  EXPECT_EQ(zone.instants(wall("2026-06-01T13:00:00Z")).second, at("2026-06-01T13:00:00Z"));
  EXPECT_EQ(zone.reached_until(at("2026-06-01T13:00:00Z")), wall("2026-06-01T14:00:00Z"));
  EXPECT_EQ(zone.first_reached(wall("2026-06-01T14:00:00Z")), at("2026-06-01T14:00:00Z"));
}

}  // namespace
}  // namespace cordyna::engine
