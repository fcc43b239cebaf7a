#include "wire/declaration_yaml.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/limits.h"
#include "wire/declaration_json.h"

namespace cordyna::wire {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* whole_file = R"(server: shop
team: sales-data                  # who answers for it
domain: sales
description: Raw data of the web shop
version: 1.10
revision: 4711
contacts: [{kind: email, to: sales-data@example.org, for: issues}]
slots: 4
defaults:
  timeouts: {ack: 5s, complete: 1h}
  retries: {max: 2}
  environment: {LEVEL: debug, PORT: 0080}
  tags: [daily]
  labels: {tier: gold, year: 2026}
tasks:
  extract_orders:
    description: Loads yesterday's orders into the lake
    run: ["python3", "extract.py", --day, "{{ scheduled_at | date }}", 5, 1.50, true]
    cwd: /srv
    environment: {LEVEL: info}
    grace: 20s
    when: {cron: "0 2 * * *", timezone: Europe/Berlin}
    timeouts: {complete: 30m, pending: 2h}
    retries: {backoff: 1m, factor: 1.5, jitter: 0, cap: 10m}
    check: ["test", "-f", "orders.parquet"]
    concurrency: 1
    limits: [warehouse]
    overlap: queue
    catchup: none
    priority: -3
    wait_for_server: 10m
    idempotent: false
    params: {properties: {day: {type: string}}}
    outputs: {orders: {kind: table}}
  clean_orders:
    upstream: [extract_orders, {task: crm/customers, within: 24h, require: finished}]
    shell: ./clean
  report:
    upstream: [shop/clean_orders]
    when: [{every: 60s}, {event: {type: "shop.*", subject: "x*", params: data}}, {event: {type: "*", coalesce: true}}, {cron: "@daily", and: upstream}, {upstream: any}, manual]
)";

model::Declaration accepted(std::string_view text) {
  auto read = read_declaration_yaml(text);
  for (const auto& finding : read.findings) ADD_FAILURE() << finding.path << ": " << finding.message;
  return read.declaration ? *read.declaration : model::Declaration{};
}

// Each finding as one line: "LINE:COLUMN PATH RULE message | fix".
std::string findings(std::string_view text) {
  const auto read = read_declaration_yaml(text);
  std::string lines;
  for (const auto& finding : read.findings)
    lines += std::to_string(finding.line) + ":" + std::to_string(finding.column) + " " + finding.path + " " +
             finding.rule + " " + finding.message + " | " + finding.fix + "\n";
  EXPECT_EQ(read.declaration == nullptr, model::has_errors(read.findings));
  return lines;
}

// The same for the value of one key of one task.
std::string task_findings(const std::string& yaml) {
  return findings("server: s\nteam: t\ntasks:\n  a:\n    " + yaml + "\n");
}

TEST(YamlDeclaration, reads_every_key) {
  const auto shop = accepted(whole_file);
  EXPECT_EQ(shop.server, "shop");
  EXPECT_EQ(shop.team, "sales-data");
  EXPECT_EQ(shop.domain, "sales");
  EXPECT_EQ(shop.version, "1.10");
  EXPECT_EQ(shop.revision, "4711");
  EXPECT_EQ(shop.slots, 4U);
  EXPECT_EQ(shop.contacts, (std::vector<model::Contact>{{"email", "sales-data@example.org", "issues"}}));
  ASSERT_EQ(shop.tasks.size(), 3U);
  EXPECT_EQ(shop.tasks[0].name, "clean_orders");
  EXPECT_EQ(shop.tasks[1].name, "extract_orders");
  EXPECT_EQ(shop.tasks[2].name, "report");

  const auto& policy = *shop.tasks[1].policy;
  EXPECT_EQ(policy.timeouts, (model::Timeouts{seconds(5), minutes(10), minutes(30), hours(2)}));
  EXPECT_EQ(policy.retries, (model::Retries{2, minutes(1), 1500, 0, minutes(10)}));
  EXPECT_EQ(policy.concurrency, 1U);
  EXPECT_EQ(policy.limits, std::vector<std::string>{"warehouse"});
  EXPECT_EQ(policy.overlap, model::Overlap::queue);
  EXPECT_EQ(policy.catchup, model::Catchup::none);
  EXPECT_EQ(policy.priority, -3);
  EXPECT_EQ(policy.wait_for_server, minutes(10));
  EXPECT_FALSE(policy.idempotent);
  EXPECT_TRUE(policy.check);
  EXPECT_EQ(model::declared_params(shop.tasks[1].params), std::vector<std::string>{"day"});
  EXPECT_EQ(shop.tasks[1].practices, model::Json::parse(R"({"outputs":{"orders":{"kind":"table"}}})"));
}

TEST(YamlDeclaration, keeps_the_command_for_the_task_server_with_every_word_as_it_was_spelled) {
  EXPECT_EQ(accepted(whole_file).tasks[1].command, model::Json::parse(R"({
    "run": ["python3", "extract.py", "--day", "{{ scheduled_at | date }}", "5", "1.50", "true"], "cwd": "/srv",
    "environment": {"LEVEL": "info", "PORT": "0080"}, "grace": "20s", "check": ["test", "-f", "orders.parquet"]})"));
}

