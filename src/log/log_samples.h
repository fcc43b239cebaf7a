#pragma once
// What the tests of the log share: batches with predictable content, a fresh folder, and append() that waits. Tests
// only.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "log/event_log.h"

namespace cordyna::log {

/// A folder of its own, removed at the end.
class ScratchFolder {
 public:
  ScratchFolder() {
    // In memory where there is such a file system: a test makes thousands of commits, and a process that is killed
    // loses no more of it than of a disk.
    std::string pattern = "/dev/shm/cordyna-log-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) {
      pattern = ::testing::TempDir() + "cordyna-log-XXXXXX";
      base::check(::mkdtemp(pattern.data()) != nullptr);
    }
    path_ = pattern;
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline std::string sample_events(Seq seq) {
  std::string events = "events from " + std::to_string(seq) + ";";
  events.resize(100 + seq % 150, static_cast<char>('a' + seq % 26));
  return events;
}

inline Blob sample_blob(const std::string& bytes) {
  return {base::hash128(bytes), bytes};
}

/// One second apart, so that wall time n is at seq n.
inline base::Now sample_now(Seq seq) {
  const base::Duration since(static_cast<std::int64_t>(seq) * 1'000'000);
  return {base::Time(since), base::Uptime(since)};
}

/// `count` events; the keys depend on the seq: a run of its own, one of 7 tasks, one of 2 servers.
inline Batch sample_batch(Seq first_seq, std::uint32_t count = 1) {
  Batch batch;
  batch.first_seq = first_seq;
  batch.count = count;
  batch.now = sample_now(first_seq);
  batch.events = sample_events(first_seq);
  batch.keys = {{KeyKind::run, "run-" + std::to_string(first_seq)},
                {KeyKind::task, "server/task-" + std::to_string(first_seq % 7)},
                {KeyKind::server, first_seq % 2 == 0 ? "even" : "odd"}};
  return batch;
}

/// Appends and waits until poll() has delivered the end.
inline AppendResult append_and_wait(EventLog& log, Batch batch, bool again = false) {
  std::mutex mutex;
  std::condition_variable changed;
  bool ready = false;
  std::optional<AppendResult> result;
  log.on_ready([&] {
    const std::scoped_lock lock(mutex);
    ready = true;
    changed.notify_all();
  });
  const auto done = [&](AppendResult ended) { result = ended; };
  if (again) {
    log.append_again(done);
  } else {
    log.append(std::move(batch), done);
  }
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return ready; });
  }
  log.poll();
  log.on_ready(nullptr);
  return result.value();
}

/// Batches of `count` events up to last_seq, from where the log ends.
inline void fill_to(EventLog& log, Seq last_seq, std::uint32_t count = 1) {
  for (Seq seq = log.identity().last_seq + 1; seq <= last_seq; seq += count)
    ASSERT_EQ(append_and_wait(log, sample_batch(seq, count)), AppendResult::durable);
}

inline std::vector<Seq> first_seqs(const std::vector<StoredBatch>& batches) {
  std::vector<Seq> seqs;
  for (const StoredBatch& batch : batches) seqs.push_back(batch.first_seq);
  return seqs;
}

inline std::vector<StoredBatch> read_all(EventLog& log, Seq from = 1) {
  std::vector<StoredBatch> batches;
  const base::Result<void> done = log.read(from, [&](const StoredBatch& batch) {
    batches.push_back(batch);
    return true;
  });
  EXPECT_TRUE(done.ok()) << (done ? "" : done.error().message);
  return batches;
}

/// The log holds exactly the sample batches 1..last_seq.
inline void expect_samples(EventLog& log, Seq last_seq, std::uint32_t count = 1) {
  Seq expected = 1;
  for (const StoredBatch& batch : read_all(log)) {
    ASSERT_EQ(batch.first_seq, expected);
    ASSERT_EQ(batch.count, count);
    ASSERT_EQ(*batch.events, sample_events(expected));
    ASSERT_EQ(batch.now.wall, sample_now(expected).wall);
    ASSERT_EQ(batch.now.uptime, sample_now(expected).uptime);
    expected += count;
  }
  EXPECT_EQ(expected, last_seq + 1);
  EXPECT_EQ(log.identity().last_seq, last_seq);
}

}  // namespace cordyna::log
