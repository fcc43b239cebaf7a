// Upkeep in virtual time on a real data folder with tiny segments: when snapshots are made, which history goes, and
// that what the state still needs is there afterwards, also after a restart.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cerebro/compact.h"
#include "cerebro/upkeep.h"
#include "engine/canonical.h"
#include "log/snapshot_files.h"
#include "snapshot/life.h"

namespace cordyna::testing {
namespace {

constexpr const char* company = R"(server: shop
team: sales
tasks:
  yearly: {}
  take: {}
  count: {upstream: [take]}
)";

/// compact() in this process.
class InlineCompactor final : public cerebro::Compactor {
 public:
  explicit InlineCompactor(std::string folder) : folder_(std::move(folder)) {}
  base::Result<void> start() override {
    ++started;
    if (fail) return {};
    const auto report = cerebro::compact(folder_, {});
    code_ = report.ok() ? 0 : 74;
    return {};
  }
  std::optional<int> ended() override { return fail ? 74 : code_; }
  int started = 0;
  bool fail = false;

 private:
  std::string folder_;
  int code_ = 0;
};

class Keeper : public base::Clock {
 public:
  explicit Keeper(std::uint64_t snapshot_events, base::Duration retention = std::chrono::hours(24 * 90))
      : log(open_log(scratch.path())),
        life(std::make_unique<Life>(*log, first())),
        compactor(scratch.path()),
        retention_(retention),
        snapshot_events_(snapshot_events) {
    life->serve(company);
    begin();
  }
  base::Time wall() const override { return life->now().wall; }
  base::Duration steady() const override { return steady_; }

  engine::State first() const {
    engine::State state;
    state.cluster = log->identity().cluster;
    state.salt = base::hash128(state.cluster).low;
    return state;
  }
  /// Some minutes of the loop: whatever is due is done.
  void minutes(int count) {
    log->wait_until_sealed();
    for (const base::Duration until = steady_ + base::Duration(1min) * count; steady_ < until;) {
      background.poll();
      upkeep->advance(life->state());
      steady_ += 100ms;
    }
  }
  /// A month with a few runs in it.
  void month() {
    for (int i = 0; i < 6; ++i) {
      life->advance(std::chrono::hours(24 * 5));
      life->run("shop/take+", big('t'));
    }
  }
  static std::string big(char letter) { return '"' + std::string(500, letter) + '"'; }
  /// cerebro ends and comes back.
  void restart() {
    upkeep.reset();
    const std::string before = engine::canonical_text(life->state());
    life.reset();
    log.reset();
    log = open_log(scratch.path());
    auto recovered = cerebro::recover(cerebro::source_of(*log, scratch.path()), {});
    ASSERT_TRUE(recovered.ok()) << recovered.error().message;
    EXPECT_EQ(engine::canonical_text(recovered->state), before);
    EXPECT_EQ(engine::broken_invariant(recovered->state), "");
    life = std::make_unique<Life>(*log, std::move(recovered->state));
    begin();
  }
  base::Seq first_seq() const {
    const auto batches = log::read_all(*log);
    return batches.empty() ? 0 : batches.front().first_seq;
  }
  std::size_t snapshots() const { return log::snapshot_files(scratch.path()).size(); }

  log::ScratchFolder scratch;
  std::unique_ptr<log::SqliteLog> log;
  std::unique_ptr<Life> life;
  cerebro::InlineReaders background;
  InlineCompactor compactor;
  std::unique_ptr<cerebro::Upkeep> upkeep;

