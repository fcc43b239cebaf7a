// Footers as the tz database writes them, the odd ones of the standard, and garbage.

#include "cerebro/tz_footer.h"

#include <gtest/gtest.h>

namespace cordyna::cerebro {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// The changes of one year as "instant offset-in-minutes".
std::vector<std::string> changes(std::string_view footer, int year) {
  const auto parsed = parse_tz_footer(footer);
  EXPECT_TRUE(parsed) << footer;
  std::vector<std::string> answer;
  if (!parsed) return answer;
  for (const auto& change : transitions(*parsed, std::chrono::year(year), std::chrono::year(year)))
    answer.push_back(base::format_time(change.at) + " " + std::to_string(change.offset / minutes(1)));
  return answer;
}
using Changes = std::vector<std::string>;

TEST(TzFooter, without_saving_there_is_one_offset) {
  EXPECT_EQ(parse_tz_footer("UTC0")->standard, seconds(0));
  EXPECT_EQ(parse_tz_footer("JST-9")->standard, hours(9));
  EXPECT_EQ(parse_tz_footer("<-0330>3:30")->standard, -minutes(210));
  EXPECT_EQ(parse_tz_footer("<+0545>-5:45")->standard, minutes(345));
  EXPECT_EQ(parse_tz_footer("ZZZ+1:02:03")->standard, -seconds(3723));
  EXPECT_EQ(changes("JST-9", 2040), Changes{});
}

TEST(TzFooter, north_and_south) {
  EXPECT_EQ(changes("CET-1CEST,M3.5.0,M10.5.0/3", 2040),
            (Changes{"2040-03-25T01:00:00Z 120", "2040-10-28T01:00:00Z 60"}));
  EXPECT_EQ(changes("EST5EDT,M3.2.0,M11.1.0", 2040),
            (Changes{"2040-03-11T07:00:00Z -240", "2040-11-04T06:00:00Z -300"}));
  EXPECT_EQ(changes("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 2040),
            (Changes{"2040-03-31T15:00:00Z 630", "2040-10-06T15:30:00Z 660"}));
}

TEST(TzFooter, negative_saving_and_times_outside_the_day) {
  EXPECT_EQ(changes("IST-1GMT0,M10.5.0,M3.5.0/1", 2040),
            (Changes{"2040-03-25T01:00:00Z 60", "2040-10-28T01:00:00Z 0"}));
  EXPECT_EQ(changes("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2040),
            (Changes{"2040-03-25T01:00:00Z -60", "2040-10-28T01:00:00Z -120"}));
  EXPECT_EQ(changes("EET-2EEST,M3.4.4/50,M10.4.4/50", 2040),
            (Changes{"2040-03-24T00:00:00Z 180", "2040-10-26T23:00:00Z 120"}));
}

TEST(TzFooter, days_counted_with_and_without_the_leap_day) {
  EXPECT_EQ(changes("AAA0BBB,J60/0,J300/0", 2040), (Changes{"2040-03-01T00:00:00Z 60", "2040-10-26T23:00:00Z 0"}));
  EXPECT_EQ(changes("AAA0BBB,J60/0,J300/0", 2041), (Changes{"2041-03-01T00:00:00Z 60", "2041-10-26T23:00:00Z 0"}));
  EXPECT_EQ(changes("AAA0BBB,60/0,300/0", 2040), (Changes{"2040-03-01T00:00:00Z 60", "2040-10-26T23:00:00Z 0"}));
  EXPECT_EQ(changes("AAA0BBB,60/0,300/0", 2041), (Changes{"2041-03-02T00:00:00Z 60", "2041-10-27T23:00:00Z 0"}));
}

TEST(TzFooter, saving_all_the_year_round_never_ends) {
  const auto footer = parse_tz_footer("ZZZ3EDT4,0/0,J365/23");
  ASSERT_TRUE(footer);
  const auto found = transitions(*footer, std::chrono::year(2040), std::chrono::year(2042));
  ASSERT_EQ(found.size(), 4U);
  for (std::size_t i = 0; i + 1 < found.size(); ++i) EXPECT_EQ(found[i].offset, -hours(4));
}

TEST(TzFooter, refuses_garbage) {
  for (const auto* text : {"",
                           "C",
                           "CET",
                           "CE-1",
                           "CET-25",
                           "CET-1:60",
                           "<+03-3",
                           "<>3",
                           "CET-1CEST",
                           "CET-1CEST,",
                           "CET-1CEST,M3.5.0",
                           "CET-1CEST,M3.5.0,",
                           "CET-1CEST,M13.5.0,M10.5.0",
                           "CET-1CEST,M0.5.0,M10.5.0",
                           "CET-1CEST,M3.6.0,M10.5.0",
                           "CET-1CEST,M3.5.7,M10.5.0",
                           "CET-1CEST,M3.5.0/168,M10.5.0",
                           "CET-1CEST,J0,J10",
                           "CET-1CEST,J366,J10",
                           "CET-1CEST,366,10",
                           "CET-1CEST,M3.5.0,M10.5.0/3 ",
                           "CET-1 ",
                           "CET--1",
                           "CET-1CEST,M3.5.0,M10.5.0/3,",
                           "9"})
    EXPECT_FALSE(parse_tz_footer(text)) << text;
  EXPECT_FALSE(parse_tz_footer(std::string_view("CET-1\0", 6)));
}

}  // namespace
}  // namespace cordyna::cerebro
