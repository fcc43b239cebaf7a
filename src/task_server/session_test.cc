// The session on a false transport and a time that stands until it is moved: every test expects all that left.

#include "task_server/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "task_server/fake_transport.h"

namespace cordyna::task_server {
namespace {

using namespace std::chrono_literals;
using model::Item;
using model::Update;
using model::UpdateState;
using testing::ElementsAre;
using testing::IsEmpty;

std::string word(UpdateState state) {
  constexpr const char* words[] = {"queued",    "started", "progress",  "completed", "error",
                                   "cancelled", "skipped", "check_yes", "check_no"};
  return words[static_cast<int>(state)];
}

/// What left, one word or two an item, so that a test reads like the session.
struct Describe {
  std::string operator()(const model::Hello& hello) const {
    std::string text = "hello " + hello.declaration_hash;
    for (const auto& live : hello.live) text += " " + live.token + ":" + word(live.state);
    return text;
  }
  std::string operator()(const model::Declare& declare) const {
    return "declare " + std::to_string(declare.part) + (declare.last ? " last" : "");
  }
  std::string operator()(const model::Ready&) const { return "ready"; }
  std::string operator()(const Update& update) const {
    return std::to_string(update.n) + " " + update.token + " " + word(update.state);
  }
  std::string operator()(const model::Log& log) const {
    return "log " + log.token + " " + std::to_string(log.offset) + " " + log.text;
  }
  std::string operator()(const model::Draining&) const { return "draining"; }
  std::string operator()(const model::Goodbye&) const { return "goodbye"; }
  std::string operator()(const model::Heartbeat&) const { return "heartbeat"; }
  template <class Other>
  std::string operator()(const Other&) const {
    return "an item of cerebro's";
  }
};

struct DescribeArrival {
  std::string operator()(const model::RunCommand& run) const { return "run " + run.token; }
  std::string operator()(const model::CancelCommand& cancel) const { return "cancel " + cancel.token; }
  std::string operator()(const model::CheckCommand& check) const { return "check " + check.token; }
  std::string operator()(const BecameReady& ready) const { return "ready " + ready.hash; }
  std::string operator()(const DeclarationRefused& refused) const {
    return refused.first ? "refused first" : "refused later " + refused.hash;
  }
  std::string operator()(const Note&) const { return "note"; }
};

SessionOptions options_for(const std::string& json, std::uint64_t seed) {
  SessionOptions options;
  options.url = "ws://c";
  options.server = "s";
  options.declaration = {json, "h"};
  options.seed = seed;
  return options;
}

class SessionTest : public testing::Test {
 protected:
  SessionTest()
      : session_(transport_, {.url = "ws://cerebro/api/v1/connect",
                              .server = "shop",
                              .team = "sales",
                              .instance = "abcdefgh",
                              .slots = 2,
                              .capabilities = {},
                              .declaration = {"{\"server\":\"shop\"}", "hash1"},
                              .seed = 7}) {}

