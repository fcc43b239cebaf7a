// POSIX files. std::filesystem cannot sync, and syncing is the point.

#include "log/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace cordyna::log {
namespace {

base::Error failed(const std::string& doing, const std::string& path) {
  const int code = errno;
  const bool full = code == ENOSPC || code == EDQUOT || code == EFBIG;
  return {full ? "full" : "io_error", "cannot " + doing + " " + path + ": " + std::strerror(code)};
}

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags) : value_(::open(path.c_str(), flags | O_CLOEXEC, 0640)) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  bool ok() const { return value_ >= 0; }
  int value() const { return value_; }

 private:
  int value_;
};

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

}  // namespace

base::Result<void> make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0750) == 0) return sync_folder(folder_of(path));
  if (errno == EEXIST) return {};
  return failed("create", path);
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  DIR* stream = ::opendir(folder.c_str());
  if (stream == nullptr) return names;
  while (const dirent* entry = ::readdir(stream)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  ::closedir(stream);
  std::sort(names.begin(), names.end());
  return names;
}

std::int64_t file_size(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? static_cast<std::int64_t>(info.st_size) : -1;
}

bool file_exists(const std::string& path) {
  return file_size(path) >= 0;
}

bool remove_file(const std::string& path) {
  return ::unlink(path.c_str()) == 0;
}

base::Result<void> replace_file(const std::string& aside, const std::string& path) {
  {
    const Descriptor file(aside, O_RDONLY);
    if (!file.ok() || ::fsync(file.value()) != 0) return failed("sync", aside);
  }
  if (std::rename(aside.c_str(), path.c_str()) != 0) return failed("rename", aside);
  return sync_folder(folder_of(path));
}

base::Result<void> move_file(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) return failed("move", from);
  if (base::Result<void> done = sync_folder(folder_of(to)); !done) return done;
  return sync_folder(folder_of(from));
}

base::Result<void> write_file(const std::string& path, std::string_view bytes) {
  const std::string aside = path + ".new";
  {
    const Descriptor file(aside, O_WRONLY | O_CREAT | O_TRUNC);
    if (!file.ok() || !write_all(file.value(), bytes)) {
      const base::Error error = failed("write", aside);
      remove_file(aside);
      return error;
    }
  }
  return replace_file(aside, path);
}

base::Result<std::string> read_file(const std::string& path) {
  const Descriptor file(path, O_RDONLY);
  if (!file.ok()) return failed("open", path);
  std::string bytes;
  std::string part(64U << 10, '\0');
  while (true) {
    const ssize_t size = ::read(file.value(), part.data(), part.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return failed("read", path);
    if (size == 0) return bytes;
    bytes.append(part, 0, static_cast<std::size_t>(size));
  }
}

base::Result<std::string> read_head(const std::string& path, std::size_t size) {
  const Descriptor file(path, O_RDONLY);
  std::string bytes(size, '\0');
  const ssize_t read = file.ok() ? ::read(file.value(), bytes.data(), size) : -1;
  if (read < 0) return failed("read", path);
  bytes.resize(static_cast<std::size_t>(read));
  return bytes;
}

base::Result<void> write_zeros(const std::string& path, std::size_t bytes) {
  const std::string part(256U << 10, '\0');
  const Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file.ok()) return failed("create", path);
  for (std::size_t written = 0; written < bytes; written += part.size()) {
    if (!write_all(file.value(), std::string_view(part).substr(0, std::min(part.size(), bytes - written)))) {
      const base::Error error = failed("write", path);
      remove_file(path);
      return error;
    }
  }
  if (::fsync(file.value()) != 0) return failed("sync", path);
  return sync_folder(folder_of(path));
}

base::Result<void> copy_file(const std::string& from, const std::string& to) {
  const std::string aside = to + ".new";
  {
    const Descriptor source(from, O_RDONLY);
    if (!source.ok()) return failed("open", from);
    const Descriptor target(aside, O_WRONLY | O_CREAT | O_TRUNC);
    if (!target.ok()) return failed("create", aside);
    std::string part(1U << 20, '\0');
    while (true) {
      const ssize_t size = ::read(source.value(), part.data(), part.size());
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return failed("read", from);
      if (size == 0) break;
      if (!write_all(target.value(), std::string_view(part).substr(0, static_cast<std::size_t>(size)))) {
        const base::Error error = failed("write", aside);
        remove_file(aside);
        return error;
      }
    }
  }
  return replace_file(aside, to);
}

base::Result<void> sync_folder(const std::string& path) {
  const Descriptor folder(path, O_RDONLY | O_DIRECTORY);
  if (!folder.ok() || ::fsync(folder.value()) != 0) return failed("sync", path);
  return {};
}

}  // namespace cordyna::log
