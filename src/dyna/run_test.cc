// dyna run, retry, adopt, emit, backfill and the other verbs that change something.

#include "dyna/fake_world.h"

namespace cordyna::dyna {
namespace {

using testing::HasSubstr;

const std::string id = "0192f3a0-0000-7000-8000-000000000001";
const std::string key = "0123456789abcdef0123456789abcdef";

std::string run_body(const std::string& select, const std::string& params = "{}") {
  return R"({"select":[)" + select + R"(],"params":)" + params +
         R"(,"only":false,"followers":true,"force":false,"env":null,"reason":"","automated":false})";
}

TEST(Run, prints_only_the_run_id_and_sends_a_key_against_repetition) {
  FakeWorld fake;
  fake.expect(
      {.request = "POST /api/v1/runs",
       .body =
           R"({"select":["a/x","tag:nightly"],"params":{},"only":true,"followers":false,"force":true,"env":"dev","reason":"try","automated":false})",
       .status = 201,
       .answer = R"({"run_id":")" + id + "\"}",
       .headers = {{"idempotency-key", key}, {"content-type", "application/json"}}});
  EXPECT_EQ(
      fake.run({"do", "a/x", "tag:nightly", "--only", "--no-followers", "--force", "--env", "dev", "--reason", "try"}),
      0);
  EXPECT_EQ(fake.out.str(), id + '\n');
  EXPECT_EQ(fake.err.str(), "");
}

TEST(Run, is_sent_again_with_the_same_key_when_the_connection_broke) {
  FakeWorld fake;
  const Exchange broken{.request = "POST /api/v1/runs",
                        .body = run_body(R"("a/x")"),
                        .breaks = "broken",
                        .headers = {{"idempotency-key", key}}};
  fake.expect(broken);
  Exchange away = broken;
  away.breaks = "not_reachable";
  fake.expect(away);
  fake.expect({.request = "POST /api/v1/runs",
               .body = run_body(R"("a/x")"),
               .status = 201,
               .answer = R"({"run_id":")" + id + "\"}",
               .headers = {{"idempotency-key", key}}});
  EXPECT_EQ(fake.run({"run", "a/x"}), 0);
  EXPECT_EQ(fake.out.str(), id + '\n');
  EXPECT_EQ(fake.paused, std::chrono::milliseconds(600));
}

TEST(Run, options_may_stand_before_the_selectors) {
  FakeWorld fake;
  fake.get("/api/v1/tasks/a/x", "{}");
  fake.expect({.request = "POST /api/v1/runs",
               .body = run_body(R"("a/x","a/y")", R"({"n":1,"m":2})"),
               .status = 201,
               .answer = R"({"run_id":")" + id + "\"}"});
  fake.expected.insert(fake.expected.begin() + 1, {.request = "GET /api/v1/tasks/a/y", .answer = "{}"});
  EXPECT_EQ(fake.run({"run", "--param", "n=1", "a/x", "--param=m=2", "a/y"}), 0);
}

TEST(Run, a_bare_task_is_resolved_when_only_one_server_has_it) {
  FakeWorld fake;
  fake.get("/api/v1/tasks?limit=1000", R"({"tasks":[{"task":"a/x"}],"next":"c 2"})");
  fake.get("/api/v1/tasks?limit=1000&cursor=c%202", R"({"tasks":[{"task":"shop/report"}],"next":null})");
  fake.expect({.request = "POST /api/v1/runs",
               .body = run_body(R"("+shop/report+")"),
               .status = 201,
               .answer = R"({"run_id":")" + id + "\"}"});
  EXPECT_EQ(fake.run({"run", "+report+"}), 0);
}

TEST(Run, a_bare_task_of_several_servers_is_not_guessed) {
  FakeWorld fake;
  fake.get("/api/v1/tasks?limit=1000", R"({"tasks":[{"task":"a/x"},{"task":"b/x"}],"next":null})");
  EXPECT_EQ(fake.run({"run", "x"}), 2);
  EXPECT_EQ(fake.err.str(), "dyna: 2 servers have a task \"x\": write one of\n  a/x\n  b/x\n");
}

TEST(Run, params_are_text_where_the_schema_says_string_and_json_elsewhere) {
  FakeWorld fake;
  fake.get("/api/v1/tasks/a/x", R"({"task":"a/x","params":{"type":"object","properties":{
      "day":{"type":"string"},"n":{"type":"integer"},"mode":{"enum":["1","2"]},"maybe":{"type":["null","string"]}}}})");
  fake.expect({.request = "POST /api/v1/runs",
               .body = run_body(R"("a/x")", R"({"day":"17","n":17,"mode":"1","maybe":"x=y","free":"text","list":[1]})"),
               .status = 201,
               .answer = R"({"run_id":")" + id + "\"}"});
  EXPECT_EQ(fake.run({"run", "a/x", "--param", "day=17", "--param", "n=17", "--param", "mode=1", "--param", "maybe=x=y",
                      "--param", "free=text", "--param", "list=[1]"}),
            0);
}

