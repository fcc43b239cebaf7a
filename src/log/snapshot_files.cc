// See snapshot_files.h.

#include "log/snapshot_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "log/files.h"

namespace cordyna::log {
namespace {

std::string snapshot_name(Seq last_seq) {
  return fmt::format("{:020}.snapshot", last_seq);
}

}  // namespace

std::vector<SnapshotFile> snapshot_files(const std::string& data_folder) {
  const std::string folder = data_folder + "/snapshots";
  std::vector<SnapshotFile> files;
  for (const std::string& name : names_in(folder)) {
    Seq last_seq = 0;
    std::from_chars(name.data(), name.data() + name.size(), last_seq);
    if (name == snapshot_name(last_seq)) files.push_back({last_seq, folder + "/" + name});
  }
  std::sort(files.begin(), files.end(),
            [](const SnapshotFile& a, const SnapshotFile& b) { return a.last_seq < b.last_seq; });
  return files;
}

base::Result<void> write_snapshot(const std::string& data_folder, Seq last_seq, std::string_view bytes) {
  return write_file(data_folder + "/snapshots/" + snapshot_name(last_seq), bytes);
}

base::Result<std::string> read_snapshot(const SnapshotFile& file) {
  return read_file(file.path);
}

void remove_old_snapshots(const std::string& data_folder, std::size_t keep) {
  const std::vector<SnapshotFile> files = snapshot_files(data_folder);
  for (std::size_t i = 0; i + keep < files.size(); ++i) remove_file(files[i].path);
}

void remove_snapshot(const SnapshotFile& file) {
  remove_file(file.path);
}

base::Result<std::unique_ptr<SnapshotLock>> SnapshotLock::take(const std::string& data_folder) {
  if (!file_exists(data_folder + "/segments"))
    return base::Error{"no_log", data_folder + " is no data folder of a cerebro; say --data FOLDER"};
  const std::string path = data_folder + "/snapshots.lock";
  std::unique_ptr<PlainFile> lock = file_system_of(path).open(path, Opening::create);
  if (!lock) return base::Error{"io_error", "cannot open " + path + ": " + std::strerror(errno)};
  if (lock->lock() != 0)
    return base::Error{"data_in_use", "another process writes a snapshot of " + data_folder + "; let it finish"};
  return std::unique_ptr<SnapshotLock>(new SnapshotLock(std::move(lock)));
}

}  // namespace cordyna::log
