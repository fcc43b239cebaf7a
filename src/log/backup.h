#pragma once
// Backups. Sealed segments are plain file copies; the active one is copied through the connection that writes it
// (nobody else may open it), a few pages at a time between two batches, so that appends go on. SqliteLog::backup uses
// this.

#include <sqlite3.h>

#include <memory>
#include <string>

#include "log/database.h"

namespace cordyna::log {

/// One copy of the active segment. All calls come from the thread that owns `source`; what is committed between two
/// steps becomes part of the copy.
class ActiveBackup {
 public:
  /// Begins a copy into `path`, which must not exist.
  static base::Result<std::unique_ptr<ActiveBackup>> begin(Database& source, const std::string& path);
  ~ActiveBackup();
  ActiveBackup(const ActiveBackup&) = delete;
  ActiveBackup& operator=(const ActiveBackup&) = delete;

  /// Copies up to `pages`; true when the copy is whole (and not yet synced).
  base::Result<bool> step(int pages);

 private:
  ActiveBackup(std::unique_ptr<Database> target, sqlite3_backup* backup)
      : target_(std::move(target)), backup_(backup) {}
  std::unique_ptr<Database> target_;
  sqlite3_backup* backup_;
};

/// Makes `folder` with the subfolders of a data folder. Errors: not_empty, full, io_error.
base::Result<void> make_backup_folder(const std::string& folder);
/// Copies every finished file of one folder into another.
base::Result<void> copy_files(const std::string& from, const std::string& to);

}  // namespace cordyna::log
