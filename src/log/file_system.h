#pragma once
// The seam between the log and the disk: as much of POSIX as files.h, the data folder and a SQLite file system need.
// The operating system's is below every path but those where another was mounted, which the simulator does with a disk
// that fails and forgets.

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cordyna::log {

/// As POSIX has it: a negative answer is a failure, and errno says why.
class PlainFile {
 public:
  virtual ~PlainFile() = default;
  virtual ssize_t read(char* to, std::size_t size, std::uint64_t at) = 0;
  virtual ssize_t write(std::string_view bytes, std::uint64_t at) = 0;
  virtual int truncate(std::uint64_t size) = 0;
  virtual int sync() = 0;
  virtual std::int64_t size() = 0;
  /// Kept until the file is closed; refused while somebody else, or somebody else in this process, has it.
  virtual int lock() = 0;
};

enum class Opening {
  read,     // an existing file
  write,    // an existing file
  create,   // made when it is not there
  replace,  // made, or emptied
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  /// nullptr is a failure, and errno says why.
  virtual std::unique_ptr<PlainFile> open(const std::string& path, Opening how) = 0;
  virtual int rename(const std::string& from, const std::string& to) = 0;
  virtual int unlink(const std::string& path) = 0;
  virtual int make_folder(const std::string& path) = 0;
  virtual int sync_folder(const std::string& path) = 0;
  /// Unordered, without "." and ".."; empty when the folder is not there.
  virtual std::vector<std::string> names_in(const std::string& folder) = 0;
  virtual std::int64_t size(const std::string& path) = 0;
  /// SQLite's name of it; empty: SQLite's own for the operating system.
  virtual std::string vfs() const = 0;
};

/// The one that holds `path`. Thread-safe.
FileSystem& file_system_of(const std::string& path);

/// While it lives, every path that begins with `root` is on `files`. What is still open then must not be used after.
class Mount {
 public:
  Mount(std::string root, FileSystem& files);
  ~Mount();
  Mount(const Mount&) = delete;
  Mount& operator=(const Mount&) = delete;

 private:
  const std::string root_;
};

}  // namespace cordyna::log
