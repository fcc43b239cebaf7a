// POSIX calls as they are, and the table of what is mounted where.

#include "log/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <map>
#include <mutex>

namespace cordyna::log {
namespace {

class SystemFile final : public PlainFile {
 public:
  explicit SystemFile(int descriptor) : descriptor_(descriptor) {}
  ~SystemFile() override { ::close(descriptor_); }
  SystemFile(const SystemFile&) = delete;
  SystemFile& operator=(const SystemFile&) = delete;

  ssize_t read(char* to, std::size_t size, std::uint64_t at) override {
    return ::pread(descriptor_, to, size, static_cast<off_t>(at));
  }
  ssize_t write(std::string_view bytes, std::uint64_t at) override {
    return ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(at));
  }
  int truncate(std::uint64_t size) override { return ::ftruncate(descriptor_, static_cast<off_t>(size)); }
  int sync() override { return ::fsync(descriptor_); }
  std::int64_t size() override {
    struct stat info {};
    return ::fstat(descriptor_, &info) == 0 ? static_cast<std::int64_t>(info.st_size) : -1;
  }
  // flock() belongs to the open file, so it also keeps out a second log in the same process, and it ends with the
  // process however that dies.
  int lock() override { return ::flock(descriptor_, LOCK_EX | LOCK_NB); }

 private:
  const int descriptor_;
};

int flags_of(Opening how) {
  switch (how) {
    case Opening::read:
      return O_RDONLY;
    case Opening::write:
      return O_RDWR;
    case Opening::create:
      return O_RDWR | O_CREAT;
    case Opening::replace:
      return O_RDWR | O_CREAT | O_TRUNC;
  }
  return O_RDONLY;
}

class SystemFiles final : public FileSystem {
 public:
  std::unique_ptr<PlainFile> open(const std::string& path, Opening how) override {
    const int descriptor = ::open(path.c_str(), flags_of(how) | O_CLOEXEC, 0640);
    return descriptor < 0 ? nullptr : std::make_unique<SystemFile>(descriptor);
  }
  int rename(const std::string& from, const std::string& to) override { return std::rename(from.c_str(), to.c_str()); }
  int unlink(const std::string& path) override { return ::unlink(path.c_str()); }
  int make_folder(const std::string& path) override { return ::mkdir(path.c_str(), 0750); }
  int sync_folder(const std::string& path) override {
    const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return folder;
    const int done = ::fsync(folder);
    const int reason = errno;
    ::close(folder);
    errno = reason;
    return done;
  }
  std::vector<std::string> names_in(const std::string& folder) override {
    std::vector<std::string> names;
    DIR* stream = ::opendir(folder.c_str());
    if (stream == nullptr) return names;
    while (const dirent* entry = ::readdir(stream)) {
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(name);
    }
    ::closedir(stream);
    return names;
  }
  std::int64_t size(const std::string& path) override {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? static_cast<std::int64_t>(info.st_size) : -1;
  }
  std::string vfs() const override { return {}; }
};

struct Mounts {
  std::mutex mutex;
  std::map<std::string, FileSystem*> by_root;
};

Mounts& mounts() {
  static Mounts all;
  return all;
}

}  // namespace

FileSystem& file_system_of(const std::string& path) {
  static SystemFiles system;
  const std::scoped_lock lock(mounts().mutex);
  for (const auto& [root, files] : mounts().by_root)
    if (path.starts_with(root)) return *files;
  return system;
}

Mount::Mount(std::string root, FileSystem& files) : root_(std::move(root)) {
  const std::scoped_lock lock(mounts().mutex);
  mounts().by_root[root_] = &files;
}

Mount::~Mount() {
  const std::scoped_lock lock(mounts().mutex);
  mounts().by_root.erase(root_);
}

}  // namespace cordyna::log
