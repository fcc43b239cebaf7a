#pragma once
// SqliteLog: the EventLog of one machine, a folder of SQLite files. cerebro's loop owns it: append() and poll() on the
// loop's thread, searches from any thread. Behind it: opening.h (recovery), log_thread.h (writing), sealer.h
// (postings), sealed_segment.h (reading old segments). docs/log.md describes the files and what happens on each
// failure.

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "base/limits.h"
#include "log/event_log.h"
#include "log/log_thread.h"

namespace cordyna::log {

struct SqliteLogOptions {
  std::string folder = {};
  std::string vfs =
      {};  // SQLite's name of another file system, for tests; a mounted one (file_system.h) brings its own
  std::string cluster = {};  // name of a new one; default: random
  SegmentLimits segment{base::limits::segment_bytes_max, base::limits::segment_events_max,
                        base::limits::segment_age_max};
  Fatal fatal = {};  // default: the message to stderr, exit code 74
  StartWorker start_worker = start_thread;
};

struct Forgotten {
  std::size_t segments = 0;       // files unlinked
  std::size_t blobs_carried = 0;  // copied forward
  Seq first_seq = 0;              // of the oldest event that is left
};

class SqliteLog : public EventLog {
 public:
  /// Errors: data_in_use, log_corrupt, newer_format, full, io_error.
  static base::Result<std::unique_ptr<SqliteLog>> open(SqliteLogOptions options);
  /// Finishes the append in flight; its `done` is not called any more.
  ~SqliteLog() override;

  LogIdentity identity() const override;
  base::Result<void> read(Seq from, const std::function<bool(const StoredBatch&)>& visit) override;
  void append(Batch batch, std::function<void(AppendResult)> done) override;
  void append_again(std::function<void(AppendResult)> done) override;
  void on_ready(std::function<void()> wake) override;
  void poll() override;
  base::Result<Found> find_forward(const Key& key, Seq after, std::size_t limit) override;
  base::Result<Found> find_backward(const Key& key, Seq before, std::size_t limit) override;
  base::Result<Found> batches_after(Seq after, std::size_t limit) override;
  base::Result<std::optional<Seq>> first_seq_since(base::Time time) override;
  void write_ahead(std::vector<Blob> blobs) override;
  base::Result<std::string> blob(base::Hash128 id) override;

  /// Unlinks the oldest sealed segments while all they hold is below `seq`; first, blobs that only they hold and for
  /// which `still_needed` answers true are copied into the active segment. Blocks on the disk: call it from a
  /// background thread, one at a time. Errors: full (nothing lost; try again), io_error.
  base::Result<Forgotten> forget_before(Seq seq, const std::function<bool(base::Hash128)>& still_needed);
  /// The same for segments whose last batch is older than `time` (retention), but never at or above `seq`.
  base::Result<Forgotten> forget_older_than(base::Time time, Seq seq,
                                            const std::function<bool(base::Hash128)>& still_needed);

  /// What the sealed segments hold, oldest first: what a snapshot can cover and retention can take.
  std::vector<Extent> sealed() const;
  /// See log::chain_after().
  std::optional<base::Hash128> chain_after(Seq seq) const;

  /// Copies the log as it is now into `folder`, which must be empty or not there, while appends go on. The copy opens
  /// as a log of the same cluster. Blocks on the disk: call it from a background thread. Errors: not_empty, full,
  /// io_error, stopped.
  using BackupMade = base::Result<Seq>;
  BackupMade backup(const std::string& folder, const std::stop_token& stop = {});

  /// Ends the active segment (tests, and before a planned copy), and waits for the sealer.
  base::Result<void> seal_now();
  void wait_until_sealed();

  struct Parts;

 private:
  explicit SqliteLog(std::unique_ptr<Parts> parts);
  base::Result<Forgotten> forget(const std::function<bool(const Extent&)>& is_over,
                                 const std::function<bool(base::Hash128)>& still_needed);
  base::Result<std::size_t> carry_blobs(const CatalogueEntries& segments,
                                        const std::function<bool(base::Hash128)>& still_needed);
  std::unique_ptr<Parts> parts_;
};

}  // namespace cordyna::log
