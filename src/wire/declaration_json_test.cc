#include "wire/declaration_json.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/limits.h"

namespace cordyna::wire {
namespace {

std::string refusal(std::string_view bytes) {
  const auto read = read_declaration_json(bytes);
  if (read.findings.empty()) return "accepted";
  return read.findings[0].path + " " + read.findings[0].rule + " " + read.findings[0].message + " | " +
         read.findings[0].fix;
}

TEST(JsonDeclaration, is_identified_by_the_bytes_that_were_sent) {
  const std::string bytes = R"({ "server":"s", "team":"t", "tasks":{"a":{}} })";
  const auto read = read_declaration_json(bytes);
  ASSERT_TRUE(read.declaration);
  EXPECT_EQ(read.declaration->hash, base::sha256_hex(bytes));
}

TEST(JsonDeclaration, null_means_absent) {
  EXPECT_EQ(
      refusal(R"({"server":"s","team":"t","domain":null,"tasks":{"a":{"when":null,"upstream":null,"timeouts":null}}})"),
      "accepted");
}

TEST(JsonDeclaration, is_strict_about_text_because_json_has_quotes) {
  EXPECT_EQ(refusal(R"({"server":"s","team":"t","version":1.1,"tasks":{"a":{}}})"),
            "version wrong_type text is wanted here, not a number | write it in quotes: \"1.1\"");
}

TEST(JsonDeclaration, what_is_no_json_object_is_refused) {
  EXPECT_EQ(refusal("").substr(0, 10), " bad_json ");
  EXPECT_EQ(refusal("[]").substr(0, 11), " wrong_type");
  EXPECT_EQ(refusal(R"({"server":"s","server":"s"})").substr(0, 15), " duplicate_key ");
  EXPECT_EQ(refusal(std::string(100, '[')).substr(0, 10), " too_deep ");
  EXPECT_EQ(refusal(std::string(base::limits::declaration_bytes_max + 1, ' ')).substr(0, 11), " too_large ");
}

TEST(JsonDeclaration, crons_are_judged_always_and_zones_by_whom_the_caller_names) {
  const std::string bytes =
      R"({"server":"s","team":"t","tasks":{"a":{"when":[{"cron":"61 * * * *","timezone":"Mars/X"},{"cron":"@daily"}]}}})";
  EXPECT_EQ(read_declaration_json(bytes).findings.size(), 1U);
  const auto read = read_declaration_json(bytes, [](std::string_view zone) -> std::optional<base::Error> {
    return zone == "UTC" ? std::nullopt : std::optional(base::Error{"unknown_zone", "no zone"});
  });
  ASSERT_EQ(read.findings.size(), 2U);
  EXPECT_EQ(read.declaration, nullptr);
  EXPECT_EQ(read.findings[0].path + read.findings[0].rule, "tasks.a.when[0].cronbad_cron");
  EXPECT_EQ(read.findings[1].path + read.findings[1].rule, "tasks.a.when[0].timezoneunknown_zone");
}

TEST(JsonDeclaration, a_program_writes_a_declaration_without_commands) {
  model::Declaration declaration;
  declaration.server = "server-b";
  declaration.team = "insights";
  model::Policy policy;
  policy.check = true;
  policy.retries.factor_permille = 1250;
  declaration.tasks.push_back(
      {"report",
       "Daily",
       {{"server-a/clean", "server-a/clean", std::chrono::hours(24), model::Require::completed}},
       {model::EveryTrigger{std::chrono::seconds(60)}},
       std::make_shared<model::Policy>(policy),
       {},
       {},
       {},
       {},
       {}});
  const std::string json = declaration_to_json(declaration);
  EXPECT_EQ(json,
            R"({"server":"server-b","tasks":{"report":{"check":true,"description":"Daily","retries":{"factor":1.25},)"
            R"("upstream":[{"task":"server-a/clean","within":"1d"}],"when":{"every":"1m"}}},"team":"insights"})");
  const auto read = read_declaration_json(json);
  ASSERT_TRUE(read.declaration);
  EXPECT_EQ(read.declaration->tasks, declaration.tasks);
}

TEST(JsonDeclaration, ten_thousand_tasks_are_read_at_once) {
  model::Declaration declaration;
  declaration.server = "big";
  declaration.team = "t";
  for (int i = 0; i < 10'000; ++i) {
    model::TaskDeclaration task;
    task.name = "task-" + std::to_string(100'000 + i);
    if (i > 0) {
      const std::string last = "task-" + std::to_string(100'000 + i - 1);
      task.upstream.push_back({"big/" + last, last, std::nullopt, model::Require::completed});
    }
    declaration.tasks.push_back(std::move(task));
  }
  const auto read = read_declaration_json(declaration_to_json(declaration));
  ASSERT_TRUE(read.declaration);
  EXPECT_EQ(read.declaration->tasks.size(), 10'000U);
  EXPECT_EQ(read.declaration->tasks[9'999].upstream, declaration.tasks[9'999].upstream);
  EXPECT_EQ(read.declaration->tasks[0].policy, read.declaration->tasks[9'999].policy);
}

}  // namespace
}  // namespace cordyna::wire
