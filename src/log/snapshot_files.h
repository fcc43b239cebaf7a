#pragma once
// The place for snapshots: `snapshots/` in the data folder, one file a snapshot, named by the last seq it contains. The
// log does not know what is in them; they are written aside, synced and renamed, so one that is listed is whole.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "log/event_log.h"
#include "log/file_system.h"

namespace cordyna::log {

struct SnapshotFile {
  Seq last_seq = 0;
  std::string path;
};

/// Ascending by last_seq; empty when there is none.
std::vector<SnapshotFile> snapshot_files(const std::string& data_folder);
/// Errors: full, io_error.
base::Result<void> write_snapshot(const std::string& data_folder, Seq last_seq, std::string_view bytes);
base::Result<std::string> read_snapshot(const SnapshotFile& file);
/// Removes all but the newest `keep`.
void remove_old_snapshots(const std::string& data_folder, std::size_t keep);
void remove_snapshot(const SnapshotFile& file);

/// Held by who writes snapshots: one process at a time, beside the cerebro that has the data folder.
class SnapshotLock {
 public:
  /// Errors: data_in_use, no_log (there is no such folder), io_error.
  static base::Result<std::unique_ptr<SnapshotLock>> take(const std::string& data_folder);

 private:
  explicit SnapshotLock(std::unique_ptr<PlainFile> lock) : lock_(std::move(lock)) {}
  std::unique_ptr<PlainFile> lock_;
};

}  // namespace cordyna::log
