// SqliteLog beyond the contract of event_log_test.cc: segments, sealing, reopening, a second process, retention,
// backup.

#include "log/sqlite_log.h"

#include <sys/wait.h>
#include <unistd.h>

#include <limits>

#include "log/data_folder.h"
#include "log/files.h"
#include "log/log_samples.h"
#include "log/maintenance.h"
#include "log/running_backup.h"
#include "log/snapshot_files.h"

namespace cordyna::log {
namespace {

std::unique_ptr<SqliteLog> open_log_in(const std::string& folder, std::uint64_t events = 1'000'000) {
  SqliteLogOptions options{.folder = folder};
  options.segment.events = events;
  base::Result<std::unique_ptr<SqliteLog>> log = SqliteLog::open(options);
  EXPECT_TRUE(log.ok()) << (log ? "" : log.error().message);
  return log ? std::move(*log) : nullptr;
}

const auto nothing_needed = [](base::Hash128) { return false; };

TEST(SqliteLog, goes_on_where_it_ended_after_reopening) {
  const ScratchFolder scratch;
  std::string cluster;
  for (Seq last = 10; last <= 50; last += 10) {
    const auto log = open_log_in(scratch / "data", 15);
    if (last == 10) cluster = log->identity().cluster;
    EXPECT_EQ(log->identity().cluster, cluster);
    EXPECT_EQ(log->identity().last_seq, last - 10);
    fill_to(*log, last);
    expect_samples(*log, last);
  }
}

TEST(SqliteLog, starts_a_segment_at_each_of_its_three_limits_and_not_before) {
  const ScratchFolder scratch;
  const auto segments_after = [&](const char* name, SegmentLimits limits, Seq last) {
    SqliteLogOptions options{.folder = scratch / name};
    options.segment = limits;
    const auto log = std::move(*SqliteLog::open(options));
    fill_to(*log, last);
    const std::string copy = scratch / (std::string(name) + "-copy");
    EXPECT_TRUE(log->backup(copy).ok());
    return verify(copy)->segments;
  };
  const SegmentLimits wide{1U << 30, 1'000'000, std::chrono::hours(24)};
  EXPECT_EQ(segments_after("events-1", {wide.bytes, 10, wide.age}, 10), 1U);
  EXPECT_EQ(segments_after("events-2", {wide.bytes, 10, wide.age}, 11), 2U);
  std::size_t bytes = 0;
  for (Seq seq = 1; seq <= 10; ++seq) bytes += sample_events(seq).size();
  EXPECT_EQ(segments_after("bytes-1", {bytes, wide.events, wide.age}, 10), 1U);
  EXPECT_EQ(segments_after("bytes-2", {bytes - 1, wide.events, wide.age}, 10), 2U);
  EXPECT_EQ(segments_after("age-1", {wide.bytes, wide.events, std::chrono::seconds(10)}, 10), 1U);
  EXPECT_EQ(segments_after("age-2", {wide.bytes, wide.events, std::chrono::seconds(9)}, 10), 2U);
}

TEST(SqliteLog, keeps_a_full_segment_that_a_stop_left_unsealed) {
  const ScratchFolder scratch;
  {
    const auto log = open_log_in(scratch / "data", 5);
    fill_to(*log, 42);
  }  // the sealer ends with work left
  const auto log = open_log_in(scratch / "data", 5);
  expect_samples(*log, 42);
  log->wait_until_sealed();
  expect_samples(*log, 42);
}

TEST(SqliteLog, refuses_a_folder_that_is_in_use_by_another_process_or_itself) {
  const ScratchFolder scratch;
  const auto log = open_log_in(scratch / "data");
  fill_to(*log, 3);
  const base::Result<std::unique_ptr<SqliteLog>> second = SqliteLog::open({.folder = scratch / "data"});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, "data_in_use");
  EXPECT_NE(second.error().message.find(std::to_string(::getpid())), std::string::npos) << second.error().message;
  const pid_t child = ::fork();
  if (child == 0) {
    const base::Result<VerifyReport> report = verify(scratch / "data");
    ::_exit(!report && report.error().code == "data_in_use" ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  fill_to(*log, 6);
  expect_samples(*log, 6);
}

TEST(SqliteLog, forgets_whole_sealed_segments_and_carries_needed_blobs_forward) {
  const ScratchFolder scratch;
  auto log = open_log_in(scratch / "data", 10);  // segments begin at 1, 11, 21, 31, 41
  const Blob needed = sample_blob(std::string(300'000, 'n')), other = sample_blob("other"),
             twice = sample_blob("twice");
  Batch batch = sample_batch(1);
  batch.blobs = {needed, other, twice};
  ASSERT_EQ(append_and_wait(*log, batch), AppendResult::durable);
  fill_to(*log, 24);
  batch = sample_batch(25);
  batch.blobs = {twice};
  ASSERT_EQ(append_and_wait(*log, batch), AppendResult::durable);
  fill_to(*log, 45);
  log->wait_until_sealed();

  const auto still_needed = [&](base::Hash128 id) { return id == needed.id || id == twice.id; };
  base::Result<Forgotten> forgotten = log->forget_before(10, still_needed);  // seq 10 is in the first segment
  ASSERT_TRUE(forgotten.ok());
  EXPECT_EQ(forgotten->segments, 0U);
  EXPECT_EQ(forgotten->first_seq, 1U);
  forgotten = log->forget_before(29, still_needed);
  ASSERT_TRUE(forgotten.ok()) << forgotten.error().message;
  EXPECT_EQ(forgotten->segments, 2U);
  EXPECT_EQ(forgotten->blobs_carried, 1U);  // `twice` is also in the third segment
  EXPECT_EQ(forgotten->first_seq, 21U);
  EXPECT_EQ(log->blob(other.id).error().code, "unknown_blob");

  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(read_all(*log).front().first_seq, 21U);
    EXPECT_EQ(read_all(*log).size(), 25U);
    EXPECT_EQ(*log->blob(needed.id), needed.bytes);
    EXPECT_EQ(*log->blob(twice.id), "twice");
    EXPECT_TRUE(log->find_forward({KeyKind::run, "run-5"}, 0, 10)->batches.empty());
    EXPECT_EQ(first_seqs(log->find_backward({KeyKind::server, "odd"}, 24, 10)->batches), (std::vector<Seq>{23, 21}));
    log.reset();
    EXPECT_TRUE(verify(scratch / "data").ok());
    log = open_log_in(scratch / "data", 10);
  }
  EXPECT_FALSE(file_exists(scratch / "data/segments/00000002.segment"));
  EXPECT_TRUE(file_exists(scratch / "data/segments/00000003.segment"));
}

TEST(SqliteLog, never_forgets_the_active_segment) {
  const ScratchFolder scratch;
  const auto log = open_log_in(scratch / "data", 10);
  fill_to(*log, 25);
  log->wait_until_sealed();
  const base::Result<Forgotten> forgotten = log->forget_before(1000, nothing_needed);
  ASSERT_TRUE(forgotten.ok());
  EXPECT_EQ(forgotten->segments, 2U);
  EXPECT_EQ(read_all(*log).front().first_seq, 21U);
  fill_to(*log, 30);
}

TEST(SqliteLog, forgets_by_age_only_below_the_given_seq) {
  const ScratchFolder scratch;
  const auto log = open_log_in(scratch / "data", 10);
  fill_to(*log, 45);
  log->wait_until_sealed();
  EXPECT_EQ(log->forget_older_than(sample_now(20).wall, 1000, nothing_needed)->first_seq, 11U);
  EXPECT_EQ(log->forget_older_than(sample_now(31).wall, 20, nothing_needed)->first_seq, 11U);
  EXPECT_EQ(log->forget_older_than(sample_now(31).wall, 21, nothing_needed)->first_seq, 21U);
}

TEST(SqliteLog, answers_readers_on_other_threads_while_it_writes_seals_and_forgets) {
  const ScratchFolder scratch;
  const auto log = open_log_in(scratch / "data", 20);
  std::atomic<bool> ended = false;
  std::atomic<int> wrong = 0;
  const auto search = [&] {
    while (!ended) {
      const Seq last = log->identity().last_seq;
      const base::Result<Found> found = log->find_backward({KeyKind::run, "run-" + std::to_string(last)}, last + 1, 5);
      if (!found || (last > 0 && first_seqs(found->batches) != std::vector<Seq>{last})) ++wrong;
      Seq expected = 0;
      const base::Result<void> read = log->read(1, [&](const StoredBatch& batch) {
        if (expected != 0 && batch.first_seq != expected) ++wrong;
        expected = batch.first_seq + 1;
        return true;
      });
      if (!read) ++wrong;
    }
  };
  std::thread first(search), second(search);
  for (Seq seq = 20; seq <= 400; seq += 20) {
    fill_to(*log, seq);
    if (seq <= 100) continue;
    EXPECT_TRUE(log->forget_before(seq - 100, nothing_needed).ok());
  }
  ended = true;
  first.join();
  second.join();
  EXPECT_EQ(wrong, 0);
}

TEST(SqliteLog, backs_up_while_it_is_appended_to) {
  const ScratchFolder scratch;
  const auto log = open_log_in(scratch / "data", 30);
  Batch batch = sample_batch(1);
  batch.blobs = {sample_blob(std::string(3U << 20, 'b'))};  // several steps of copying
  ASSERT_EQ(append_and_wait(*log, batch), AppendResult::durable);
  fill_to(*log, 75);
  ASSERT_TRUE(write_snapshot(scratch / "data", 70, "a snapshot").ok());
  std::atomic<bool> ended = false;
  base::Result<Seq> last = Seq{0};
  std::thread copier([&] {
    last = log->backup(scratch / "copy");
    ended = true;
  });
  Seq seq = 75;
  while (!ended) fill_to(*log, ++seq);
  copier.join();
  ASSERT_TRUE(last.ok()) << last.error().message;
  EXPECT_GE(*last, 75U);
  const base::Result<VerifyReport> report = verify(scratch / "copy");
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->last_seq, *last);
  EXPECT_EQ(report->cluster, log->identity().cluster);
  const auto copy = open_log_in(scratch / "copy", 30);
  expect_samples(*copy, *last);
  EXPECT_EQ(copy->blob(batch.blobs[0].id)->size(), 3U << 20);
  ASSERT_EQ(snapshot_files(scratch / "copy").size(), 1U);
  EXPECT_EQ(*read_snapshot(snapshot_files(scratch / "copy")[0]), "a snapshot");
  expect_samples(*log, seq);
  const base::Result<Seq> again = log->backup(scratch / "copy");
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, "not_empty");
}

TEST(SqliteLog, is_copied_by_the_process_that_has_it_when_another_asks) {
  const ScratchFolder scratch;
  auto log = open_log_in(scratch / "data");
  fill_to(*log, 75);
  auto service = std::make_unique<RunningBackup>(*log, scratch / "data");
  const auto copied = request_backup(scratch / "data", scratch / "copy");
  ASSERT_TRUE(copied.ok()) << copied.error().message;
  EXPECT_EQ(*copied, std::optional<Seq>(75));
  EXPECT_EQ(verify(scratch / "copy")->last_seq, 75U);
  const auto refused = request_backup(scratch / "data", scratch / "copy");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "not_empty");
  EXPECT_EQ(names_in(scratch / "data"), (std::vector<std::string>{"acknowledged", "lock", "segments", "snapshots"}));
  service.reset();
  log.reset();
  EXPECT_EQ(*request_backup(scratch / "data", scratch / "more"), std::nullopt) << "nobody has it any more";
  EXPECT_EQ(names_in(scratch / "data"), (std::vector<std::string>{"acknowledged", "lock", "segments", "snapshots"}));
}

TEST(SqliteLog, does_not_copy_for_those_who_have_gone) {
  const ScratchFolder scratch;
  const auto log = open_log_in(scratch / "data");
  fill_to(*log, 5);
  const std::string nobody = std::to_string(std::numeric_limits<std::int32_t>::max());
  ASSERT_TRUE(write_file(scratch / "data/backup." + nobody + ".request", scratch / "old copy").ok());
  ASSERT_TRUE(write_file(scratch / "data/backup." + nobody + ".answer", "ok 5").ok());
  const RunningBackup service(*log, scratch / "data");
  ASSERT_TRUE(request_backup(scratch / "data", scratch / "copy").ok());
  EXPECT_FALSE(file_exists(scratch / "old copy"));
  EXPECT_EQ(names_in(scratch / "data"), (std::vector<std::string>{"acknowledged", "lock", "segments", "snapshots"}));
}

TEST(SqliteLog, opens_when_it_ended_before_the_first_batch_of_a_new_segment) {
  const ScratchFolder scratch;
  {
    const auto log = open_log_in(scratch / "data");
    fill_to(*log, 5);
    ASSERT_TRUE(log->seal_now().ok());
  }
  ASSERT_EQ(segment_numbers_in(scratch / "data/segments").size(), 3U) << "one with events, two without";
  const auto report = verify(scratch / "data");
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->last_seq, 5U);
  const auto log = open_log_in(scratch / "data");
  ASSERT_NE(log, nullptr);
  fill_to(*log, 9);
  expect_samples(*log, 9);
}

TEST(SnapshotFiles, lists_whole_ones_in_order_and_drops_the_oldest) {
  const ScratchFolder scratch;
  ASSERT_TRUE(make_folder(scratch / "snapshots").ok());
  for (Seq seq : {300, 5, 40}) ASSERT_TRUE(write_snapshot(scratch.path(), seq, std::to_string(seq)).ok());
  ASSERT_TRUE(write_file(scratch / "snapshots/00000000000000000007.snapshot.new", "half").ok());
  ASSERT_TRUE(write_file(scratch / "snapshots/7.snapshot", "misnamed").ok());
  std::vector<SnapshotFile> files = snapshot_files(scratch.path());
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files[0].last_seq, 5U);
  EXPECT_EQ(files[2].last_seq, 300U);
  EXPECT_EQ(*read_snapshot(files[1]), "40");
  remove_old_snapshots(scratch.path(), 2);
  files = snapshot_files(scratch.path());
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].last_seq, 40U);
}

}  // namespace
}  // namespace cordyna::log
