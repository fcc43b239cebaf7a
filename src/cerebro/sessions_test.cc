#include "cerebro/sessions.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "cerebro/fake_world.h"

namespace cordyna::cerebro {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

model::Hello hello(std::string hash = "", std::string instance = "instance1") {
  model::Hello hello;
  hello.server = "shop";
  hello.team = "sales";
  hello.instance = std::move(instance);
  hello.slots = 2;
  hello.declaration_hash = std::move(hash);
  return hello;
}

const std::string shop = R"({"server":"shop","team":"sales","slots":2,"tasks":{)"
                         R"("extract":{"run":["./extract"]},"clean":{"upstream":["extract"],"run":["./clean"]}}})";

class SessionsTest : public testing::Test {
 protected:
  /// A session that has declared `shop` and takes commands.
  base::ConnectionId ready_session() {
    const auto id = house.connect();
    house.say(id, {hello(base::sha256_hex(shop))});
    house.settle();
    house.say(id, {model::Declare{0, true, shop}, model::Ready{}});
    house.settle();
    const auto items = house.heard(id);
    EXPECT_EQ(items.size(), 2U);
    EXPECT_TRUE(std::holds_alternative<model::Welcome>(items.at(0)));
    EXPECT_TRUE(std::holds_alternative<model::VerdictItem>(items.at(1)));
    return id;
  }
  /// Runs extract and gives the command it brings.
  model::RunCommand invoke(base::ConnectionId session) {
    house.request("POST", "/api/v1/runs", R"({"select":["shop/extract"],"followers":false})");
    house.settle();
    const auto items = house.heard(session);
    EXPECT_EQ(items.size(), 1U);
    if (items.empty() || !std::holds_alternative<model::RunCommand>(items[0])) return {};
    return std::get<model::RunCommand>(items[0]);
  }
  void expect_closed(base::ConnectionId id, std::uint16_t code, const std::string& part) {
    house.settle();
    const auto& closed = house.transport.at(id).closed;
    ASSERT_TRUE(closed.has_value());
    EXPECT_EQ(closed->first, code);
    EXPECT_NE(closed->second.find(part), std::string::npos) << closed->second;
    EXPECT_EQ(house.heard(id).size(), 0U);
  }
  static model::Update update(const std::string& token, std::uint64_t n, model::UpdateState state) {
    model::Update update;
    update.n = n;
    update.token = token;
    update.state = state;
    return update;
  }

