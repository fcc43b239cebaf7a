// Bad input over HTTP against the real program: each is a problem+json that names the place and the remedy, changes
// nothing, and the next good request is served.

#include <gtest/gtest.h>

#include "base/limits.h"
#include "processes/harness.h"

namespace cordyna::processes {
namespace {

namespace limits = base::limits;

const Headers json_type{{"content-type", "application/json"}};
const Headers event_type{{"content-type", "application/cloudevents+json"}};

class BadRequest : public testing::Test {
 protected:
  BadRequest() : cerebro_(folder_.path("data")) {
    server_ = serve(cerebro_, folder_.file("alpha.yaml",
                                           "server: alpha\nteam: tests\ntasks:\n"
                                           "  one: {shell: 'true', params: {type: object, properties: {day: {type: "
                                           "string}}}}\n"
                                           "  two: {shell: 'true', upstream: [one]}\n"));
    EXPECT_TRUE(cerebro_.event("server.ready"));
    before_ = cerebro_.last_seq();
  }
  ~BadRequest() override {
    const std::vector<Json> events = cerebro_.events();
    EXPECT_EQ(events.back()["seq"], before_) << "something happened: " << events.back().dump();
    EXPECT_EQ(cerebro_.ended(cerebro_.start_run({{"select", {"alpha/one"}}}))["state"], "completed");
  }

  void expect_problem(const Answer& answer, int status, const std::string& words = "") {
    EXPECT_EQ(answer.status, status) << answer.text << answer.failure;
    ASSERT_TRUE(answer.body.is_object()) << answer.text;
    EXPECT_EQ(answer.body["status"], status);
    for (const char* field : {"type", "title", "detail", "code"})
      EXPECT_NE(answer.body.value(field, ""), "") << field << ": " << answer.text;
    EXPECT_NE(answer.text.find(words), std::string::npos) << words << ": " << answer.text;
    ASSERT_TRUE(answer.body["errors"].is_array()) << answer.text;
    for (const Json& error : answer.body["errors"])
      for (const char* field : {"rule", "message", "fix"}) EXPECT_NE(error.value(field, ""), "") << answer.text;
  }
  void refused(const std::string& path, const std::string& body, int status, const std::string& words = "",
               const Headers& headers = json_type) {
    SCOPED_TRACE(path + " " + body.substr(0, 200));
    const Answer answer = cerebro_.send("POST", path, body, headers);
    expect_problem(answer, status, words);
    EXPECT_EQ(answer.headers.contains("content-type") ? answer.headers.at("content-type") : "",
              "application/problem+json");
  }

