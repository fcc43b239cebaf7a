// A disk that is full or fails. Full: nothing is changed, the same batch goes in later. Anything else: the process
// ends, and nothing is written any more. Through a failing file system under SQLite, and through a file size limit of
// the process.

#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <future>

#include "log/faulty_vfs.h"
#include "log/log_samples.h"
#include "log/maintenance.h"
#include "log/sqlite_log.h"

namespace cordyna::log {
namespace {

class DiskTrouble : public ::testing::Test {
 protected:
  void open(std::uint64_t events = 1'000'000) {
    SqliteLogOptions options{.folder = scratch_ / "data", .vfs = faulty_vfs_name()};
    options.segment.events = events;
    options.fatal = [this](const std::string& message) { fatal_.set_value(message); };
    base::Result<std::unique_ptr<SqliteLog>> log = SqliteLog::open(options);
    ASSERT_TRUE(log.ok()) << log.error().message;
    log_ = std::move(*log);
  }
  /// From the n-th write or sync of a file whose name ends with `suffix` on, every one answers `code`.
  void fail(FileCall call, const std::string& suffix, int code, int after = 0) {
    set_file_fault([=, calls = std::make_shared<std::atomic<int>>(0)](FileCall made, const std::string& path) {
      if (made != call || !path.ends_with(suffix)) return SQLITE_OK;
      return calls->fetch_add(1) >= after ? code : SQLITE_OK;
    });
  }
  void TearDown() override {
    log_.reset();
    set_file_fault(nullptr);
  }
  std::string fatal_message() { return fatal_.get_future().get(); }

  ScratchFolder scratch_;
  std::promise<std::string> fatal_;
  std::unique_ptr<SqliteLog> log_;
};

TEST_F(DiskTrouble, full_disk_changes_nothing_and_the_batch_goes_in_later) {
  open();
  fill_to(*log_, 5);
  for (int after = 0; after < 4; ++after) {
    const Seq next = log_->identity().last_seq + 1;
    Batch batch = sample_batch(next);
    batch.blobs = {sample_blob(std::string(50'000, static_cast<char>('a' + after)))};
    fail(FileCall::write, "-wal", SQLITE_FULL, after);
    ASSERT_EQ(append_and_wait(*log_, batch), AppendResult::full) << after;
    ASSERT_EQ(append_and_wait(*log_, {}, true), AppendResult::full);
    expect_samples(*log_, next - 1);
    EXPECT_FALSE(log_->blob(batch.blobs[0].id).ok());
    set_file_fault(nullptr);
    ASSERT_EQ(append_and_wait(*log_, {}, true), AppendResult::durable);
    expect_samples(*log_, next);
    EXPECT_EQ(*log_->blob(batch.blobs[0].id), batch.blobs[0].bytes);
  }
  log_.reset();
  open();
  expect_samples(*log_, 9);
}

TEST_F(DiskTrouble, full_disk_during_a_checkpoint_does_not_stop_appends) {
  open();
  fail(FileCall::write, ".segment", SQLITE_FULL);
  fill_to(*log_, 200);
  expect_samples(*log_, 200);
  set_file_fault(nullptr);
  fill_to(*log_, 300);
  log_.reset();
  EXPECT_EQ(verify(scratch_ / "data")->last_seq, 300U);
}

TEST_F(DiskTrouble, full_disk_while_sealing_keeps_the_segment_readable_from_memory) {
  open(10);
  fail(FileCall::write, ".segment", SQLITE_FULL);
  fill_to(*log_, 10);
  ASSERT_EQ(append_and_wait(*log_, sample_batch(11)), AppendResult::durable);  // the next one was prepared
  log_->wait_until_sealed();
  expect_samples(*log_, 11);
  set_file_fault(nullptr);
  fill_to(*log_, 25);
  log_->wait_until_sealed();
  expect_samples(*log_, 25);
  log_.reset();
  EXPECT_EQ(verify(scratch_ / "data")->last_seq, 25U);
}

TEST_F(DiskTrouble, failed_sync_ends_the_process_and_reports_nothing) {
  open();
  fill_to(*log_, 5);
  fail(FileCall::sync, "-wal", SQLITE_IOERR_FSYNC);
  bool reported = false;
  log_->append(sample_batch(6), [&](AppendResult) { reported = true; });
  const std::string message = fatal_message();
  EXPECT_NE(message.find("00000001.segment"), std::string::npos) << message;
  log_->poll();
  EXPECT_FALSE(reported);
  EXPECT_EQ(log_->identity().last_seq, 5U);
  log_.reset();
  set_file_fault(nullptr);
  fatal_ = {};
  open();
  EXPECT_GE(log_->identity().last_seq, 5U);  // 6 may have reached the disk: it was never promised
  expect_samples(*log_, log_->identity().last_seq);
}

TEST_F(DiskTrouble, failed_write_ends_the_process) {
  open();
  fill_to(*log_, 5);
  fail(FileCall::write, "-wal", SQLITE_IOERR_WRITE);
  log_->append(sample_batch(6), [](AppendResult) { FAIL(); });
  EXPECT_FALSE(fatal_message().empty());
  EXPECT_FALSE(log_->seal_now().ok());
}

TEST_F(DiskTrouble, failed_sync_in_a_checkpoint_ends_the_process) {
  open();
  fail(FileCall::sync, ".segment", SQLITE_IOERR_FSYNC);
  Batch batch = sample_batch(1);
  batch.blobs = {sample_blob(std::string(1U << 20, 'x'))};  // more than the frames of a checkpoint
  ASSERT_EQ(append_and_wait(*log_, batch), AppendResult::durable);
  EXPECT_FALSE(fatal_message().empty());
  log_.reset();
  set_file_fault(nullptr);
  EXPECT_EQ(verify(scratch_ / "data")->last_seq, 1U);
}

TEST(DiskTroubleOfTheProcess, ends_with_code_74_and_names_the_file) {
  const auto trouble = [] {
    const ScratchFolder scratch;
    SqliteLogOptions options{.folder = scratch / "data", .vfs = faulty_vfs_name()};
    const auto log = std::move(*SqliteLog::open(options));
    set_file_fault(
        [](FileCall call, const std::string&) { return call == FileCall::sync ? SQLITE_IOERR_FSYNC : SQLITE_OK; });
    append_and_wait(*log, sample_batch(1));
  };
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(trouble(), ::testing::ExitedWithCode(74), "00000001\\.segment.*disk I/O error");
}

TEST(DiskTroubleOfTheProcess, a_file_size_limit_is_a_full_disk) {
  const ScratchFolder scratch;
  const auto log = std::move(*SqliteLog::open({.folder = scratch / "data"}));
  log->wait_until_sealed();
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{1U << 20, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  AppendResult result = AppendResult::durable;
  Seq seq = 0;
  while (result == AppendResult::durable && seq < 2000) {
    Batch batch = sample_batch(++seq);
    batch.blobs = {sample_blob(std::string(20'000, 'x') + std::to_string(seq))};
    result = append_and_wait(*log, batch);
  }
  EXPECT_EQ(result, AppendResult::full);
  expect_samples(*log, seq - 1);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, old_handler);
  ASSERT_EQ(append_and_wait(*log, {}, true), AppendResult::durable);
  fill_to(*log, seq + 10);
  expect_samples(*log, seq + 10);
}

}  // namespace
}  // namespace cordyna::log
