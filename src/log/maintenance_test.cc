// verify, backup and recover: what they find, what they keep, and that nothing is cut before somebody says so.

#include "log/maintenance.h"

#include <fcntl.h>
#include <unistd.h>

#include "log/files.h"
#include "log/log_samples.h"
#include "log/sqlite_log.h"

namespace cordyna::log {
namespace {

std::unique_ptr<SqliteLog> open_log_in(const std::string& folder) {
  SqliteLogOptions options{.folder = folder};
  options.segment.events = 10;
  base::Result<std::unique_ptr<SqliteLog>> log = SqliteLog::open(options);
  EXPECT_TRUE(log.ok()) << (log ? "" : log.error().message);
  return log ? std::move(*log) : nullptr;
}

std::string blob_of(Seq seq) {
  return "blob of " + std::to_string(seq);
}

class Maintenance : public ::testing::Test {
 protected:
  /// Seqs 1..25 in segments of ten; every batch has a blob.
  void SetUp() override {
    const auto log = open_log_in(folder_);
    for (Seq seq = 1; seq <= 25; ++seq) {
      Batch batch = sample_batch(seq);
      batch.blobs = {sample_blob(blob_of(seq))};
      ASSERT_EQ(append_and_wait(*log, batch), AppendResult::durable);
    }
    log->wait_until_sealed();
    cluster_ = log->identity().cluster;
  }
  std::string segment(int number) const { return folder_ + "/segments/0000000" + std::to_string(number) + ".segment"; }
  /// Changes the first byte of `text` in a file.
  void damage(const std::string& path, const std::string& text) {
    std::string bytes = *read_file(path);
    const std::size_t place = bytes.find(text);
    ASSERT_NE(place, std::string::npos);
    bytes[place] = '#';
    ASSERT_TRUE(write_file(path, bytes).ok());
  }
  std::string verify_error() const {
    const base::Result<VerifyReport> report = verify(folder_);
    EXPECT_FALSE(report.ok());
    return report ? "" : report.error().code + ": " + report.error().message;
  }
  std::size_t files_removed() const { return names_in(folder_ + "/removed/0001").size(); }

  ScratchFolder scratch_;
  const std::string folder_ = scratch_ / "data";
  std::string cluster_;
};

TEST_F(Maintenance, verify_counts_an_intact_log) {
  const base::Result<VerifyReport> report = verify(folder_);
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->cluster, cluster_);
  EXPECT_EQ(report->epoch, 1U);
  EXPECT_EQ(report->first_seq, 1U);
  EXPECT_EQ(report->last_seq, 25U);
  EXPECT_EQ(report->segments, 3U);
  EXPECT_EQ(report->batches, 25U);
  EXPECT_EQ(report->blobs, 25U);
}

TEST_F(Maintenance, verify_of_no_log_says_so_and_makes_nothing) {
  const base::Result<VerifyReport> report = verify(scratch_ / "nowhere");
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, "no_log");
  EXPECT_FALSE(file_exists(scratch_ / "nowhere"));
}

TEST_F(Maintenance, verify_names_segment_and_seq) {
  damage(segment(2), "events from 14;");
  const std::string error = verify_error();
  EXPECT_NE(error.find("log_corrupt"), std::string::npos) << error;
  EXPECT_NE(error.find("00000002.segment"), std::string::npos) << error;
  EXPECT_NE(error.find("seq 14"), std::string::npos) << error;
}

TEST_F(Maintenance, verify_finds_a_missing_segment) {
  ASSERT_TRUE(remove_file(segment(2)));
  EXPECT_NE(verify_error().find("missing or misnamed"), std::string::npos);
}

