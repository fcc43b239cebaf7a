// The verbs that read: requests exactly, text golden.

#include "dyna/fake_world.h"
#include "dyna/fields.h"

namespace cordyna::dyna {
namespace {

using testing::HasSubstr;

const std::string id = "0192f3a0-0000-7000-8000-000000000001";

const std::string three_runs = R"({"runs":[
  {"run_id":"0192f3a2","state":"running","env":null,"trigger":{"kind":"manual","by":"ann@desk"},"created_at":"2026-11-24T05:59:19Z","scheduled_at":null,"ended_at":null,"targets":["shop/a","shop/b","shop/c"]},
  {"run_id":"0192f3a1","state":"failed","env":"dev","trigger":{"kind":"schedule","task":"shop/a"},"created_at":"2026-11-24T05:00:00Z","ended_at":"2026-11-24T05:01:05Z","targets":["shop/a"]}],"next":"x"})";

TEST(Runs, are_a_table_with_local_times) {
  FakeWorld fake;
  fake.get("/api/v1/runs?state=failed&task=shop/a&limit=2", three_runs);
  EXPECT_EQ(fake.run({"runs", "--state", "failed", "--task", "shop/a", "--limit", "2"}), 0);
  EXPECT_EQ(fake.out.str(),
            "RUN       STATE    CREATED                  TOOK   TRIGGER             TARGETS\n"
            "0192f3a2  running  2026-11-24 06:59:19 CET  41s    manual by ann@desk  shop/a, shop/b and 1 more\n"
            "0192f3a1  failed   2026-11-24 06:00:00 CET  1m05s  schedule shop/a     shop/a (env dev)\n");
  EXPECT_EQ(fake.err.str(), "older ones are not shown: --limit N\n");
}

TEST(Runs, json_is_the_document_of_the_api) {
  FakeWorld fake;
  fake.get("/api/v1/runs?limit=5", R"({"runs":[],"next":null})");
  EXPECT_EQ(fake.run({"runs", "--limit", "5", "--json"}), 0);
  EXPECT_EQ(fake.out.str(), "{\"runs\":[],\"next\":null}\n");
}

TEST(Runs, as_many_as_asked_for_are_read_page_by_page) {
  FakeWorld fake;
  Json page = {{"runs", Json::array()}, {"next", "x"}};
  for (int i = 0; i < 1000; ++i) page["runs"].push_back({{"run_id", "R"}});
  fake.get("/api/v1/runs?limit=1000", page.dump());
  fake.get("/api/v1/runs?limit=500&cursor=x", R"({"runs":[{"run_id":"last"}],"next":null})");
  EXPECT_EQ(fake.run({"runs", "--limit", "1500", "--json"}), 0);
  const Json all = Json::parse(fake.out.str());
  EXPECT_EQ(all["runs"].size(), 1001U);
  EXPECT_EQ(all["next"], Json());
  EXPECT_EQ(fake.run({"runs", "--limit", "all"}), 2);
  EXPECT_EQ(fake.run({"runs", "--limit", "0"}), 2);
}

TEST(Runs, last_and_a_unique_beginning_name_a_run) {
  FakeWorld fake;
  fake.get("/api/v1/runs?limit=1", R"({"runs":[{"run_id":")" + id + R"("}],"next":"c"})");
  fake.get("/api/v1/runs/" + id, "{}");
  EXPECT_EQ(fake.run({"show", "last", "--json"}), 0);
  fake.get("/api/v1/runs?limit=1000", R"({"runs":[{"run_id":"0192aaaa"}],"next":"c"})");
  fake.get("/api/v1/runs?limit=1000&cursor=c", R"({"runs":[{"run_id":")" + id + R"("}],"next":null})");
  fake.get("/api/v1/runs/" + id, "{}");
  EXPECT_EQ(fake.run({"show", "0192f", "--json"}), 0);
}

