// The scenarios are what they say, every point of them can be broken in its ways, and what is planned happens.
#include "sim/exhaustive.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "cerebro/logging.h"
#include "sim/scenarios.h"
#include "sim/simulation.h"

namespace cordyna::sim {
namespace {

class Exhaustive : public testing::Test {
 protected:
  static void SetUpTestSuite() { cerebro::start_logging("off"); }
};

std::string complaints_of(const Outcome& outcome) {
  std::string all;
  for (const std::string& complaint : outcome.complaints) all += complaint + '\n';
  return all;
}

TEST_F(Exhaustive, twelve_scenarios_show_what_they_are_called) {
  EXPECT_EQ(scenarios().size(), 12U);
  std::set<std::string> names;
  std::size_t with_snapshots = 0;
  for (const Scenario& scenario : scenarios()) {
    EXPECT_TRUE(names.insert(scenario.name).second) << scenario.name;
    EXPECT_EQ(scenario.weather.size(), scenario.servers.size()) << scenario.name;
    const Outcome outcome = simulate(options_of_scenario(scenario.name, std::nullopt));
    EXPECT_EQ(complaints_of(outcome), "") << scenario.name;
    for (const std::string& kind : scenario.shows)
      EXPECT_TRUE(outcome.kinds.contains(kind)) << scenario.name << ' ' << kind;
    with_snapshots += outcome.disk.contains("snapshots") ? 1 : 0;
    for (const auto& names_of_points : outcome.points) EXPECT_GT(names_of_points.size(), 20U) << scenario.name;
    EXPECT_EQ(outcome.broken, 0U) << scenario.name;
  }
  EXPECT_GE(with_snapshots, 6U);
}

TEST_F(Exhaustive, every_kind_of_point_is_broken_in_all_its_ways) {
  std::set<std::pair<Point, Break>> ways;
  std::size_t lasting = 0;
  const std::vector<Options> all = broken_versions("chain", {});
  for (const Options& one : all) {
    ways.insert({one.breaks->point, one.breaks->what});
    lasting += one.breaks->lasting ? 1 : 0;
  }
  EXPECT_EQ(ways, (std::set<std::pair<Point, Break>>{{Point::effect, Break::crash},
                                                     {Point::disk, Break::crash},
                                                     {Point::disk, Break::io_error},
                                                     {Point::disk, Break::full},
                                                     {Point::message, Break::drop},
                                                     {Point::message, Break::duplicate}}));
  EXPECT_EQ(lasting * 2, all.size());
  ExhaustiveOptions once;
  once.once_only = true;
  EXPECT_EQ(broken_versions("chain", once).size(), lasting);
  ExhaustiveOptions crashes;
  crashes.crash_only = true;
  for (const Options& one : broken_versions("chain", crashes)) {
    EXPECT_EQ(one.breaks->what, Break::crash);
    EXPECT_FALSE(one.breaks->lasting);
  }
}

TEST_F(Exhaustive, what_is_planned_breaks_and_does_no_harm) {
  const std::vector<Options> all = broken_versions("redeclared_while_running", {});
  std::uint64_t lasting_hits = 0;
  for (std::size_t i = 0; i < all.size(); i += 31) {
    const Outcome outcome = simulate(all[i]);
    EXPECT_EQ(complaints_of(outcome), "") << text(all[i]);
    EXPECT_GE(outcome.broken, 1U) << text(all[i]);
    EXPECT_TRUE(all[i].breaks->lasting || outcome.broken == 1) << text(all[i]);
    if (all[i].breaks->lasting) lasting_hits += outcome.broken;
  }
  EXPECT_GT(lasting_hits, 100U);
}

TEST_F(Exhaustive, a_broken_version_is_named_by_what_is_printed_of_it) {
  for (const Options& one : broken_versions("join", {})) {
    std::istringstream stream(text(one));
    const std::vector<std::string> words{std::istream_iterator<std::string>(stream), {}};
    const auto read = read_options(words);
    ASSERT_TRUE(read.ok()) << text(one);
    EXPECT_EQ(read->scenario, "join");
    EXPECT_EQ(read->breaks, one.breaks);
  }
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"--scenario", "nobody"},
                                             {"--break", "disk:1:crash:once"},
                                             {"--scenario", "chain", "--break", "disk:0:crash:once"},
                                             {"--scenario", "chain", "--break", "disk:1:burn:once"},
                                             {"--scenario", "chain", "--break", "disk:1:crash"},
                                             {"--scenario", "chain", "--break", "tape:1:crash:once"}})
    EXPECT_FALSE(read_options(words).ok()) << words.back();
}

}  // namespace
}  // namespace cordyna::sim
