#pragma once
// SQLite's way to a FileSystem that is not the operating system's: a VFS with a name of its own. Locks are for free,
// because each simulated host has one process; time stands still in it, and nothing waits.

#include <memory>
#include <string>

#include "log/file_system.h"

struct sqlite3_vfs;

namespace cordyna::log {

class MountedVfs {
 public:
  /// `files` must outlive it, and it every database that was opened by its name.
  explicit MountedVfs(FileSystem& files);
  ~MountedVfs();
  MountedVfs(const MountedVfs&) = delete;
  MountedVfs& operator=(const MountedVfs&) = delete;

  const std::string& name() const { return name_; }

 private:
  const std::string name_;
  const std::unique_ptr<sqlite3_vfs> vfs_;
};

}  // namespace cordyna::log
