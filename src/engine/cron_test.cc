// Cron against tables of instants known from the clocks of real places, and against the slow reference.

#include "engine/cron.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <initializer_list>

#include "base/limits.h"
#include "engine/cron_reference.h"

namespace cordyna::engine {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Instants = std::vector<std::string>;

base::Time at(std::string_view text) {
  return *base::parse_time(text);
}

Cron cron_of(std::string_view text) {
  const base::Result<Cron> cron = model::parse_cron(text);
  EXPECT_TRUE(cron.ok()) << (cron.ok() ? "" : cron.error().message);
  return cron.ok() ? *cron : Cron();
}

struct Change {
  std::string_view at;
  seconds offset;
};

ZoneRules zone_of(std::string name, seconds first, std::initializer_list<Change> changes) {
  ZoneRules zone{.name = std::move(name), .version = "test", .offset_first = first, .transitions = {}};
  for (const Change& change : changes) zone.transitions.push_back({at(change.at), change.offset});
  return zone;
}

const ZoneRules utc;

ZoneRules berlin() {
  return zone_of("Europe/Berlin", hours(1), {{"2026-03-29T01:00:00Z", hours(2)}, {"2026-10-25T01:00:00Z", hours(1)}});
}
ZoneRules lord_howe() {  // half an hour of saving
  return zone_of("Australia/Lord_Howe", hours(11),
                 {{"2026-04-04T15:00:00Z", minutes(630)}, {"2026-10-03T15:30:00Z", hours(11)}});
}
ZoneRules apia() {  // crossed the date line: 30 December 2011 was left out
  return zone_of("Pacific/Apia", -hours(11),
                 {{"2011-09-24T14:00:00Z", -hours(10)}, {"2011-12-30T10:00:00Z", hours(14)}});
}
ZoneRules sao_paulo() {  // midnight did not exist
  return zone_of("America/Sao_Paulo", -hours(3),
                 {{"2017-10-15T03:00:00Z", -hours(2)}, {"2018-02-18T02:00:00Z", -hours(3)}});
}
ZoneRules beirut() {
  return zone_of("Asia/Beirut", hours(2), {{"2026-03-28T22:00:00Z", hours(3)}, {"2026-10-24T21:00:00Z", hours(2)}});
}
ZoneRules casablanca() {  // back for Ramadan
  return zone_of("Africa/Casablanca", hours(1),
                 {{"2026-02-15T02:00:00Z", hours(0)}, {"2026-03-22T02:00:00Z", hours(1)}});
}
ZoneRules caracas() {  // a new offset, no saving
  return zone_of("America/Caracas", -minutes(270), {{"2016-05-01T07:00:00Z", -hours(4)}});
}
ZoneRules pyongyang() {
  return zone_of("Asia/Pyongyang", minutes(510), {{"2018-05-04T15:00:00Z", hours(9)}});
}
ZoneRules troll() {  // two hours
  return zone_of("Antarctica/Troll", hours(0),
                 {{"2026-03-29T01:00:00Z", hours(2)}, {"2026-10-25T01:00:00Z", hours(0)}});
}

std::vector<ZoneRules> odd_zones() {
  return {berlin(), lord_howe(), apia(), sao_paulo(), beirut(), casablanca(), caracas(), pyongyang(), troll()};
}

/// All that fires after `from` up to and including `to`.
Instants fired(std::string_view expression, const ZoneRules& zone, std::string_view from, std::string_view to) {
  const Cron cron = cron_of(expression);
  Instants answer;
  for (auto time = next(cron, zone, at(from)); time && *time <= at(to) && answer.size() < 1000;
       time = next(cron, zone, *time))
    answer.push_back(base::format_time(*time));
  return answer;
}

TEST(Cron, either_day_field_suffices_when_both_are_restricted) {
  EXPECT_EQ(fired("0 0 13 * 5", utc, "2026-11-01", "2026-11-21"),
            (Instants{"2026-11-06T00:00:00Z", "2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z"}));
  EXPECT_EQ(fired("0 0 1,15 * wed", utc, "2026-11-03", "2026-11-19"),
            (Instants{"2026-11-04T00:00:00Z", "2026-11-11T00:00:00Z", "2026-11-15T00:00:00Z", "2026-11-18T00:00:00Z"}));
}

TEST(Cron, a_day_field_that_begins_with_a_star_must_match_too) {
  EXPECT_EQ(fired("0 0 */10 * 0", utc, "2026-02-28", "2026-12-31"),  // days 1, 11, 21, 31, if Sundays
            (Instants{"2026-03-01T00:00:00Z", "2026-05-31T00:00:00Z", "2026-06-21T00:00:00Z", "2026-10-11T00:00:00Z",
                      "2026-11-01T00:00:00Z"}));
  EXPECT_EQ(fired("0 0 1 * *", utc, "2026-11-02", "2027-01-01"),
            (Instants{"2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"}));
}

TEST(Cron, the_next_instant_is_strictly_after_and_on_a_whole_minute) {
  const Cron cron = cron_of("* * * * *");
  EXPECT_EQ(next(cron, utc, at("2026-11-24T10:00:00Z")), at("2026-11-24T10:01:00Z"));
  EXPECT_EQ(next(cron, utc, at("2026-11-24T10:00:59.999999Z")), at("2026-11-24T10:01:00Z"));
  EXPECT_EQ(next(cron, utc, at("2026-11-24T09:59:59.999999Z")), at("2026-11-24T10:00:00Z"));
  const Cron fixed = cron_of("0 10 * * *");
  EXPECT_EQ(next(fixed, utc, at("2026-11-24T09:59:59.999999Z")), at("2026-11-24T10:00:00Z"));
  EXPECT_EQ(next(fixed, utc, at("2026-11-24T10:00:00Z")), at("2026-11-25T10:00:00Z"));
}

TEST(Cron, leap_days_and_centuries) {
  EXPECT_EQ(fired("0 0 29 2 *", utc, "2094-01-01", "2105-01-01"),
            (Instants{"2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z"}));
  EXPECT_EQ(next(cron_of("0 0 29 2 */7"), utc, at("2080-01-01")), at("2088-02-29T00:00:00Z"));
  EXPECT_EQ(next(cron_of("0 0 29 2 */7"), utc, at("2088-03-01")), at("2128-02-29T00:00:00Z"));  // 40 years
  EXPECT_EQ(next(cron_of("59 23 31 12 *"), utc, at("9999-12-31T23:59:00Z")), std::nullopt);
  EXPECT_EQ(next(cron_of("59 23 31 12 *"), utc, at("9999-12-31T23:58:00Z")), at("9999-12-31T23:59:00Z"));
}

TEST(Cron, a_schedule_without_a_date_never_fires) {
  for (const auto* text : {"0 0 31 2 *", "0 0 30 feb *", "0 0 31 4,6,9,11 *", "* * 30-31 2 *"}) {
    const auto refused = model::parse_cron(text);
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_EQ(refused.error().code, "cron_never_fires");
  }
  for (const auto* text : {"0 0 29 2 *", "0 0 31 2 mon", "0 0 29 2 */7", "0 0 31 2,3 *"})
    EXPECT_TRUE(model::parse_cron(text).ok()) << text;
}

TEST(Cron, a_skipped_time_fires_once_at_the_first_instant_after_the_gap) {
  EXPECT_EQ(fired("30 2 * * *", berlin(), "2026-03-28T12:00:00Z", "2026-03-31"),
            (Instants{"2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"}));
  EXPECT_EQ(fired("*/20 2 * * *", berlin(), "2026-03-28T12:00:00Z", "2026-03-29T23:59:00Z"),
            Instants{"2026-03-29T01:00:00Z"});
  EXPECT_EQ(fired("0 2,3 * * *", berlin(), "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"),
            Instants{"2026-03-29T01:00:00Z"});
  EXPECT_EQ(fired("15 2 4 10 *", lord_howe(), "2026-10-01", "2026-10-10"), Instants{"2026-10-03T15:30:00Z"});
  EXPECT_EQ(fired("0 0 * * *", sao_paulo(), "2017-10-14T12:00:00Z", "2017-10-16T12:00:00Z"),
            (Instants{"2017-10-15T03:00:00Z", "2017-10-16T02:00:00Z"}));
  EXPECT_EQ(fired("@daily", beirut(), "2026-03-28", "2026-03-30"),
            (Instants{"2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"}));
  EXPECT_EQ(fired("45 2 * * *", caracas(), "2016-04-30T12:00:00Z", "2016-05-03"),
            (Instants{"2016-05-01T07:00:00Z", "2016-05-02T06:45:00Z"}));
  EXPECT_EQ(fired("45 23 * * *", pyongyang(), "2018-05-04", "2018-05-06"),
            (Instants{"2018-05-04T15:00:00Z", "2018-05-05T14:45:00Z"}));
}

TEST(Cron, times_of_a_day_that_was_left_out_fire_once_together) {
  EXPECT_EQ(fired("0 6,12,18 * * *", apia(), "2011-12-29T20:00:00Z", "2011-12-31T00:00:00Z"),
            (Instants{"2011-12-29T22:00:00Z", "2011-12-30T04:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T16:00:00Z",
                      "2011-12-30T22:00:00Z"}));
  EXPECT_EQ(fired("0 12 30 12 *", apia(), "2011-12-01", "2012-06-01"), Instants{"2011-12-30T10:00:00Z"});
  EXPECT_EQ(fired("0 * 30 12 *", apia(), "2011-12-01", "2012-06-01"), Instants{});  // follows elapsed time
}

TEST(Cron, a_repeated_time_fires_at_its_first_occurrence) {
  EXPECT_EQ(fired("30 2 * * *", berlin(), "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z"),
            (Instants{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}));
  EXPECT_EQ(fired("0 3 * * *", berlin(), "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z"),
            Instants{"2026-10-25T02:00:00Z"});
  EXPECT_EQ(fired("45 1 5 4 *", lord_howe(), "2026-04-01", "2026-04-10"), Instants{"2026-04-04T14:45:00Z"});
  EXPECT_EQ(fired("0 0 25 10 *", beirut(), "2026-10-20", "2026-10-30"), Instants{"2026-10-24T22:00:00Z"});
  EXPECT_EQ(fired("30 2 * * *", casablanca(), "2026-02-14T12:00:00Z", "2026-02-16T12:00:00Z"),
            (Instants{"2026-02-15T01:30:00Z", "2026-02-16T02:30:00Z"}));
}

TEST(Cron, a_fixed_range_of_hours_does_not_fire_again_in_the_repeated_hour) {
  EXPECT_EQ(fired("0 1-4 * * *", berlin(), "2026-10-24T20:00:00Z", "2026-10-25T12:00:00Z"),
            (Instants{"2026-10-24T23:00:00Z", "2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z", "2026-10-25T03:00:00Z"}));
  // Asked from inside the second 02:xx: 02:40 was due in the first.
  EXPECT_EQ(next(cron_of("40 2 * * *"), berlin(), at("2026-10-25T01:10:00Z")), at("2026-10-26T01:40:00Z"));
}

TEST(Cron, hours_with_a_star_follow_elapsed_time) {
  EXPECT_EQ(fired("0 * * * *", berlin(), "2026-10-24T23:00:00Z", "2026-10-25T03:00:00Z"),
            (Instants{"2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z", "2026-10-25T03:00:00Z"}));
  EXPECT_EQ(fired("30 */2 * * *", berlin(), "2026-10-24T23:00:00Z", "2026-10-25T04:00:00Z"),
            (Instants{"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T03:30:00Z"}));
  EXPECT_EQ(fired("30 */2 * * *", berlin(), "2026-03-28T22:00:00Z", "2026-03-29T04:00:00Z"),
            (Instants{"2026-03-28T23:30:00Z", "2026-03-29T02:30:00Z"}));
  EXPECT_EQ(fired("15 * * * *", lord_howe(), "2026-10-03T14:00:00Z", "2026-10-03T17:00:00Z"),
            (Instants{"2026-10-03T14:45:00Z", "2026-10-03T16:15:00Z"}));
  // Elapsed or fixed is decided by the hour field alone; a list is fixed even when it has a star in it.
  EXPECT_TRUE(cron_of("0 */3 * * *").hours_starred);
  EXPECT_FALSE(cron_of("0 0-23 * * *").hours_starred);
  EXPECT_FALSE(cron_of("0 */6,1 * * *").hours_starred);
}

TEST(Cron, agrees_with_the_slow_reference_in_odd_zones) {
  std::vector<std::string> expressions{"0 * * * *",       "*/7 */3 * * *", "30 2 * * *",    "0 0 * * *",
                                       "15,45 0-3 * * *", "0 2,3 * * *",   "59 23 * * 0,6", "0 12 13 * fri",
                                       "* * * * *",       "0 0 */2 * 1-5", "* 2 * * *",     "*/30 22-23 * * *",
                                       "10 1 28-31 * *",  "0 4 29 2 *"};
  for (std::uint64_t seed = 1; seed <= 60; ++seed) expressions.push_back(reference::random_expression(seed));
  std::size_t compared = 0;
  for (const ZoneRules& zone : odd_zones()) {
    for (const Transition& transition : zone.transitions) {
      const base::Time begin = std::chrono::floor<hours>(transition.at) - hours(70);
      std::vector<std::int64_t> shown;
      for (int i = 0; i < 140 * 60; ++i) {
        const base::Time time = begin + minutes(i);
        seconds offset = zone.offset_first;
        for (const Transition& change : zone.transitions)
          if (change.at <= time) offset = change.offset;
        shown.push_back(std::chrono::floor<minutes>(time.time_since_epoch() + offset).count());
      }
      const reference::Wall wall = reference::wall_of(begin, std::move(shown));
      for (const std::string& expression : expressions) {
        const Cron cron = cron_of(expression);
        base::Time last = begin - base::Duration(1);
        for (const base::Time expected : reference::firings(expression, wall)) {
          const std::optional<base::Time> time = next(cron, zone, last);
          ASSERT_EQ(time, expected) << expression << " in " << zone.name << " after " << base::format_time(last);
          if (expected - last > seconds(90)) {  // the same answer from anywhere between two firings
            ASSERT_EQ(next(cron, zone, last + (expected - last) / 3), expected) << expression << " in " << zone.name;
          }
          last = expected;
          ++compared;
        }
        const std::optional<base::Time> beyond = next(cron, zone, last);
        ASSERT_TRUE(!beyond || *beyond >= begin + minutes(wall.shown.size())) << expression << " in " << zone.name;
      }
    }
  }
  EXPECT_GT(compared, 100'000U);
}

}  // namespace
}  // namespace cordyna::engine