TEST(Runs, an_ambiguous_missing_or_malformed_name_is_refused) {
  FakeWorld fake;
  fake.get("/api/v1/runs?limit=1000", R"({"runs":[{"run_id":"0192aaaa"},{"run_id":"0192bbbb"}],"next":null})");
  EXPECT_EQ(fake.run({"show", "0192"}), 2);
  fake.get("/api/v1/runs?limit=1000", R"({"runs":[],"next":null})");
  EXPECT_EQ(fake.run({"show", "0193"}), 4);
  fake.get("/api/v1/runs?limit=1", R"({"runs":[],"next":null})");
  EXPECT_EQ(fake.run({"show", "last"}), 4);
  EXPECT_EQ(fake.run({"show", "../x"}), 2);
  EXPECT_EQ(fake.err.str(),
            "dyna: 2 runs begin with 0192: write more of it\n  0192aaaa\n  0192bbbb\n"
            "dyna: no run begins with 0193\n  see: dyna runs\n"
            "dyna: there is no run yet\n  start one: dyna run SELECTOR\n"
            "dyna: \"../x\" is no run id: write an id, a unique beginning of one, or last\n  see: dyna runs\n");
}

const std::string one_run =
    R"({"run_id":"R","state":"failed","trigger":{"kind":"retry","of":"Q","by":"ann@desk"},"created_at":"2026-11-24T05:00:00Z",
  "ended_at":"2026-11-24T05:01:05Z","scheduled_at":"2026-11-24T01:00:00Z","env":"dev","params":{"day":"x"},"task_runs":[
  {"task":"b/report","state":"blocked","upstream":[{"task":"a/clean"},{"task":"a/rates"}],"root_cause":{"run":"R","task":"a/clean","team":"shop","code":"task_failed"}},
  {"task":"a/clean","state":"error","attempt":3,"started_at":"2026-11-24T05:00:41Z","ended_at":"2026-11-24T05:00:44.2Z","upstream":[{"task":"a/extract"}],
   "error":{"code":"task_failed","message":"two\nlines","hint":"look","detail":{"exit_code":1}}},
  {"task":"a/extract","state":"completed","attempt":1,"started_at":"2026-11-24T05:00:00Z","ended_at":"2026-11-24T05:00:41Z","shared_from":{"run":"P","task":"a/extract"}},
  {"task":"a/rates","state":"started","started_at":"2026-11-24T05:59:00Z","progress":{"fraction":0.42,"message":"half"}},
  {"task":"c/late","state":"pending","upstream":[{"task":"a/extract"}],"reason":{"code":"no_server","waits_for":[{"task":"c/late","team":"crm","state":"lost","expected_at":"2026-11-24T07:00:00Z"}]}}]})";

TEST(Show, is_a_tree_in_upstream_order_with_what_went_wrong) {
  FakeWorld fake;
  fake.get("/api/v1/runs/" + id, one_run);
  EXPECT_EQ(fake.run({"show", id}), 0);
  EXPECT_EQ(fake.out.str(),
            "run R  failed  retry of Q by ann@desk\n"
            "created 2026-11-24 06:00:00 CET, took 1m05s\n"
            "stands for 2026-11-24 02:00:00 CET\n"
            "env dev\n"
            "params {\"day\":\"x\"}\n"
            "TASK          STATE      TOOK   NOTE\n"
            "a/extract     completed  41s\n"
            "    shared from run P\n"
            "  a/clean     error      3.2s   attempt 3\n"
            "      task_failed: two lines\n"
            "      exit code 1\n"
            "      hint: look\n"
            "    b/report  blocked\n"
            "        because of a/clean of team shop: task_failed (run R)\n"
            "  c/late      pending\n"
            "      no_server\n"
            "      waits for c/late of team crm, lost, expected 2026-11-24 08:00:00 CET\n"
            "a/rates       started    1m00s  42 %, half\n"
            "1 started, 1 pending, 1 completed, 1 error, 1 blocked\n");
}

