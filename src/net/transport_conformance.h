#pragma once
// The contract of base::Transport as tests. net/ runs them with real sockets, the simulator is to run the same with its
// false network:
//   INSTANTIATE_TEST_SUITE_P(Real, TransportConformance, testing::Values(&make_real_world));

#include <string>

#include "net/transport_world.h"

namespace cordyna::net {

TEST_P(TransportConformance, a_dial_is_an_upgrade_request_and_opens_both_sides) {
  open("cordyna.v1.json");
  EXPECT_EQ(world->at_server.summary(), "request opened");
  EXPECT_EQ(world->at_client.summary(), "opened");
  const base::HttpRequest& request = world->at_server.at("request").request;
  EXPECT_TRUE(request.upgrade);
  EXPECT_EQ(request.method + " " + request.target, "GET /api/v1/connect");
  EXPECT_EQ(request.header("sec-websocket-protocol"), "cordyna.v1.json");
  EXPECT_EQ(world->at_client.at("opened").connection, dialled);
  expect_nothing_else();
}

TEST_P(TransportConformance, text_and_binary_messages_arrive_whole_in_both_directions) {
  open();
  const std::string large(1'500'000, 'x');
  world->client().send(dialled,
                       "gr\xc3\xbc\xc3\x9f"
                       "e",
                       false);
  world->client().send(dialled, std::string("\0\xff\n", 3), true);
  world->server().send(accepted, large, true);
  world->server().send(accepted, "", false);
  ASSERT_TRUE(
      world->until([&] { return world->at_server.count("message") == 2 && world->at_client.count("message") == 2; }));
  EXPECT_EQ(world->at_server.at("message", 0).text,
            "gr\xc3\xbc\xc3\x9f"
            "e");
  EXPECT_FALSE(world->at_server.at("message", 0).binary);
  EXPECT_EQ(world->at_server.at("message", 1).text, std::string("\0\xff\n", 3));
  EXPECT_TRUE(world->at_server.at("message", 1).binary);
  EXPECT_EQ(world->at_client.at("message", 0).text, large);
  EXPECT_EQ(world->at_client.at("message", 1).text, "");
  expect_nothing_else();
}

TEST_P(TransportConformance, many_messages_keep_their_order) {
  open();
  for (int i = 0; i < 5000; ++i) world->client().send(dialled, std::to_string(i), true);
  ASSERT_TRUE(world->until([&] { return world->at_server.count("message") == 5000; }));
  int next = 0;
  for (const Told& told : world->at_server.told) {
    if (told.what == "message") {
      ASSERT_EQ(told.text, std::to_string(next++));
    }
  }
  EXPECT_EQ(world->client().buffered(dialled), 0U);
}

TEST_P(TransportConformance, what_was_queued_before_a_close_still_arrives) {
  open();
  for (int i = 0; i < 100; ++i) world->server().send(accepted, std::to_string(i), false);
  world->server().close(accepted, 1001, "restarting");
  world->server().send(accepted, "too late", false);
  ASSERT_TRUE(until_closed());
  EXPECT_EQ(world->at_client.count("message"), 100U);
  EXPECT_EQ(world->at_client.at("message", 99).text, "99");
  EXPECT_EQ(world->at_client.at("closed").text, "closed by the peer with code 1001: restarting");
  EXPECT_EQ(world->at_server.at("closed").text, "restarting");
  expect_nothing_else();
}

TEST_P(TransportConformance, a_close_by_the_client_tells_both_once) {
  open();
  world->client().close(dialled, 1000, "goodbye");
  world->client().close(dialled, 1000, "goodbye again");
  ASSERT_TRUE(until_closed());
  expect_nothing_else();
  EXPECT_EQ(world->at_server.summary(), "request opened closed");
  EXPECT_EQ(world->at_client.summary(), "opened closed");
  EXPECT_EQ(world->at_server.at("closed").text, "closed by the peer with code 1000: goodbye");
  EXPECT_EQ(world->at_client.at("closed").text, "goodbye");
}

TEST_P(TransportConformance, a_killed_client_is_told_once) {
  open();
  world->break_client(dialled);
  ASSERT_TRUE(world->until([&] { return world->at_server.count("closed") > 0; }));
  expect_nothing_else();
  EXPECT_EQ(world->at_server.summary(), "request opened closed");
  EXPECT_TRUE(world->at_server.at("closed").text.starts_with("lost: ")) << world->at_server.at("closed").text;
}

TEST_P(TransportConformance, nothing_but_the_end_is_told_after_a_close) {
  open();
  world->at_server.message = [&](base::ConnectionId id, const std::string&, bool) {
    world->server().close(id, 1008, "enough");
  };
  for (int i = 0; i < 10; ++i) world->client().send(dialled, "x", false);
  ASSERT_TRUE(until_closed());
  expect_nothing_else();
  EXPECT_EQ(world->at_server.summary(), "request opened message closed");
  EXPECT_EQ(world->at_client.summary(), "opened closed");
}

TEST_P(TransportConformance, a_dial_to_nobody_ends_with_host_port_and_cause) {
  dialled = world->client().dial(world->url_of_nobody() + "/api/v1/connect", "cordyna.v1.proto");
  ASSERT_TRUE(world->until([&] { return world->at_client.count("closed") > 0; }));
  expect_nothing_else();
  EXPECT_EQ(world->at_client.summary(), "closed");
  const std::string& reason = world->at_client.at("closed").text;
  EXPECT_NE(reason.find(world->url_of_nobody().substr(5)), std::string::npos) << reason;
  EXPECT_NE(reason.find("refused"), std::string::npos) << reason;
}

TEST_P(TransportConformance, a_refused_dial_tells_status_and_detail) {
  world->at_server.request = [&](base::ConnectionId id, const base::HttpRequest&) {
    world->server().respond(
        id, {.status = 403,
             .headers = {{"content-type", "application/problem+json"}},
             .body = R"({"status":403,"errors":[{"detail":"no"}],"detail":"This \"Origin\" is foreign."})"});
  };
  world->client().dial(world->url() + "/api/v1/connect", "cordyna.v1.proto");
  ASSERT_TRUE(world->until([&] { return world->at_client.count("closed") > 0; }));
  EXPECT_EQ(world->at_client.summary(), "closed");
  const std::string& reason = world->at_client.at("closed").text;
  EXPECT_NE(reason.find("403: This \"Origin\" is foreign."), std::string::npos) << reason;
  EXPECT_NE(reason.find(world->url().substr(5)), std::string::npos) << reason;
}

TEST_P(TransportConformance, a_dial_can_be_given_up) {
  dialled = world->client().dial(world->url() + "/", "x");
  world->client().close(dialled, 1000, "given up");
  ASSERT_TRUE(world->until([&] { return world->at_client.count("closed") > 0; }));
  expect_nothing_else();
  EXPECT_EQ(world->at_client.at("closed").text, "given up");
  EXPECT_EQ(world->at_client.summary(), "closed");
}

TEST_P(TransportConformance, calls_for_unknown_connections_are_ignored) {
  const base::ConnectionId nobody{123456};
  world->server().respond(nobody, {});
  world->server().start_stream(nobody, {});
  world->server().write(nobody, "x");
  world->server().accept_websocket(nobody, "x");
  world->server().send(nobody, "x", true);
  world->server().close(nobody, 1000, "");
  EXPECT_EQ(world->server().buffered(nobody), 0U);
  expect_nothing_else();
}

TEST_P(TransportConformance, a_request_is_answered_with_status_headers_and_body) {
  world->at_server.request = [&](base::ConnectionId id, const base::HttpRequest& request) {
    world->server().respond(
        id, {.status = 422, .headers = {{"content-type", "text/plain"}}, .body = "you said " + request.body});
  };
  const base::HttpResponse response =
      world->exchange({.method = "POST", .target = "/api/v1/runs?x=1", .headers = {{"x-one", "1"}}, .body = "hello"});
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(response.body, "you said hello");
  EXPECT_EQ(response.header("content-type"), "text/plain");
  EXPECT_EQ(world->at_server.at("request").text, "POST /api/v1/runs?x=1");
  EXPECT_EQ(world->at_server.at("request").request.header("x-one"), "1");
  EXPECT_FALSE(world->at_server.at("request").request.upgrade);
}

}  // namespace cordyna::net