TEST(Run, a_param_that_cannot_be_meant_is_usage) {
  FakeWorld json;
  json.get("/api/v1/tasks/a/x", R"({"params":{"properties":{"n":{"type":"integer"}}}})");
  EXPECT_EQ(json.run({"run", "a/x", "--param", "n=seven"}), 2);
  EXPECT_EQ(json.err.str(), "dyna: --param n=seven: the task wants {\"type\":\"integer\"}, and this is no JSON\n");
  FakeWorld shape;
  shape.get("/api/v1/tasks/a/x", "{}");
  EXPECT_EQ(shape.run({"run", "a/x", "--param", "n"}), 2);
  EXPECT_EQ(shape.err.str(), "dyna: --param n: write it as NAME=VALUE\n");
  FakeWorld twice;
  twice.get("/api/v1/tasks/a/x", "{}");
  EXPECT_EQ(twice.run({"run", "a/x", "--param", "n=1", "--param", "n=2"}), 2);
  EXPECT_EQ(twice.err.str(), "dyna: --param n is given more than once\n");
  FakeWorld bytes;
  EXPECT_EQ(bytes.run({"run", "a/x", "--reason", "\xff"}), 2);
  EXPECT_EQ(bytes.err.str(), "dyna: an argument is not valid UTF-8: write it in UTF-8\n");
}

StreamEvent frame(int seq, const std::string& kind, const std::string& rest) {
  return {std::to_string(seq), kind,
          R"({"seq":)" + std::to_string(seq) + R"(,"at":"2026-11-24T05:00:0)" + std::to_string(seq % 10) +
              R"(Z","kind":")" + kind + R"(","run":")" + id + "\"" + rest + '}'};
}

TEST(Run, wait_follows_over_a_lost_connection_and_ends_with_the_outcome) {
  FakeWorld fake;
  fake.expect({.request = "POST /api/v1/runs",
               .body = run_body(R"("a/x")"),
               .status = 201,
               .answer = R"({"run_id":")" + id + "\"}"});
  fake.get("/api/v1/runs/" + id,
           R"({"run_id":")" + id + R"(","state":"running","task_runs":[{"task":"a/x","state":"pending",
      "reason":{"code":"upstream","message":"waits for a/w"}},{"task":"b/y","state":"pending",
      "reason":{"code":"paused","message":"paused by anna; let it go on: dyna resume b/y"}}]})");
  fake.expect(
      {.request = "GET /api/v1/events?run=" + id + "&after=0",
       .frames = {frame(1, "run.created",
                        R"(,"data":{"task_runs":[{"task":"a/x","state":"pending"},{"task":"a/w","state":"skipped"}]})"),
                  frame(2, "command.run",
                        R"(,"task":"a/x","attempt":1,"message":"run a/x, attempt 1: no instance is connected yet")"),
                  frame(3, "task.started", R"(,"task":"a/x","attempt":1,"message":"a/x started")")},
       .breaks = "broken"});
  fake.expect(
      {.request = "GET /api/v1/events?run=" + id, .breaks = "not_reachable", .headers = {{"last-event-id", "3"}}});
  fake.expect(
      {.request = "GET /api/v1/events?run=" + id,
       .frames = {frame(8, "task.error", R"(,"task":"a/x","attempt":1,"message":"a/x failed (task_failed): no space")"),
                  frame(9, "run.failed", "")},
       .headers = {{"last-event-id", "3"}}});
  fake.get("/api/v1/runs/" + id, R"({"run_id":")" + id + R"(","state":"failed","created_at":"2026-11-24T05:00:01Z",
      "ended_at":"2026-11-24T05:00:09Z","task_runs":[{"task":"a/x","state":"error","error":{"code":"task_failed",
      "message":"no space","hint":"make room","detail":{"exit_code":3}},"root_cause":{"run":"R","task":"a/x","code":"task_failed"}},{"task":"b/y","state":"blocked"}]})");
  EXPECT_EQ(fake.run({"run", "a/x", "--wait"}), 1);
  EXPECT_EQ(fake.out.str(), id + '\n');
  EXPECT_EQ(fake.err.str(),
            "pending  b/y\n"
            "    paused by anna; let it go on: dyna resume b/y\n"
            "06:00:01 skipped    a/w\n"
            "06:00:02 invoked    a/x  no instance is connected yet\n"
            "06:00:03 started    a/x\n"
            "dyna: lost the connection to cerebro at http://127.0.0.1:7070, trying again\n"
            "dyna: cerebro is back\n"
            "06:00:08 error      a/x  5.0s  failed (task_failed): no space\n"
            "run " +
                id +
                " failed after 8.0s: 1 error, 1 blocked\n"
                "  a/x\n"
                "    task_failed: no space\n"
                "    exit code 3\n"
                "    hint: make room\n"
                "  see: dyna show " +
                id + ", dyna logs " + id + " TASK; again: dyna retry " + id + "\n");
}

