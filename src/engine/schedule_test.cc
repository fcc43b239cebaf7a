// Schedules of both kinds behind one face: next, newest, lists and counts, and what is refused.

#include "engine/schedule.h"

#include <gtest/gtest.h>

#include "base/hash.h"

namespace cordyna::engine {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

base::Time at(std::string_view text) {
  return *base::parse_time(text);
}

const ZoneRules utc;
const ZoneRules berlin{.name = "Europe/Berlin",
                       .version = "test",
                       .offset_first = hours(1),
                       .transitions = {{at("2026-03-29T01:00:00Z"), hours(2)}, {at("2026-10-25T01:00:00Z"), hours(1)}}};

const ZoneRules* zones(std::string_view name) {
  return name == "UTC" ? &utc : name == "Europe/Berlin" ? &berlin : nullptr;
}

Schedule cron(std::string_view text, std::string_view zone = "UTC") {
  return *Schedule::of(model::CronTrigger{.cron = std::string(text), .timezone = std::string(zone)}, zones);
}
Schedule every(base::Duration period) {
  return *Schedule::of(model::EveryTrigger{period});
}

TEST(Schedule, every_is_aligned_to_the_epoch) {
  const Schedule minutely = every(seconds(60));
  EXPECT_EQ(minutely.next(at("2026-11-24T10:00:00Z")), at("2026-11-24T10:01:00Z"));
  EXPECT_EQ(minutely.next(at("2026-11-24T10:00:00.000001Z")), at("2026-11-24T10:01:00Z"));
  EXPECT_EQ(minutely.next(at("2026-11-24T10:00:59.999999Z")), at("2026-11-24T10:01:00Z"));
  EXPECT_EQ(every(seconds(7)).next(base::Time()), base::Time(seconds(7)));
  EXPECT_EQ(every(seconds(7)).next(base::Time(seconds(-1))), base::Time());
  EXPECT_EQ(every(seconds(7)).next(base::Time(seconds(-7))), base::Time());
  EXPECT_EQ(every(hours(24)).next(at("2026-11-24T10:00:00Z")), at("2026-11-25"));
  EXPECT_EQ(minutely.zone(), nullptr);
}

TEST(Schedule, cron_uses_its_zone) {
  EXPECT_EQ(cron("0 2 * * *").next(at("2026-07-01")), at("2026-07-01T02:00:00Z"));
  EXPECT_EQ(cron("0 2 * * *", "Europe/Berlin").next(at("2026-07-01")), at("2026-07-02T00:00:00Z"));
  EXPECT_EQ(cron("0 2 * * *", "Europe/Berlin").zone(), &berlin);
}

TEST(Schedule, a_span_is_open_at_its_start_and_closed_at_its_end) {
  const Schedule daily = cron("0 0 * * *");
  const Span span{.after = at("2026-11-01"), .until = at("2026-11-04")};
  EXPECT_EQ(daily.instants(span, 100), (std::vector{at("2026-11-02"), at("2026-11-03"), at("2026-11-04")}));
  EXPECT_EQ(daily.instants(span, 2), (std::vector{at("2026-11-02"), at("2026-11-03")}));
  EXPECT_TRUE(daily.instants(span, 0).empty());
  EXPECT_TRUE(daily.instants({.after = span.until, .until = span.after}, 100).empty());
  EXPECT_EQ(daily.count(span), 3U);
  EXPECT_EQ(daily.count({.after = span.until, .until = span.until}), 0U);
  EXPECT_EQ(every(seconds(60)).count({.after = at("2026-11-01"), .until = at("2026-11-02")}), 1440U);
  EXPECT_EQ(every(seconds(60)).count({.after = at("2026-11-01"), .until = at("2026-11-01T00:00:59Z")}), 0U);
}

TEST(Schedule, the_newest_instant_is_at_or_before) {
  EXPECT_EQ(cron("0 0 * * *").newest(at("2026-11-04")), at("2026-11-04"));
  EXPECT_EQ(cron("0 0 * * *").newest(at("2026-11-03T23:59:59.999999Z")), at("2026-11-03"));
  EXPECT_EQ(cron("0 0 29 2 *").newest(at("2026-11-03")), at("2024-02-29"));
  EXPECT_EQ(cron("* * * 1 *").newest(at("2026-11-03")), at("2026-01-31T23:59:00Z"));
  EXPECT_EQ(cron("30 2 * * *", "Europe/Berlin").newest(at("2026-10-25T12:00:00Z")), at("2026-10-25T00:30:00Z"));
  EXPECT_EQ(cron("0 0 1 1 *").newest(base::Time()), base::Time());
  EXPECT_EQ(cron("0 0 2 1 *").newest(base::Time()), std::nullopt);
  EXPECT_EQ(every(seconds(60)).newest(at("2026-11-04T10:00:59Z")), at("2026-11-04T10:00:00Z"));
  EXPECT_EQ(every(seconds(60)).newest(base::Time()), base::Time());
  EXPECT_EQ(every(seconds(60)).newest(base::Time(seconds(-1))), std::nullopt);
}

TEST(Schedule, newest_is_the_last_of_the_list) {
  for (const auto* text : {"*/7 3-5 * * 1", "0 0 1 * *", "59 23 31 12 *", "*/5 * * * *", "15 */6 2,29 * *"}) {
    const Schedule schedule = cron(text, "Europe/Berlin");
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      const base::Time until = at("2026-01-01") + base::Duration(base::mix64(seed) % (365ULL * 86'400'000'000U));
      const auto newest = schedule.newest(until);
      ASSERT_TRUE(newest && *newest <= until) << text << " until " << base::format_time(until);
      ASSERT_EQ(schedule.next(*newest - base::Duration(1)), newest) << text;
      ASSERT_GT(*schedule.next(*newest), until) << text << " until " << base::format_time(until);
    }
  }
}

TEST(Schedule, refuses_what_cannot_be_scheduled) {
  const auto code = [](std::string_view text, std::string_view zone) {
    const auto schedule =
        Schedule::of(model::CronTrigger{.cron = std::string(text), .timezone = std::string(zone)}, zones);
    return schedule ? "" : schedule.error().code;
  };
  EXPECT_EQ(code("0 2 * * *", "UTC"), "");
  EXPECT_EQ(code("0 2 * *", "UTC"), "bad_cron");
  EXPECT_EQ(code("0 2 * * *", "Europe/Brelin"), "unknown_zone");
  EXPECT_EQ(code("0 2 * * *", ""), "unknown_zone");
  EXPECT_EQ(code("0 2 31 2 *", "UTC"), "cron_never_fires");
  EXPECT_EQ(code("0 2 29 2 *", "Europe/Berlin"), "");
  for (const base::Duration period : {base::Duration(0), base::Duration(-1'000'000), base::Duration(1'500'000)}) {
    const auto schedule = Schedule::of(model::EveryTrigger{period});
    ASSERT_FALSE(schedule.ok());
    EXPECT_EQ(schedule.error().code, "bad_duration");
  }
}

}  // namespace
}  // namespace cordyna::engine