TEST(Show, draws_branches_and_glyphs_on_a_terminal) {
  FakeWorld fake;
  fake.on_terminal();
  fake.get(
      "/api/v1/runs/" + id,
      R"({"run_id":"R","state":"running","trigger":{"kind":"manual"},"created_at":"2026-11-24T05:59:00Z","task_runs":[
    {"task":"a","state":"completed"},{"task":"b","state":"error","upstream":[{"task":"a"}],"error":{"code":"x"}},
    {"task":"c","state":"blocked","upstream":[{"task":"b"}]},{"task":"d","state":"skipped","upstream":[{"task":"a"}]}]})");
  EXPECT_EQ(fake.run({"show", id}), 0);
  EXPECT_EQ(fake.out.str(),
            "run R  ◑ running  manual\n"
            "created 2026-11-24 06:59:00 CET, runs for 1m00s\n"
            "TASK     STATE        TOOK  NOTE\n"
            "a        ✔ completed\n"
            "├─ b     ✖ error\n"
            "│  │   x\n"
            "│  └─ c  ⊘ blocked\n"
            "└─ d     ↷ skipped\n"
            "1 completed, 1 error, 1 blocked, 1 skipped\n");
}

TEST(Show, survives_cycles_and_twins_in_an_answer) {
  FakeWorld fake;
  fake.get("/api/v1/runs/" + id,
           R"({"task_runs":[{"task":"a","upstream":[{"task":"b"},{"task":"b"}]},{"task":"b","upstream":[{"task":"a"}]},
    {"task":"a"},7,{"task":"s","upstream":[{"task":"s"}]}]})");
  EXPECT_EQ(fake.run({"show", id}), 0);
}

TEST(Why, is_one_sentence_then_the_chain) {
  FakeWorld fake;
  fake.get("/api/v1/tasks/b/report/why?run=" + id,
           R"({"task":"b/report","state":"pending","message":"waits for a/clean of team shop","chain":[
    {"task":"b/report","state":"pending","code":"upstream","team":"bi","message":"waits for a/clean of team shop"},
    {"task":"a/clean","state":"started","code":"upstream","team":"shop","message":"usually 55 s","expected_at":"2026-11-24T06:00:14Z"},
    {"task":"a/extract","state":"completed","code":"done","team":"shop","message":"","expected_at":null}]})");
  EXPECT_EQ(fake.run({"why", "b/report", "--run", id}), 0);
  EXPECT_EQ(fake.out.str(),
            "waits for a/clean of team shop\n"
            "\n"
            "TASK       STATE      TEAM  EXPECTED                 WHY\n"
            "a/clean    started    shop  2026-11-24 07:00:14 CET  usually 55 s\n"
            "a/extract  completed  shop                           done\n");
}

TEST(Why, an_unknown_bare_task_is_refused_with_the_nearest) {
  FakeWorld fake;
  fake.get("/api/v1/tasks?limit=1000", R"({"tasks":[{"task":"b/report"}]})");
  EXPECT_EQ(fake.run({"why", "reprot"}), 4);
  EXPECT_EQ(fake.err.str(), "dyna: no server has a task \"reprot\"; did you mean report?\n  see: dyna tasks\n");
}

TEST(Tasks, show_state_next_time_and_pauses) {
  FakeWorld fake;
  fake.get("/api/v1/tasks?limit=1000", R"({"tasks":[
    {"task":"a/x","team":"shop","paused":null,"when":[{"cron":"0 2 * * *","timezone":"Europe/Berlin","and":"upstream"},{"every":"60s"}],"last":{"state":"completed","ended_at":"2026-11-24T05:00:00Z"},"next_at":"2026-11-25T01:00:00Z"},
    {"task":"a/y","team":"shop","paused":{"by":"ann@desk","at":"2026-11-24T05:00:00Z","reason":"moves"},"when":[{"event":{"type":"t.*","subject":"s"}}],"last":null},
    {"task":"b/z","unresolved":true,"when":"manual"},{"task":"b/w","when":[{"upstream":"all"}]}],"next":null})");
  EXPECT_EQ(fake.run({"tasks"}), 0);
  EXPECT_EQ(
      fake.out.str(),
      "TASK  TEAM  STATE       ENDED                    NEXT                     WHEN\n"
      "a/x   shop  completed   2026-11-24 06:00:00 CET  2026-11-25 02:00:00 CET  cron 0 2 * * * Europe/Berlin and "
      "upstream, every 60s\n"
      "a/y   shop  paused                                                        event t.* of s\n"
      "b/z         unresolved                                                    manual\n"
      "b/w         -                                                             upstream all\n"
      "a/y is paused by ann@desk since 2026-11-24 06:00:00 CET: moves\n");
}

