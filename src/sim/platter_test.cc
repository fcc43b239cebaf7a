// The disk of bytes forgets what was not synced and fails as it is told; and the shipped log loses nothing on it.
#include "sim/platter.h"

#include <gtest/gtest.h>

#include "log/files.h"
#include "log/sqlite_log.h"

namespace cordyna::sim {
namespace {

using log::Opening;

constexpr std::size_t sectors = 64, largest_sector = 4096;

/// A disk with a folder, below a path of its own.
struct World {
  explicit World(std::uint64_t seed = 1) : platter(Chance(seed, "platter")), mount("/platter test/", platter) {
    EXPECT_EQ(platter.make_folder("/platter test"), 0);
  }
  std::unique_ptr<log::PlainFile> file(Opening how = Opening::create) { return platter.open(path, how); }
  std::string content() { return *log::read_file(path); }

  Platter platter;
  log::Mount mount;
  const std::string path = "/platter test/file";
};

TEST(Platter, a_power_cut_keeps_loses_or_tears_each_sector_that_was_not_synced) {
  World world;
  const auto file = world.file();
  const std::string old(sectors * largest_sector, 'o'), fresh(sectors * largest_sector, 'n');
  file->write(old, 0);
  ASSERT_EQ(file->sync(), 0);
  ASSERT_EQ(world.platter.sync_folder("/platter test"), 0);
  file->write(fresh, 0);
  EXPECT_EQ(world.content(), fresh);
  world.platter.power_cut();
  std::size_t kept = 0, lost = 0, torn = 0;
  const std::string left = world.content();
  ASSERT_EQ(left.size(), old.size());
  for (std::size_t i = 0; i < sectors; ++i) {
    const std::string sector = left.substr(i * largest_sector, largest_sector);
    const bool has_old = sector.find('o') != std::string::npos, has_new = sector.find('n') != std::string::npos;
    kept += has_new && !has_old ? 1 : 0;
    lost += has_old && !has_new ? 1 : 0;
    torn += has_old && has_new ? 1 : 0;
  }
  EXPECT_GT(kept + torn, 5U);
  EXPECT_GT(lost + torn, 5U);
  EXPECT_GT(torn, 0U);
}

TEST(Platter, a_power_cut_keeps_what_was_synced_and_the_end_of_a_process_keeps_all) {
  World world;
  const auto file = world.file();
  file->write("synced", 0);
  ASSERT_EQ(file->sync(), 0);
  ASSERT_EQ(world.platter.sync_folder("/platter test"), 0);
  world.platter.power_cut();
  EXPECT_EQ(world.content(), "synced");
  world.file(Opening::write)->write("SYNCED", 0);
  world.platter.stop();
  EXPECT_LT(world.file(Opening::write)->write("never", 0), 0);
  world.platter.start();
  EXPECT_EQ(world.content(), "SYNCED");
}

TEST(Platter, names_are_safe_once_their_folder_is_synced) {
  const auto is_there = [](std::uint64_t seed, bool synced) {
    World world(seed);
    EXPECT_EQ(world.file()->sync(), 0);
    EXPECT_EQ(synced ? world.platter.sync_folder("/platter test") : 0, 0);
    world.platter.power_cut();
    return log::file_exists(world.path);
  };
  int lucky = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    EXPECT_TRUE(is_there(seed, true)) << seed;
    lucky += is_there(seed, false) ? 1 : 0;
  }
  EXPECT_GT(lucky, 0);
  EXPECT_LT(lucky, 40);
}

TEST(Platter, what_a_failed_sync_has_lost_no_later_sync_brings_back) {
  World world;
  const auto file = world.file();
  const std::string old(sectors * largest_sector, 'o'), fresh(sectors * largest_sector, 'n');
  file->write(old, 0);
  ASSERT_EQ(file->sync(), 0);
  ASSERT_EQ(world.platter.sync_folder("/platter test"), 0);
  file->write(fresh, 0);
  world.platter.before_call = [](const Platter::Call& call) {
    return call.name == "sync" ? std::optional(Platter::Trouble::io_error) : std::nullopt;
  };
  EXPECT_NE(file->sync(), 0);
  world.platter.before_call = [](const Platter::Call&) { return std::nullopt; };
  EXPECT_EQ(file->sync(), 0);
  EXPECT_EQ(world.content(), fresh) << "the page cache still has it";
  world.platter.power_cut();
  const std::string left = world.content();
  EXPECT_NE(left.find('o'), std::string::npos);
  EXPECT_NE(left.find('n'), std::string::npos);
}

TEST(Platter, a_full_disk_lets_nothing_grow) {
  World world;
  const auto file = world.file();
  file->write("1234", 0);
  world.platter.full = true;
  EXPECT_EQ(file->write("abcd", 0), 4);
  EXPECT_LT(file->write("12345", 0), 0);
  EXPECT_EQ(world.platter.open("/platter test/other", Opening::create), nullptr);
  world.platter.every_write = true;
  EXPECT_LT(file->write("1234", 0), 0);
  EXPECT_EQ(world.content(), "abcd");
}

TEST(Platter, a_turned_bit_is_turned_back_unless_it_was_overwritten) {
  World world;
  const auto file = world.file();
  file->write(std::string(1000, 'a'), 0);
  EXPECT_NE(world.platter.flip_a_bit({"file"}), "");
  EXPECT_NE(world.content(), std::string(1000, 'a'));
  EXPECT_EQ(world.platter.mend_bits(), 1U);
  EXPECT_EQ(world.content(), std::string(1000, 'a'));
  world.platter.flip_a_bit({"file"});
  file->write(std::string(1000, 'b'), 0);
  EXPECT_FALSE(world.platter.damaged());
  EXPECT_EQ(world.platter.flip_a_bit({"no such"}), "");
}

/// Does everything at once.
class AtOnce final : public log::Worker {
 public:
  explicit AtOnce(Step step) : step_(std::move(step)) {}
  void wake() override {
    while (step_() == base::Duration(0)) {
    }
  }
  void wait_until(const std::function<bool()>& done) override { ASSERT_TRUE(done()); }