  Folder folder_;
  Cerebro cerebro_;
  std::unique_ptr<Process> server_;
  std::uint64_t before_ = 0;
};

TEST_F(BadRequest, of_a_run_is_refused) {
  const std::string runs = "/api/v1/runs";
  refused(runs, "{\"select\":[", 400, "line 1");
  refused(runs, "", 422, "select");
  refused(runs, "[]", 422);
  refused(runs, "{\"select\":[\"\xff\xfe\"]}", 400, "UTF-8");
  refused(runs, R"({"select":["alpha/one"],"select":["alpha/two"]})", 400, "select");
  refused(runs, R"({"selct":["alpha/one"]})", 422, "select");
  refused(runs, R"({"select":[]})", 422);
  refused(runs, R"({"select":"alpha/one"})", 422, "select");
  refused(runs, R"({"select":["alpha/oen"]})", 422, "alpha/one");
  refused(runs, R"({"select":["alpha/../one"]})", 422);
  refused(runs, R"({"select":["+ +"]})", 422);
  refused(runs, R"({"select":["alpha/one"],"only":"yes"})", 422, "only");
  refused(runs, R"({"select":["alpha/one"],"params":[]})", 422, "params");
  refused(runs, R"({"select":["alpha/one"],"params":{"dya":"x"}})", 422, "day");
  refused(runs, R"({"select":["alpha/one"],"params":{"day":7}})", 422, "day");
  refused(runs, R"({"select":["alpha/one"],"env":"No Env"})", 422, "env");
  refused(runs, R"({"select":["alpha/one"]})", 415, "application/json", {{"content-type", "text/plain"}});
  refused(runs, R"({"select":["alpha/one"]})", 415, "application/json", {});
  refused(runs, Json{{"select", {"alpha/one"}}, {"reason", std::string(limits::text_bytes_max + 1, 'x')}}.dump(), 422,
          "reason");
  refused(runs,
          Json{{"select", {"alpha/one"}}, {"params", {{"day", std::string(limits::params_bytes_max, 'x')}}}}.dump(),
          422, "params");
  refused(runs, Json{{"select", {std::string(limits::http_body_bytes_max, 'x')}}}.dump(), 413);
  refused(runs, std::string(200, '[') + std::string(200, ']'), 400);
}

TEST_F(BadRequest, with_a_key_that_is_too_long_is_refused) {
  const Headers headers{{"content-type", "application/json"},
                        {"idempotency-key", std::string(limits::idempotency_key_bytes_max + 1, 'k')}};
  refused("/api/v1/runs", R"({"select":["alpha/one"]})", 422, "", headers);
}

TEST_F(BadRequest, of_what_is_not_there_is_refused) {
  for (const char* path :
       {"/api/v1/runs/nonsense", "/api/v1/runs/00000000-0000-7000-8000-000000000000", "/api/v1/tasks/alpha/three",
        "/api/v1/tasks/../one", "/api/v1/servers/beta", "/api/v1/nothing", "/api/v2/runs", "/nothing"})
    expect_problem(cerebro_.get(path), 404);
  refused("/api/v1/runs/00000000-0000-7000-8000-000000000000/cancel", "{}", 404);
  refused("/api/v1/runs/00000000-0000-7000-8000-000000000000/retry", "{}", 404);
  refused("/api/v1/runs/00000000-0000-7000-8000-000000000000/tasks/alpha/one/adopt", "{}", 404);
  refused("/api/v1/tasks/alpha/three/pause", "{}", 404);
  refused("/api/v1/servers/beta/forget", "{}", 404);
  refused("/api/v1/servers/beta/transfer", R"({"to":"others"})", 404);
  refused("/api/v1/servers/alpha/transfer", R"({"to":"No Team"})", 422, "to");
  refused("/api/v1/servers/alpha/forget", "{}", 409);
  expect_problem(cerebro_.send("DELETE", "/api/v1/runs", "", {}), 405, "GET");
  expect_problem(cerebro_.send("PUT", "/api/v1/events", "{}", json_type), 405);
}

TEST_F(BadRequest, in_the_query_is_refused) {
  expect_problem(cerebro_.get("/api/v1/runs?stat=running"), 422, "state");
  for (const char* query : {"state=walking", "limit=0", "limit=1001", "limit=x", "cursor=garbage"}) {
    const Answer answer = cerebro_.get(std::string("/api/v1/runs?") + query);
    EXPECT_TRUE(answer.status == 400 || answer.status == 422) << query << ": " << answer.status << answer.text;
  }
  for (const char* query : {"after=-1", "after=x", "since=yesterday", "limit=99999"}) {
    const Answer answer = cerebro_.get(std::string("/api/v1/events?") + query);
    EXPECT_TRUE(answer.status == 400 || answer.status == 422) << query << ": " << answer.status << answer.text;
  }
  expect_problem(cerebro_.get("/api/v1/runs?task=one"), 404, "dyna tasks");
  expect_problem(cerebro_.get("/api/v1/runs?task=%ff"), 400);
  expect_problem(cerebro_.get("/api/v1/runs/%zz"), 400);
  expect_problem(cerebro_.get("/api/v1/graph?select=alpha/oen"), 422, "alpha/one");
}

TEST_F(BadRequest, of_an_event_is_refused) {
  const std::string events = "/api/v1/events";
  const Json good{{"specversion", "1.0"}, {"id", "1"}, {"source", "/s"}, {"type", "t"}};
  for (const char* attribute : {"specversion", "id", "source", "type"}) {
    Json event = good;
    event.erase(attribute);
    refused(events, event.dump(), 422, attribute, event_type);
    event[attribute] = "";
    refused(events, event.dump(), 422, attribute, event_type);
  }
  Json event = good;
  event["specversion"] = "0.3";
  refused(events, event.dump(), 422, "1.0", event_type);
  event = good;
  event["time"] = "yesterday";
  refused(events, event.dump(), 422, "time", event_type);
  event = good;
  event["data"] = 1;
  event["data_base64"] = "AA==";
  refused(events, event.dump(), 422, "data_base64", event_type);
  event = good;
  event["data"] = std::string(limits::event_bytes_max, 'x');
  refused(events, event.dump(), 413, "", event_type);
  event = good;
  event["id"] = std::string(limits::event_attribute_bytes_max + 1, 'x');
  refused(events, event.dump(), 413, "id", event_type);
  refused(events, "{", 400, "", event_type);
  refused(events, good.dump(), 415, "cloudevents", {{"content-type", "text/plain"}});
  refused(events, "data", 422, "ce-id", {{"ce-specversion", "1.0"}, {"ce-type", "t"}, {"ce-source", "/s"}});
}

TEST_F(BadRequest, of_a_batch_with_one_bad_event_is_refused_as_a_whole) {
  const Headers batch{{"content-type", "application/cloudevents-batch+json"}};
  const Json good{{"specversion", "1.0"}, {"id", "1"}, {"source", "/s"}, {"type", "t"}};
  refused("/api/v1/events", Json{good, {{"specversion", "1.0"}, {"id", "2"}, {"type", "t"}}}.dump(), 422, "[1]", batch);
  refused("/api/v1/events", good.dump(), 400, "", batch);
  Json many = Json::array();
  for (std::size_t i = 0; i <= limits::event_batch_max; ++i) many.push_back(good);
  refused("/api/v1/events", many.dump(), 413, "", batch);
}

TEST_F(BadRequest, of_a_backfill_is_refused) {
  const std::string path = "/api/v1/backfills";
  const auto with = [](const char* key, const Json& value) {
    Json body{
        {"select", {"alpha/one"}}, {"from", "2026-01-01T00:00:00Z"}, {"to", "2026-01-03T00:00:00Z"}, {"every", "1d"}};
    body[key] = value;
    return body.dump();
  };
  refused(path, with("from", "noon"), 422, "from");
  refused(path, with("to", "2025-01-01T00:00:00Z"), 422);
  refused(path, with("every", "1x"), 422, "every");
  refused(path, with("every", "1ms"), 422, "every");
  refused(path, with("every", nullptr), 422);
  refused(path, with("max_parallel", 0), 422, "max_parallel");
  refused(path, with("select", Json::array({"alpha/none"})), 422);
  refused(path, with("to", "2046-01-01T00:00:00Z"), 422);
}

TEST_F(BadRequest, that_is_no_http_is_refused) {
  const std::uint16_t port = cerebro_.port();
  const std::string host = "Host: 127.0.0.1\r\n";
  for (const std::string& bytes :
       std::vector<std::string>{"GARBAGE\r\n\r\n", "GET / HTTP/9.9\r\n" + host + "\r\n", "GET  /healthz\r\n\r\n",
                                "GET / HTTP/1.1\r\nno colon\r\n\r\n"}) {
    const Answer answer = raw_request(port, bytes);
    EXPECT_TRUE(answer.status >= 400 || answer.text.empty()) << bytes << ": " << answer.text;
  }
  const Answer header = raw_request(port, "GET /healthz HTTP/1.1\r\n" + host +
                                              "X: " + std::string(limits::http_header_bytes_max + 1, 'x') + "\r\n\r\n");
  EXPECT_TRUE(header.status == 431 || header.status == 413 || header.status == 400) << header.text;
  const Answer body = raw_request(port, "POST /api/v1/runs HTTP/1.1\r\n" + host +
                                            "Content-Length: " + std::to_string(limits::http_body_bytes_max + 1) +
                                            "\r\nContent-Type: application/json\r\n\r\n");
  EXPECT_EQ(body.status, 413) << body.text;
}

TEST(Conflict, is_told_and_changes_nothing) {
  Folder folder;
  const Cerebro cerebro(folder.path("data"));
  const auto server =
      serve(cerebro, folder.file("a.yaml", "server: alpha\nteam: tests\ntasks: {one: {shell: 'true'}}\n"));
  const Headers key{{"idempotency-key", "k1"}};
  const Answer first = cerebro.post("/api/v1/runs", {{"select", {"alpha/one"}}}, key);
  ASSERT_EQ(first.status, 201);
  const std::string run = first.body["run_id"];
  EXPECT_EQ(cerebro.ended(run)["state"], "completed");
  const Json event{{"specversion", "1.0"}, {"id", "1"}, {"source", "/s"}, {"type", "t"}, {"data", 1}};
  EXPECT_EQ(cerebro.send("POST", "/api/v1/events", event.dump(), event_type).status, 202);
  const std::uint64_t seq = cerebro.last_seq();

  EXPECT_EQ(cerebro.post("/api/v1/runs", {{"select", {"alpha/one"}}}, key).body, first.body) << "the same again";
  EXPECT_EQ(cerebro.post("/api/v1/runs", {{"select", {"alpha/one"}}, {"only", true}}, key).body["code"], "key_reuse");
  EXPECT_EQ(cerebro.post("/api/v1/runs/" + run + "/cancel", Json::object()).body["code"], "run_final");
  EXPECT_EQ(cerebro.post("/api/v1/runs/" + run + "/retry", Json::object()).body["code"], "run_not_failed");
  EXPECT_EQ(cerebro.post("/api/v1/runs/" + run + "/tasks/alpha/one/adopt", Json::object()).body["code"],
            "nothing_late");
  Json other = event;
  other["data"] = 2;
  EXPECT_EQ(cerebro.send("POST", "/api/v1/events", other.dump(), event_type).body["code"], "id_reuse");
  EXPECT_EQ(cerebro.send("POST", "/api/v1/events", event.dump(), event_type).body["events"][0]["duplicate"], true);
  EXPECT_EQ(cerebro.last_seq(), seq);
}

}  // namespace
}  // namespace cordyna::processes