TEST(Servers, show_load_and_findings) {
  FakeWorld fake;
  fake.get(
      "/api/v1/servers?limit=1000",
      R"({"servers":[{"server":"shop","team":"sales","state":"ready","revision":3,"instances":[{"slots":4,"live":1},{"slots":4,"live":2,"connected":true},{"slots":4,"live":0,"connected":false}],
    "findings":[{"path":"tasks.a.upstream[0]","message":"crm/x is declared by nobody","fix":"start crm"}]},{"server":"crm","state":"lost","instances":[]}],"next":null})");
  EXPECT_EQ(fake.run({"servers"}), 0);
  EXPECT_EQ(fake.out.str(),
            "SERVER  TEAM   STATE  INSTANCES  LIVE  SLOTS  REVISION\n"
            "shop    sales  ready  2          3     8      3\n"
            "crm            lost   0          0     0\n"
            "shop: tasks.a.upstream[0]: crm/x is declared by nobody\n"
            "  fix: start crm\n");
}

TEST(Servers, json_joins_all_pages) {
  FakeWorld fake;
  fake.get("/api/v1/servers?limit=1000", R"({"servers":[{"server":"a"}],"next":"n"})");
  fake.get("/api/v1/servers?limit=1000&cursor=n", R"({"servers":[{"server":"b"}],"next":null})");
  EXPECT_EQ(fake.run({"servers", "--json"}), 0);
  EXPECT_EQ(fake.out.str(), "{\"servers\":[{\"server\":\"a\"},{\"server\":\"b\"}],\"next\":null}\n");
}

const std::string small_graph =
    R"({"revision":1,"nodes":[{"task":"a/x","team":"t\"q","state":"completed"},{"task":"b/y","team":"u","state":null}],
  "edges":[{"from":"a/x","to":"b/y","within":"6h","require":"finished"},{"from":"c/z","to":"b/y","within":null}]})";

TEST(Graph, is_a_table_dot_or_mermaid) {
  FakeWorld fake;
  for (int i = 0; i < 3; ++i) fake.get("/api/v1/graph?select=%2Bb/y%2Ctag:n", small_graph);
  EXPECT_EQ(fake.run({"graph", "+b/y", "tag:n"}), 0);
  EXPECT_EQ(fake.run({"graph", "+b/y", "tag:n", "--dot"}), 0);
  EXPECT_EQ(fake.run({"graph", "+b/y", "tag:n", "--mermaid"}), 0);
  EXPECT_EQ(fake.out.str(),
            "TASK  TEAM  STATE      NEEDS\n"
            "a/x   t\"q   completed\n"
            "b/y   u     -          a/x within 6h finished, c/z\n"
            "digraph cordyna {\n  rankdir=LR;\n  node [shape=box];\n"
            "  \"a/x\" [tooltip=\"t\\\"q\"];\n  \"b/y\" [tooltip=\"u\"];\n"
            "  \"a/x\" -> \"b/y\" [style=dashed, label=\"within 6h\"];\n  \"c/z\" -> \"b/y\";\n}\n"
            "flowchart LR\n  n0[\"a/x\"]\n  n1[\"b/y\"]\n  n0 -. within 6h .-> n1\n  n2[\"c/z\"]\n  n2 --> n1\n");
  EXPECT_EQ(fake.run({"graph", "--dot", "--json"}), 2);
}

const std::string event_12 =
    R"({"seq":12,"at":"2026-11-24T05:00:00.123Z","kind":"command.run","from":"cerebro","to":"shop#1f","server":"shop","run":"R","task":"shop/a","attempt":2,"message":"go"})";
const std::string line_12 =
    "    12  2026-11-24 06:00:00.123 CET  command.run       cerebro -> shop#1f  shop/a, attempt 2, run R  go\n";

