// compact and recovery on a real data folder with tiny segments: beside a running cerebro, after damage, after cuts.

#include "cerebro/compact.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/canonical.h"
#include "log/snapshot_files.h"
#include "snapshot/life.h"

namespace cordyna::testing {
namespace {

constexpr const char* company = R"(server: shop
team: sales
tasks:
  take: {}
  count: {upstream: [take]}
  tell: {upstream: [count]}
)";

/// A log with some runs in it, and the state that they lead to.
class Folder {
 public:
  Folder() : log(open_log(scratch.path())), life(*log, first()) { life.serve(company); }
  engine::State first() const {
    engine::State state;
    state.cluster = log->identity().cluster;
    state.salt = base::hash128(state.cluster).low;
    return state;
  }
  void runs(int count) {
    for (int i = 0; i < count; ++i) {
      life.advance(1min);
      life.run("shop/tell+", std::string(400, static_cast<char>('a' + i % 26)).insert(0, 1, '"') + '"');
    }
    log->wait_until_sealed();
  }
  cerebro::CompactReport compact() {
    auto report = cerebro::compact(scratch.path(), {});
    EXPECT_TRUE(report.ok()) << (report.ok() ? "" : report.error().message);
    return report.ok() ? *report : cerebro::CompactReport{};
  }
  cerebro::Recovered recover() {
    auto recovered = cerebro::recover(cerebro::source_of(*log, scratch.path()), {});
    EXPECT_TRUE(recovered.ok()) << (recovered.ok() ? "" : recovered.error().message);
    return recovered.ok() ? std::move(*recovered) : cerebro::Recovered{};
  }
  void expect_recovered(const cerebro::Recovered& recovered) {
    EXPECT_EQ(engine::canonical_text(recovered.state), engine::canonical_text(life.state()));
    EXPECT_EQ(engine::broken_invariant(recovered.state), "");
  }

  log::ScratchFolder scratch;
  std::unique_ptr<log::SqliteLog> log;
  Life life;
};

std::string path_of(const cerebro::Recovered& recovered) {
  return recovered.snapshot ? recovered.snapshot->path : "";
}

void damage(const std::string& path) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(path) / 2));
  file.put('\x5a').put('\x5a').put('\x5a');
}

TEST(Compact, writes_the_state_at_the_end_of_the_sealed_segments_while_the_log_is_in_use) {
  Folder folder;
  folder.runs(5);
  const auto report = folder.compact();
  EXPECT_TRUE(report.written);
  EXPECT_EQ(report.last_seq, folder.log->sealed().back().last_seq);
  EXPECT_EQ(report.events, report.last_seq);
  const auto recovered = folder.recover();
  ASSERT_TRUE(recovered.snapshot);
  EXPECT_EQ(recovered.snapshot->last_seq, report.last_seq);
  EXPECT_TRUE(recovered.refused.empty());
  folder.expect_recovered(recovered);
  const auto replayed = cerebro::recover_state(*folder.log, {});
  ASSERT_TRUE(replayed.ok());
  EXPECT_EQ(engine::canonical_text(recovered.state), engine::canonical_text(*replayed));
}

TEST(Compact, does_nothing_when_nothing_was_sealed_since) {
  Folder folder;
  EXPECT_FALSE(folder.compact().written);
  folder.runs(5);
  EXPECT_TRUE(folder.compact().written);
  const auto again = folder.compact();
  EXPECT_FALSE(again.written);
  EXPECT_EQ(again.events, 0U);
}

TEST(Compact, goes_on_from_the_snapshot_before_and_keeps_two) {
  Folder folder;
  base::Seq last = 0;
  for (int i = 0; i < 4; ++i) {
    folder.runs(3);
    const auto report = folder.compact();
    EXPECT_TRUE(report.written);
    EXPECT_EQ(report.events, report.last_seq - last);
    last = report.last_seq;
  }
  EXPECT_EQ(log::snapshot_files(folder.scratch.path()).size(), 2U);
  folder.expect_recovered(folder.recover());
}

