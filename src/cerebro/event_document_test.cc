#include "cerebro/event_document.h"

#include <gtest/gtest.h>

#include <utility>

#include "cerebro/event_text.h"
#include "cerebro/log_keys.h"

namespace cordyna::cerebro {
namespace {

using model::Json;

engine::State state_with_names() {
  engine::State state;
  state.servers.resize(1);
  state.servers[0].name = "shop";
  state.servers[0].team = "sales";
  state.tasks.resize(2);
  state.tasks[0].name = "shop/extract";
  state.tasks[1].name = "shop/clean";
  state.instances.resize(1);
  state.instances[0].name = "abcdefgh";
  return state;
}

const base::RunId run{0x0123456789abcdef, 0x8000000000000007};
const base::Time noon = base::Time(std::chrono::hours(12));

Json document(model::EventBody body, base::Seq cause = 0, std::optional<base::Time> server_at = {}) {
  const engine::State state = state_with_names();
  return event_document({std::move(body), cause, server_at}, 42, noon, state);
}

TEST(EventDocument, says_who_told_whom_what_about_which_task) {
  const Json json = document(model::CommandRun{{run, 0}, model::TaskIndex{0}, 2, model::InstanceIndex{0}}, 41);
  EXPECT_EQ(json["seq"], 42);
  EXPECT_EQ(json["at"], "1970-01-01T12:00:00Z");
  EXPECT_EQ(json["kind"], "command.run");
  EXPECT_EQ(json["from"], "cerebro");
  EXPECT_EQ(json["to"], "shop#abcdefgh");
  EXPECT_EQ(json["server"], "shop");
  EXPECT_EQ(json["instance"], "abcdefgh");
  EXPECT_EQ(json["run"], run.text());
  EXPECT_EQ(json["task"], "shop/extract");
  EXPECT_EQ(json["attempt"], 2);
  EXPECT_EQ(json["cause"], 41);
  EXPECT_EQ(json["server_at"], nullptr);
  EXPECT_EQ(json.size(), 14U);
}

TEST(EventDocument, names_the_server_a_command_is_for_when_no_instance_is_there) {
  EXPECT_EQ(document(model::CommandRun{{run, 0}, model::TaskIndex{0}, 1, model::no_instance})["to"], "shop");
}

TEST(EventDocument, shows_a_report_as_told_by_its_instance_with_its_time) {
  const Json json =
      document(model::TaskStarted{{run, 0}, model::TaskIndex{0}, false, 1, model::InstanceIndex{0}}, 0, noon);
  EXPECT_EQ(json["from"], "shop#abcdefgh");
  EXPECT_EQ(json["to"], "cerebro");
  EXPECT_EQ(json["server_at"], "1970-01-01T12:00:00Z");
}

TEST(EventDocument, tells_an_error_of_the_server_from_one_of_cerebro) {
  model::Failure failure{"task_failed", "no disk", "make room", R"({"exit_code":3})", model::Origin::server};
  const Json told = document(model::TaskFailed{{run, 0}, model::TaskIndex{0}, 1, failure, model::InstanceIndex{0}});
  EXPECT_EQ(told["kind"], "task.error");
  EXPECT_EQ(told["from"], "shop#abcdefgh");
  EXPECT_EQ(told["instance"], "abcdefgh");
  EXPECT_EQ(told["data"]["detail"]["exit_code"], 3);
  EXPECT_NE(told["message"].get<std::string>().find("no disk"), std::string::npos);
  failure.origin = model::Origin::cerebro;
  EXPECT_EQ(document(model::TaskFailed{{run, 0}, model::TaskIndex{0}, 1, failure})["from"], "cerebro");
}

TEST(EventDocument, names_root_cause_and_team_of_what_is_blocked) {
  const Json json =
      document(model::TaskBlocked{{run, 1}, model::TaskIndex{1}, {run, model::TaskIndex{0}, "task_failed"}});
  EXPECT_EQ(json["data"]["root_cause"]["task"], "shop/extract");
  EXPECT_EQ(json["data"]["root_cause"]["team"], "sales");
  EXPECT_NE(json["message"].get<std::string>().find("of team sales"), std::string::npos);
}

TEST(EventDocument, lists_the_task_runs_of_a_new_run) {
  model::RunCreated created;
  created.run = run;
  created.env = "production";
  created.params = R"({"day":"monday"})";
  created.trigger.by = "ada@host";
  auto plan = std::make_shared<model::RunPlan>();
  plan->tasks.resize(1);
  plan->tasks[0].task = model::TaskIndex{1};
  created.plan = plan;
  const Json json = document(created);
  EXPECT_EQ(json["from"], "outside");
  EXPECT_EQ(json["data"]["task_runs"][0]["task"], "shop/clean");
  EXPECT_EQ(json["data"]["params"]["day"], "monday");
  EXPECT_EQ(json["data"]["trigger"]["by"], "ada@host");
  EXPECT_NE(json["message"].get<std::string>().find("ada@host"), std::string::npos);
  created.trigger.kind = model::TriggerKind::schedule;
  EXPECT_EQ(document(created)["from"], "cerebro");
}

template <std::size_t... Kind>
std::vector<model::EventBody> all_kinds(std::index_sequence<Kind...>) {
  return {model::EventBody(std::in_place_index<Kind>)...};
}

TEST(EventDocument, has_a_word_and_a_sentence_for_every_kind_and_never_fails) {
  std::set<std::string_view> words;
  auto kinds = all_kinds(std::make_index_sequence<std::variant_size_v<model::EventBody>>());
  for (auto& body : kinds) {
    if (auto* created = std::get_if<model::RunCreated>(&body)) created->plan = std::make_shared<model::RunPlan>();
    words.insert(model::kind(body));
    const engine::State empty;  // indexes that the state does not have
    const Json json = event_document({body, 0, {}}, 1, noon, empty);
    EXPECT_FALSE(json["message"].get<std::string>().empty()) << model::kind(body);
    std::vector<log::Key> keys;
    add_keys({body, 0, {}}, empty, keys);
  }
  EXPECT_EQ(words.size(), kinds.size());
}

TEST(LogKeys, are_run_task_and_server_of_an_event) {
  const engine::State state = state_with_names();
  std::vector<log::Key> keys;
  add_keys({model::TaskCompleted{{run, 0}, model::TaskIndex{0}, 1, {}, ""}, 0, {}}, state, keys);
  EXPECT_EQ(keys, (std::vector<log::Key>{{log::KeyKind::run, run_key(run)},
                                         {log::KeyKind::task, "shop/extract"},
                                         {log::KeyKind::server, "shop"}}));
  EXPECT_EQ(run_key(run).size(), 16U);
  EXPECT_LT(run_key({1, 2}), run_key({1, 3}));
}

TEST(LogKeys, of_a_new_run_say_that_one_was_created_and_name_its_targets) {
  const engine::State state = state_with_names();
  auto plan = std::make_shared<model::RunPlan>();
  plan->tasks.resize(2);
  plan->tasks[0].role = model::Role::pulled;
  plan->tasks[1].task = model::TaskIndex{1};
  model::RunCreated created;
  created.run = run;
  created.plan = plan;
  std::vector<log::Key> keys;
  add_keys({created, 0, {}}, state, keys);
  EXPECT_EQ(keys, (std::vector<log::Key>{{log::KeyKind::run, run_key(run)},
                                         {log::KeyKind::created, created_key},
                                         {log::KeyKind::task, "shop/clean"},
                                         {log::KeyKind::server, "shop"}}));
}

}  // namespace
}  // namespace cordyna::cerebro
