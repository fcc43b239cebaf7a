#include "cerebro/commits.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "cerebro/fake_world.h"
#include "cerebro/history.h"

namespace cordyna::cerebro {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Commits over a memory log, with a fact that means nothing: cerebro.stopped.
class CommitsTest : public testing::Test, public Outlet {
 protected:
  void perform(engine::Effect effect) override {
    if (const auto* acknowledge = std::get_if<engine::Acknowledge>(&effect))
      out.push_back("ack " + std::to_string(acknowledge->n));
    if (const auto* close = std::get_if<engine::CloseSession>(&effect)) out.push_back("close " + close->reason);
  }
  void publish(const Published& batch) override {
    for (const auto& event : batch.events) out.push_back("event " + std::get<model::CerebroStopped>(event.body).reason);
  }

  base::Now now() { return {clock.wall(), base::Uptime(clock.steady())}; }
  void emit(const std::string& fact) {
    commits.step(now()).emit(model::CerebroStopped{fact});
    commits.gather();
  }
  /// Somebody waits for this.
  void close(const std::string& reason) {
    commits.step(now()).effect(engine::CloseSession{{1}, reason});
    commits.gather();
  }
  void acknowledge(std::uint64_t n) {
    commits.step(now()).effect(engine::Acknowledge{{1}, n});
    commits.gather();
  }
  std::vector<std::string> left() {
    log.poll();
    commits.advance();
    return std::exchange(out, {});
  }
  std::vector<log::StoredBatch> batches() {
    auto found = log.batches_after(0, 100);
    EXPECT_TRUE(found.ok());
    return found->batches;
  }
  void SetUp() override { clock.advance(seconds(1)); }

  FakeClock clock;
  log::MemoryLog log;
  engine::State state;
  Commits commits{log, state, clock, *this};
  std::vector<std::string> out;
  using Lines = std::vector<std::string>;
};

TEST_F(CommitsTest, shows_nothing_before_its_batch_is_durable) {
  log.hold();
  emit("a");
  close("x");
  EXPECT_EQ(left(), Lines{});
  EXPECT_TRUE(commits.in_flight());
  log.release();
  EXPECT_EQ(left(), (Lines{"close x", "event a"}));
  EXPECT_TRUE(commits.settled());
}

TEST_F(CommitsTest, releases_what_needs_no_event_at_once_when_nothing_is_ahead_of_the_disk) {
  close("x");
  commits.then([this] { out.push_back("then"); });
  EXPECT_EQ(left(), (Lines{"close x", "then"}));
  EXPECT_TRUE(batches().empty());
}

TEST_F(CommitsTest, holds_back_an_answer_that_saw_what_is_not_durable) {
  log.hold();
  emit("a");
  commits.hurry();
  EXPECT_EQ(left(), Lines{});
  close("refused because of a");
  commits.then([this] { out.push_back("read"); });
  EXPECT_EQ(left(), Lines{});
  log.release();
  EXPECT_EQ(left(), (Lines{"close refused because of a", "read", "event a"}));
}

TEST_F(CommitsTest, lets_a_batch_nobody_waits_for_rest_for_two_milliseconds) {
  emit("a");
  acknowledge(1);
  EXPECT_EQ(left(), Lines{});
  EXPECT_FALSE(commits.in_flight());
  clock.advance(milliseconds(2) - microseconds(1));
  EXPECT_EQ(left(), Lines{});
  EXPECT_FALSE(commits.in_flight());
  clock.advance(microseconds(1));
  EXPECT_EQ(left(), Lines{});
  EXPECT_TRUE(commits.in_flight());
  EXPECT_EQ(left(), (Lines{"ack 1", "event a"}));
}

TEST_F(CommitsTest, lets_a_large_batch_go_though_nobody_waits) {
  emit(std::string(base::limits::batch_lazy_bytes_max, 'x'));
  commits.advance();
  EXPECT_TRUE(commits.in_flight());
}

TEST_F(CommitsTest, gathers_for_60_microseconds_after_a_release) {
  emit("a");
  close("x");
  left();
  EXPECT_EQ(left(), (Lines{"close x", "event a"}));
  emit("b");
  close("y");
  EXPECT_EQ(left(), Lines{});
  EXPECT_FALSE(commits.in_flight());
  clock.advance(microseconds(60));
  left();
  EXPECT_EQ(left(), (Lines{"close y", "event b"}));
}

TEST_F(CommitsTest, decides_on_while_a_batch_is_in_flight_and_sends_one_batch_then) {
  log.hold();
  emit("a");
  close("x");
  left();
  emit("b");
  emit("c");
  close("y");
  EXPECT_EQ(left(), Lines{});
  log.resume();
  EXPECT_EQ(left(), (Lines{"close x", "event a"}));
  clock.advance(microseconds(60));
  left();
  EXPECT_EQ(left(), (Lines{"close y", "event b", "event c"}));
  const auto all = batches();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].first_seq, 2U);
  EXPECT_EQ(all[1].count, 2U);
}

TEST_F(CommitsTest, gives_all_events_of_a_batch_the_time_at_which_it_began) {
  const auto began = now();
  emit("a");
  clock.advance(milliseconds(1));
  emit("b");
  clock.advance(milliseconds(1));
  left();
  left();
  const auto all = batches();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].now.wall, began.wall);
  EXPECT_EQ(all[0].now.uptime, began.uptime);
  EXPECT_EQ(state.now.wall, began.wall);  // live state and replay agree
}

TEST_F(CommitsTest, appends_the_same_batch_again_every_five_seconds_while_the_disk_is_full) {
  log.fill(2);
  emit("a");
  close("x");
  left();
  EXPECT_EQ(left(), Lines{});
  EXPECT_TRUE(commits.disk_full());
  clock.advance(seconds(5) - microseconds(1));
  EXPECT_EQ(left(), Lines{});
  clock.advance(microseconds(1));
  left();
  EXPECT_EQ(left(), Lines{});  // still full
  EXPECT_TRUE(commits.disk_full());
  clock.advance(seconds(5));
  left();
  EXPECT_EQ(left(), (Lines{"close x", "event a"}));
  EXPECT_FALSE(commits.disk_full());
  const auto all = batches();
  ASSERT_EQ(all.size(), 1U);
  const auto events = events_of(all[0]);
  ASSERT_TRUE(events.ok());
  EXPECT_EQ(std::get<model::CerebroStopped>(events->front().event.body).reason, "a");
}

}  // namespace
}  // namespace cordyna::cerebro
