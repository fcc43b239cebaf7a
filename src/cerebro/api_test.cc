// What the HTTP API promises when all is well: runs from start to history, tasks, servers, the graph, events, logs.
#include <gtest/gtest.h>

#include "cerebro/api_fixture.h"

namespace cordyna::cerebro {
namespace {

using model::UpdateState;
using std::chrono::seconds;

TEST_F(ApiTest, starts_a_run_and_shows_it_live_then_from_the_log_in_the_same_shape) {
  const std::string at = base::format_time(house.clock.wall());
  const std::string id = run(R"({"select":["shop/extract"],"params":{"day":"monday"},"reason":"please"})");
  report(shop, "shop/extract", UpdateState::started);
  const Told live = get("/runs/" + id);
  EXPECT_EQ(live.status, 200);
  EXPECT_EQ(live.body["state"], "running");
  EXPECT_EQ(live.body["params"], (Json{{"day", "monday"}}));
  EXPECT_EQ(live.body["trigger"]["kind"], "manual");
  EXPECT_EQ(live.body["trigger"]["by"], "anonymous");
  EXPECT_EQ(live.body["trigger"]["reason"], "please");
  EXPECT_EQ(live.body["env"], nullptr);
  EXPECT_EQ(live.body["ended_at"], nullptr);
  EXPECT_EQ(live.body["targets"], (Json{"shop/extract"}));
  ASSERT_EQ(live.body["task_runs"].size(), 2U);
  const Json& extract = live.body["task_runs"][0];
  EXPECT_EQ(extract["state"], "started");
  EXPECT_EQ(extract["instance"], "instance1");
  EXPECT_EQ(extract["attempt"], 1);
  const Json& clean = live.body["task_runs"][1];
  EXPECT_EQ(clean["state"], "pending");
  EXPECT_EQ(clean["reason"]["code"], "upstream");
  EXPECT_EQ(clean["reason"]["waits_for"][0]["task"], "shop/extract");
  EXPECT_EQ(clean["upstream"],
            (Json{{{"task", "shop/extract"}, {"state", "started"}, {"how", "in_run"}, {"by", nullptr}}}));

  report(shop, "shop/extract", UpdateState::completed, R"({"rows":42})");
  fail("shop/clean");
  const Told ended = get("/runs/" + id);
  ASSERT_EQ(ended.status, 200) << ended.response.body;
  EXPECT_EQ(ended.body["state"], "failed");
  EXPECT_EQ(ended.body["task_runs"][0]["result"], (Json{{"rows", 42}}));
  EXPECT_EQ(ended.body["task_runs"][0]["state"], "completed");
  const Json& failed = ended.body["task_runs"][1];
  EXPECT_EQ(failed["error"], (Json{{"code", "task_failed"},
                                   {"message", "no rows"},
                                   {"origin", "server"},
                                   {"hint", "look"},
                                   {"detail", {{"exit_code", 2}}}}));
  EXPECT_EQ(failed["upstream"][0]["by"]["run"], id);
  EXPECT_EQ(failed["upstream"][0]["by"]["attempt"], 1);
  EXPECT_EQ(failed["reason"], nullptr);
  for (const auto& [key, value] : live.body.items()) EXPECT_TRUE(ended.body.contains(key)) << key;
  for (const auto& [key, value] : clean.items()) EXPECT_TRUE(failed.contains(key)) << key;
  EXPECT_GE(ended.body["ended_at"].get<std::string>(), at);
}

TEST_F(ApiTest, gives_every_field_of_a_task_run_its_name) {
  const std::string id = run();
  complete("shop/extract");
  const Json document = get("/runs/" + id).body;
  const Json& one = document["task_runs"][0];
  const Json golden = Json::parse(R"({"task":"shop/extract","state":"completed","attempt":1,"reason":null,"error":null,
    "root_cause":null,"progress":null,"instance":"instance1","result":null,"shared_from":null,"cancel_requested":false,
    "upstream":[],"queued_at":null})");
  Json shown = one;
  for (const char* time : {"invoked_at", "started_at", "ended_at"}) {
    EXPECT_TRUE(shown[time].is_string()) << time;
    shown.erase(time);
  }
  EXPECT_EQ(shown, golden);
}

TEST_F(ApiTest, names_the_root_cause_of_a_blocked_task_run_and_its_team) {
  const std::string id = run(R"({"select":["+shop/clean"],"followers":false})");
  fail("shop/extract");
  const Json blocked = get("/runs/" + id).body["task_runs"][1];
  EXPECT_EQ(blocked["state"], "blocked");
  EXPECT_EQ(blocked["root_cause"],
            (Json{{"run", id}, {"task", "shop/extract"}, {"team", "sales"}, {"code", "task_failed"}}));
  const Json why = get("/tasks/shop/clean/why?run=" + id).body;
  EXPECT_EQ(why["state"], "blocked");
  ASSERT_EQ(why["chain"].size(), 2U);
  EXPECT_EQ(why["chain"][1]["task"], "shop/extract");
  EXPECT_EQ(why["chain"][1]["team"], "sales");
  EXPECT_EQ(why["chain"][1]["message"], "task_failed: no rows");
  const Json no_run = get("/tasks/shop/clean/why").body;
  EXPECT_EQ(no_run["state"], "blocked");
  EXPECT_EQ(no_run["chain"].back()["message"], "task_failed: no rows");
}

TEST_F(ApiTest, says_how_long_what_is_waited_for_has_run_though_nothing_happened_since) {
  const std::string id = run(R"({"select":["+shop/clean"],"followers":false})");
  report(shop, "shop/extract", model::UpdateState::started);
  house.settle();
  house.advance(std::chrono::seconds(9));
  const std::string message = get("/tasks/shop/clean/why?run=" + id).body["message"];
  EXPECT_NE(message.find("started 9 s ago"), std::string::npos) << message;
}

TEST_F(ApiTest, shows_a_large_result_that_is_kept_as_a_blob_live_and_later) {
  const std::string id = run(R"({"select":["+shop/clean"],"followers":false})");
  const std::string large = Json(std::string(5000, 'x')).dump();
  complete("shop/extract", large);
  EXPECT_EQ(get("/runs/" + id).body["task_runs"][0]["result"].dump(), large);
  complete("shop/clean");
  EXPECT_EQ(get("/runs/" + id).body["task_runs"][0]["result"].dump(), large);
}

TEST_F(ApiTest, answers_the_same_request_with_the_same_run) {
  const Headers key{{"idempotency-key", "k1"}};
  const std::string body = R"({"select":["shop/extract"],"followers":false})";
  const Told first = post("/runs", body, key);
  const base::Seq after = seq();
  EXPECT_EQ(post("/runs", R"({"followers":false, "select":["shop/extract"]})", key).body, first.body);
  const Told other = post("/runs", R"({"select":["shop/clean"]})", key);
  EXPECT_EQ(other.status, 409);
  EXPECT_EQ(other.code(), "key_reuse");
  EXPECT_EQ(seq(), after);
}

TEST_F(ApiTest, records_who_asked_as_claimed_without_control_characters) {
  const std::string id =
      post("/runs", R"({"select":["shop/extract"]})", {{"cordyna-actor", "an\x1bna@host"}}).body["run_id"];
  EXPECT_EQ(get("/runs/" + id).body["trigger"]["by"], "an?na@host");
  EXPECT_TRUE(get("/runs/" + id).body["person"]);
  const std::string machine = run(R"({"select":["shop/extract"],"automated":true})");
  EXPECT_FALSE(get("/runs/" + machine).body["person"]);
}

TEST_F(ApiTest, lists_runs_newest_first_page_by_page) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    ids.insert(ids.begin(), run());
    complete("shop/extract");
    house.advance(seconds(1));
  }
  std::vector<std::string> seen;
  std::string cursor;
  do {
    const Told page = get("/runs?limit=2&cursor=" + cursor);
    ASSERT_EQ(page.status, 200) << page.response.body;
    for (const Json& one : page.body["runs"]) seen.push_back(one["run_id"]);
    cursor = page.body["next"].is_null() ? "" : page.body["next"].get<std::string>();
  } while (!cursor.empty());
  EXPECT_EQ(seen, ids);
}