  House house;
};

TEST_F(SessionsTest, welcomes_declares_and_sends_a_command) {
  const auto id = ready_session();
  const auto command = invoke(id);
  EXPECT_EQ(command.task, "shop/extract");
  EXPECT_EQ(command.attempt, 1U);
  EXPECT_EQ(command.inputs, "{}");
}

TEST_F(SessionsTest, speaks_json_with_whoever_asks_for_it) {
  const auto id = house.connect("cordyna.v1.json");
  EXPECT_EQ(house.transport.at(id).subprotocol, "cordyna.v1.json");
  house.say(id, {hello()});
  house.settle();
  const auto items = house.heard(id);
  ASSERT_EQ(items.size(), 1U);
  EXPECT_TRUE(std::get<model::Welcome>(items[0]).need_declaration);
}

TEST_F(SessionsTest, sends_no_command_before_its_event_is_durable) {
  const auto id = ready_session();
  house.log->hold();
  const auto request = house.request("POST", "/api/v1/runs", R"({"select":["shop/extract"]})");
  house.settle();
  EXPECT_TRUE(house.log->in_flight());
  EXPECT_EQ(house.heard(id).size(), 0U);
  EXPECT_EQ(house.answer(request), nullptr);
  house.log->resume();
  house.settle();
  EXPECT_EQ(house.heard(id).size(), 1U);
  ASSERT_NE(house.answer(request), nullptr);
  EXPECT_EQ(house.answer(request)->status, 201);
}

TEST_F(SessionsTest, acknowledges_updates_when_they_are_durable_at_the_latest_after_50_ms) {
  const auto id = ready_session();
  const auto command = invoke(id);
  house.log->hold();
  house.say(id, {update(command.token, 1, model::UpdateState::started)});
  house.advance(milliseconds(100));
  EXPECT_EQ(house.heard(id).size(), 0U);
  house.log->resume();
  house.advance(milliseconds(60));
  const auto items = house.heard(id);
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(std::get<model::Ack>(items[0]).n, 1U);
}

TEST_F(SessionsTest, goes_on_when_a_session_breaks_that_still_waits_for_an_acknowledgement) {
  const auto id = ready_session();
  const auto command = invoke(id);
  house.say(id, {update(command.token, 1, model::UpdateState::started)});
  house.settle();
  EXPECT_EQ(house.heard(id).size(), 0U) << "the acknowledgement waits for company";
  house.transport.arrive([id](base::TransportEvents& events) { events.on_closed(id, "the process was killed"); });
  house.advance(milliseconds(100));
  EXPECT_EQ(house.heard(id).size(), 0U);

  const auto again = house.connect();
  house.say(again, {hello(base::sha256_hex(shop), "instance2")});
  house.settle();
  const auto items = house.heard(again);
  ASSERT_FALSE(items.empty());
  EXPECT_TRUE(std::holds_alternative<model::Welcome>(items[0]));
}

TEST_F(SessionsTest, closes_a_session_that_speaks_before_hello) {
  const auto id = house.connect();
  house.say(id, {model::Ready{}});
  expect_closed(id, 1002, "hello");
}

TEST_F(SessionsTest, closes_a_session_that_speaks_garbage) {
  const auto id = house.connect();
  house.say_bytes(id, "\xff\xff\xff\xff", true);
  expect_closed(id, 1002, "");
}

TEST_F(SessionsTest, closes_a_session_that_speaks_the_other_encoding) {
  const auto id = house.connect();
  house.say_bytes(id, "{\"items\":[]}", false);
  expect_closed(id, 1002, "binary");
}

TEST_F(SessionsTest, closes_a_session_of_an_unknown_protocol) {
  const auto id = house.connect();
  auto other = hello();
  other.protocol = 2;
  house.say(id, {other});
  expect_closed(id, 1002, "protocol 2");
}

TEST_F(SessionsTest, closes_a_session_with_a_hostile_name) {
  const auto id = house.connect();
  auto other = hello();
  other.server = "../etc";
  house.say(id, {other});
  expect_closed(id, 1002, "../etc");
}

TEST_F(SessionsTest, closes_a_session_that_says_what_only_cerebro_says) {
  const auto id = ready_session();
  house.say(id, {model::CancelCommand{"1.1", "for fun"}});
  expect_closed(id, 1002, "kind");
}

TEST_F(SessionsTest, closes_a_session_whose_declaration_comes_out_of_order) {
  const auto id = house.connect();
  house.say(id, {hello(), model::Declare{1, true, shop}});
  expect_closed(id, 1002, "part 1 came, part 0 was expected");
}

TEST_F(SessionsTest, puts_the_parts_of_a_declaration_together) {
  const auto id = house.connect();
  house.say(id, {hello(base::sha256_hex(shop)), model::Declare{0, false, shop.substr(0, 40)}});
  house.settle();
  house.say(id, {model::Declare{1, true, shop.substr(40)}});
  house.settle();
  const auto items = house.heard(id);
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(std::get<model::VerdictItem>(items[1]).verdict, model::Verdict::accepted);
}

TEST_F(SessionsTest, takes_a_part_of_1_MiB_and_no_larger_one) {
  const auto id = house.connect();
  house.say(id, {hello(), model::Declare{0, false, std::string(base::limits::declaration_part_bytes_max, ' ')}});
  house.settle();
  EXPECT_FALSE(house.transport.at(id).closed);
  EXPECT_EQ(house.heard(id).size(), 1U);  // the welcome
  house.say(id, {model::Declare{1, false, std::string(base::limits::declaration_part_bytes_max + 1, ' ')}});
  expect_closed(id, 1002, "1 MiB");
}

TEST_F(SessionsTest, answers_a_declaration_that_is_none_with_findings) {
  const auto id = house.connect();
  house.say(id, {hello(), model::Declare{0, true, R"({"server":"shop","tsks":{}})"}});
  house.settle();
  const auto items = house.heard(id);
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(std::get<model::VerdictItem>(items[1]).verdict, model::Verdict::refused);
  EXPECT_FALSE(std::get<model::VerdictItem>(items[1]).findings.empty());
}

TEST_F(SessionsTest, sends_a_heartbeat_every_5_s_and_ends_a_session_that_sends_none_for_15) {
  const auto id = ready_session();
  house.advance(seconds(6));
  EXPECT_GE(house.transport.at(id).messages.size(), 1U);
  house.say(id, {model::Heartbeat{}});
  house.advance(seconds(14));
  EXPECT_FALSE(house.transport.at(id).closed);
  house.advance(seconds(3));
  house.transport.at(id).messages.clear();
  expect_closed(id, 1001, "15 s");
  EXPECT_EQ(house.cerebro->state().servers[0].state, model::ServerState::lost);
}

TEST_F(SessionsTest, does_not_blame_sessions_for_a_pause_of_cerebro_itself) {
  const auto id = ready_session();
  (void)house.cerebro->idle_time();
  house.clock.advance(seconds(120));  // stopped, not asleep: nobody was woken
  house.settle();
  EXPECT_FALSE(house.transport.at(id).closed);
}

TEST_F(SessionsTest, ends_a_session_that_reads_too_slowly) {
  const auto id = ready_session();
  house.transport.at(id).buffered = base::limits::session_buffer_bytes_max;
  invoke(id);
  EXPECT_FALSE(house.transport.at(id).closed);
  house.transport.at(id).buffered = base::limits::session_buffer_bytes_max + 1;
  house.request("POST", "/api/v1/runs", R"({"select":["shop/clean"],"only":true})");
  house.advance(seconds(6));
  ASSERT_TRUE(house.transport.at(id).closed);
  EXPECT_EQ(house.transport.at(id).closed->first, 1013);
}

TEST_F(SessionsTest, writes_what_a_task_prints_into_its_log) {
  const auto id = ready_session();
  const auto command = invoke(id);
  house.say(id, {model::Log{command.token, 0, "hello "}, model::Log{command.token, 6, "world\n"},
                 model::Log{command.token, 0, "hello "}, model::Log{"1.999999", 0, "not mine"}});
  house.settle();
  const AttemptName attempt{*base::RunId::parse(command.run_id), "shop/extract", 1};
  EXPECT_EQ(house.logs->read(attempt, 0, 100)->text, "hello world\n");
}

TEST_F(SessionsTest, offers_its_subprotocols_to_whoever_knows_none_of_them) {
  const auto id = house.connect("chat");
  ASSERT_NE(house.answer(id), nullptr);
  EXPECT_EQ(house.answer(id)->status, 400);
  EXPECT_NE(house.answer(id)->body.find("cordyna.v1.proto"), std::string::npos);
}

TEST_F(SessionsTest, refuses_a_page_of_another_origin_and_takes_one_of_its_own) {
  const auto foreign =
      house.connect("cordyna.v1.json", {{"host", "localhost:7070"}, {"origin", "https://evil.example"}});
  ASSERT_NE(house.answer(foreign), nullptr);
  EXPECT_EQ(house.answer(foreign)->status, 403);
  const auto own = house.connect("cordyna.v1.json", {{"host", "localhost:7070"}, {"origin", "http://localhost:7070"}});
  EXPECT_EQ(house.transport.at(own).subprotocol, "cordyna.v1.json");
}

TEST_F(SessionsTest, refuses_a_foreign_host) {
  for (const std::string host : {"evil.example", "127.0.0.1.evil.example:7070", ""}) {
    const auto id = house.connect("cordyna.v1.json", {{"host", host}});
    ASSERT_NE(house.answer(id), nullptr) << host;
    EXPECT_EQ(house.answer(id)->status, 403);
    EXPECT_NE(house.answer(id)->body.find("forbidden_host"), std::string::npos);
  }
  const auto own = house.connect("cordyna.v1.json", {{"host", "house:7070"}});
  EXPECT_EQ(house.transport.at(own).subprotocol, "cordyna.v1.json");
}

TEST(RunItems, put_small_inputs_into_the_command_and_large_ones_before_it) {
  engine::SendRun effect;
  effect.command.token = "1.7";
  effect.inputs = {{"a", {}}, {"b\"", {}}};
  auto items = run_items(effect, {"1", "[2]"});
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(std::get<model::RunCommand>(items[0]).inputs, R"({"a":1,"b\"":[2]})");

  const std::string large = '"' + std::string(base::limits::inputs_part_bytes_max, 'x') + '"';
  items = run_items(effect, {large, "3"});
  ASSERT_EQ(items.size(), 4U);
  const auto& first = std::get<model::InputPart>(items[0]);
  const auto& second = std::get<model::InputPart>(items[1]);
  EXPECT_EQ(first.json + second.json, large);
  EXPECT_FALSE(first.last);
  EXPECT_TRUE(second.last);
  EXPECT_LE(first.json.size(), base::limits::inputs_part_bytes_max);
  EXPECT_EQ(std::get<model::InputPart>(items[2]).name, "b\"");
  EXPECT_EQ(std::get<model::RunCommand>(items[3]).inputs, "{}");
}

}  // namespace
}  // namespace cordyna::cerebro
