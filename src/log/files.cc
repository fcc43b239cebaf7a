// What POSIX promises, put in the right order. std::filesystem cannot sync, and syncing is the point.

#include "log/files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/mutant.h"
#include "log/file_system.h"

namespace cordyna::log {
namespace {

base::Error failed(const std::string& doing, const std::string& path) {
  const int code = errno;
  const bool full = code == ENOSPC || code == EDQUOT || code == EFBIG;
  return {full ? "full" : "io_error", "cannot " + doing + " " + path + ": " + std::strerror(code)};
}

/// On file systems that answer less than they were asked for, and when a signal came between.
bool write_all(PlainFile& file, std::string_view bytes, std::uint64_t at = 0) {
  while (!bytes.empty()) {
    const ssize_t written = file.write(bytes, at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
    at += static_cast<std::uint64_t>(written);
  }
  return true;
}

/// Negative: errno says why. 0: the file has ended.
ssize_t read_some(PlainFile& file, std::string& part, std::uint64_t at) {
  while (true) {
    const ssize_t size = file.read(part.data(), part.size(), at);
    if (size >= 0 || errno != EINTR) return size;
  }
}

bool sync(PlainFile& file) {
  if (base::mutant("rename_without_sync")) return true;
  if (file.sync() == 0) return true;
  return base::mutant("fsync_retried") && file.sync() == 0;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

}  // namespace

base::Result<void> make_folder(const std::string& path) {
  if (file_system_of(path).make_folder(path) == 0) return sync_folder(folder_of(path));
  if (errno == EEXIST) return {};
  return failed("create", path);
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names = file_system_of(folder).names_in(folder);
  std::sort(names.begin(), names.end());
  return names;
}

std::int64_t file_size(const std::string& path) {
  return file_system_of(path).size(path);
}

bool file_exists(const std::string& path) {
  return file_size(path) >= 0;
}

bool remove_file(const std::string& path) {
  return file_system_of(path).unlink(path) == 0;
}

base::Result<void> replace_file(const std::string& aside, const std::string& path) {
  FileSystem& files = file_system_of(path);
  {
    const auto file = files.open(aside, Opening::read);
    if (!file || !sync(*file)) return failed("sync", aside);
  }
  if (files.rename(aside, path) != 0) return failed("rename", aside);
  return sync_folder(folder_of(path));
}

base::Result<void> move_file(const std::string& from, const std::string& to) {
  if (file_system_of(from).rename(from, to) != 0) return failed("move", from);
  if (base::Result<void> done = sync_folder(folder_of(to)); !done) return done;
  return sync_folder(folder_of(from));
}

base::Result<void> write_file(const std::string& path, std::string_view bytes) {
  const std::string aside = path + ".new";
  {
    const auto file = file_system_of(aside).open(aside, Opening::replace);
    if (!file || !write_all(*file, bytes)) {
      const base::Error error = failed("write", aside);
      remove_file(aside);
      return error;
    }
  }
  return replace_file(aside, path);
}

base::Result<std::string> read_file(const std::string& path) {
  const auto file = file_system_of(path).open(path, Opening::read);
  if (!file) return failed("open", path);
  std::string bytes;
  std::string part(64U << 10, '\0');
  while (true) {
    const ssize_t size = read_some(*file, part, bytes.size());
    if (size < 0) return failed("read", path);
    if (size == 0) return bytes;
    bytes.append(part, 0, static_cast<std::size_t>(size));
  }
}

base::Result<std::string> read_head(const std::string& path, std::size_t size) {
  const auto file = file_system_of(path).open(path, Opening::read);
  std::string bytes(size, '\0');
  const ssize_t read = file ? read_some(*file, bytes, 0) : -1;
  if (read < 0) return failed("read", path);
  bytes.resize(static_cast<std::size_t>(read));
  return bytes;
}

base::Result<void> write_again(const std::string& path) {
  const auto file = file_system_of(path).open(path, Opening::write);
  if (!file) return failed("open", path);
  std::string part(256U << 10, '\0');
  for (std::uint64_t at = 0;;) {
    const ssize_t size = read_some(*file, part, at);
    if (size < 0) return failed("read", path);
    if (size == 0) break;
    if (!write_all(*file, std::string_view(part).substr(0, static_cast<std::size_t>(size)), at))
      return failed("write", path);
    at += static_cast<std::uint64_t>(size);
  }
  if (!sync(*file)) return failed("sync", path);
  return sync_folder(folder_of(path));
}

base::Result<void> write_zeros(const std::string& path, std::size_t bytes) {
  const std::string part(256U << 10, '\0');
  const auto file = file_system_of(path).open(path, Opening::replace);
  if (!file) return failed("create", path);
  for (std::size_t written = 0; written < bytes; written += part.size()) {
    if (!write_all(*file, std::string_view(part).substr(0, std::min(part.size(), bytes - written)), written)) {
      const base::Error error = failed("write", path);
      remove_file(path);
      return error;
    }
  }
  if (!sync(*file)) return failed("sync", path);
  return sync_folder(folder_of(path));
}

base::Result<void> copy_file(const std::string& from, const std::string& to) {
  const std::string aside = to + ".new";
  {
    const auto source = file_system_of(from).open(from, Opening::read);
    if (!source) return failed("open", from);
    const auto target = file_system_of(aside).open(aside, Opening::replace);
    if (!target) return failed("create", aside);
    std::string part(1U << 20, '\0');
    for (std::uint64_t at = 0;;) {
      const ssize_t size = read_some(*source, part, at);
      if (size < 0) return failed("read", from);
      if (size == 0) break;
      if (!write_all(*target, std::string_view(part).substr(0, static_cast<std::size_t>(size)), at)) {
        const base::Error error = failed("write", aside);
        remove_file(aside);
        return error;
      }
      at += static_cast<std::uint64_t>(size);
    }
  }
  return replace_file(aside, to);
}

base::Result<void> sync_folder(const std::string& path) {
  if (base::mutant("folder_not_synced")) return {};
  if (file_system_of(path).sync_folder(path) != 0) return failed("sync", path);
  return {};
}

}  // namespace cordyna::log