TEST_F(ApiTest, lists_runs_by_state_and_by_task_also_when_they_have_ended) {
  const std::string good = run();
  complete("shop/extract");
  const std::string bad = run(R"({"select":["+shop/clean"],"followers":false})");
  fail("shop/extract");
  const std::string live = run(R"({"select":["shop/on_order"]})");
  const auto ids = [this](const std::string& query) {
    std::vector<std::string> all;
    const Json page = get("/runs?" + query).body;
    for (const Json& one : page["runs"]) all.push_back(one["run_id"]);
    return all;
  };
  using Ids = std::vector<std::string>;
  EXPECT_EQ(ids("state=failed"), (Ids{bad}));
  EXPECT_EQ(ids("state=completed"), (Ids{good}));
  EXPECT_EQ(ids("state=running"), (Ids{live}));
  EXPECT_EQ(ids("task=shop/extract"), (Ids{bad, good}));
  EXPECT_EQ(ids("task=shop%2Fextract&state=failed"), (Ids{bad}));
  EXPECT_EQ(ids("task=shop/on_order"), (Ids{live}));
  EXPECT_EQ(ids("task=shop/extract&limit=1"), (Ids{bad}));
  EXPECT_EQ(ids("task=shop/extract&limit=1&cursor=" + bad), (Ids{good}));
}

