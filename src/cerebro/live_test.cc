#include "cerebro/live.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "cerebro/fake_world.h"
#include "cerebro/log_keys.h"
#include "wire/event_codec.h"

namespace cordyna::cerebro {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Live over a memory log, fed by hand with events that need no state.
class LiveTest : public testing::Test {
 protected:
  void SetUp() override {
    state.servers.resize(1);
    state.servers[0].name = "shop";
    state.tasks.resize(2);
    state.tasks[0].name = "shop/a";
    state.tasks[1].name = "shop/b";
  }
  static model::Event paused(std::uint32_t task, std::string reason = "why") {
    return {model::TaskPaused{model::TaskIndex{task}, "me", std::move(reason)}, 0, {}};
  }
  /// Appends to the log and publishes, as commits do.
  void happen(std::vector<model::Event> events) {
    log::Batch batch;
    batch.first_seq = seq + 1;
    batch.count = static_cast<std::uint32_t>(events.size());
    batch.now.wall = base::Time(std::chrono::hours(1));
    batch.events = wire::encode_events(events);
    for (const auto& event : events) add_keys(event, state, batch.keys);
    std::sort(batch.keys.begin(), batch.keys.end());
    batch.keys.erase(std::unique(batch.keys.begin(), batch.keys.end()), batch.keys.end());
    log.append(std::move(batch), [](log::AppendResult) {});
    log.poll();
    live.publish({seq + 1, base::Time(std::chrono::hours(1)), events});
    seq += events.size();
  }
  void subscribe(std::uint64_t id, EventFilter filter = {}, std::optional<base::Seq> after = {}) {
    live.subscribe({id}, std::move(filter), after, seq);
  }
  /// Lets a while pass and gives the ids of the frames a client got, "resync" for those.
  std::vector<std::string> got(std::uint64_t id, base::Duration pause = milliseconds(100)) {
    for (int i = 0; i < 4; ++i) {
      clock += pause / 4;
      live.advance(clock);
      readers.poll();
    }
    std::vector<std::string> frames;
    const std::string text = std::exchange(transport.at({id}).written, {});
    for (std::size_t at = text.find("id: "); at != std::string::npos; at = text.find("\nid: ", at + 1)) {
      if (text[at] == '\n') ++at;
      const std::string number = text.substr(at + 4, text.find('\n', at) - at - 4);
      frames.push_back(text.compare(text.find('\n', at) + 1, 13, "event: resync") == 0 ? "resync " + number : number);
    }
    return frames;
  }
  using Ids = std::vector<std::string>;

  FakeTransport transport;
  InlineReaders readers;
  log::MemoryLog log;
  engine::State state;
  Live live{transport, readers, log, state};
  base::Seq seq = 0;
  base::Duration clock = seconds(100);
};

TEST_F(LiveTest, sends_what_happens_from_now_on) {
  happen({paused(0)});
  subscribe(1);
  EXPECT_EQ(got(1), Ids{});
  happen({paused(0), paused(1)});
  EXPECT_EQ(got(1), (Ids{"2", "3"}));
}

TEST_F(LiveTest, names_kind_and_document_in_a_frame) {
  subscribe(1);
  happen({paused(0)});
  live.advance(clock += seconds(1));
  const std::string& text = transport.at({1}).written;
  EXPECT_NE(text.find("id: 1\nevent: task.paused\ndata: {"), std::string::npos);
  EXPECT_NE(text.find("\"task\":\"shop/a\""), std::string::npos);
  EXPECT_TRUE(text.ends_with("}\n\n"));
  EXPECT_EQ(transport.at({1}).stream->headers[0].second, "text/event-stream; charset=utf-8");
}

TEST_F(LiveTest, resumes_behind_the_last_event_a_client_has_seen) {
  happen({paused(0), paused(0)});
  happen({paused(0)});
  subscribe(1, {}, 1);
  happen({paused(1)});
  EXPECT_EQ(got(1), (Ids{"2", "3", "4"}));
  happen({paused(1)});
  EXPECT_EQ(got(1), (Ids{"5"}));
}

TEST_F(LiveTest, resumes_through_more_than_one_read_of_the_log) {
  for (int i = 0; i < 300; ++i) happen({paused(0)});
  subscribe(1, {}, 0);
  Ids all;
  for (int i = 0; i < 20; ++i) {
    const auto some = got(1);
    all.insert(all.end(), some.begin(), some.end());
  }
  ASSERT_EQ(all.size(), 300U);
  EXPECT_EQ(all.front(), "1");
  EXPECT_EQ(all.back(), "300");
}

TEST_F(LiveTest, sends_only_what_the_filter_wants_live_and_from_the_log) {
  happen({paused(0), paused(1)});
  EventFilter filter;
  filter.task = "shop/b";
  subscribe(1, filter, 0);
  EXPECT_EQ(got(1), (Ids{"2"}));
  happen({paused(0)});
  happen({paused(1), paused(0)});
  EXPECT_EQ(got(1), (Ids{"4"}));
  EventFilter server;
  server.server = "shop";
  subscribe(2, server, 3);
  EXPECT_EQ(got(2), (Ids{"4", "5"}));
}

TEST_F(LiveTest, does_not_believe_a_client_that_has_seen_the_future) {
  happen({paused(0)});
  subscribe(1, {}, 1000);
  happen({paused(0)});
  EXPECT_EQ(got(1), (Ids{"2"}));
}

TEST_F(LiveTest, sends_at_most_ten_times_a_second) {
  subscribe(1);
  live.advance(clock += seconds(1));
  happen({paused(0)});
  live.advance(clock += milliseconds(100));
  EXPECT_NE(transport.at({1}).written.find("id: 1"), std::string::npos);
  happen({paused(0)});
  live.advance(clock += milliseconds(99));
  EXPECT_EQ(transport.at({1}).written.find("id: 2"), std::string::npos);
  live.advance(clock += milliseconds(1));
  EXPECT_NE(transport.at({1}).written.find("id: 2"), std::string::npos);
}

TEST_F(LiveTest, tells_a_client_that_reads_too_slowly_to_read_again) {
  subscribe(1);
  got(1);
  transport.at({1}).buffered = base::limits::sse_backlog_bytes_max;
  happen({paused(0), paused(0)});
  EXPECT_EQ(got(1), (Ids{"resync 2"}));
  transport.at({1}).buffered = 0;
  happen({paused(0)});
  EXPECT_EQ(got(1), (Ids{"3"}));
}

TEST_F(LiveTest, keeps_a_silent_stream_alive) {
  subscribe(1);
  got(1);
  live.advance(clock += seconds(14));
  EXPECT_EQ(transport.at({1}).written, "");
  live.advance(clock += seconds(1));
  EXPECT_EQ(transport.at({1}).written, ":\n\n");
}

TEST_F(LiveTest, forgets_a_client_that_left) {
  subscribe(1);
  live.on_closed({1});
  happen({paused(0)});
  EXPECT_EQ(got(1), Ids{});
  EXPECT_EQ(live.due(), std::nullopt);
}

TEST_F(LiveTest, takes_a_thousand_clients_and_no_more) {
  for (std::uint64_t id = 1; id <= base::limits::sse_clients_max; ++id) subscribe(id);
  EXPECT_TRUE(transport.at({base::limits::sse_clients_max}).stream.has_value());
  subscribe(5000);
  ASSERT_EQ(transport.at({5000}).responses.size(), 1U);
  EXPECT_EQ(transport.at({5000}).responses[0].status, 503);
}

}  // namespace
}  // namespace cordyna::cerebro
