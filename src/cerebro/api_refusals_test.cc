// Everything that must be refused, with its status, its code, the place and the remedy; and that it changed nothing.
#include <gtest/gtest.h>

#include <set>

#include "cerebro/api_fixture.h"

namespace cordyna::cerebro {
namespace {

struct Refused {
  const char* what;
  const char* method;
  const char* target;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  int status;
  const char* code;
  const char* path;  // of the first finding, "" when there need be none
};

std::vector<Refused> refused() {
  return {
      {"not JSON", "POST", "/api/v1/runs", "{", {}, 400, "bad_json", ""},
      {"a key twice", "POST", "/api/v1/runs", R"({"only":true,"only":false})", {}, 400, "bad_json", ""},
      {"no UTF-8", "POST", "/api/v1/runs", "{\"select\":[\"\xff\"]}", {}, 400, "bad_utf8", ""},
      {"no object", "POST", "/api/v1/runs", "[1]", {}, 422, "invalid", ""},
      {"too large", "POST", "/api/v1/runs", std::string((2U << 20) + 1, ' '), {}, 413, "too_large", ""},
      {"another content type",
       "POST",
       "/api/v1/runs",
       "select=x",
       {{"content-type", "text/plain"}},
       415,
       "unsupported_content_type",
       ""},
      {"an unknown key", "POST", "/api/v1/runs", R"({"selct":["shop/extract"]})", {}, 422, "invalid", "selct"},
      {"nothing selected", "POST", "/api/v1/runs", "{}", {}, 422, "invalid", "select"},
      {"no match", "POST", "/api/v1/runs", R"({"select":["shop/extrct"]})", {}, 422, "invalid", "select[0]"},
      {"a hostile name", "POST", "/api/v1/runs", R"({"select":["../../etc/passwd"]})", {}, 422, "invalid", "select[0]"},
      {"a wrong type", "POST", "/api/v1/runs", R"({"select":"shop/extract"})", {}, 422, "invalid", "select"},
      {"an unknown param",
       "POST",
       "/api/v1/runs",
       R"({"select":["shop/extract"],"params":{"dya":"x"}})",
       {},
       422,
       "invalid",
       "params.dya"},
      {"a wrong param",
       "POST",
       "/api/v1/runs",
       R"({"select":["shop/extract"],"params":{"day":1}})",
       {},
       422,
       "invalid",
       "params.day"},
      {"params that are none",
       "POST",
       "/api/v1/runs",
       R"({"select":["shop/extract"],"params":[1]})",
       {},
       422,
       "invalid",
       "params"},
      {"a bad env", "POST", "/api/v1/runs", R"({"select":["shop/extract"],"env":"No Env"})", {}, 422, "invalid", "env"},
      {"a bad key",
       "POST",
       "/api/v1/runs",
       R"({"select":["shop/extract"]})",
       {{"idempotency-key", std::string(256, 'k')}},
       422,
       "invalid",
       "Idempotency-Key"},
      {"a broken query", "GET", "/api/v1/runs?state=%zz", "", {}, 400, "bad_query", ""},
      {"a query twice", "GET", "/api/v1/runs?limit=1&limit=2", "", {}, 400, "bad_query", ""},
      {"an unknown query key", "GET", "/api/v1/runs?stat=failed", "", {}, 422, "invalid", "stat"},
      {"an unknown state", "GET", "/api/v1/runs?state=fallen", "", {}, 422, "invalid", "state"},
      {"a limit of nothing", "GET", "/api/v1/runs?limit=0", "", {}, 400, "bad_query", ""},
      {"a limit of too much", "GET", "/api/v1/runs?limit=1001", "", {}, 400, "bad_query", ""},
      {"a foreign cursor", "GET", "/api/v1/runs?cursor=x", "", {}, 400, "bad_query", ""},
      {"no task to filter by", "GET", "/api/v1/runs?task=shop/nix", "", {}, 404, "unknown_task", ""},
      {"no run id", "GET", "/api/v1/runs/last", "", {}, 404, "unknown_run", ""},
      {"no such run", "GET", "/api/v1/runs/01999999-9999-7999-8999-999999999999", "", {}, 404, "unknown_run", ""},
      {"no run to cancel",
       "POST",
       "/api/v1/runs/01999999-9999-7999-8999-999999999999/cancel",
       "{}",
       {},
       404,
       "unknown_run",
       ""},
      {"no run to retry",
       "POST",
       "/api/v1/runs/01999999-9999-7999-8999-999999999999/retry",
       "{}",
       {},
       404,
       "unknown_run",
       ""},
      {"no run to adopt from",
       "POST",
       "/api/v1/runs/01999999-9999-7999-8999-999999999999/tasks/shop/extract/adopt",
       "{}",
       {},
       404,
       "unknown_run",
       ""},
      {"no run with a log",
       "GET",
       "/api/v1/runs/01999999-9999-7999-8999-999999999999/tasks/shop/extract/logs",
       "",
       {},
       404,
       "unknown_run",
       ""},
      {"no task", "GET", "/api/v1/tasks/shop/extrct", "", {}, 404, "unknown_task", ""},
      {"no task to pause", "POST", "/api/v1/tasks/shop/nix/pause", "{}", {}, 404, "unknown_task", ""},
      {"no task to resume", "POST", "/api/v1/tasks/shop/nix/resume", "{}", {}, 404, "unknown_task", ""},
      {"no task to explain", "GET", "/api/v1/tasks/shop/nix/why", "", {}, 404, "unknown_task", ""},
      {"a reason without end",
       "POST",
       "/api/v1/tasks/shop/extract/pause",
       R"({"reason":")" + std::string(4097, 'r') + R"("})",
       {},
       422,
       "invalid",
       "reason"},
      {"no server", "GET", "/api/v1/servers/shpo", "", {}, 404, "unknown_server", ""},
      {"no server to forget", "POST", "/api/v1/servers/nix/forget", "{}", {}, 404, "unknown_server", ""},
      {"a live server to forget", "POST", "/api/v1/servers/shop/forget", "{}", {}, 409, "server_live", ""},
      {"nobody to transfer to", "POST", "/api/v1/servers/shop/transfer", "{}", {}, 422, "invalid", "to"},
      {"a bad team", "POST", "/api/v1/servers/shop/transfer", R"({"to":"No Team"})", {}, 422, "invalid", "to"},
      {"a selector without match", "GET", "/api/v1/graph?select=tag:nix", "", {}, 422, "invalid", "select[0]"},
      {"a bad position", "GET", "/api/v1/events?after=-1", "", {}, 400, "bad_query", ""},
      {"a bad instant", "GET", "/api/v1/events?since=yesterday", "", {}, 400, "bad_query", ""},
      {"a bad resume",
       "GET",
       "/api/v1/events",
       "",
       {{"accept", "text/event-stream"}, {"last-event-id", "x"}},
       400,
       "bad_query",
       ""},
      {"an event without id",
       "POST",
       "/api/v1/events",
       R"({"specversion":"1.0","type":"order.new","source":"/t"})",
       {{"content-type", "application/cloudevents+json"}},
       422,
       "invalid",
       "id"},
      {"an event in a foreign type",
       "POST",
       "/api/v1/events",
       "x",
       {{"content-type", "text/plain"}},
       415,
       "unsupported_media_type",
       nullptr},
      {"no interval", "POST", "/api/v1/backfills", R"({"select":["shop/extract"]})", {}, 422, "invalid", "from"},
      {"an interval backwards",
       "POST",
       "/api/v1/backfills",
       R"({"select":["shop/extract"],"from":"2026-01-02","to":"2026-01-01"})",
       {},
       422,
       "invalid",
       "from"},
      {"a bad period",
       "POST",
       "/api/v1/backfills",
       R"({"select":["shop/extract"],"from":"2026-01-01","to":"2026-01-02","every":"often"})",
       {},
       422,
       "invalid",
       "every"},
      {"no declarations", "POST", "/api/v1/declarations:check", "{}", {}, 422, "invalid", "declarations"},
      {"declarations that are no JSON", "POST", "/api/v1/declarations:check", "{", {}, 400, "bad_json", ""},
      {"nothing there", "GET", "/api/v2/runs", "", {}, 404, "not_found", ""},
      {"a slash too many", "GET", "/api/v1/runs/", "", {}, 404, "not_found", ""},
      {"another method", "DELETE", "/api/v1/runs", "", {}, 405, "method_not_allowed", ""},
  };
}

TEST_F(ApiTest, refuses_bad_input_with_place_and_remedy_and_changes_nothing) {
  const base::Seq before = seq();
  for (const Refused& one : refused()) {
    SCOPED_TRACE(one.what);
    const Told told = ask(one.method, one.target, one.body, one.headers);
    EXPECT_EQ(told.status, one.status) << told.response.body;
    EXPECT_EQ(told.response.header("content-type"), "application/problem+json");
    ASSERT_TRUE(told.body.is_object()) << told.response.body;
    EXPECT_EQ(told.code(), one.code) << told.response.body;
    EXPECT_EQ(told.body["status"], one.status);
    EXPECT_FALSE(told.body["title"].get<std::string>().empty());
    EXPECT_FALSE(told.body["detail"].get<std::string>().empty());
    if (one.path != nullptr && *one.path != '\0') {
      ASSERT_TRUE(told.body.contains("errors")) << told.response.body;
      const Json& first = told.body["errors"][0];
      EXPECT_EQ(first["path"], one.path) << told.response.body;
      EXPECT_FALSE(first["message"].get<std::string>().empty());
      EXPECT_FALSE(first["fix"].get<std::string>().empty());
    }
    EXPECT_EQ(seq(), before) << "an event was written";
  }
}

TEST_F(ApiTest, tells_all_that_is_wrong_at_once_and_the_nearest_known_word) {
  const Told told = post("/runs", R"({"selct":["x"],"only":1,"forse":true})");
  EXPECT_EQ(told.status, 422);
  ASSERT_EQ(told.body["errors"].size(), 3U);
  std::map<std::string, std::string> fixes;
  for (const Json& one : told.body["errors"]) fixes[one["path"]] = one["fix"];
  EXPECT_EQ(fixes["selct"], "did you mean \"select\"?");
  EXPECT_EQ(fixes["forse"], "did you mean \"force\"?");
  EXPECT_EQ(fixes["only"], "write true or false");
  EXPECT_NE(post("/runs", R"({"select":["shop/extrct"]})").response.body.find("shop/extract"), std::string::npos);
  EXPECT_NE(get("/tasks/shop/extrct").body["detail"].get<std::string>().find("did you mean shop/extract?"),
            std::string::npos);
}

TEST_F(ApiTest, names_the_methods_of_a_path_when_the_method_is_wrong) {
  EXPECT_EQ(ask("DELETE", "/api/v1/runs").response.header("allow"), "POST, GET, HEAD");
  EXPECT_EQ(ask("GET", "/api/v1/runs/x/cancel").response.header("allow"), "POST");
}

TEST_F(ApiTest, says_what_the_place_for_sessions_is_for) {
  const Told told = get("/connect");
  EXPECT_EQ(told.status, 426);
  EXPECT_EQ(told.code(), "upgrade_required");
}

TEST_F(ApiTest, answers_head_like_get) {
  const Told told = ask("HEAD", "/api/v1/runs");
  EXPECT_EQ(told.status, 200);
  EXPECT_EQ(told.response.header("content-type"), "application/json");
}

TEST_F(ApiTest, refuses_everything_while_the_disk_is_full) {
  house.log->fill(1000);
  post("/tasks/shop/extract/pause");
  const Told told = get("/runs");
  EXPECT_EQ(told.status, 507);
  EXPECT_EQ(told.code(), "disk_full");
  EXPECT_FALSE(told.response.header("retry-after").empty());
  EXPECT_EQ(post("/runs", R"({"select":["shop/extract"]})").status, 507);
  EXPECT_EQ(get("/tasks/shop/extract/why").status, 507);
}

TEST_F(ApiTest, serves_what_the_description_says_and_nothing_else) {
  const std::set<std::string> promised{"GET /",
                                       "GET /healthz",
                                       "GET /readyz",
                                       "GET /metrics",
                                       "GET /openapi.json",
                                       "POST /api/v1/runs",
                                       "GET /api/v1/runs",
                                       "GET /api/v1/runs/{run_id}",
                                       "POST /api/v1/runs/{run_id}/cancel",
                                       "POST /api/v1/runs/{run_id}/retry",
                                       "POST /api/v1/runs/{run_id}/tasks/{server}/{task}/adopt",
                                       "GET /api/v1/runs/{run_id}/tasks/{server}/{task}/logs",
                                       "GET /api/v1/tasks",
                                       "GET /api/v1/tasks/{server}/{task}",
                                       "POST /api/v1/tasks/{server}/{task}/pause",
                                       "POST /api/v1/tasks/{server}/{task}/resume",
                                       "GET /api/v1/tasks/{server}/{task}/why",
                                       "GET /api/v1/servers",
                                       "GET /api/v1/servers/{server}",
                                       "POST /api/v1/servers/{server}/forget",
                                       "POST /api/v1/servers/{server}/transfer",
                                       "GET /api/v1/graph",
                                       "GET /api/v1/events",
                                       "POST /api/v1/events",
                                       "POST /api/v1/declarations:check",
                                       "POST /api/v1/backfills"};
  const Json description = ask("GET", "/openapi.json").body;
  std::set<std::string> described;
  for (const auto& [path, methods] : description["paths"].items())
    for (const auto& [method, operation] : methods.items()) {
      std::string upper = method;
      for (char& one : upper) one = static_cast<char>(one - 'a' + 'A');
      described.insert(upper + ' ' + path);
      std::string target = path;
      for (std::size_t at = target.find('{'); at != std::string::npos; at = target.find('{'))
        target.replace(at, target.find('}') - at + 1, "x");
      const Told told = ask(upper, target);
      EXPECT_NE(told.status, 405) << upper << ' ' << path;
      EXPECT_NE(told.code(), "not_found") << upper << ' ' << path;
      EXPECT_TRUE(operation.contains("operationId") && operation.contains("responses"));
    }
  EXPECT_EQ(described, promised);
}

TEST_F(ApiTest, refers_only_to_schemas_that_the_description_has) {
  const Json description = ask("GET", "/openapi.json").body;
  const std::string text = description.dump(), mark = "\"#/components/schemas/";
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
    const std::size_t begin = at + mark.size();
    const std::string name = text.substr(begin, text.find('"', begin) - begin);
    EXPECT_TRUE(description["components"]["schemas"].contains(name)) << name;
  }
  EXPECT_EQ(description["info"]["version"], "test");
}

TEST_F(ApiTest, answers_at_the_root) {
  EXPECT_EQ(ask("GET", "/healthz").response.body, "alive\n");
  EXPECT_EQ(ask("GET", "/readyz").response.body, "ready\n");
  EXPECT_EQ(ask("GET", "/metrics").status, 200);
  const Told home = ask("GET", "/");
  EXPECT_EQ(home.response.header("content-type"), "text/html; charset=utf-8");
  EXPECT_NE(home.response.body.find("/openapi.json"), std::string::npos);
}

}  // namespace
}  // namespace cordyna::cerebro