TEST_F(ApiTest, cancels_a_run_once_and_says_the_same_again) {
  const std::string id = run();
  report(shop, "shop/extract", UpdateState::started);
  const Told first = post("/runs/" + id + "/cancel", R"({"reason":"wrong day"})");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.body, (Json{{"run_id", id}, {"state", "running"}}));
  EXPECT_TRUE(get("/runs/" + id).body["cancel_requested"]);
  report(shop, "shop/extract", UpdateState::cancelled);
  EXPECT_EQ(post("/runs/" + id + "/cancel").body, (Json{{"run_id", id}, {"state", "cancelled"}}));
  const std::string done = run();
  complete("shop/extract");
  const Told late = post("/runs/" + done + "/cancel");
  EXPECT_EQ(late.status, 409);
  EXPECT_EQ(late.code(), "run_final");
}

TEST_F(ApiTest, retries_a_failed_run_once_at_a_time) {
  const std::string id = run();
  EXPECT_EQ(post("/runs/" + id + "/retry").code(), "run_not_failed");
  fail("shop/extract");
  const Told again = post("/runs/" + id + "/retry", R"({"reason":"fixed"})");
  EXPECT_EQ(again.status, 201);
  EXPECT_NE(again.body["run_id"], id);
  const Told twice = post("/runs/" + id + "/retry");
  EXPECT_EQ(twice.status, 409);
  EXPECT_EQ(twice.code(), "retry_live");
  complete("shop/extract");
  const Json trigger = get("/runs/" + again.body["run_id"].get<std::string>()).body["trigger"];
  EXPECT_EQ(trigger["kind"], "retry");
  EXPECT_EQ(trigger["of"], id);
}

TEST_F(ApiTest, adopts_nothing_that_was_not_late) {
  const std::string id = run();
  fail("shop/extract");
  const Told told = post("/runs/" + id + "/tasks/shop/extract/adopt");
  EXPECT_EQ(told.status, 409);
  EXPECT_EQ(told.code(), "nothing_late");
}

TEST_F(ApiTest, shows_tasks_by_name_with_what_they_wait_for) {
  join("lab", "insights", lab_json);
  const Json all = get("/tasks").body;
  std::vector<std::string> names;
  for (const Json& one : all["tasks"]) names.push_back(one["task"]);
  EXPECT_EQ(names, (std::vector<std::string>{"lab/report", "shop/clean", "shop/extract", "shop/on_order"}));
  EXPECT_EQ(all["next"], nullptr);
  const Json page = get("/tasks?limit=2").body;
  EXPECT_EQ(page["next"], "shop/clean");
  EXPECT_EQ(get("/tasks?limit=2&cursor=shop/clean").body["tasks"][0]["task"], "shop/extract");
  const Json golden = Json::parse(R"({"task":"lab/report","server":"lab","team":"insights","description":"",
    "revision":1,"unresolved":true,"paused":null,"upstream":[
      {"task":"shop/clean","within":null,"require":"completed"},
      {"task":"crm/customers","within":"1d","require":"completed"}],
    "when":[{"upstream":"all"}],"last":null,"next_at":null})");
  EXPECT_EQ(all["tasks"][0], golden);
  const Json extract = get("/tasks/shop/extract").body;
  EXPECT_EQ(extract["params"]["properties"]["day"]["type"], "string");
  EXPECT_EQ(extract["tags"], (Json{"raw"}));
  EXPECT_EQ(extract["when"], (Json{{{"every", "1h"}}}));
  EXPECT_EQ(extract["downstream_count"], 1);
  EXPECT_EQ(extract["timeouts"]["ack"], "10s");
  EXPECT_TRUE(extract["next_at"].is_string());
}

