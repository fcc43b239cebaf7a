#pragma once
// DataFolder: the folder a cerebro keeps its log in, held by one process at a time.
//   lock                     locked while a process uses the folder; holds its process id
//   acknowledged             the last seq that was reported durable, and its chain value (not synced, see below)
//   segments/00000001.segment, ...
//   snapshots/               snapshot_files.h
//   removed/                 what `recover` cut away
//   backup.*                 running_backup.h, while one is asked for
// `acknowledged` outlives the process, not a power cut: it is a lower bound. A log that ends below it has lost
// something that was promised, which the write-ahead log alone could not tell from a commit that never finished.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "log/event_log.h"
#include "log/file_system.h"

namespace cordyna::log {

struct Acknowledged {
  Seq seq = 0;
  base::Hash128 chain;
};

class DataFolder {
 public:
  /// Makes the folder when it is not there (its parent must be) and locks it. Errors: data_in_use, io_error, full.
  static base::Result<std::unique_ptr<DataFolder>> open(const std::string& path);

  const std::string& path() const { return path_; }
  std::string segments() const { return path_ + "/segments"; }
  std::string segment_path(std::uint64_t number) const;
  /// Ascending.
  std::vector<std::uint64_t> segment_numbers() const;
  std::string removed() const { return path_ + "/removed"; }

  /// nullopt: never written, or unreadable (it is only a second opinion).
  std::optional<Acknowledged> acknowledged() const;
  base::Result<void> set_acknowledged(const Acknowledged& acknowledged);
  void forget_acknowledged();

 private:
  DataFolder(std::string path, std::unique_ptr<PlainFile> lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::string path_;
  std::unique_ptr<PlainFile> lock_;
  std::unique_ptr<PlainFile> acknowledged_;
};

/// "00000001.segment".
std::string segment_name(std::uint64_t number);
/// The numbers of the segment files in a folder, ascending.
std::vector<std::uint64_t> segment_numbers_in(const std::string& folder);

}  // namespace cordyna::log
