// Whole scheduled histories over changes of the clocks, in many zones, against a brute-force reference: the clock is
// the C library's, read minute by minute, and the cron of the reference shares no code with the engine's.

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "engine/cron_reference.h"
#include "mission/fleet.h"

namespace cordyna::testing {
namespace {

namespace reference = engine::reference;

/// What the C library's clock shows in the zone, in minutes since 1970 local.
std::int64_t shown(base::Time time) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm local{};
  localtime_r(&seconds, &local);
  return (seconds + local.tm_gmtoff) / 60;
}

class Clock {
 public:
  explicit Clock(const char* zone) { set(zone); }
  ~Clock() { set("UTC"); }

 private:
  static void set(const char* zone) {
    setenv("TZ", zone, 1);
    tzset();
  }
};

/// The first minutes after each change of the clocks in the year.
std::vector<base::Time> changes(int year) {
  std::vector<base::Time> changes;
  const base::Time begin = std::chrono::sys_days(std::chrono::year(year) / 1 / 1);
  std::int64_t before = shown(begin);
  for (base::Time t = begin; t < begin + std::chrono::days(365); t += 30min) {
    const std::int64_t now = shown(t);
    if (t != begin && now - before != 30) changes.push_back(t);
    before = now;
  }
  return changes;
}

constexpr const char* crons[] = {"*/20 * * * *", "30 2 * * *",  "15,45 0-3 * * *", "0 */2 * * *", "0 0 * * *",
                                 "5 1 * * *",    "30 23 * * *", "10 * * * *",      "0 2 * * 0",   "59 1,2 28-31 * *"};

class Dst : public ::testing::TestWithParam<const char*> {};

TEST_P(Dst, a_scheduled_history_over_gap_and_overlap_is_as_the_reference_says) {
  const char* zone = GetParam();
  const Clock clock(zone);
  const std::vector<base::Time> all = changes(2026);
  ASSERT_GE(all.size(), 2U) << zone << " has no change of the clocks in 2026";
  for (const base::Time change : all) {
    const base::Time begin = std::chrono::floor<std::chrono::hours>(change) - 30h, end = begin + 60h;
    std::vector<std::int64_t> minutes;
    // The reference must have seen the days before, so that what was first shown there is not taken for new.
    for (base::Time t = begin - 48h; t <= end; t += 1min) minutes.push_back(shown(t));
    const reference::Wall wall = reference::wall_of(begin - 48h, minutes);

    Fleet fleet(base::format_time(begin));
    fleet.world.set_checks(false);
    std::vector<std::string> tasks;
    for (std::size_t i = 0; i < std::size(crons); ++i)
      tasks.push_back("t" + std::to_string(i) + ": {when: {cron: \"" + crons[i] + "\", timezone: " + zone + "}}");
    fleet.serve(declaration("a", tasks));
    while (fleet.world.now().wall < end) {
      fleet.advance(5min);
      while (!fleet.commands().empty()) fleet.done(fleet.commands().front().task);
    }
    std::map<std::string, std::vector<std::string>> fired;
    for (const auto& run : fleet.all<model::RunCreated>())
      fired[fleet.name(run.plan->tasks[0].task)].push_back(base::format_time(run.standing.at));
    for (std::size_t i = 0; i < std::size(crons); ++i) {
      std::vector<std::string> expected;
      for (const base::Time at : reference::firings(crons[i], wall))
        if (at > begin && at <= end) expected.push_back(base::format_time(at));
      EXPECT_EQ(fired["a/t" + std::to_string(i)], expected)
          << crons[i] << " in " << zone << " about " << base::format_time(change);
    }
    EXPECT_TRUE(fleet.all<model::ScheduleSkipped>().empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Zones, Dst,
                         ::testing::Values("Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
                                           "America/Santiago", "Asia/Beirut", "Pacific/Chatham", "America/St_Johns",
                                           "Atlantic/Azores"));

}  // namespace
}  // namespace cordyna::testing