TEST(Events, are_read_page_by_page) {
  FakeWorld fake;
  fake.get("/api/v1/events?run=" + id + "&task=shop/a&server=shop&after=0&limit=1000",
           R"({"events":[)" + event_12 + R"(],"next":12})");
  fake.get("/api/v1/events?run=" + id + "&task=shop/a&server=shop&after=12&limit=1000", R"({"events":[],"next":12})");
  EXPECT_EQ(fake.run({"events", "--run", id, "--task", "shop/a", "--server", "shop"}), 0);
  EXPECT_EQ(fake.out.str(), line_12);
}

TEST(Events, that_match_nothing_say_so) {
  FakeWorld fake;
  fake.get("/api/v1/events?server=shpo&after=0&limit=1000", R"({"events":[],"next":null})");
  EXPECT_EQ(fake.run({"events", "--server", "shpo"}), 0);
  EXPECT_EQ(fake.err.str(), "no event like that; see which names there are: dyna tasks, dyna servers, dyna runs\n");
}

TEST(Events, show_the_times_in_sentences_of_cerebro_as_local_ones_and_leave_those_of_teams) {
  FakeWorld fake;
  fake.get("/api/v1/events?after=0&limit=1000",
           R"({"events":[{"seq":1,"at":"2026-11-24T05:00:00Z","kind":"task.retry","from":"cerebro","task":"a/x",
               "message":"a/x is tried again at 2026-11-24T05:00:10.123456Z"},
               {"seq":2,"at":"2026-11-24T05:00:00Z","kind":"task.error","from":"a#i","to":"cerebro","task":"a/x",
               "message":"a/x failed: no rows of 2026-11-24T05:00:10Z"}],"next":null})");
  EXPECT_EQ(fake.run({"events"}), 0);
  EXPECT_THAT(fake.out.str(), HasSubstr("is tried again at 2026-11-24 06:00:10 CET\n"));
  EXPECT_THAT(fake.out.str(), HasSubstr("no rows of 2026-11-24T05:00:10Z\n"));
}

TEST(Events, since_is_an_instant_for_a_list_and_a_position_for_a_stream) {
  FakeWorld fake;  // it is 06:00:00Z
  fake.get("/api/v1/events?since=2026-11-24T05:50:00Z&limit=1000", R"({"events":[)" + event_12 + R"(],"next":12})");
  fake.get("/api/v1/events?after=12&limit=1000", R"({"events":[],"next":12})");
  EXPECT_EQ(fake.run({"events", "--since", "10m"}), 0);
  EXPECT_EQ(fake.out.str(), line_12);
  fake.get("/api/v1/events?since=2026-11-24T05:50:00Z&limit=1", R"({"events":[)" + event_12 + R"(],"next":12})");
  fake.expect({.request = "GET /api/v1/events?after=11", .status = 503, .answer = "{}"});
  fake.expect({.request = "GET /api/v1/events?after=11", .status = 404, .answer = "{}"});
  EXPECT_EQ(fake.run({"events", "--since", "10m", "-f"}), 4);
}

TEST(Events, follow_prints_json_lines_and_goes_on_behind_the_last_one) {
  FakeWorld fake;
  fake.expect({.request = "GET /api/v1/events", .frames = {{"12", "command.run", event_12}, {"", "", "no json"}}});
  fake.expect({.request = "GET /api/v1/events",
               .status = 404,
               .answer = R"({"detail":"gone"})",
               .headers = {{"last-event-id", "12"}}});
  EXPECT_EQ(fake.run({"events", "-f", "--json"}), 4);
  EXPECT_EQ(fake.out.str(), event_12 + '\n');
}

TEST(Events, follow_survives_a_stream_that_broke_before_its_first_event) {
  FakeWorld fake;
  fake.expect({.request = "GET /api/v1/events", .breaks = "broken"});
  fake.expect({.request = "GET /api/v1/events", .breaks = "not_reachable"});
  fake.expect({.request = "GET /api/v1/events", .frames = {{"12", "command.run", event_12}}});
  fake.expect({.request = "GET /api/v1/events", .status = 404, .answer = "{}", .headers = {{"last-event-id", "12"}}});
  EXPECT_EQ(fake.run({"events", "-f"}), 4);
  EXPECT_EQ(fake.out.str(), line_12);
}