TEST(YamlDeclaration, a_task_begins_with_the_defaults) {
  const auto shop = accepted(whole_file);
  for (const auto& task : shop.tasks) {
    EXPECT_EQ(task.policy->timeouts.ack, seconds(5));
    EXPECT_EQ(task.policy->retries.max, 2U);
    EXPECT_EQ(task.tags, std::vector<std::string>{"daily"});
    EXPECT_EQ(task.labels, (std::map<std::string, std::string>{{"tier", "gold"}, {"year", "2026"}}));
  }
  EXPECT_EQ(shop.tasks[0].command["environment"]["LEVEL"], "debug");
  EXPECT_EQ(shop.tasks[0].policy->timeouts.complete, hours(1));
}

TEST(YamlDeclaration, equal_policies_are_one_object) {
  const auto shop = accepted(whole_file);
  EXPECT_EQ(shop.tasks[0].policy, shop.tasks[2].policy);
  EXPECT_NE(shop.tasks[0].policy, shop.tasks[1].policy);
}

TEST(YamlDeclaration, completes_local_upstreams_and_keeps_what_was_written) {
  const auto shop = accepted(whole_file);
  EXPECT_EQ(
      shop.tasks[0].upstream,
      (std::vector<model::Upstream>{{"shop/extract_orders", "extract_orders", std::nullopt, model::Require::completed},
                                    {"crm/customers", "crm/customers", hours(24), model::Require::finished}}));
  EXPECT_EQ(shop.tasks[2].upstream[0].text, "shop/clean_orders");
}

TEST(YamlDeclaration, reads_every_trigger_and_defaults_to_upstream_or_manual) {
  const auto shop = accepted(whole_file);
  EXPECT_EQ(shop.tasks[0].when, std::vector<model::Trigger>{model::UpstreamTrigger{false}});
  EXPECT_EQ(shop.tasks[1].when, (std::vector<model::Trigger>{model::CronTrigger{"0 2 * * *", "Europe/Berlin", false}}));
  EXPECT_EQ(
      shop.tasks[2].when,
      (std::vector<model::Trigger>{model::EveryTrigger{minutes(1)}, model::EventTrigger{"shop.*", "x*", true, false},
                                   model::EventTrigger{"*", "", false, true}, model::CronTrigger{"@daily", "UTC", true},
                                   model::UpstreamTrigger{true}, model::ManualTrigger{}}));
  EXPECT_EQ(accepted("server: s\nteam: t\ntasks: {a: }").tasks[0].when,
            std::vector<model::Trigger>{model::ManualTrigger{}});
}

TEST(YamlDeclaration, gives_the_json_that_reads_back_as_the_same_declaration) {
  const auto yaml = read_declaration_yaml(whole_file);
  const auto json = read_declaration_json(yaml.json);
  ASSERT_TRUE(yaml.declaration && json.declaration);
  EXPECT_EQ(json.declaration->tasks, yaml.declaration->tasks);
  EXPECT_EQ(json.declaration->contacts, yaml.declaration->contacts);
  EXPECT_EQ(json.declaration->version, "1.10");
  EXPECT_EQ(json.declaration->slots, 4U);
  EXPECT_EQ(json.declaration->hash, yaml.declaration->hash);
  EXPECT_EQ(yaml.declaration->hash, base::sha256_hex(yaml.json));
  EXPECT_EQ(declaration_to_json(*json.declaration), yaml.json);
}

TEST(YamlDeclaration, an_unknown_key_is_named_with_line_column_and_the_nearest_known_one) {
  EXPECT_EQ(
      findings("server: s\nteam: t\ntaks: {}\ntasks:\n  a:\n    descripton: x\n    colour: red\n"),
      "3:1 taks unknown_key the key 'taks' is not known here | did you mean 'tasks'?\n"
      "7:5 tasks.a.colour unknown_key the key 'colour' is not known here | known here: description, run, shell, cwd, "
      "environment, grace, upstream, when, timeouts, retries, concurrency, limits, overlap, catchup, priority, "
      "wait_for_server, check, idempotent, params, tags, labels, outputs, isolation or effects\n"
      "6:5 tasks.a.descripton unknown_key the key 'descripton' is not known here | did you mean 'description'?\n");
}

