// The contract of event_log.h, run against every implementation, and against SqliteLog in three shapes: everything in
// the active segment, everything in small sealed segments, and reopened before each look.

#include "log/event_log.h"

#include <limits>

#include "log/log_samples.h"
#include "log/memory_log.h"
#include "log/sqlite_log.h"

namespace cordyna::log {
namespace {

constexpr Seq newest = std::numeric_limits<Seq>::max();

enum class Shape { memory, active, sealed, reopened };

class EventLogContract : public ::testing::TestWithParam<Shape> {
 protected:
  void SetUp() override { open(); }
  void open() {
    if (GetParam() == Shape::memory) {
      log_ = std::make_unique<MemoryLog>();
      return;
    }
    log_.reset();
    SqliteLogOptions options{.folder = folder_ / "data"};
    if (GetParam() == Shape::sealed) options.segment.events = 16;
    base::Result<std::unique_ptr<SqliteLog>> opened = SqliteLog::open(options);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    log_ = std::move(*opened);
  }
  /// The log after what the shape asks for.
  EventLog& log() {
    if (GetParam() == Shape::reopened) open();
    if (GetParam() == Shape::sealed) static_cast<SqliteLog&>(*log_).wait_until_sealed();
    return *log_;
  }
  ScratchFolder folder_;
  std::unique_ptr<EventLog> log_;
};

TEST_P(EventLogContract, begins_empty_with_an_epoch_and_a_cluster) {
  EXPECT_EQ(log().identity().last_seq, 0U);
  EXPECT_EQ(log().identity().epoch, 1U);
  EXPECT_FALSE(log().identity().cluster.empty());
  EXPECT_TRUE(read_all(log()).empty());
  EXPECT_FALSE(log().first_seq_since({})->has_value());
  EXPECT_TRUE(log().batches_after(0, 10)->batches.empty());
}

TEST_P(EventLogContract, gives_back_what_was_appended_in_order) {
  fill_to(log(), 100);
  expect_samples(log(), 100);
}

TEST_P(EventLogContract, keeps_its_cluster) {
  const std::string cluster = log().identity().cluster;
  fill_to(log(), 3);
  EXPECT_EQ(log().identity().cluster, cluster);
}

TEST_P(EventLogContract, reads_from_the_batch_that_holds_a_seq_until_told_to_stop) {
  fill_to(log(), 100, 5);
  std::vector<StoredBatch> batches;
  const base::Result<void> done = log().read(43, [&](const StoredBatch& batch) {
    batches.push_back(batch);
    return batches.size() < 3;
  });
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(first_seqs(batches), (std::vector<Seq>{41, 46, 51}));
  EXPECT_TRUE(read_all(log(), 101).empty());
}

TEST_P(EventLogContract, finds_by_key_like_a_naive_scan_in_both_directions) {
  fill_to(log(), 120, 3);
  EventLog& searched = log();
  std::vector<Key> keys = {{KeyKind::server, "even"}, {KeyKind::server, "odd"}, {KeyKind::task, "even"}};
  for (int task = 0; task < 8; ++task) keys.push_back({KeyKind::task, "server/task-" + std::to_string(task)});
  for (Seq seq = 0; seq < 125; ++seq) keys.push_back({KeyKind::run, "run-" + std::to_string(seq)});
  for (const Key& key : keys) {
    std::vector<Seq> expected;
    for (Seq seq = 1; seq <= 120; seq += 3) {
      const Batch batch = sample_batch(seq, 3);
      if (std::find(batch.keys.begin(), batch.keys.end(), key) != batch.keys.end()) expected.push_back(seq);
    }
    for (Seq bound = 0; bound <= 124; bound += 4) {
      std::vector<Seq> forward, backward;
      for (Seq seq : expected)
        if (seq + 2 > bound) forward.push_back(seq);
      for (Seq seq : expected)
        if (seq < bound) backward.insert(backward.begin(), seq);
      const base::Result<Found> up = searched.find_forward(key, bound, 1000);
      ASSERT_TRUE(up.ok()) << up.error().message;
      EXPECT_EQ(first_seqs(up->batches), forward);
      EXPECT_FALSE(up->next.has_value());
      const base::Result<Found> down = searched.find_backward(key, bound, 1000);
      ASSERT_TRUE(down.ok()) << down.error().message;
      EXPECT_EQ(first_seqs(down->batches), backward);
      EXPECT_FALSE(down->next.has_value());
    }
  }
}

TEST_P(EventLogContract, pages_through_a_search_without_gap_or_repetition) {
  fill_to(log(), 100);
  const Key key{KeyKind::server, "odd"};
  std::vector<Seq> up, down;
  for (std::optional<Seq> after = 0; after;) {
    const base::Result<Found> page = log().find_forward(key, *after, 7);
    ASSERT_TRUE(page.ok());
    EXPECT_LE(page->batches.size(), 7U);
    for (Seq seq : first_seqs(page->batches)) up.push_back(seq);
    after = page->next;
  }
  for (std::optional<Seq> before = newest; before;) {
    const base::Result<Found> page = log().find_backward(key, *before, 10);
    ASSERT_TRUE(page.ok());
    EXPECT_LE(page->batches.size(), 10U);
    for (Seq seq : first_seqs(page->batches)) down.insert(down.begin(), seq);
    before = page->next;
  }
  std::vector<Seq> expected;
  for (Seq seq = 1; seq <= 100; seq += 2) expected.push_back(seq);
  EXPECT_EQ(up, expected);
  EXPECT_EQ(down, expected);
}

TEST_P(EventLogContract, pages_through_batches_after_a_seq) {
  fill_to(log(), 60, 2);
  const base::Result<Found> page = log().batches_after(32, 3);
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(first_seqs(page->batches), (std::vector<Seq>{33, 35, 37}));
  EXPECT_EQ(page->next, std::optional<Seq>(38));
  EXPECT_EQ(first_seqs(log().batches_after(33, 1)->batches), (std::vector<Seq>{33}));
  const base::Result<Found> rest = log().batches_after(56, 2);
  EXPECT_EQ(first_seqs(rest->batches), (std::vector<Seq>{57, 59}));
  EXPECT_FALSE(rest->next.has_value());
  EXPECT_TRUE(log().batches_after(60, 5)->batches.empty());
  EXPECT_TRUE(log().batches_after(newest, 5)->batches.empty());
  EXPECT_TRUE(log().batches_after(0, 0)->batches.empty());
}

TEST_P(EventLogContract, finds_the_first_batch_since_a_time) {
  fill_to(log(), 99, 3);
  EXPECT_EQ(*log().first_seq_since({}), std::optional<Seq>(1));
  for (Seq seq = 1; seq <= 97; ++seq) {
    const Seq expected = 1 + (seq + 1) / 3 * 3;
    EXPECT_EQ(*log().first_seq_since(sample_now(seq).wall), std::optional<Seq>(expected)) << seq;
  }
  EXPECT_FALSE(log().first_seq_since(sample_now(98).wall)->has_value());
}

TEST_P(EventLogContract, keeps_blobs_by_their_content) {
  const Blob large = sample_blob(std::string(300'000, 'x')), empty = sample_blob("");
  Batch batch = sample_batch(1);
  batch.blobs = {large, empty};
  ASSERT_EQ(append_and_wait(log(), batch), AppendResult::durable);
  fill_to(log(), 40);
  batch = sample_batch(41);
  batch.blobs = {large, sample_blob("second")};
  ASSERT_EQ(append_and_wait(log(), batch), AppendResult::durable);
  EXPECT_EQ(*log().blob(large.id), large.bytes);
  EXPECT_EQ(*log().blob(empty.id), "");
  EXPECT_EQ(*log().blob(base::hash128("second")), "second");
  const base::Result<std::string> unknown = log().blob(base::hash128("never"));
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().code, "unknown_blob");
}

TEST_P(EventLogContract, blobs_that_were_written_ahead_come_with_their_batch_all_the_same) {
  const Blob first = sample_blob(std::string(300'000, 'x')), second = sample_blob("second");
  log().write_ahead({first, second});
  log().write_ahead({first});
  Batch batch = sample_batch(1);
  batch.blobs = {first, second};
  ASSERT_EQ(append_and_wait(log(), batch), AppendResult::durable);
  EXPECT_EQ(*log().blob(first.id), first.bytes);
  EXPECT_EQ(*log().blob(second.id), "second");
  fill_to(log(), 40);
  EXPECT_EQ(*log().blob(first.id), first.bytes);
}

TEST_P(EventLogContract, reports_an_append_only_from_poll_and_only_once) {
  int reported = 0;
  std::mutex mutex;
  std::condition_variable changed;
  bool ready = false;
  log().on_ready([&] {
    const std::scoped_lock lock(mutex);
    ready = true;
    changed.notify_all();
  });
  log_->append(sample_batch(1), [&](AppendResult) { ++reported; });
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return ready; });
  EXPECT_EQ(reported, 0);
  log_->poll();
  log_->poll();
  EXPECT_EQ(reported, 1);
  log_->on_ready(nullptr);
}

TEST_P(EventLogContract, takes_the_next_batch_from_inside_done) {
  std::vector<AppendResult> results;
  std::mutex mutex;
  std::condition_variable changed;
  int ready = 0;
  log().on_ready([&] {
    const std::scoped_lock lock(mutex);
    ++ready;
    changed.notify_all();
  });
  log_->append(sample_batch(1), [&](AppendResult result) {
    results.push_back(result);
    log_->append(sample_batch(2), [&](AppendResult second) { results.push_back(second); });
  });
  for (int round = 1; round <= 2; ++round) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return ready >= round; });
    lock.unlock();
    log_->poll();
  }
  EXPECT_EQ(results, (std::vector<AppendResult>{AppendResult::durable, AppendResult::durable}));
  log_->on_ready(nullptr);
  expect_samples(*log_, 2);
}

TEST_P(EventLogContract, keeps_a_key_given_twice_once) {
  Batch batch = sample_batch(1);
  batch.keys = {{KeyKind::task, "b"}, {KeyKind::task, "a"}, {KeyKind::task, "b"}};
  ASSERT_EQ(append_and_wait(log(), batch), AppendResult::durable);
  EXPECT_EQ(first_seqs(log().find_forward({KeyKind::task, "b"}, 0, 10)->batches), (std::vector<Seq>{1}));
  EXPECT_EQ(first_seqs(log().find_forward({KeyKind::task, "a"}, 0, 10)->batches), (std::vector<Seq>{1}));
}

std::string shape_name(const ::testing::TestParamInfo<Shape>& info) {
  switch (info.param) {
    case Shape::memory:
      return "memory";
    case Shape::active:
      return "active";
    case Shape::sealed:
      return "sealed";
    case Shape::reopened:
      return "reopened";
  }
  return "";
}

INSTANTIATE_TEST_SUITE_P(Every, EventLogContract,
                         ::testing::Values(Shape::memory, Shape::active, Shape::sealed, Shape::reopened), shape_name);

}  // namespace
}  // namespace cordyna::log