TEST(Events, follow_gives_up_when_cerebro_is_away_for_long_and_at_once_when_it_never_was) {
  FakeWorld never;
  never.expect({.request = "GET /api/v1/events?after=7", .breaks = "not_reachable"});
  EXPECT_EQ(never.run({"events", "--follow", "--after", "7"}), 3);
  FakeWorld away;
  away.expect({.request = "GET /api/v1/events", .frames = {{"1", "x", "{}"}}, .breaks = "broken"});
  for (int i = 0; i < 64; ++i) away.expect({.request = "GET /api/v1/events", .breaks = "not_reachable"});
  EXPECT_EQ(away.run({"events", "-f"}), 3);
  EXPECT_GE(away.paused, std::chrono::minutes(5));
  EXPECT_THAT(away.err.str(), HasSubstr("away for five minutes"));
}

TEST(Events, bad_places_are_usage) {
  FakeWorld fake;
  EXPECT_EQ(fake.run({"events", "--since", "later"}), 2);
  EXPECT_EQ(fake.run({"events", "--after", "x"}), 2);
  EXPECT_EQ(fake.run({"events", "--after", "1", "--since", "1m"}), 2);
}

TEST(Watch, of_a_run_that_is_unknown_or_over_does_not_wait) {
  FakeWorld fake;
  fake.expect({.request = "GET /api/v1/runs/" + id, .status = 404, .answer = R"({"detail":"there is no such run"})"});
  EXPECT_EQ(fake.run({"watch", id}), 4);
  fake.get("/api/v1/runs/" + id, R"({"run_id":"R","state":"cancelled"})");
  EXPECT_EQ(fake.run({"watch", id}), 1);
  EXPECT_EQ(fake.out.str(), "run R cancelled\n  see: dyna show R, dyna logs R TASK; again: dyna retry R\n");
}

TEST(Watch, of_a_run_prints_json_lines) {
  FakeWorld fake;
  fake.get("/api/v1/runs/" + id, R"({"run_id":"R","state":"running"})");
  const std::string end = R"({"kind":"run.completed","run":")" + id + "\"}";
  fake.expect({.request = "GET /api/v1/events?run=" + id + "&after=0", .frames = {{"6", "run.completed", end}}});
  EXPECT_EQ(fake.run({"watch", id, "--json"}), 0);
  EXPECT_EQ(fake.out.str(), end + '\n');
}

TEST(Watch, of_a_run_prints_lines_without_a_terminal) {
  FakeWorld fake;
  fake.get("/api/v1/runs/" + id, R"({"run_id":")" + id + R"(","state":"running"})");
  fake.expect({.request = "GET /api/v1/events?run=" + id + "&after=0",
               .frames = {{"5", "task.completed",
                           R"({"kind":"task.completed","at":"2026-11-24T05:00:00Z","task":"a/x","run":")" + id + "\"}"},
                          {"6", "run.completed", R"({"kind":"run.completed","run":")" + id + "\"}"}}});
  fake.get("/api/v1/runs/" + id, R"({"run_id":")" + id + R"(","state":"completed"})");
  EXPECT_EQ(fake.run({"watch", id}), 0);
  EXPECT_EQ(fake.out.str(), "06:00:00 completed  a/x\nrun " + id + " completed\n");
}

TEST(Watch, of_a_run_is_drawn_again_in_its_place_on_a_terminal) {
  FakeWorld fake;
  fake.on_terminal();
  fake.get("/api/v1/runs/" + id, R"({"run_id":"R","state":"running","created_at":"2026-11-24T05:59:00Z"})");
  fake.expect({.request = "GET /api/v1/runs/" + id, .breaks = "not_reachable"});
  fake.get("/api/v1/runs/" + id,
           R"({"run_id":"R","state":"failed","created_at":"2026-11-24T05:59:00Z","ended_at":"2026-11-24T06:00:00Z"})");
  EXPECT_EQ(fake.run({"watch", id}), 1);
  EXPECT_EQ(fake.out.str(),
            "run R  ◑ running\ncreated 2026-11-24 06:59:00 CET, runs for 1m00s\n"
            "\x1b[2A\r\x1b[J"
            "run R  ◑ running\ncreated 2026-11-24 06:59:00 CET, runs for 1m00s\ncerebro is away for 500ms\n"
            "\x1b[3A\r\x1b[J"
            "run R  ✖ failed\ncreated 2026-11-24 06:59:00 CET, took 1m00s\n");
}