TEST(YamlDeclaration, says_where_a_value_is_wrong_and_what_to_write) {
  EXPECT_EQ(task_findings("timeouts: {ack: 10}"),
            "5:16 tasks.a.timeouts.ack bad_duration the duration 10 has no unit | write 10s for seconds (units: ms, s, "
            "m, h, d)\n");
  EXPECT_EQ(task_findings("timeouts: {ack: 1 hour}"),
            "5:16 tasks.a.timeouts.ack bad_duration '1 hour' is no duration | write whole numbers with ms, s, m, h or "
            "d, for example 90s or 1h30m\n");
  EXPECT_EQ(task_findings("overlap: quue"),
            "5:5 tasks.a.overlap unknown_word 'quue' is not known here | did you mean 'queue'?\n");
  EXPECT_EQ(task_findings("idempotent: no"),
            "5:5 tasks.a.idempotent wrong_type true or false is wanted here, not text | write true or false\n");
  EXPECT_EQ(task_findings("upstream: b"),
            "5:5 tasks.a.upstream wrong_type a list of upstream entries is wanted here | write [TASK, SERVER/TASK]\n");
  EXPECT_EQ(task_findings("upstream: [{output: x}]"),
            "5:16 tasks.a.upstream[0] not_supported edges to an output are not read yet | name the task that makes it: "
            "{task: SERVER/TASK}\n");
  EXPECT_EQ(task_findings("when: {cron: \"* * * * *\", every: 1m}"),
            "5:5 tasks.a.when two_triggers one trigger is both cron and every | write a list: each item one trigger\n");
  EXPECT_EQ(task_findings("when: always"), "5:5 tasks.a.when unknown_word 'always' is not known here | write manual\n");
  EXPECT_EQ(task_findings("when: {cron: 5}"),
            "5:12 tasks.a.when.cron bad_cron cron \"5\": it has 1 field, write 5: minute hour day-of-month month "
            "day-of-week | for example \"0 2 * * *\", every night at two\n");
  EXPECT_EQ(task_findings("when: {cron: [1]}"),
            "5:12 tasks.a.when.cron wrong_type text is wanted here, not a list | write text\n");
  EXPECT_EQ(task_findings("{run: [a], shell: b}"),
            "5:16 tasks.a.shell two_commands the task has both run and shell | keep one of them\n");
  EXPECT_EQ(task_findings("run: []"),
            "5:5 tasks.a.run empty_command the command has no program | write for example [\"python3\", \"job.py\"]\n");
  EXPECT_EQ(task_findings("retries: {max: 1001}"),
            "5:15 tasks.a.retries.max out_of_range 1001 is out of range | write a whole number from 0 to 1000\n");
  EXPECT_EQ(task_findings("retries: {max: 1.5}"),
            "5:15 tasks.a.retries.max wrong_type a whole number is wanted here, not a number | write a whole number "
            "from 0 to 1000\n");
}

TEST(YamlDeclaration, findings_of_the_validation_have_their_line_too) {
  EXPECT_EQ(task_findings("timeouts: {ack: 100ms}"),
            "5:16 tasks.a.timeouts.ack out_of_range 100ms is out of range | write a duration from 1s to 30d\n");
  EXPECT_EQ(task_findings("when: {upstream: any}"),
            "5:12 tasks.a.when.upstream no_upstream the task 'a' waits for upstreams but has none | list them under "
            "`upstream`, or choose another trigger\n");
  EXPECT_EQ(task_findings("upstream: [x, x]"),
            "5:19 tasks.a.upstream[1] duplicate_upstream 's/x' is listed twice | keep one entry\n");
  EXPECT_EQ(findings("server: My Shop\nteam: t\ntasks: {a: }\n"),
            "1:1 server bad_name the server name 'My Shop' may only have a-z, 0-9 and -, not 'M' | write for example "
            "'my-shop'\n");
}

TEST(YamlDeclaration, what_is_missing_is_said_once) {
  EXPECT_EQ(findings("slots: 2\ntasks: {a: }\n"),
            "1:1 server missing_key the server is missing | write server: NAME\n"
            "1:1 team missing_key the team is missing | write team: NAME, who answers for this server\n");
}

TEST(YamlDeclaration, a_server_without_tasks_is_a_warning) {
  const auto read = read_declaration_yaml("server: s\nteam: t\n");
  ASSERT_EQ(read.findings.size(), 1U);
  EXPECT_EQ(read.findings[0].rule, "no_tasks");
  EXPECT_EQ(read.findings[0].severity, model::Severity::warning);
  EXPECT_NE(read.declaration, nullptr);
}

TEST(YamlDeclaration, upstream_when_run_and_outputs_have_no_default) {
  EXPECT_EQ(findings("server: s\nteam: t\ndefaults: {run: [x], when: manual}\ntasks: {a: }\n"),
            "3:22 defaults.when not_a_default `when` has no default | write it in each task\n"
            "3:12 defaults.run not_a_default `run` has no default | write it in each task\n");
}

TEST(YamlDeclaration, at_most_a_thousand_findings_are_told) {
  std::string text = "server: s\nteam: t\ntasks:\n";
  for (std::size_t i = 0; i <= base::limits::findings_max; ++i) text += "  a" + std::to_string(i) + ": {colour: 1}\n";
  const auto read = read_declaration_yaml(text);
  ASSERT_EQ(read.findings.size(), base::limits::findings_max + 1);
  EXPECT_EQ(read.findings.back().message, "1 more findings are not shown");
}

}  // namespace
}  // namespace cordyna::wire