 private:
  Step step_;
};

/// A SQLite log on the disk, as one process after the other has it.
struct OneLog : World {
  using World::World;
  void open() {
    log::SqliteLogOptions options;
    options.folder = "/platter test/data";
    options.cluster = "test";
    options.fatal = [this](const std::string& message) { fatal = message; };
    options.start_worker = [](log::WorkerOf, log::Worker::Step step) {
      return std::make_unique<AtOnce>(std::move(step));
    };
    platter.start();
    auto opened = log::SqliteLog::open(options);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    sqlite = std::move(*opened);
  }
  /// The process dies, and with it the power or not.
  void end(bool power_cut) {
    platter.stop();
    sqlite.reset();
    if (power_cut) platter.power_cut();
  }
  bool append() {
    log::Batch batch;
    batch.first_seq = sqlite->identity().last_seq + 1;
    batch.count = 1;
    batch.events = std::string(3000, static_cast<char>('a' + batch.first_seq % 20));
    bool durable = false;
    sqlite->append(std::move(batch), [&](log::AppendResult result) { durable = result == log::AppendResult::durable; });
    sqlite->poll();
    return durable;
  }
  void fail_at_sync() {
    platter.before_call = [](const Platter::Call& call) {
      const bool hit = call.name == "sync" && call.path.ends_with("-wal");
      return hit ? std::optional(Platter::Trouble::io_error) : std::nullopt;
    };
  }

  std::string fatal;
  std::unique_ptr<log::SqliteLog> sqlite;
};

TEST(SqliteOnPlatter, what_was_reported_durable_outlives_a_power_cut) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    OneLog log(seed);
    log.open();
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(log.append());
    log.end(true);
    log.open();
    EXPECT_EQ(log.sqlite->identity().last_seq, 5U) << seed;
    EXPECT_EQ(log.fatal, "");
  }
}

/// The process ends after a failed sync, and the next one finds in memory what the disk never got. Whatever it then
/// promises stands behind that.
TEST(SqliteOnPlatter, what_a_failed_sync_left_in_memory_reaches_the_disk_before_more_is_promised) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    OneLog log(seed);
    log.open();
    ASSERT_TRUE(log.append());
    log.fail_at_sync();
    EXPECT_FALSE(log.append());
    EXPECT_NE(log.fatal, "");
    log.platter.before_call = [](const Platter::Call&) { return std::nullopt; };
    log.end(false);
    log.open();
    const base::Seq found = log.sqlite->identity().last_seq;
    ASSERT_TRUE(log.append());
    log.end(true);
    log.open();
    EXPECT_EQ(log.sqlite->identity().last_seq, found + 1) << seed;
  }
}

TEST(SqliteOnPlatter, a_turned_bit_is_named_or_harms_nothing) {
  std::size_t refused = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    OneLog log(seed);
    log.open();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(log.append());
    log.end(false);
    const std::string where = log.platter.flip_a_bit({".segment", "-wal"});
    log.platter.start();
    log::SqliteLogOptions options;
    options.folder = "/platter test/data";
    options.start_worker = [](log::WorkerOf, log::Worker::Step step) {
      return std::make_unique<AtOnce>(std::move(step));
    };
    const auto opened = log::SqliteLog::open(options);
    if (opened.ok()) {
      EXPECT_EQ((*opened)->identity().last_seq, 3U) << where;
    } else {
      ++refused;
      EXPECT_TRUE(opened.error().code == "log_corrupt" || opened.error().code == "newer_format")
          << where << ": " << opened.error().code << ' ' << opened.error().message;
    }
  }
  EXPECT_GT(refused, 5U);
}

}  // namespace
}  // namespace cordyna::sim