TEST(Logs, are_printed_as_they_are) {
  FakeWorld fake;
  fake.get("/api/v1/runs/" + id + "/tasks/a/x/logs?attempt=2", "one\n\x1b[31m");
  fake.get("/api/v1/runs/" + id + "/tasks/a/x/logs?attempt=2&after=9", "two");
  fake.get("/api/v1/runs/" + id + "/tasks/a/x/logs?attempt=2&after=12", "");
  EXPECT_EQ(fake.run({"logs", id, "a/x", "--attempt", "2"}), 0);
  EXPECT_EQ(fake.out.str(), "one\n\x1b[31mtwo");
  EXPECT_EQ(fake.run({"logs", id, "a/x", "--attempt", "two"}), 2);
}

TEST(Logs, json_is_one_document) {
  FakeWorld fake;
  fake.get("/api/v1/runs/" + id + "/tasks/a/x/logs", "a\n");
  fake.get("/api/v1/runs/" + id + "/tasks/a/x/logs?after=2", "");
  EXPECT_EQ(fake.run({"logs", id, "a/x", "--json"}), 0);
  EXPECT_EQ(fake.out.str(), R"({"run":")" + id + R"(","task":"a/x","text":"a\n"})" + "\n");
  EXPECT_EQ(fake.run({"logs", id, "a/x", "--json", "-f"}), 2);
}

TEST(Logs, follow_goes_on_over_attempts_until_the_task_is_final) {
  FakeWorld fake;
  const auto stands = [&](const std::string& state, int attempt) {
    fake.get("/api/v1/runs/" + id,
             R"({"task_runs":[{"task":"a/x","state":")" + state + R"(","attempt":)" + std::to_string(attempt) + "}]}");
  };
  const std::string logs = "/api/v1/runs/" + id + "/tasks/a/x/logs?attempt=";
  stands("pending", 0);
  stands("started", 1);
  fake.get(logs + "1", "abc");
  fake.get(logs + "1&after=3", "");
  stands("started", 1);
  fake.get(logs + "1&after=3", "d\n");
  fake.get(logs + "1&after=5", "");
  stands("completed", 2);
  fake.get(logs + "2", "again\n");
  fake.get(logs + "2&after=6", "");
  EXPECT_EQ(fake.run({"logs", id, "a/x", "-f"}), 0);
  EXPECT_EQ(fake.out.str(), "abcd\nagain\n");
  EXPECT_EQ(fake.err.str(), "dyna: attempt 1 ended, attempt 2 follows\n");
}

TEST(Logs, follow_goes_on_where_it_was_when_cerebro_comes_back) {
  FakeWorld fake;
  const std::string run = "/api/v1/runs/" + id, logs = run + "/tasks/a/x/logs?attempt=1";
  fake.get(run, R"({"task_runs":[{"task":"a/x","state":"started","attempt":1}]})");
  fake.get(logs, "abc");
  for (const char* breaks : {"broken", "broken", "broken", "broken", "broken", "not_reachable"})
    fake.expect({.request = "GET " + logs + "&after=3", .breaks = breaks});
  fake.expect({.request = "GET " + logs + "&after=3", .status = 503, .answer = R"({"detail":"starting"})"});
  fake.get(logs + "&after=3", "def\n");
  fake.get(logs + "&after=7", "");
  fake.get(run, R"({"task_runs":[{"task":"a/x","state":"completed","attempt":1}]})");
  fake.get(logs + "&after=7", "");
  EXPECT_EQ(fake.run({"logs", id, "a/x", "-f"}), 0);
  EXPECT_EQ(fake.out.str(), "abcdef\n");
  EXPECT_EQ(fake.err.str(),
            "dyna: lost the connection to cerebro at http://127.0.0.1:7070, trying again\ndyna: cerebro is back\n");
}

