// What the five fields may say, and what is said about those that may not.

#include "model/cron.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace cordyna::model {
namespace {

Cron parsed(std::string_view text) {
  const base::Result<Cron> cron = parse_cron(text);
  EXPECT_TRUE(cron.ok()) << text << ": " << (cron.ok() ? "" : cron.error().message);
  return cron.ok() ? *cron : Cron();
}

std::string refusal(std::string_view text) {
  const base::Result<Cron> cron = parse_cron(text);
  EXPECT_FALSE(cron.ok()) << text;
  if (cron.ok()) return "";
  EXPECT_EQ(cron.error().code, "bad_cron");
  return cron.error().message;
}

std::uint64_t bits(std::initializer_list<unsigned> values) {
  std::uint64_t answer = 0;
  for (const unsigned value : values) answer |= std::uint64_t{1} << value;
  return answer;
}

TEST(CronParse, lists_ranges_and_steps) {
  const Cron cron = parsed("0,30 8-17/3 1-3,31 */6 1-5");
  EXPECT_EQ(cron.minutes, bits({0, 30}));
  EXPECT_EQ(cron.hours, bits({8, 11, 14, 17}));
  EXPECT_EQ(cron.days, bits({1, 2, 3, 31}));
  EXPECT_EQ(cron.months, bits({1, 7}));
  EXPECT_EQ(cron.weekdays, bits({1, 2, 3, 4, 5}));
  EXPECT_FALSE(cron.days_starred);
  EXPECT_FALSE(cron.weekdays_starred);
  EXPECT_FALSE(cron.hours_starred);
}

TEST(CronParse, a_star_is_every_value) {
  const Cron cron = parsed("* * * * *");
  EXPECT_EQ(cron.minutes, (std::uint64_t{1} << 60) - 1);
  EXPECT_EQ(cron.hours, (1U << 24) - 1);
  EXPECT_EQ(cron.days, 0xffff'fffeU);
  EXPECT_EQ(cron.months, 0x1ffeU);
  EXPECT_EQ(cron.weekdays, 0x7fU);
  EXPECT_TRUE(cron.days_starred && cron.weekdays_starred && cron.hours_starred);
}

TEST(CronParse, names_in_any_case_and_sunday_three_ways) {
  EXPECT_EQ(parsed("0 0 * JAN,feb-Apr MON-fri"), parsed("0 0 * 1,2-4 1-5"));
  EXPECT_EQ(parsed("0 0 * dec sun"), parsed("0 0 * 12 0"));
  EXPECT_EQ(parsed("0 0 * * 7"), parsed("0 0 * * 0"));
  EXPECT_EQ(parsed("0 0 * * 5-7"), parsed("0 0 * * 0,5,6"));
  EXPECT_EQ(parsed("0 0 * * fri-sun"), parsed("0 0 * * 0,5,6"));
  EXPECT_EQ(parsed("0 0 * * sun-tue"), parsed("0 0 * * 0-2"));
  EXPECT_EQ(parsed("0 0 * * 0-7").weekdays, 0x7fU);
}

TEST(CronParse, blanks_and_leading_zeros_do_not_matter) {
  EXPECT_EQ(parsed("  00\t02   *  * * "), parsed("0 2 * * *"));
}

TEST(CronParse, shorthands) {
  EXPECT_EQ(parsed("@hourly"), parsed("0 * * * *"));
  EXPECT_EQ(parsed("@daily"), parsed("0 0 * * *"));
  EXPECT_EQ(parsed("@midnight"), parsed("0 0 * * *"));
  EXPECT_EQ(parsed("@weekly"), parsed("0 0 * * 0"));
  EXPECT_EQ(parsed("@monthly"), parsed("0 0 1 * *"));
  EXPECT_EQ(parsed("@yearly"), parsed("0 0 1 1 *"));
  EXPECT_EQ(parsed(" @Annually "), parsed("0 0 1 1 *"));
  EXPECT_NE(refusal("@reboot").find("\"@reboot\" is not known, write @hourly"), std::string::npos);
}

TEST(CronParse, a_refusal_names_the_field_the_value_and_what_is_allowed) {
  EXPECT_EQ(refusal("60 * * * *"), "cron \"60 * * * *\": minute \"60\" is not allowed, write 0-59");
  EXPECT_EQ(refusal("0 24 * * *"), "cron \"0 24 * * *\": hour \"24\" is not allowed, write 0-23");
  EXPECT_EQ(refusal("0 0 0 * *"), "cron \"0 0 0 * *\": day of month \"0\" is not allowed, write 1-31");
  EXPECT_EQ(refusal("0 0 * foo *"), "cron \"0 0 * foo *\": month \"foo\" is not allowed, write 1-12 or jan-dec");
  EXPECT_EQ(refusal("0 0 * * 8"), "cron \"0 0 * * 8\": day of week \"8\" is not allowed, write 0-7 or sun-sat");
  EXPECT_EQ(refusal("0 0 * * jan"), "cron \"0 0 * * jan\": day of week \"jan\" is not allowed, write 0-7 or sun-sat");
  EXPECT_NE(refusal("*/0 * * * *").find("minute step \"0\" is not allowed, write 1-60"), std::string::npos);
  EXPECT_NE(refusal("*/61 * * * *").find("minute step \"61\""), std::string::npos);
  EXPECT_TRUE(parse_cron("*/60 * * * *").ok());
  EXPECT_EQ(refusal("0 17-9 * * *"),
            "cron \"0 17-9 * * *\": hour range \"17-9\" runs backwards, write it as two ranges");
  EXPECT_EQ(refusal("5/15 * * * *"), "cron \"5/15 * * * *\": minute \"5/15\" has a step but no range, write 5-59/15");
  EXPECT_EQ(refusal("* * * * * *"),
            "cron \"* * * * * *\": it has 6 fields, write 5: minute hour day-of-month month day-of-week");
  EXPECT_EQ(refusal("hourly"), "cron \"hourly\": it has 1 field, write 5: minute hour day-of-month month day-of-week");
}

TEST(CronParse, refuses_what_is_not_cron) {
  for (const auto* text : {"",
                           " ",
                           "@",
                           "1, * * * *",
                           ",1 * * * *",
                           "1,,2 * * * *",
                           "- * * * *",
                           "1- * * * *",
                           "-1 * * * *",
                           "1-2-3 * * * *",
                           "*/ * * * *",
                           "*/-1 * * * *",
                           "*/1/2 * * * *",
                           "** * * * *",
                           "*-5 * * * *",
                           "0x1 * * * *",
                           "1e1 * * * *",
                           "+1 * * * *",
                           "0001 * * * *",
                           "? * * * *",
                           "0 0 L * *",
                           "0 0 15W * *",
                           "0 0 * * 5#3",
                           "99999999999999999999 * * * *",
                           "0 0 * *",
                           "0\n0 * * *"})
    refusal(text);
  refusal(std::string_view("0\0 0 * * *", 10));
}

TEST(CronParse, the_length_of_an_expression_is_limited) {
  const std::string rest = " * * * *";
  std::string text = "0" + rest;
  text.insert(1, base::limits::cron_bytes_max - text.size(), ' ');
  EXPECT_TRUE(parse_cron(text).ok());
  EXPECT_NE(refusal(text + " ").find("it is 513 bytes long, 512 are allowed"), std::string::npos);
}

}  // namespace
}  // namespace cordyna::model