TEST(Run, wait_reads_again_what_cerebro_dropped_because_we_were_slow) {
  FakeWorld fake;
  fake.expect({.request = "POST /api/v1/runs",
               .body = run_body(R"("a/x")"),
               .status = 201,
               .answer = R"({"run_id":")" + id + "\"}"});
  fake.get("/api/v1/runs/" + id, R"({"run_id":")" + id + R"(","state":"running"})");
  fake.expect({.request = "GET /api/v1/events?run=" + id + "&after=0",
               .frames = {frame(2, "command.run", R"(,"task":"a/x")"), {"9", "resync", R"({"seq":9})"}}});
  fake.expect({.request = "GET /api/v1/events?run=" + id,
               .frames = {frame(3, "task.followed", R"(,"task":"a/x","data":{"state":"completed"})"),
                          frame(4, "run.completed", "")},
               .headers = {{"last-event-id", "2"}}});
  fake.get("/api/v1/runs/" + id, R"({"run_id":")" + id + R"(","state":"completed"})");
  EXPECT_EQ(fake.run({"run", "a/x", "--wait"}), 0);
  EXPECT_EQ(fake.err.str(), "06:00:02 invoked    a/x\n06:00:03 completed  a/x\nrun " + id + " completed\n");
}

TEST(Run, wait_is_0_when_the_run_completed) {
  FakeWorld fake;
  fake.on_terminal();
  fake.expect({.request = "POST /api/v1/runs",
               .body = run_body(R"("a/x")"),
               .status = 201,
               .answer = R"({"run_id":")" + id + "\"}"});
  fake.get("/api/v1/runs/" + id, R"({"run_id":")" + id + R"(","state":"running"})");
  fake.expect({.request = "GET /api/v1/events?run=" + id + "&after=0",
               .frames = {frame(2, "task.skipped", R"(,"task":"a/x","message":"its work was there")"),
                          frame(3, "run.completed", "")}});
  fake.get("/api/v1/runs/" + id,
           R"({"run_id":")" + id + R"(","state":"completed","task_runs":[{"task":"a/x","state":"skipped"}]})");
  EXPECT_EQ(fake.run({"run", "a/x", "--wait"}), 0);
  EXPECT_EQ(fake.err.str(), "06:00:02 ↷ skipped    a/x  its work was there\nrun " + id + " ✔ completed: 1 skipped\n");
}

TEST(Control, each_verb_is_one_post_with_its_reason) {
  FakeWorld fake;
  fake.expect({.request = "POST /api/v1/runs/" + id + "/cancel",
               .body = R"({"reason":"wrong day"})",
               .answer = R"({"run_id":"r","state":"running"})"});
  fake.expect({.request = "POST /api/v1/runs/" + id + "/cancel",
               .body = R"({"reason":""})",
               .answer = R"({"run_id":"r","state":"cancelled"})"});
  fake.expect({.request = "POST /api/v1/tasks/a/x/pause", .body = R"({"reason":"broken"})", .answer = "{}"});
  fake.expect({.request = "POST /api/v1/tasks/a/x/resume", .body = R"({"reason":""})", .answer = "{}"});
  fake.expect({.request = "POST /api/v1/servers/shop/forget", .body = R"({"reason":""})", .answer = "{}"});
  fake.expect({.request = "POST /api/v1/servers/shop/transfer", .body = R"({"to":"crm","reason":""})", .answer = "{}"});
  fake.expect({.request = "POST /api/v1/runs/" + id + "/retry",
               .body = R"({"accept_fresh":true,"reason":""})",
               .status = 201,
               .answer = R"({"run_id":"new"})"});
  fake.expect({.request = "POST /api/v1/runs/" + id + "/tasks/a/x/adopt",
               .body = R"({"reason":""})",
               .status = 201,
               .answer = R"({"run_id":"newer"})"});
  EXPECT_EQ(fake.run({"cancel", id, "--reason", "wrong day"}), 0);
  EXPECT_EQ(fake.run({"cancel", id}), 0);
  EXPECT_EQ(fake.run({"pause", "a/x", "--reason", "broken"}), 0);
  EXPECT_EQ(fake.run({"resume", "a/x"}), 0);
  EXPECT_EQ(fake.run({"forget", "shop"}), 0);
  EXPECT_EQ(fake.run({"transfer", "shop", "--to", "crm"}), 0);
  EXPECT_EQ(fake.run({"retry", id, "--accept-fresh"}), 0);
  EXPECT_EQ(fake.run({"adopt", id, "a/x"}), 0);
  EXPECT_EQ(fake.out.str(),
            "run " + id + " is being cancelled\nrun " + id +
                " is cancelled\na/x is paused\na/x goes on\nshop is forgotten\nshop belongs to team crm\n"
                "new\nnewer\n");
  EXPECT_EQ(fake.run({"transfer", "shop"}), 2);
}