TEST_F(ApiTest, pauses_and_resumes_a_task) {
  const Told paused =
      post("/tasks/shop/extract/pause", R"({"reason":"the lake is full"})", {{"cordyna-actor", "anna"}});
  EXPECT_EQ(paused.status, 200);
  EXPECT_EQ(paused.body["paused"]["by"], "anna");
  EXPECT_EQ(paused.body["paused"]["reason"], "the lake is full");
  EXPECT_EQ(get("/tasks/shop/extract/why").body["chain"][0]["code"], "paused");
  EXPECT_EQ(post("/tasks/shop/extract/resume").body["paused"], nullptr);
}

TEST_F(ApiTest, names_the_command_as_the_cause_of_what_a_task_server_reports) {
  run();
  report(shop, "shop/extract", model::UpdateState::started);
  house.settle();
  fail("shop/extract");
  const Json events = get("/events?after=0").body["events"];
  Json command;
  std::size_t followed = 0;
  for (const Json& event : events) {
    if (event["kind"] == "command.run") command = event["seq"];
    if (event["kind"] != "task.started" && event["kind"] != "task.error") continue;
    EXPECT_EQ(event["cause"], command) << event["kind"];
    ++followed;
  }
  EXPECT_EQ(followed, 2U);
}

TEST_F(ApiTest, forgets_a_server_whose_only_declaration_was_refused) {
  const auto refused =
      join("loop", "sales", R"({"server":"loop","team":"sales","tasks":{"a":{"run":["./a"],"upstream":["a"]}}})");
  EXPECT_EQ(get("/servers/loop").body["findings"][0]["rule"], "self_upstream");
  house.transport.close(refused, 1000, "");
  house.settle();
  EXPECT_EQ(post("/servers/loop/transfer", R"({"to":"crm"})").body["code"], "unknown_server");
  EXPECT_EQ(post("/servers/loop/forget").status, 200);
  EXPECT_EQ(get("/servers/loop").status, 404);
  EXPECT_EQ(get("/servers").body["servers"].size(), 1U) << "shop alone";
}

TEST_F(ApiTest, does_not_speak_of_a_server_that_is_only_named_by_an_upstream) {
  join("lab", "insights", lab_json);
  EXPECT_EQ(get("/servers/crm").status, 404);
}

TEST_F(ApiTest, shows_no_finding_of_a_server_for_what_is_over_or_was_not_its_doing) {
  join("lab", "insights", lab_json);
  const Json findings = get("/servers/lab").body["findings"];
  ASSERT_EQ(findings.size(), 1U) << findings;
  EXPECT_EQ(findings[0]["rule"], "unresolved");
  join("crm", "sales",
       R"({"server":"crm","team":"sales","tasks":{"customers":{"run":["./c"],"upstream":["hr/people","erp/bills"]}}})");
  EXPECT_EQ(get("/servers/lab").body["findings"], Json::array()) << "its upstream is declared now";
  EXPECT_EQ(get("/servers/crm").body["findings"].size(), 2U);
  join("hr", "people", R"({"server":"hr","team":"people","tasks":{"people":{"run":["./p"]}}})");
  const Json left = get("/servers/crm").body["findings"];
  ASSERT_EQ(left.size(), 1U) << "one of its two upstreams is declared now: " << left;
  EXPECT_EQ(left[0]["path"], "tasks.customers.upstream[1]");
  join("lab", "strangers", R"({"server":"lab","team":"strangers","tasks":{}})");
  EXPECT_EQ(get("/servers/lab").body["findings"], Json::array()) << "somebody else was refused";
  EXPECT_EQ(get("/servers/lab").body["team"], "insights");
}