TEST_F(Maintenance, verify_finds_a_lost_end) {
  ASSERT_TRUE(remove_file(segment(4)));  // prepared, never used
  EXPECT_TRUE(verify(folder_).ok());
  ASSERT_TRUE(remove_file(segment(3)));
  const std::string error = verify_error();
  EXPECT_NE(error.find("ends at seq 20, but everything up to seq 25 was acknowledged"), std::string::npos) << error;
  const base::Result<std::unique_ptr<SqliteLog>> log = SqliteLog::open({.folder = folder_});
  ASSERT_FALSE(log.ok());
  EXPECT_EQ(log.error().code, "log_corrupt");
}

TEST_F(Maintenance, verify_finds_a_segment_of_another_cluster) {
  const std::string other = scratch_ / "other";
  const auto log = open_log_in(other);
  fill_to(*log, 25);
  log->wait_until_sealed();
  ASSERT_TRUE(copy_file(other + "/segments/00000002.segment", segment(2)).ok());
  EXPECT_NE(verify_error().find("belongs to cluster"), std::string::npos);
}

TEST_F(Maintenance, a_newer_format_is_refused_and_never_recovered_away) {
  std::string bytes = *read_file(segment(1));
  bytes[63] = 2;  // PRAGMA user_version
  ASSERT_TRUE(write_file(segment(1), bytes).ok());
  EXPECT_NE(verify_error().find("newer_format"), std::string::npos);
  EXPECT_EQ(SqliteLog::open({.folder = folder_}).error().code, "newer_format");
  EXPECT_EQ(recover(folder_, {.accept_data_loss = true}).error().code, "newer_format");
  EXPECT_EQ(*read_file(segment(1)), bytes);
}

TEST_F(Maintenance, backup_makes_a_log_that_goes_on_alone) {
  ASSERT_TRUE(backup(folder_, scratch_ / "copy").ok());
  const auto copy = open_log_in(scratch_ / "copy");
  expect_samples(*copy, 25);
  EXPECT_EQ(copy->identity().cluster, cluster_);
  fill_to(*copy, 35);
  expect_samples(*copy, 35);
  EXPECT_EQ(backup(folder_, scratch_ / "copy").error().code, "not_empty");
  EXPECT_EQ(backup(scratch_ / "copy", scratch_ / "more").error().code, "data_in_use");
}

TEST_F(Maintenance, backup_of_a_damaged_log_is_refused) {
  damage(segment(1), "events from 2;");
  EXPECT_EQ(backup(folder_, scratch_ / "copy").error().code, "log_corrupt");
  EXPECT_FALSE(file_exists(scratch_ / "copy"));
}

TEST_F(Maintenance, recover_does_nothing_before_it_is_confirmed) {
  damage(segment(2), "events from 14;");
  const std::string before = *read_file(segment(2));
  const base::Result<RecoverReport> report = recover(folder_, {});
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, "confirmation_needed");
  EXPECT_NE(report.error().message.find("ends at seq 13"), std::string::npos) << report.error().message;
  EXPECT_EQ(*read_file(segment(2)), before);
  EXPECT_TRUE(file_exists(segment(3)));
  EXPECT_FALSE(file_exists(folder_ + "/removed"));
}

TEST_F(Maintenance, recover_cuts_in_front_of_the_damage_and_keeps_the_old_files) {
  damage(segment(2), "events from 14;");
  const std::string damaged = *read_file(segment(2)), behind = *read_file(segment(3));
  const base::Result<RecoverReport> report = recover(folder_, {.accept_data_loss = true});
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->last_seq, 13U);
  EXPECT_EQ(report->epoch, 2U);
  EXPECT_EQ(report->damage->code, "log_corrupt");
  EXPECT_TRUE(report->lost_blobs.empty());
  EXPECT_EQ(*read_file(report->removed + "/00000002.segment"), damaged);
  EXPECT_EQ(*read_file(report->removed + "/00000003.segment"), behind);
  EXPECT_TRUE(verify(folder_).ok()) << verify_error();

  const auto log = open_log_in(folder_);
  expect_samples(*log, 13);
  EXPECT_EQ(log->identity().epoch, 2U);
  EXPECT_EQ(log->identity().cluster, cluster_);
  EXPECT_EQ(*log->blob(base::hash128(blob_of(13))), blob_of(13));
  fill_to(*log, 40);
  log->wait_until_sealed();
  expect_samples(*log, 40);
  EXPECT_EQ(read_all(*log).front().epoch, 1U);
  EXPECT_EQ(read_all(*log).back().epoch, 2U);
  EXPECT_EQ(first_seqs(log->find_forward({KeyKind::run, "run-12"}, 0, 5)->batches), std::vector<Seq>{12});
}