TEST(Logs, follow_gives_up_when_cerebro_is_away_for_five_minutes) {
  FakeWorld fake;
  fake.get("/api/v1/runs/" + id, R"({"task_runs":[{"task":"a/x","state":"started","attempt":1}]})");
  // Pauses of 0.2, 0.4 ... 3.2, then 5 s: 300 s are over before the 66th question.
  for (int i = 0; i < 65; ++i)
    fake.expect({.request = "GET /api/v1/runs/" + id + "/tasks/a/x/logs?attempt=1", .breaks = "not_reachable"});
  EXPECT_EQ(fake.run({"logs", id, "a/x", "-f"}), 3);
}

TEST(Doctor, says_ok_or_the_problem_with_its_remedy) {
  FakeWorld fake;
  fake.expect(
      {.request = "GET /healthz", .answer = "ok", .answer_headers = {{"date", "Tue, 24 Nov 2026 06:00:10 GMT"}}});
  fake.get("/readyz", "ok");
  fake.get("/openapi.json", R"({"info":{"version":"0.0.9"}})");
  fake.get("/api/v1/servers?limit=1000",
           R"({"servers":[{"server":"a","state":"ready"},{"server":"crm","team":"c","state":"lost"}]})");
  fake.get("/api/v1/tasks?limit=1000", R"({"tasks":[{"task":"a/x"},{"task":"crm/y","unresolved":true}]})");
  fake.get("/metrics", "# HELP x\ncordyna_up 1\ncordyna_disk_free_bytes 536870912\n");
  EXPECT_EQ(fake.run({"doctor"}), 1);
  EXPECT_EQ(
      fake.out.str(),
      "ok       cerebro   ready at http://127.0.0.1:7070\n"
      "problem  versions  dyna 0.1.0, cerebro 0.0.9; install the same version of both\n"
      "problem  clock     10s behind cerebro's; let both machines follow a time server\n"
      "problem  servers   lost: crm (team c); ask the team to start it, or dyna forget SERVER\n"
      "problem  tasks     needed but declared by nobody: crm/y; start the server that has it, or correct the name in "
      "the upstream entry\n"
      "problem  disk      0.5 GiB free for cerebro; make room: cerebro stops accepting work when its disk is full\n");
}

TEST(Doctor, is_0_when_all_is_well_and_3_when_cerebro_is_away) {
  FakeWorld fake;
  fake.expect(
      {.request = "GET /healthz", .answer = "ok", .answer_headers = {{"date", "Tue, 24 Nov 2026 06:00:01 GMT"}}});
  fake.get("/readyz", "ok");
  fake.get("/openapi.json", R"({"info":{"version":"0.1.0"}})");
  fake.get("/api/v1/servers?limit=1000", R"({"servers":[{"server":"a","state":"ready"}]})");
  fake.get("/api/v1/tasks?limit=1000", R"({"tasks":[]})");
  fake.get("/metrics", "");
  EXPECT_EQ(fake.run({"doctor"}), 0);
  EXPECT_EQ(fake.out.str(),
            "ok  cerebro   ready at http://127.0.0.1:7070\n"
            "ok  versions  dyna 0.1.0, cerebro 0.1.0\n"
            "ok  clock     equal to cerebro's\n"
            "ok  servers   1 server, none lost\n"
            "ok  tasks     0 tasks, none unresolved\n"
            "ok  disk      5.0 GiB free here\n");
  FakeWorld away;
  away.expect({.request = "GET /healthz", .breaks = "not_reachable"});
  EXPECT_EQ(away.run({"doctor", "--json"}), 3);
  EXPECT_THAT(away.out.str(), HasSubstr(R"("ok":false)"));
}

TEST(Version, names_both) {
  FakeWorld fake;
  fake.get("/openapi.json", R"({"info":{"version":"0.1.0"}})");
  fake.expect({.request = "GET /openapi.json", .breaks = "not_reachable"});
  EXPECT_EQ(fake.run({"version"}), 0);
  EXPECT_EQ(fake.run({"--version"}), 0);
  EXPECT_EQ(fake.out.str(),
            "dyna 0.1.0\ncerebro 0.1.0 at http://127.0.0.1:7070\n"
            "dyna 0.1.0\ncerebro is not reachable at http://127.0.0.1:7070\n");
}

}  // namespace
}  // namespace cordyna::dyna