TEST_F(ApiTest, shows_servers_and_gives_one_to_another_team) {
  const Json all = get("/servers").body;
  ASSERT_EQ(all["servers"].size(), 1U);
  const Json& one = all["servers"][0];
  EXPECT_EQ(one["server"], "shop");
  EXPECT_EQ(one["state"], "ready");
  EXPECT_EQ(one["revision"], 1);
  ASSERT_EQ(one["instances"].size(), 1U);
  EXPECT_EQ(one["instances"][0]["instance"], "instance1");
  EXPECT_EQ(one["instances"][0]["slots"], 4);
  EXPECT_EQ(one["instances"][0]["live"], 0);
  EXPECT_EQ(one["instances"][0]["revision"], 1);
  EXPECT_EQ(post("/servers/shop/transfer", R"({"to":"insights"})").body["team"], "insights");
  house.say(shop, {model::Goodbye{}});
  house.settle();
  house.transport.close(shop, 1000, "");
  house.settle();
  EXPECT_EQ(get("/servers/shop").body["state"], "gone");
  EXPECT_EQ(post("/servers/shop/forget").status, 200);
  EXPECT_EQ(get("/tasks").body["tasks"], Json::array());
  EXPECT_EQ(get("/servers/shop").status, 404);
  EXPECT_EQ(post("/servers/shop/forget").body["code"], "unknown_server");
}

TEST_F(ApiTest, shows_the_graph_or_a_part_of_it) {
  join("lab", "insights", lab_json);
  const Json graph = get("/graph").body;
  EXPECT_EQ(graph["nodes"].size(), 5U);
  EXPECT_EQ(graph["edges"].size(), 3U);
  const Json part = get("/graph?select=%2Bshop/clean").body;
  EXPECT_EQ(part["nodes"].size(), 2U);
  EXPECT_EQ(part["edges"],
            (Json{{{"from", "shop/extract"}, {"to", "shop/clean"}, {"within", nullptr}, {"require", "completed"}}}));
  for (const Json& node : graph["nodes"]) {
    const bool known = node["task"] != "crm/customers";
    EXPECT_EQ(node["state"], known ? Json() : Json("undeclared")) << node["task"];
  }
}

TEST_F(ApiTest, lists_every_event_in_order_without_gaps) {
  run();
  complete("shop/extract");
  std::vector<base::Seq> seen;
  base::Seq after = 0;
  while (true) {
    const Json page = get("/events?limit=3&after=" + std::to_string(after)).body;
    if (page["events"].empty()) break;
    for (const Json& one : page["events"]) seen.push_back(one["seq"]);
    after = page["next"];
  }
  ASSERT_EQ(seen.size(), seq());
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], i + 1);
}

TEST_F(ApiTest, lists_the_events_of_a_run_a_task_or_a_server) {
  const std::string id = run();
  complete("shop/extract");
  const auto kinds = [this](const std::string& query) {
    std::vector<std::string> all;
    const Json page = get("/events?" + query).body;
    for (const Json& one : page["events"]) all.push_back(one["kind"]);
    return all;
  };
  using Kinds = std::vector<std::string>;
  EXPECT_EQ(kinds("run=" + id),
            (Kinds{"run.created", "command.run", "task.started", "task.completed", "run.completed"}));
  EXPECT_EQ(kinds("run=" + id + "&limit=2"), (Kinds{"run.created", "command.run"}));
  for (const std::string& kind : kinds("task=shop/extract")) EXPECT_NE(kind, "cerebro.started");
  EXPECT_TRUE(kinds("task=shop/clean&run=" + id).empty());
  EXPECT_FALSE(kinds("server=shop").empty());
  EXPECT_TRUE(kinds("server=lab").empty());
  EXPECT_TRUE(kinds("since=2100-01-01").empty());
  EXPECT_EQ(kinds("since=1970-01-01&limit=1"), (Kinds{"cerebro.started"}));
}

TEST_F(ApiTest, streams_events_from_where_the_client_left_off) {
  const base::Seq before = seq();
  const auto id = house.request("GET", "/api/v1/events?after=1", "",
                                {{"accept", "text/event-stream"}, {"last-event-id", std::to_string(before)}});
  house.settle();
  ASSERT_TRUE(house.transport.at(id).stream);
  run();
  house.advance(seconds(1));
  const std::string& written = house.transport.at(id).written;
  EXPECT_NE(written.find("id: " + std::to_string(before + 1) + "\nevent: run.created\n"), std::string::npos) << written;
  EXPECT_EQ(written.find("id: " + std::to_string(before) + "\n"), std::string::npos);
}