TEST(Compact, is_one_at_a_time) {
  Folder folder;
  folder.runs(3);
  const auto lock = log::SnapshotLock::take(folder.scratch.path());
  ASSERT_TRUE(lock.ok());
  const auto second = cerebro::compact(folder.scratch.path(), {});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, "data_in_use");
}

TEST(Compact, refuses_a_folder_without_a_log) {
  const log::ScratchFolder empty;
  const auto report = cerebro::compact(empty.path(), {});
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, "no_log");
  EXPECT_TRUE(std::filesystem::is_empty(empty.path()));
}

TEST(Recovery, life_goes_on_from_a_snapshot_as_from_the_whole_log) {
  Folder folder;
  folder.runs(4);
  folder.life.run("shop/tell+", {}, false);  // one command is open
  folder.log->wait_until_sealed();
  ASSERT_TRUE(folder.log->seal_now().ok());
  folder.compact();
  folder.log.reset();
  folder.log = open_log(folder.scratch.path());
  auto recovered = folder.recover();
  folder.expect_recovered(recovered);
  auto replayed = cerebro::recover_state(*folder.log, {});
  ASSERT_TRUE(replayed.ok());
  // The same inputs on both; the second log only takes what it is given.
  const log::ScratchFolder other;
  std::filesystem::copy(folder.scratch.path(), other.path(), std::filesystem::copy_options::recursive);
  const auto copy = open_log(other.path());
  Life one(*folder.log, std::move(recovered.state)), two(*copy, std::move(*replayed));
  for (Life* life : {&one, &two}) {
    life->serve(company);
    life->run("shop/take", "7");
    life->advance(10min);
    life->run("shop/tell+", "8");
  }
  EXPECT_EQ(engine::canonical_text(one.state()), engine::canonical_text(two.state()));
}

TEST(Recovery, names_a_damaged_snapshot_and_uses_the_one_before) {
  Folder folder;
  folder.runs(4);
  folder.compact();
  folder.runs(4);
  folder.compact();
  const auto files = log::snapshot_files(folder.scratch.path());
  ASSERT_EQ(files.size(), 2U);
  damage(files[1].path);
  const auto recovered = folder.recover();
  ASSERT_EQ(recovered.refused.size(), 1U);
  EXPECT_EQ(recovered.refused[0].file.path, files[1].path);
  EXPECT_EQ(recovered.refused[0].error.code, "bad_snapshot");
  EXPECT_EQ(path_of(recovered), files[0].path);
  folder.expect_recovered(recovered);
  damage(files[0].path);
  const auto replayed = folder.recover();
  EXPECT_EQ(replayed.refused.size(), 2U);
  EXPECT_FALSE(replayed.snapshot);
  folder.expect_recovered(replayed);
  EXPECT_TRUE(folder.compact().written) << "the next one takes the place of the damaged ones";
  const auto mended = log::snapshot_files(folder.scratch.path());
  ASSERT_EQ(mended.size(), 1U);
  EXPECT_TRUE(folder.recover().refused.empty());
}

TEST(Recovery, does_not_believe_a_snapshot_of_another_history) {
  Folder folder, other;
  folder.runs(4);
  other.runs(4);
  folder.compact();
  other.compact();
  const auto theirs = log::snapshot_files(other.scratch.path());
  const auto ours = log::snapshot_files(folder.scratch.path());
  ASSERT_EQ(theirs.size(), 1U);
  std::filesystem::copy_file(theirs[0].path, ours[0].path, std::filesystem::copy_options::overwrite_existing);
  const auto recovered = folder.recover();
  ASSERT_EQ(recovered.refused.size(), 1U);
  EXPECT_EQ(recovered.refused[0].error.code, "foreign_snapshot");
  folder.expect_recovered(recovered);
}

}  // namespace
}  // namespace cordyna::testing
