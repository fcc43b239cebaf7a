#pragma once
// A segment file: one SQLite database with the tables batch, blob, segment (one row: where the segment begins) and,
// once sealed, seal (one row: where it ends) and posting. Here are its rows, its creation and SegmentWriter, the one
// connection that writes it. Readers of sealed files: sealed_segment.h.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/database.h"
#include "log/record.h"
#include "log/segment_memory.h"

namespace cordyna::log {

/// Where a segment begins; written in the transaction of its first batch.
struct SegmentStart {
  std::uint64_t number = 0;  // also in the file name
  std::string cluster;
  std::uint64_t epoch = 0;
  Seq first_seq = 0;
  base::Hash128 chain;  // of the record before the first
};

/// Where a sealed segment ends.
struct SegmentSeal {
  Seq last_seq = 0;
  base::Hash128 chain;  // of the last record
  std::uint64_t batches = 0;
  base::Time first_wall{};
  base::Time last_wall{};
};

/// Creates an empty segment: written aside as `path`.new, synced, renamed. An old `path`.new is removed.
base::Result<void> create_segment(const std::string& path, const std::string& vfs = {});
/// Gives the segment a write-ahead log of zeros when it has none: overwriting is cheaper to flush than growing.
base::Result<void> create_wal(const std::string& path);

/// Within the caller's transaction.
base::Result<void> insert_start(Database& database, const SegmentStart& start);

/// nullopt: nothing was ever written. Errors: log_corrupt, newer_format, full, io_error.
base::Result<std::optional<SegmentStart>> read_start(Database& database);
base::Result<std::optional<SegmentSeal>> read_seal(Database& database);

/// Whether SQLite finds its own pages in order: for a segment that is still empty, and so has no hash to be known by.
base::Result<void> check_pages(Database& database);

/// Visits every record in order and checks the sequence and the chain against each other, `start` and `seal`. The error
/// names the file and the seq. `visit` may stop by answering false.
base::Result<void> each_record(Database& database, const SegmentStart& start, const std::optional<SegmentSeal>& seal,
                               const std::function<bool(const Record&)>& visit);
/// Visits every blob; a blob whose bytes do not have the hash that names it is an error. Order: unspecified. `bytes` is
/// nullopt for a blob that `recover` found damaged: its name is kept, so that the log stays whole around the hole.
base::Result<void> each_blob(Database& database,
                             const std::function<bool(base::Hash128, std::optional<std::string_view> bytes)>& visit);

struct BlobRow {
  bool lost = false;
  std::string bytes;
};
/// The same for one blob, by its name.
base::Result<std::optional<BlobRow>> read_blob(Database& database, base::Hash128 id);

class SegmentWriter {
 public:
  static base::Result<std::unique_ptr<SegmentWriter>> open(const std::string& path, const std::string& vfs = {});

  /// One transaction, durable when it answers ok; nothing is changed when it answers `full`. Any other error: the file
  /// must not be used again. `start` is given with the first batch.
  base::Result<void> append(const std::optional<SegmentStart>& start, Seq first_seq, std::string_view record,
                            const std::vector<const Blob*>& blobs);
  /// The row `segment` alone: the beginning of a cluster or of an epoch.
  base::Result<void> begin(const SegmentStart& start);
  /// Blobs without a batch: carried forward from a segment that is about to be forgotten.
  base::Result<void> append_blobs(const std::vector<const Blob*>& blobs);
  /// Moves what is in the write-ahead log into the database file.
  base::Result<void> checkpoint();
  /// Moves the write-ahead log into the file and removes it; from here on the file has a rollback journal.
  base::Result<void> end_wal();
  int wal_frames() const { return wal_frames_; }
  /// end_wal(), then `posting` and `seal` in one transaction; the file is never written again. May be repeated after
  /// `full`.
  base::Result<void> seal(const SegmentSeal& seal, const std::vector<std::string>& postings);

  Database& database() { return *database_; }

 private:
  explicit SegmentWriter(std::unique_ptr<Database> database) : database_(std::move(database)) {}
  base::Result<void> transaction(const std::function<base::Result<void>()>& body);
  base::Result<void> insert_blobs(const std::vector<const Blob*>& blobs);

  std::unique_ptr<Database> database_;
  std::optional<Statement> insert_batch_;
  std::optional<Statement> insert_blob_;
  int wal_frames_ = 0;
};

}  // namespace cordyna::log