TEST_F(ApiTest, takes_cloud_events_and_says_what_each_one_did) {
  const Headers structured{{"content-type", "application/cloudevents+json"}};
  const std::string event = R"({"specversion":"1.0","type":"order.new","source":"/t","id":"1","data":{"a":1}})";
  const Told first = post("/events", event, structured);
  EXPECT_EQ(first.status, 202);
  ASSERT_EQ(first.body["events"].size(), 1U);
  EXPECT_EQ(first.body["events"][0]["duplicate"], false);
  EXPECT_EQ(first.body["events"][0]["matched"], 1);
  ASSERT_EQ(first.body["events"][0]["runs"].size(), 1U);
  const Told again = post("/events", event, structured);
  EXPECT_EQ(again.body["events"][0]["duplicate"], true);
  EXPECT_EQ(again.body["events"][0]["runs"], first.body["events"][0]["runs"]);
  const Told reused =
      post("/events", R"({"specversion":"1.0","type":"order.new","source":"/t","id":"1","data":2})", structured);
  EXPECT_EQ(reused.status, 409);
  EXPECT_EQ(reused.code(), "id_reuse");
  const Told batch = post("/events", "[]", {{"content-type", "application/cloudevents-batch+json"}});
  EXPECT_EQ(batch.status, 202);
  EXPECT_EQ(batch.body["events"], Json::array());
  const Json trigger = get("/runs/" + first.body["events"][0]["runs"][0].get<std::string>()).body["trigger"];
  EXPECT_EQ(trigger["event"], (Json{{"source", "/t"}, {"id", "1"}, {"type", "order.new"}}));
}

TEST_F(ApiTest, judges_declarations_against_the_live_graph_without_taking_them) {
  const base::Seq before = seq();
  const auto verdict = [this](const std::string& declaration) {
    return post("/declarations:check", R"({"declarations":[)" + declaration + "]}").body;
  };
  EXPECT_EQ(verdict(R"({"server":"new","team":"t","tasks":{"a":{"run":["x"]}}})"),
            (Json{{"verdict", "accepted"}, {"findings", Json::array()}}));
  EXPECT_EQ(verdict(lab_json)["verdict"], "warnings");
  const Json taken = verdict(R"({"server":"shop","team":"thieves","tasks":{"a":{"run":["x"]}}})");
  EXPECT_EQ(taken["verdict"], "refused");
  const Json cycle = verdict(R"({"server":"new","team":"t","tasks":{"a":{"run":["x"],"upstream":["b"]},)"
                             R"("b":{"run":["x"],"upstream":["a"]}}})");
  EXPECT_EQ(cycle["verdict"], "refused");
  EXPECT_EQ(cycle["findings"][0]["path"].get<std::string>().rfind("declarations[0].", 0), 0U);
  EXPECT_EQ(seq(), before);
}

TEST_F(ApiTest, starts_one_run_for_each_instant_of_a_past_interval) {
  const Told told =
      post("/backfills", R"({"select":["shop/extract"],"from":"2026-01-01","to":"2026-01-03","every":"1d"})");
  EXPECT_EQ(told.status, 201);
  ASSERT_EQ(told.body["runs"].size(), 2U);
  const Json first = get("/runs/" + told.body["runs"][0].get<std::string>()).body;
  EXPECT_EQ(first["scheduled_at"], "2026-01-01T00:00:00Z");
  const Json second = get("/runs/" + told.body["runs"][1].get<std::string>()).body;
  EXPECT_EQ(second["task_runs"][0]["reason"]["code"], "limit");
}

TEST_F(ApiTest, gives_back_what_an_attempt_printed_from_a_byte_on) {
  const std::string id = run();
  report(shop, "shop/extract", UpdateState::started);
  house.say(shop, {model::Log{command(shop, "shop/extract").token, 0, "hello\nworld\n"}});
  house.settle();
  const std::string logs = "/runs/" + id + "/tasks/shop/extract/logs";
  const Told all = get(logs);
  EXPECT_EQ(all.response.header("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(all.response.body, "hello\nworld\n");
  EXPECT_EQ(get(logs + "?after=6").response.body, "world\n");
  EXPECT_EQ(get(logs + "?after=12").response.body, "");
  EXPECT_EQ(get(logs + "?attempt=2").code(), "unknown_attempt");
  EXPECT_EQ(get("/runs/" + id + "/tasks/shop/clean/logs").code(), "unknown_task");
  report(shop, "shop/extract", UpdateState::completed);
  EXPECT_EQ(get(logs + "?attempt=1").response.body, "hello\nworld\n");
}

}  // namespace
}  // namespace cordyna::cerebro
