#include "base/time.h"

#include <gtest/gtest.h>

namespace cordyna::base {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

TEST(Time, reads_back_what_it_wrote) {
  for (const char* text : {"1970-01-01T00:00:00Z", "2026-11-24T03:47:09.000001Z", "2024-02-29T23:59:59.5Z"})
    EXPECT_EQ(format_time(*parse_time(text)), text);
}

TEST(Time, is_written_in_every_year_a_clock_can_show) {
  EXPECT_EQ(format_time(Time(std::chrono::seconds(-62'167'219'200))), "0000-01-01T00:00:00Z");
  EXPECT_EQ(format_time(Time(std::chrono::microseconds(-1))), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(format_time(Time(std::chrono::seconds(253'402'300'799))), "9999-12-31T23:59:59Z");
  EXPECT_EQ(format_time(Time(std::chrono::seconds(253'402'300'800))), "10000-01-01T00:00:00Z");
}

TEST(Time, understands_offsets_and_bare_dates) {
  EXPECT_EQ(format_time(*parse_time("2026-11-24T03:47:00+02:30")), "2026-11-24T01:17:00Z");
  EXPECT_EQ(format_time(*parse_time("2026-11-24")), "2026-11-24T00:00:00Z");
}

TEST(Time, refuses_what_is_not_a_time) {
  for (const char* text : {"", "2026", "2026-13-01", "2026-02-30", "2026-11-24T25:00:00Z", "2026-11-24T03:47:00",
                           "2026-11-24T03:47:00.Z", "2026-11-24T03:47:00Zx", "2026-11-24T03:47:00+2"})
    EXPECT_EQ(parse_time(text).error().code, "bad_time") << text;
}

TEST(Duration, joins_units_in_descending_order) {
  EXPECT_EQ(*parse_duration("1h30m"), hours(1) + minutes(30));
  EXPECT_EQ(*parse_duration("250ms"), std::chrono::milliseconds(250));
  EXPECT_EQ(format_duration(days(2) + minutes(5)), "2d5m");
  EXPECT_EQ(format_duration(Duration(0)), "0s");
}

TEST(Duration, refuses_what_is_not_a_duration) {
  for (const char* text : {"", "10", "h", "1m1h", "1h1h", "1.5h", "-1s", "10 s", "99999999999s", "1w"})
    EXPECT_EQ(parse_duration(text).error().code, "bad_duration") << text;
}

TEST(Duration, is_at_most_a_thousand_years_in_any_unit_and_sum) {
  EXPECT_EQ(*parse_duration("365000d"), days(365'000));
  for (const char* text : {"365001d", "365000d1ms", "363660666d", "999999999d", "8760001h"})
    EXPECT_EQ(parse_duration(text).error().code, "bad_duration") << text;
}

}  // namespace
}  // namespace cordyna::base