TEST_F(Maintenance, recover_of_an_intact_log_only_begins_an_epoch) {
  const base::Result<RecoverReport> report = recover(folder_, {.accept_data_loss = true});
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_FALSE(report->damage.has_value());
  EXPECT_EQ(report->last_seq, 25U);
  EXPECT_EQ(report->epoch, 2U);
  EXPECT_TRUE(report->removed.empty());
  EXPECT_EQ(recover(folder_, {.accept_data_loss = true})->epoch, 3U);
  const auto log = open_log_in(folder_);
  EXPECT_EQ(log->identity().epoch, 3U);
  fill_to(*log, 50);
  expect_samples(*log, 50);
}

TEST_F(Maintenance, recover_accepts_a_lost_end) {
  ASSERT_TRUE(remove_file(segment(4)));
  ASSERT_TRUE(remove_file(segment(3)));
  const base::Result<RecoverReport> report = recover(folder_, {.accept_data_loss = true});
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->last_seq, 20U);
  const auto log = open_log_in(folder_);
  fill_to(*log, 30);
  expect_samples(*log, 30);
}

TEST_F(Maintenance, recover_rebuilds_a_search_index_without_losing_an_event) {
  damage(segment(1), "server/task-0\x01\x06");  // in a posting the key is followed by: one batch, six seqs further
  EXPECT_NE(verify_error().find("00000001.segment"), std::string::npos);
  const base::Result<RecoverReport> report = recover(folder_, {.accept_data_loss = true});
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->last_seq, 25U);
  const auto log = open_log_in(folder_);
  log->wait_until_sealed();
  expect_samples(*log, 25);
  EXPECT_EQ(first_seqs(log->find_forward({KeyKind::task, "server/task-0"}, 0, 9)->batches),
            (std::vector<Seq>{7, 14, 21}));
}

TEST_F(Maintenance, recover_leaves_a_hole_for_a_damaged_blob) {
  damage(segment(1), blob_of(4));
  EXPECT_NE(verify_error().find("blob"), std::string::npos);
  const base::Result<RecoverReport> report = recover(folder_, {.accept_data_loss = true});
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->last_seq, 25U);
  EXPECT_EQ(report->lost_blobs, std::vector<base::Hash128>{base::hash128(blob_of(4))});
  EXPECT_EQ(report->rebuilt, std::vector<std::string>{segment(1)});
  EXPECT_TRUE(verify(folder_).ok()) << verify_error();
  const auto log = open_log_in(folder_);
  log->wait_until_sealed();
  expect_samples(*log, 25);
  EXPECT_EQ(log->blob(base::hash128(blob_of(4))).error().code, "unknown_blob");
  EXPECT_EQ(*log->blob(base::hash128(blob_of(5))), blob_of(5));
  EXPECT_TRUE(verify(scratch_ / "data").error().code == "data_in_use");
}

TEST_F(Maintenance, recover_of_a_wholly_unreadable_log_begins_an_empty_one) {
  for (int number = 1; number <= 4; ++number) ASSERT_TRUE(write_file(segment(number), "not a database").ok());
  const base::Result<RecoverReport> report = recover(folder_, {.accept_data_loss = true});
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->last_seq, 0U);
  EXPECT_GE(files_removed(), 4U);
  const auto log = open_log_in(folder_);
  fill_to(*log, 5);
  expect_samples(*log, 5);
}

}  // namespace
}  // namespace cordyna::log
