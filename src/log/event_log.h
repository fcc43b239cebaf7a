#pragma once
// EventLog: the durable, append-only truth. It knows bytes and positions, not what an event means: a batch of encoded
// events goes in, is durable as a whole or not at all, and comes back in the same order with an unbroken chain.
//
// append() is asynchronous with one batch in flight; reading old batches and blobs is safe from any thread meanwhile.
// Implementations: SqliteLog (sqlite_log.h), MemoryLog (memory_log.h).

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace cordyna::log {

using base::Seq;

/// By what a batch can be found again later. The id is bytes the log does not understand (a run id, a task name, ...).
enum class KeyKind : std::uint8_t { run = 1, task = 2, server = 3, created = 4 };
struct Key {
  KeyKind kind = KeyKind::run;
  std::string id;
  auto operator<=>(const Key&) const = default;
};

struct Blob {
  base::Hash128 id;  // hash128(bytes), always
  std::string bytes;
};

/// What the engine hands over: `count` events, encoded, from first_seq on.
struct Batch {
  Seq first_seq = 0;
  std::uint32_t count = 0;
  base::Now now;
  std::string events;
  std::vector<Key> keys;    // each at most once
  std::vector<Blob> blobs;  // written in the same transaction; a blob already present is left as it is
};

/// A batch as it was read back: immutable bytes, shared with the log's memory.
struct StoredBatch {
  Seq first_seq = 0;
  std::uint32_t count = 0;
  std::uint64_t epoch = 0;
  base::Now now;
  std::shared_ptr<const std::string> events;
};

struct LogIdentity {
  std::string cluster;  // random, made when the log was created
  std::uint64_t epoch = 0;
  Seq last_seq = 0;  // 0 when empty
};

enum class AppendResult {
  durable,
  full
};  // full: no space; the same batch may be appended again. Worse ends the process.

/// The answer to a search: batches in the order asked for, and where to go on (nullopt: nothing more).
struct Found {
  std::vector<StoredBatch> batches;
  std::optional<Seq> next;
};

class EventLog {
 public:
  virtual ~EventLog() = default;

  virtual LogIdentity identity() const = 0;

  /// Calls `visit` with every batch from the one holding `from` on, in order, until it returns false.
  /// Errors: log_corrupt (names segment, seq and what differs), io_error.
  virtual base::Result<void> read(Seq from, const std::function<bool(const StoredBatch&)>& visit) = 0;

  /// Appends after the last batch; first_seq must follow on it. `done` is called from poll() of the owner's thread: see
  /// on_ready. One append at a time. An fsync or I/O error ends the process (exit 74) and is never retried.
  virtual void append(Batch batch, std::function<void(AppendResult)> done) = 0;
  /// Appends the batch that was last answered `full` once more, byte for byte: the log has kept it.
  virtual void append_again(std::function<void(AppendResult)> done) = 0;

  /// `wake` is called from any thread when poll() has something to deliver.
  virtual void on_ready(std::function<void()> wake) = 0;
  /// Delivers finished appends on the caller's thread.
  virtual void poll() = 0;

  /// Batches that carry `key`, oldest first from `after` + 1 on (at most `limit`), or newest first below `before`.
  /// O(matches), not O(log). Thread-safe.
  virtual base::Result<Found> find_forward(const Key& key, Seq after, std::size_t limit) = 0;
  virtual base::Result<Found> find_backward(const Key& key, Seq before, std::size_t limit) = 0;

  /// Batches that hold seq > after, in order, at most `limit`. Thread-safe.
  virtual base::Result<Found> batches_after(Seq after, std::size_t limit) = 0;
  /// The first batch at or after a wall time, for --since; nullopt when there is none. O(log). Thread-safe.
  virtual base::Result<std::optional<Seq>> first_seq_since(base::Time time) = 0;

  /// Writes blobs ahead of the batch that will carry them too, so that this batch is small. Promises nothing. Waits for
  /// the disk: never called on the owner's thread by who must not wait. Thread-safe.
  virtual void write_ahead(std::vector<Blob> blobs) = 0;

  /// Bytes of a blob. Errors: unknown_blob. Thread-safe.
  virtual base::Result<std::string> blob(base::Hash128 id) = 0;
};

}  // namespace cordyna::log