  void at(base::Duration since_start) {
    now_ = {base::Time(1'800'000'000s) + since_start, base::Uptime(since_start)};
    session_.advance(now_);
  }
  void pass(base::Duration time) { at(now_.uptime.time_since_epoch() + time); }

  base::ConnectionId connection() const { return {transport_.last_connection}; }
  void open() { session_.on_opened(connection()); }
  void lose() { session_.on_closed(connection(), "reset"); }
  template <class... Items>
  void receive(Items... items) {
    session_.on_message(connection(), wire::encode({Item(std::move(items))...}, wire::Encoding::proto), true);
  }
  void report(const std::string& token, UpdateState state) {
    Update update;
    update.token = token;
    update.state = state;
    session_.report(std::move(update));
  }

  /// Everything that left since the last call; "|" between messages.
  std::vector<std::string> left() {
    std::vector<std::string> texts;
    for (const auto& sent : std::exchange(transport_.sent, {})) {
      EXPECT_EQ(sent.connection, connection());
      if (!texts.empty()) texts.emplace_back("|");
      for (const Item& item : sent.items) texts.push_back(std::visit(Describe(), item));
    }
    return texts;
  }
  std::vector<std::string> arrived() {
    std::vector<std::string> texts;
    for (const Arrival& arrival : session_.take_arrivals()) texts.push_back(std::visit(DescribeArrival(), arrival));
    return texts;
  }
  void expect_nothing_else() {
    session_.flush();
    EXPECT_THAT(left(), IsEmpty());
    EXPECT_THAT(arrived(), IsEmpty());
    EXPECT_THAT(transport_.closed, IsEmpty());
  }

  /// Connected, declared before, ready.
  void make_ready() {
    at(0s);
    open();
    receive(model::Welcome{"cluster", false});
    ASSERT_THAT(left(), ElementsAre("hello hash1", "|", "ready"));
    ASSERT_THAT(arrived(), ElementsAre("ready hash1"));
  }
  void reconnect() {
    lose();
    pass(base::limits::reconnect_backoff_cap);
    open();
    receive(model::Welcome{"cluster", false});
  }
  static model::RunCommand run(const std::string& token) {
    model::RunCommand run;
    run.run_id = "r1";
    run.task = "shop/extract";
    run.attempt = 1;
    run.token = token;
    return run;
  }

  FakeTransport transport_;
  Session session_;
  base::Now now_{};
};

TEST_F(SessionTest, an_unknown_declaration_is_sent_when_it_is_asked_for) {
  at(0s);
  EXPECT_THAT(transport_.dialled, ElementsAre("ws://cerebro/api/v1/connect"));
  open();
  EXPECT_THAT(left(), ElementsAre("hello hash1"));
  receive(model::Welcome{"cluster", true});
  EXPECT_THAT(left(), ElementsAre("declare 0 last"));
  receive(model::VerdictItem{model::Verdict::warnings, {{.path = "x", .rule = "y", .message = "z", .fix = ""}}});
  EXPECT_THAT(left(), ElementsAre("ready"));
  EXPECT_THAT(arrived(), ElementsAre("ready hash1"));
  expect_nothing_else();
}

TEST_F(SessionTest, a_known_declaration_costs_one_hello) {
  make_ready();
  expect_nothing_else();
}

TEST_F(SessionTest, a_large_declaration_goes_in_parts_that_end_between_characters) {
  std::string json(base::limits::declaration_part_bytes_max - 1, 'a');
  json += "\u00fc";  // two bytes, across the limit
  json += std::string(10, 'b');
  Session session(transport_, options_for(json, 0));
  session.advance({});
  session.on_opened(connection());
  session.on_message(connection(), wire::encode({model::Welcome{"c", true}}, wire::Encoding::proto), true);
  ASSERT_EQ(transport_.sent.size(), 3U);  // the hello and two parts
  const auto& first = std::get<model::Declare>(transport_.sent[1].items[0]);
  const auto& second = std::get<model::Declare>(transport_.sent[2].items[0]);
  EXPECT_EQ(first.json.size(), base::limits::declaration_part_bytes_max - 1);
  EXPECT_FALSE(first.last);
  EXPECT_TRUE(second.last);
  EXPECT_EQ(second.part, 1U);
  EXPECT_EQ(first.json + second.json, json);
}

TEST_F(SessionTest, a_refused_first_declaration_ends_it_with_the_findings) {
  at(0s);
  open();
  receive(model::Welcome{"cluster", true});
  receive(
      model::VerdictItem{model::Verdict::refused, {{.path = "tasks.a", .rule = "cycle", .message = "m", .fix = "f"}}});
  const auto arrivals = session_.take_arrivals();
  ASSERT_EQ(arrivals.size(), 1U);
  const auto& refused = std::get<DeclarationRefused>(arrivals[0]);
  EXPECT_TRUE(refused.first);
  ASSERT_EQ(refused.findings.size(), 1U);
  EXPECT_EQ(refused.findings[0].rule, "cycle");
  EXPECT_TRUE(session_.over());
  EXPECT_EQ(session_.next_deadline(), base::Uptime::max());
}

TEST_F(SessionTest, a_refused_later_declaration_leaves_the_accepted_one) {
  make_ready();
  session_.redeclare({"{}", "hash2"}, 3);
  EXPECT_THAT(left(), ElementsAre("declare 0 last"));
  receive(model::VerdictItem{model::Verdict::refused, {}});
  EXPECT_THAT(arrived(), ElementsAre("refused later hash2"));
  reconnect();
  EXPECT_THAT(left(), ElementsAre("hello hash1", "|", "ready"));
}

TEST_F(SessionTest, an_accepted_later_declaration_takes_the_place_of_the_first) {
  make_ready();
  session_.redeclare({"{}", "hash2"}, 3);
  receive(model::VerdictItem{model::Verdict::accepted, {}});
  EXPECT_THAT(left(), ElementsAre("declare 0 last"));
  EXPECT_THAT(arrived(), ElementsAre("ready hash2"));
  reconnect();
  EXPECT_THAT(left(), ElementsAre("hello hash2", "|", "ready"));
}

TEST_F(SessionTest, a_declaration_offered_while_disconnected_is_withdrawn_when_it_is_refused) {
  make_ready();
  lose();
  session_.redeclare({"{}", "hash2"}, 2);
  pass(5s);
  open();
  receive(model::Welcome{"cluster", true}, model::VerdictItem{model::Verdict::refused, {}});
  EXPECT_THAT(left(), ElementsAre("hello hash2", "|", "declare 0 last"));
  EXPECT_THAT(arrived(), ElementsAre("note", "refused later hash2"));
  pass(5s);
  open();
  EXPECT_THAT(left(), ElementsAre("hello hash1"));
}

TEST_F(SessionTest, everything_queued_leaves_as_one_message_when_the_last_write_ended) {
  make_ready();
  receive(run("a"), run("b"));
  EXPECT_THAT(arrived(), ElementsAre("run a", "run b"));
  transport_.buffered_bytes = 10;
  report("a", UpdateState::started);
  report("b", UpdateState::started);
  session_.log("a", "hello\n");
  report("a", UpdateState::completed);
  session_.flush();
  EXPECT_THAT(left(), IsEmpty());
  transport_.buffered_bytes = 0;
  session_.on_writable(connection());
  EXPECT_THAT(left(), ElementsAre("log a 0 hello\n", "1 a started", "2 b started", "3 a completed"));
  expect_nothing_else();
}

TEST_F(SessionTest, updates_stay_until_they_are_acknowledged_and_are_sent_again_after_a_reconnect) {
  make_ready();
  receive(run("a"), run("b"));
  report("a", UpdateState::started);
  report("b", UpdateState::started);
  report("a", UpdateState::completed);
  session_.flush();
  left();
  receive(model::Ack{1});
  reconnect();
  report("b", UpdateState::completed);
  session_.flush();
  EXPECT_THAT(left(), ElementsAre("hello hash1 a:completed b:started", "|", "ready", "|", "2 b started",
                                  "3 a completed", "4 b completed"));
  receive(model::Ack{4});
  EXPECT_TRUE(session_.idle());
  reconnect();
  EXPECT_THAT(left(), ElementsAre("hello hash1", "|", "ready"));
}

TEST_F(SessionTest, updates_made_while_disconnected_are_sent_when_it_is_ready_again) {
  make_ready();
  receive(run("a"));
  lose();
  report("a", UpdateState::started);
  report("a", UpdateState::completed);
  session_.flush();
  EXPECT_THAT(left(), IsEmpty());
  pass(5s);
  open();
  session_.flush();
  EXPECT_THAT(left(), ElementsAre("hello hash1 a:completed"));
  receive(model::Welcome{"cluster", false});
  session_.flush();
  EXPECT_THAT(left(), ElementsAre("ready", "|", "1 a started", "2 a completed"));
}

TEST_F(SessionTest, a_run_it_already_holds_is_dropped_and_its_state_is_said_again) {
  make_ready();
  receive(run("a"));
  report("a", UpdateState::started);
  session_.flush();
  EXPECT_THAT(arrived(), ElementsAre("run a"));
  EXPECT_THAT(left(), ElementsAre("1 a started"));
  reconnect();
  EXPECT_THAT(left(), ElementsAre("hello hash1 a:started", "|", "ready"));
  EXPECT_THAT(arrived(), ElementsAre("note", "ready hash1"));
  receive(run("a"));
  session_.flush();
  EXPECT_THAT(left(), ElementsAre("1 a started", "2 a started"));
  expect_nothing_else();
}

TEST_F(SessionTest, a_run_whose_end_is_not_acknowledged_does_not_run_twice) {
  make_ready();
  receive(run("a"));
  report("a", UpdateState::completed);
  session_.flush();
  arrived();
  left();
  receive(run("a"));
  expect_nothing_else();
}

TEST_F(SessionTest, a_cancel_of_an_unknown_attempt_is_answered_cancelled) {
  make_ready();
  receive(model::CancelCommand{"x", "deadline"});
  session_.flush();
  EXPECT_THAT(left(), ElementsAre("1 x cancelled"));
  expect_nothing_else();
}

TEST_F(SessionTest, a_cancel_reaches_a_held_attempt_but_not_one_that_ended) {
  make_ready();
  receive(run("a"), run("b"));
  report("b", UpdateState::completed);
  session_.flush();
  left();
  arrived();
  receive(model::CancelCommand{"a", ""}, model::CancelCommand{"b", ""});
  EXPECT_THAT(arrived(), ElementsAre("cancel a"));
  expect_nothing_else();
}

TEST_F(SessionTest, a_check_is_asked_once_and_its_answer_is_kept_until_acknowledged) {
  make_ready();
  model::CheckCommand check;
  check.token = "c";
  receive(check, check);
  EXPECT_THAT(arrived(), ElementsAre("check c"));
  report("c", UpdateState::check_yes);
  session_.flush();
  EXPECT_THAT(left(), ElementsAre("1 c check_yes"));
  reconnect();
  session_.flush();
  EXPECT_THAT(left(), ElementsAre("hello hash1", "|", "ready", "|", "1 c check_yes"));
}

TEST_F(SessionTest, inputs_that_came_in_parts_are_joined_into_their_run) {
  make_ready();
  model::RunCommand command = run("a");
  command.inputs = "{\"small\":1}";
  receive(model::InputPart{"a", "big", false, "[1,"}, model::InputPart{"a", "big", true, "2]"}, command);
  const auto arrivals = session_.take_arrivals();
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(std::get<model::RunCommand>(arrivals[0]).inputs, "{\"small\":1,\"big\":[1,2]}");
}

TEST_F(SessionTest, parts_without_other_inputs_make_an_object_too) {
  make_ready();
  receive(model::InputPart{"a", "up/\"x\"", true, "{}"}, run("a"));
  const auto arrivals = session_.take_arrivals();
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(std::get<model::RunCommand>(arrivals[0]).inputs, "{\"up/\\\"x\\\"\":{}}");
}

TEST_F(SessionTest, a_heartbeat_leaves_after_five_quiet_seconds) {
  make_ready();
  pass(4999ms);
  EXPECT_THAT(left(), IsEmpty());
  EXPECT_EQ(session_.next_deadline(), base::Uptime(5s));
  at(5s);
  EXPECT_THAT(left(), ElementsAre("heartbeat"));
  receive(model::Heartbeat{});
  expect_nothing_else();
}

TEST_F(SessionTest, three_missed_heartbeats_of_cerebro_end_the_connection) {
  make_ready();
  for (int second = 5; second < 15; second += 5) at(std::chrono::seconds(second));
  EXPECT_THAT(transport_.closed, IsEmpty());
  at(15s);
  ASSERT_EQ(transport_.closed.size(), 1U);
  EXPECT_EQ(transport_.closed[0].code, 1002);
  EXPECT_THAT(arrived(), ElementsAre("note"));
  at(20s);
  EXPECT_EQ(transport_.dialled.size(), 2U);
}

TEST_F(SessionTest, what_an_abandoned_connection_still_tells_is_ignored) {
  make_ready();
  const base::ConnectionId old = connection();
  at(15s);
  at(20s);
  arrived();
  left();
  session_.on_message(old, wire::encode({run("a")}, wire::Encoding::proto), true);
  session_.on_closed(old, "late");
  EXPECT_THAT(arrived(), IsEmpty());
  open();
  EXPECT_THAT(left(), ElementsAre("hello hash1"));
}

TEST_F(SessionTest, it_redials_for_ever_within_the_jittered_and_capped_delay) {
  at(0s);
  base::Duration most = base::limits::reconnect_backoff_first;
  for (int failure = 0; failure < 40; ++failure) {
    const auto before = now_.uptime;
    lose();
    const base::Duration delay = session_.next_deadline() - before;
    EXPECT_GE(delay, 0s);
    EXPECT_LE(delay, most);
    const std::size_t dialled = transport_.dialled.size();
    if (delay > 0us) {
      pass(delay - 1us);
      EXPECT_EQ(transport_.dialled.size(), dialled);
      pass(1us);
    } else {
      pass(0us);
    }
    EXPECT_EQ(transport_.dialled.size(), dialled + 1);
    most = std::min<base::Duration>(2 * most, base::limits::reconnect_backoff_cap);
  }
  EXPECT_THAT(arrived(), ElementsAre("note"));  // one for the whole outage
}

TEST_F(SessionTest, two_servers_do_not_come_back_in_step) {
  FakeTransport other_transport;
  Session other(other_transport, options_for("{}", 8));
  at(0s);
  other.advance(now_);
  lose();
  other.on_closed({1}, "reset");
  EXPECT_NE(other.next_deadline(), session_.next_deadline());
}

TEST_F(SessionTest, bytes_that_are_no_message_end_the_connection) {
  make_ready();
  session_.on_message(connection(), "\xff\xff", true);
  ASSERT_EQ(transport_.closed.size(), 1U);
  EXPECT_EQ(transport_.closed[0].code, 1002);
}

TEST_F(SessionTest, a_command_before_it_is_ready_ends_the_connection) {
  at(0s);
  open();
  receive(run("a"));
  ASSERT_EQ(transport_.closed.size(), 1U);
  EXPECT_EQ(transport_.closed[0].code, 1002);
  EXPECT_THAT(arrived(), ElementsAre("note"));
  EXPECT_TRUE(session_.idle());
}

TEST_F(SessionTest, draining_is_said_again_after_a_reconnect_and_goodbye_waits_for_the_last_acknowledgement) {
  make_ready();
  receive(run("a"));
  session_.drain();
  session_.leave();
  session_.flush();
  EXPECT_THAT(left(), ElementsAre("draining"));
  reconnect();
  EXPECT_THAT(left(), ElementsAre("hello hash1 a:queued", "|", "ready", "draining"));
  report("a", UpdateState::completed);
  session_.flush();
  EXPECT_THAT(left(), ElementsAre("1 a completed"));
  EXPECT_FALSE(session_.over());
  receive(model::Ack{1});
  session_.flush();
  EXPECT_THAT(left(), ElementsAre("goodbye"));
  EXPECT_TRUE(session_.over());
  ASSERT_EQ(transport_.closed.size(), 1U);
  EXPECT_EQ(transport_.closed[0].code, 1000);
}

}  // namespace
}  // namespace cordyna::task_server
