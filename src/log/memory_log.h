#pragma once
// MemoryLog: the log without a disk, for `--store memory`, tests and the simulator. Everything is lost when it ends. By
// default an append is reported by the next poll(); hold() makes completions wait for release(), and fill() makes
// appends answer `full`, so that a test decides the order of things.

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "log/catalogue.h"
#include "log/event_log.h"
#include "log/segment_memory.h"

namespace cordyna::log {

class MemoryLog : public EventLog {
 public:
  explicit MemoryLog(std::string cluster = "memory", std::uint64_t epoch = 1);

  /// The next `appends` appends answer `full` and change nothing.
  void fill(int appends) { full_ = appends; }
  /// From now on an append stays in flight until release().
  void hold() { held_ = true; }
  /// Lets the append in flight, if any, end: durable from now on, reported by the next poll().
  void release();
  /// Ends hold(), and lets the append in flight end.
  void resume();
  /// The process that appends dies now: what is in flight is durable, or was never there, and nobody is told.
  void abandon(bool durable);
  bool in_flight() const { return done_ != nullptr; }

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
  void write_ahead(std::vector<Blob>) override {}
  base::Result<std::string> blob(base::Hash128 id) override;

 private:
  void finish();

  const std::string cluster_;
  const std::uint64_t epoch_;
  std::shared_ptr<SegmentMemory> segment_;
  CatalogueEntries segments_;  // the one
  int full_ = 0;
  bool held_ = false;
  std::optional<Batch> batch_;          // in flight, or answered `full`
  std::optional<AppendResult> result_;  // ended, not yet reported
  std::function<void(AppendResult)> done_;
  std::function<void()> wake_;
};

}  // namespace cordyna::log
