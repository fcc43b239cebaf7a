#pragma once
// LogThread: the only one that writes the active segment, on a worker of its own (worker.h). It takes one batch at a
// time, commits it, tells of it, and then - never before - tidies up: index by key, small checkpoint, a full segment
// over to the sealer. Other writes to the active segment (blobs carried forward, a backup step) run here between two
// batches.

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "log/sealer.h"

namespace cordyna::log {

/// When the active segment is full.
struct SegmentLimits {
  std::size_t bytes = 0;
  std::uint64_t events = 0;
  base::Duration age{};
};

/// The segment that is written, and where the log ends.
struct ActiveSegment {
  SegmentStart start;
  bool started = false;  // the row `segment` is written
  std::unique_ptr<SegmentWriter> writer;
  std::shared_ptr<SegmentMemory> memory;
  base::Hash128 chain;  // of the last record
  std::uint64_t batches = 0;
};

class LogThread {
 public:
  /// `report` is called on this thread with the end of each append.
  LogThread(DataFolder& folder, Catalogue& catalogue, Sealer& sealer, ActiveSegment active, SegmentLimits limits,
            std::function<void(AppendResult)> report, Fatal fatal, const StartWorker& start_worker);
  /// Finishes the append in flight.
  ~LogThread();

  void append(Batch batch);
  void append_again();
  /// Runs `job` between two batches and waits for it; the job must not change the segment. Errors: those of the job;
  /// io_error when the thread has ended.
  base::Result<void> run(const std::function<base::Result<void>(ActiveSegment&)>& job);
  /// Writes blobs without a batch into the active segment. Errors: full; anything worse is fatal, as for append().
  base::Result<void> carry(std::vector<Blob> blobs);
  /// Ends the active segment now, if it holds anything.
  base::Result<void> seal_now();

  Seq last_seq() const { return last_seq_; }
  const std::string& cluster() const { return cluster_; }
  std::uint64_t epoch() const { return epoch_; }
  /// Called on this thread before the active segment goes over to the sealer.
  void before_roll(std::function<void()> hook) { before_roll_ = std::move(hook); }

 private:
  struct Job {
    const std::function<base::Result<void>(ActiveSegment&)>& body;
    std::optional<base::Result<void>> result;
  };
  std::optional<base::Duration> step();
  base::Result<void> commit(Batch& batch);
  base::Result<void> roll();
  bool is_full_for(const Batch& batch) const;
  void end_append();
  void tidy();
  base::Result<void> worst_is_fatal(base::Result<void> done);
  void give_up(const base::Error& error);

  DataFolder& folder_;
  Catalogue& catalogue_;
  Sealer& sealer_;
  ActiveSegment active_;  // this thread's
  const SegmentLimits limits_;
  const std::function<void(AppendResult)> report_;
  const Fatal fatal_;
  const std::string cluster_;
  const std::uint64_t epoch_;
  std::atomic<Seq> last_seq_;
  std::function<void()> before_roll_;

  std::mutex mutex_;
  std::optional<Batch> batch_;  // in flight, or answered `full`
  bool requested_ = false;
  std::deque<Job*> jobs_;
  bool job_next_ = false;  // batches and jobs take turns, so that neither starves the other
  bool dead_ = false;      // after an error worse than `full`
  std::unique_ptr<Worker> worker_;
};

}  // namespace cordyna::log
