#include "task_server/template_text.h"

#include <gtest/gtest.h>

#include "base/time.h"
#include "task_server/zone_date.h"

namespace cordyna::task_server {
namespace {

const TemplateNames names{{"day", "rows"}, {"extract", "server-a/extract", "server-a/extract.v2"}};

model::RunCommand command() {
  model::RunCommand run;
  run.run_id = "0193";
  run.attempt = 2;
  run.env = "production";
  run.scheduled_at = "2026-03-28T23:30:00Z";
  run.created_at = "2026-05-01T10:00:00Z";
  run.timezone = "Europe/Berlin";
  return run;
}

std::string rendered(std::string_view text, const model::RunCommand& run = command(),
                     Rendering rendering = Rendering::plain) {
  const TemplateValues values{run,
                              {{"day", "Monday; rm -rf /"}, {"rows", 42}},
                              {{"extract", {{"rows", 1}}},
                               {"server-a/extract", {{"path", "a b"}, {"v2.rows", 2}}},
                               {"server-a/extract.v2", {{"rows", 3}, {"list", {1, "x"}}}}}};
  const auto parsed = TemplateText::parse(text, names);
  if (!parsed.ok()) return parsed.error().code + ": " + parsed.error().message;
  const auto result = parsed->render(values, rendering);
  return result.ok() ? *result : result.error().code + ": " + result.error().message;
}

TEST(TemplateText, renders_every_word_of_the_closed_list) {
  EXPECT_EQ(rendered("no template { } here"), "no template { } here");
  EXPECT_EQ(rendered("{{ scheduled_at }}"), "2026-03-28T23:30:00Z");
  EXPECT_EQ(rendered("{{scheduled_at|date}}"), "2026-03-29");  // in Berlin
  EXPECT_EQ(rendered("{{ run_id }}-{{ attempt }}-{{ env }}"), "0193-2-production");
  EXPECT_EQ(rendered("day={{ params.day }}"), "day=Monday; rm -rf /");
  EXPECT_EQ(rendered("{{ params.rows }}"), "42");
  EXPECT_EQ(rendered("{{ inputs.extract.rows }}"), "1");
  EXPECT_EQ(rendered("{{ inputs.server-a/extract.path }}"), "a b");
  EXPECT_EQ(rendered("{{ inputs.server-a/extract.v2.rows }}"), "3");  // the longest upstream entry is meant
  EXPECT_EQ(rendered("{{ inputs.server-a/extract.v2.list }}"), "[1,\"x\"]");
}

TEST(TemplateText, gives_the_creation_of_a_run_that_stands_for_no_instant) {
  model::RunCommand run = command();
  run.scheduled_at.clear();
  run.timezone.clear();
  EXPECT_EQ(rendered("{{ scheduled_at }}", run), "2026-05-01T10:00:00Z");
  EXPECT_EQ(rendered("{{ scheduled_at | date }}", run), "2026-05-01");
}

TEST(TemplateText, refuses_what_is_not_on_the_list_when_it_is_read) {
  for (const char* text : {"{{ now }}", "{{ }}", "{{ scheduled_at | time }}", "{{ params.unknown }}", "{{ params. }}",
                           "{{ inputs.other.rows }}", "{{ inputs.extract }}", "{{ inputs.extract. }}", "{{ run_id",
                           "{{ inputs }}", "{{ run_id | date }}"}) {
    const std::string result = rendered(text);
    EXPECT_TRUE(result.starts_with("unknown_template: ")) << text << " gave " << result;
    EXPECT_NE(result.find("scheduled_at | date, run_id"), std::string::npos) << "the remedy is missing: " << result;
  }
}

TEST(TemplateText, an_input_without_that_name_is_an_error_of_the_attempt) {
  EXPECT_TRUE(rendered("{{ inputs.extract.nothing }}").starts_with("template_value: "));
}

TEST(TemplateText, puts_nothing_into_a_shell_that_could_become_code) {
  EXPECT_EQ(rendered("echo {{ params.rows }}", command(), Rendering::shell), "echo 42");
  EXPECT_EQ(rendered("echo {{ scheduled_at }}", command(), Rendering::shell), "echo 2026-03-28T23:30:00Z");
  EXPECT_TRUE(rendered("echo {{ params.day }}", command(), Rendering::shell).starts_with("template_value: "));
}

TEST(ZoneDate, follows_the_clock_changes_of_the_zone) {
  const auto date = [](const char* instant, const char* zone) {
    return date_in_zone(*base::parse_time(instant), zone).value_or("unknown");
  };
  EXPECT_EQ(date("2026-03-28T22:59:59Z", "Europe/Berlin"), "2026-03-28");
  EXPECT_EQ(date("2026-03-28T23:00:00Z", "Europe/Berlin"), "2026-03-29");
  EXPECT_EQ(date("2026-03-29T21:59:59Z", "Europe/Berlin"), "2026-03-29");  // summer time began that day
  EXPECT_EQ(date("2026-03-29T22:00:00Z", "Europe/Berlin"), "2026-03-30");
  EXPECT_EQ(date("2026-01-01T04:59:59Z", "America/New_York"), "2025-12-31");
  EXPECT_EQ(date("2026-01-01T12:00:00Z", ""), "2026-01-01");
  EXPECT_EQ(date("2026-01-01T12:00:00Z", "Mars/Olympus"), "unknown");
  EXPECT_EQ(date("2026-01-01T12:00:00Z", "../../etc/passwd"), "unknown");
}

}  // namespace
}  // namespace cordyna::task_server