TEST(Control, a_conflict_is_4_and_says_where_to_look) {
  FakeWorld fake;
  fake.expect({.request = "POST /api/v1/runs/" + id + "/retry",
               .body = R"({"accept_fresh":false,"reason":""})",
               .status = 409,
               .answer = R"({"detail":"the run completed","code":"run_not_failed"})"});
  EXPECT_EQ(fake.run({"retry", id}), 4);
  EXPECT_EQ(fake.err.str(),
            "dyna: cerebro refused: the run completed (409 run_not_failed)\n  see how the run stands: dyna show RUN\n");
}

TEST(Emit, posts_a_structured_cloud_event) {
  FakeWorld fake;
  fake.expect({.request = "POST /api/v1/events",
               .body = R"({"specversion":"1.0","type":"shop.paid","source":"/dyna/ann@desk","id":")" + key +
                       R"(","subject":"o/1","datacontenttype":"application/json","data":{"total":12}})",
               .status = 202,
               .answer = R"({"events":[{"source":"s","id":"i","duplicate":false,"matched":1,"runs":["r1","r2"]}]})",
               .headers = {{"content-type", "application/cloudevents+json"}}});
  EXPECT_EQ(fake.run({"emit", "shop.paid", "--subject", "o/1", "--data", R"({"total": 12})"}), 0);
  EXPECT_EQ(fake.out.str(), "i  started run r1  started run r2\n");
  FakeWorld again;
  again.expect({.request = "POST /api/v1/events",
                .body = R"({"specversion":"1.0","type":"t","source":"/x","id":"i"})",
                .status = 202,
                .answer = R"({"events":[{"id":"i","duplicate":true,"matched":0,"runs":[]}]})"});
  EXPECT_EQ(again.run({"emit", "t", "--source", "/x", "--id", "i"}), 0);
  EXPECT_EQ(again.out.str(), "i  duplicate, was received before\n");
  FakeWorld bad;
  EXPECT_EQ(bad.run({"emit", "t", "--data", "{nope"}), 2);
  EXPECT_THAT(bad.err.str(), HasSubstr("this is no JSON"));
}

TEST(Backfill, sends_instants_in_utc_and_prints_the_runs) {
  FakeWorld fake;
  fake.expect(
      {.request = "POST /api/v1/backfills",
       .body =
           R"({"select":["a/x"],"from":"2026-11-01T00:00:00Z","to":"2026-11-01T23:00:00Z","every":"1h","max_parallel":3,"reason":"gap"})",
       .status = 201,
       .answer = R"({"runs":["r1",{"run_id":"r2"}]})"});
  EXPECT_EQ(fake.run({"backfill", "a/x", "--from", "2026-11-01", "--to", "2026-11-02T00:00:00+01:00", "--every", "1h",
                      "--max-parallel", "3", "--reason", "gap"}),
            0);
  EXPECT_EQ(fake.out.str(), "r1\nr2\n");
}

TEST(Backfill, bad_instants_and_numbers_are_usage) {
  FakeWorld fake;
  EXPECT_EQ(fake.run({"backfill", "a/x", "--from", "2026-11-01"}), 2);
  EXPECT_EQ(fake.run({"backfill", "a/x", "--from", "yesterday", "--to", "2026-11-01"}), 2);
  EXPECT_EQ(fake.run({"backfill", "a/x", "--from", "2026-11-01", "--to", "2026-11-02", "--every", "day"}), 2);
  for (const char* number : {"0", "-1", "two", "3x", ""})
    EXPECT_EQ(fake.run({"backfill", "a/x", "--from", "2026-11-01", "--to", "2026-11-02", "--max-parallel", number}), 2);
}

}  // namespace
}  // namespace cordyna::dyna
