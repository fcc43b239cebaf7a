#include "model/validate.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/limits.h"

namespace cordyna::model {
namespace {

namespace limits = base::limits;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

TaskDeclaration task(std::string name, std::vector<std::string> upstream = {}) {
  TaskDeclaration made;
  made.name = std::move(name);
  for (auto& text : upstream) made.upstream.push_back({"s/" + text, text, std::nullopt, Require::completed});
  made.when.emplace_back(ManualTrigger{});
  made.policy = std::make_shared<Policy>();
  return made;
}

Declaration server(std::vector<TaskDeclaration> tasks) {
  Declaration made;
  made.server = "s";
  made.team = "t";
  for (TaskDeclaration& one : tasks) made.tasks.push_back(std::move(one));
  return made;
}

// "path rule" of each finding, sorted.
std::vector<std::string> found(const Declaration& declaration) {
  std::vector<std::string> lines;
  for (const auto& finding : validate(declaration, {})) {
    EXPECT_FALSE(finding.message.empty() || finding.fix.empty()) << finding.path;
    lines.push_back(finding.path + " " + finding.rule);
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::vector<std::string> found_with(Policy policy) {
  auto one = task("a");
  one.policy = std::make_shared<Policy>(std::move(policy));
  return found(server({one}));
}

std::vector<std::string> found_with(Trigger trigger) {
  auto one = task("a");
  one.when = {std::move(trigger)};
  return found(server({one}));
}

using Lines = std::vector<std::string>;

TEST(Validate, a_sound_declaration_has_no_findings) {
  EXPECT_EQ(found(server({task("a"), task("b", {"a"})})), Lines{});
}

TEST(Validate, tells_every_bad_name_at_once) {
  auto one = task("A");
  one.tags = {"x y"};
  one.labels = {{"Tier", "gold"}};
  one.upstream.push_back({"nobody", "nobody", std::nullopt, Require::completed});
  Declaration bad = server({one});
  bad.server = "S";
  bad.team = "";
  bad.domain = "..";
  EXPECT_EQ(found(bad), (Lines{"domain bad_name", "server bad_name", "tasks.A bad_name", "tasks.A.labels.Tier bad_name",
                               "tasks.A.tags[0] bad_name", "tasks.A.upstream[0] bad_name", "team bad_name"}));
}

TEST(Validate, upstreams_are_neither_twice_nor_the_task_itself) {
  EXPECT_EQ(found(server({task("a", {"b", "a", "b"})})),
            (Lines{"tasks.a.upstream[1] self_upstream", "tasks.a.upstream[2] duplicate_upstream"}));
  EXPECT_EQ(found(server({task("a"), task("a")})), Lines{"tasks.a duplicate_task"});
}

TEST(Validate, a_cycle_is_named_as_a_whole_path) {
  const auto findings =
      validate(server({task("a", {"c"}), task("b", {"a"}), task("c", {"b", "x"}), task("d", {"a"})}), {});
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].rule, "cycle");
  EXPECT_EQ(findings[0].message, "these tasks wait for each other: s/a -> s/b -> s/c -> s/a");
}

TEST(Validate, cycles_are_found_in_long_chains_and_a_diamond_is_none) {
  EXPECT_TRUE(cycles(server({task("a"), task("b", {"a"}), task("c", {"a"}), task("d", {"b", "c"})}), 10).empty());
  std::vector<TaskDeclaration> chain;
  for (int i = 0; i < 20'000; ++i)
    chain.push_back(task("t" + std::to_string(i), {"t" + std::to_string((i + 1) % 20'000)}));
  const auto all = cycles(server(std::move(chain)), 10);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].size(), 20'001U);
}

TEST(Validate, durations_are_from_one_second_to_thirty_days) {
  Policy policy;
  policy.timeouts = {seconds(1), limits::timeout_max, seconds(1), limits::timeout_max};
  EXPECT_EQ(found_with(policy), Lines{});
  policy.timeouts = {milliseconds(999), limits::timeout_max + milliseconds(1), Duration(0), milliseconds(1)};
  policy.retries.backoff = Duration(0);
  policy.retries.cap = hours(24 * 31);
  policy.wait_for_server = Duration(0);
  EXPECT_EQ(found_with(policy), (Lines{"tasks.a.retries.backoff out_of_range", "tasks.a.retries.cap out_of_range",
                                       "tasks.a.timeouts.ack out_of_range", "tasks.a.timeouts.complete out_of_range",
                                       "tasks.a.timeouts.pending out_of_range", "tasks.a.timeouts.start out_of_range",
                                       "tasks.a.wait_for_server out_of_range"}));
}

TEST(Validate, numbers_are_within_their_limits) {
  Policy policy;
  policy.retries = {limits::retries_max, seconds(1), 1000, 1000, hours(1)};
  policy.priority = limits::priority_max;
  EXPECT_EQ(found_with(policy), Lines{});
  policy.retries = {limits::retries_max + 1, seconds(1), 999, 1001, hours(1)};
  policy.priority = -limits::priority_max - 1;
  policy.concurrency = limits::slots_max + 1;
  policy.limits = {"warehouse", "warehouse", "Bad"};
  EXPECT_EQ(found_with(policy),
            (Lines{"tasks.a.concurrency out_of_range", "tasks.a.limits duplicate_limit", "tasks.a.limits[2] bad_name",
                   "tasks.a.priority out_of_range", "tasks.a.retries.factor out_of_range",
                   "tasks.a.retries.jitter out_of_range", "tasks.a.retries.max out_of_range"}));
  Declaration slots = server({task("a")});
  slots.slots = limits::slots_max + 1;
  EXPECT_EQ(found(slots), Lines{"slots out_of_range"});
  slots.slots = 0;
  EXPECT_EQ(found(slots), Lines{"slots out_of_range"});
}

TEST(Validate, triggers_are_possible) {
  EXPECT_EQ(found_with(UpstreamTrigger{}), Lines{"tasks.a.when.upstream no_upstream"});
  EXPECT_EQ(found_with(CronTrigger{"@daily", "UTC", true}), Lines{"tasks.a.when.and no_upstream"});
  EXPECT_EQ(found_with(EveryTrigger{seconds(1)}), Lines{});
  EXPECT_EQ(found_with(EveryTrigger{milliseconds(1500)}), Lines{"tasks.a.when.every out_of_range"});
  EXPECT_EQ(found_with(EveryTrigger{Duration(0)}), Lines{"tasks.a.when.every out_of_range"});
  EXPECT_EQ(found_with(EventTrigger{"", "", false, false}), Lines{"tasks.a.when.event.type bad_glob"});
  EXPECT_EQ(found_with(EventTrigger{"*", "", true, true}), Lines{"tasks.a.when.event.coalesce no_effect"});
  EXPECT_EQ(found_with(EventTrigger{"*", "", true, false}), Lines{});
  EXPECT_EQ(found_with(EventTrigger{"*", "", false, true}), Lines{});
  EXPECT_EQ(found_with(EventTrigger{std::string(limits::glob_bytes_max, '*'), "", false, false}), Lines{});
  EXPECT_EQ(found_with(EventTrigger{"*", std::string(limits::glob_bytes_max + 1, '*'), false, false}),
            Lines{"tasks.a.when.event.subject too_large"});
}

TEST(Validate, texts_contacts_and_schemas_are_judged) {
  TaskDeclaration schemaless = task("a");
  schemaless.params = Json::array();
  Declaration bad = server({schemaless});
  bad.description = std::string(limits::text_bytes_max + 1, 'x');
  bad.contacts = {{"", "", "gossip"}};
  EXPECT_EQ(found(bad), (Lines{"contacts[0].for unknown_word", "contacts[0].kind missing_key",
                               "contacts[0].to missing_key", "description too_large", "tasks.a.params bad_schema"}));
}

TEST(Validate, tasks_are_equal_by_meaning) {
  const auto a = task("a", {"b"});
  auto b = task("a", {"b"});
  EXPECT_NE(a.policy, b.policy);
  EXPECT_EQ(a, b);
  Policy other;
  other.priority = 1;
  b.policy = std::make_shared<Policy>(other);
  EXPECT_NE(a, b);
}

}  // namespace
}  // namespace cordyna::model