 private:
  void begin() {
    upkeep = std::make_unique<cerebro::Upkeep>(
        cerebro::UpkeepWorld{*log, scratch.path(), *this, background, compactor, retention_, snapshot_events_});
  }
  base::Duration retention_;
  std::uint64_t snapshot_events_;
  base::Duration steady_ = 1h;
};

constexpr std::uint64_t never = 1'000'000'000;

TEST(Upkeep, makes_a_snapshot_when_enough_was_sealed_since_the_last_one) {
  Keeper keeper(30);
  keeper.minutes(3);
  EXPECT_EQ(keeper.compactor.started, 0);
  keeper.month();
  keeper.minutes(3);
  EXPECT_EQ(keeper.compactor.started, 1);
  EXPECT_EQ(keeper.snapshots(), 1U);
  keeper.minutes(10);
  EXPECT_EQ(keeper.compactor.started, 1) << "nothing was sealed since";
  keeper.month();
  keeper.minutes(3);
  EXPECT_EQ(keeper.compactor.started, 2);
  keeper.restart();
}

TEST(Upkeep, waits_longer_after_each_failure_of_the_compactor) {
  Keeper keeper(30);
  keeper.compactor.fail = true;
  keeper.month();
  keeper.minutes(2);
  EXPECT_EQ(keeper.compactor.started, 1);
  keeper.minutes(20);
  EXPECT_EQ(keeper.compactor.started, 4) << "after 2, 4 and 8 minutes more";
  keeper.compactor.fail = false;
  keeper.minutes(20);
  EXPECT_EQ(keeper.compactor.started, 5);
  EXPECT_EQ(keeper.snapshots(), 1U);
}

TEST(Retention, lets_old_history_go_and_keeps_the_state_whole) {
  Keeper keeper(never);
  keeper.life->run("shop/yearly", Keeper::big('y'));
  const auto yearly = *keeper.life->state().find_task("shop/yearly");
  const auto result = keeper.life->state().task(yearly).history->last->result;
  ASSERT_TRUE(result.blob);
  for (int i = 0; i < 3; ++i) keeper.month();
  keeper.minutes(3);
  EXPECT_EQ(keeper.first_seq(), 1U) << "nothing is older than the retention";
  for (int i = 0; i < 6; ++i) {
    keeper.month();
    keeper.minutes(3);
  }
  const base::Seq first = keeper.first_seq();
  EXPECT_GT(first, 1U);
  EXPECT_EQ(keeper.snapshots(), 2U);
  const auto oldest = keeper.log->sealed().front();
  EXPECT_LE(keeper.wall() - oldest.last_wall, std::chrono::hours(24 * 91)) << "gone as soon as two snapshots cover it";
  // What the newest state says is all there: the result of long ago, the declaration.
  const auto bytes = keeper.log->blob(*result.blob);
  ASSERT_TRUE(bytes.ok()) << bytes.error().message;
  EXPECT_EQ(*bytes, Keeper::big('y'));
  for (const base::Hash128& blob : cerebro::blobs_of(keeper.life->state()))
    EXPECT_TRUE(keeper.log->blob(blob).ok()) << blob.hex();
  keeper.restart();
  EXPECT_EQ(keeper.first_seq(), first);
  EXPECT_TRUE(keeper.log->blob(*result.blob).ok());
  keeper.life->serve(company);
  keeper.life->run("shop/take+", "1");
  keeper.restart();
}

TEST(Retention, what_happened_since_the_oldest_live_run_began_stays) {
  Keeper keeper(never);
  for (int i = 0; i < 3; ++i) keeper.month();
  keeper.life->pause("shop/yearly");
  keeper.life->run("shop/yearly");
  ASSERT_EQ(keeper.life->state().runs.size(), 1U);
  const base::Seq live = keeper.life->state().runs.begin()->second->created;
  for (int i = 0; i < 8; ++i) {
    keeper.month();
    keeper.minutes(3);
  }
  EXPECT_GT(keeper.first_seq(), 1U);
  EXPECT_LE(keeper.first_seq(), live);
  EXPECT_GE(keeper.log->sealed().front().last_seq, live) << "what is older is gone";
  keeper.restart();
}

TEST(Retention, takes_nothing_while_a_snapshot_is_damaged) {
  Keeper keeper(never);
  for (int i = 0; i < 3; ++i) keeper.month();
  ASSERT_TRUE(cerebro::compact(keeper.scratch.path(), {}).ok());
  for (int i = 0; i < 2; ++i) keeper.month();
  keeper.log->wait_until_sealed();
  ASSERT_TRUE(cerebro::compact(keeper.scratch.path(), {}).ok());
  const auto files = log::snapshot_files(keeper.scratch.path());
  ASSERT_EQ(files.size(), 2U);
  std::ofstream(files[0].path, std::ios::in | std::ios::out | std::ios::binary).put('\x5a');
  keeper.minutes(5);
  EXPECT_EQ(keeper.first_seq(), 1U);
  keeper.restart();
}

TEST(Retention, a_log_whose_beginning_is_gone_is_not_read_without_a_snapshot) {
  Keeper keeper(never);
  for (int i = 0; i < 9; ++i) {
    keeper.month();
    keeper.minutes(3);
  }
  ASSERT_GT(keeper.first_seq(), 1U);
  for (const auto& file : log::snapshot_files(keeper.scratch.path())) log::remove_snapshot(file);
  const auto recovered = cerebro::recover(cerebro::source_of(*keeper.log, keeper.scratch.path()), {});
  ASSERT_FALSE(recovered.ok());
  EXPECT_EQ(recovered.error().code, "no_snapshot");
}

}  // namespace
}  // namespace cordyna::testing
