#include "log/mounted_vfs.h"

#include <sqlite3.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace cordyna::log {
namespace {

/// What SQLite sees of an open file.
struct SqliteFile {
  sqlite3_file base;
  PlainFile* file;
  FileSystem* files;
  std::string* new_in;  // the folder of a journal that was just made: its name is synced with its first content
};

SqliteFile& self(sqlite3_file* file) {
  return *reinterpret_cast<SqliteFile*>(file);
}
FileSystem& files(sqlite3_vfs* vfs) {
  return *static_cast<FileSystem*>(vfs->pAppData);
}
std::string folder_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

int close(sqlite3_file* file) {
  delete std::exchange(self(file).file, nullptr);
  delete std::exchange(self(file).new_in, nullptr);
  return SQLITE_OK;
}

int read(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
  const ssize_t got =
      self(file).file->read(static_cast<char*>(to), static_cast<std::size_t>(size), static_cast<std::uint64_t>(at));
  if (got < 0) return SQLITE_IOERR_READ;
  if (got == size) return SQLITE_OK;
  std::memset(static_cast<char*>(to) + got, 0, static_cast<std::size_t>(size - got));
  return SQLITE_IOERR_SHORT_READ;
}

int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
  const std::string_view bytes(static_cast<const char*>(from), static_cast<std::size_t>(size));
  if (self(file).file->write(bytes, static_cast<std::uint64_t>(at)) >= 0) return SQLITE_OK;
  return errno == ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  return self(file).file->truncate(static_cast<std::uint64_t>(size)) == 0 ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

int sync(sqlite3_file* file, int) {
  SqliteFile& open = self(file);
  if (open.file->sync() != 0) return SQLITE_IOERR_FSYNC;
  if (open.new_in == nullptr) return SQLITE_OK;
  const std::unique_ptr<std::string> folder(std::exchange(open.new_in, nullptr));
  return open.files->sync_folder(*folder) == 0 ? SQLITE_OK : SQLITE_IOERR_DIR_FSYNC;
}

const sqlite3_io_methods* methods() {
  static const sqlite3_io_methods table = [] {
    sqlite3_io_methods m{};
    m.iVersion = 1;
    m.xClose = close;
    m.xRead = read;
    m.xWrite = write;
    m.xTruncate = truncate;
    m.xSync = sync;
    m.xFileSize = [](sqlite3_file* file, sqlite3_int64* size) {
      *size = self(file).file->size();
      return SQLITE_OK;
    };
    m.xLock = [](sqlite3_file*, int) { return SQLITE_OK; };
    m.xUnlock = [](sqlite3_file*, int) { return SQLITE_OK; };
    m.xCheckReservedLock = [](sqlite3_file*, int* out) {
      *out = 0;
      return SQLITE_OK;
    };
    m.xFileControl = [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; };
    m.xSectorSize = [](sqlite3_file*) { return 4096; };
    // As SQLite takes it of a real disk: what lies beside a torn write in its sector stays as it was.
    m.xDeviceCharacteristics = [](sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; };
    return m;
  }();
  return &table;
}

int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out) {
  SqliteFile& opened = self(file);
  opened = {};
  if (path == nullptr) return SQLITE_CANTOPEN;  // a temporary file: those of the log are in memory
  const bool is_new = files(vfs).size(path) < 0;
  const Opening how = (flags & SQLITE_OPEN_CREATE) != 0      ? Opening::create
                      : (flags & SQLITE_OPEN_READWRITE) != 0 ? Opening::write
                                                             : Opening::read;
  auto plain = files(vfs).open(path, how);
  if (!plain) return SQLITE_CANTOPEN;
  opened.file = plain.release();
  opened.files = &files(vfs);
  if (is_new && (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) != 0)
    opened.new_in = new std::string(folder_of(path));
  opened.base.pMethods = methods();
  if (out != nullptr) *out = flags;
  return SQLITE_OK;
}

int remove(sqlite3_vfs* vfs, const char* path, int sync_folder) {
  if (files(vfs).unlink(path) != 0) return errno == ENOENT ? SQLITE_IOERR_DELETE_NOENT : SQLITE_IOERR_DELETE;
  if (sync_folder != 0 && files(vfs).sync_folder(folder_of(path)) != 0) return SQLITE_IOERR_DIR_FSYNC;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* path, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", path);
  return SQLITE_OK;
}

std::string new_name() {
  static std::atomic<std::uint64_t> made = 0;
  return "mounted " + std::to_string(++made);
}

}  // namespace

MountedVfs::MountedVfs(FileSystem& under) : name_(new_name()), vfs_(std::make_unique<sqlite3_vfs>()) {
  vfs_->iVersion = 2;
  vfs_->szOsFile = sizeof(SqliteFile);
  vfs_->mxPathname = 512;
  vfs_->zName = name_.c_str();
  vfs_->pAppData = &under;
  vfs_->xOpen = open;
  vfs_->xDelete = remove;
  vfs_->xAccess = [](sqlite3_vfs* vfs, const char* path, int, int* out) {
    *out = files(vfs).size(path) >= 0 ? 1 : 0;
    return SQLITE_OK;
  };
  vfs_->xFullPathname = full_path;
  vfs_->xRandomness = [](sqlite3_vfs*, int size, char* out) {
    std::memset(out, 7, static_cast<std::size_t>(size));
    return size;
  };
  vfs_->xSleep = [](sqlite3_vfs*, int) { return 0; };
  vfs_->xCurrentTime = [](sqlite3_vfs*, double* out) {
    *out = 2461000.5;
    return SQLITE_OK;
  };
  vfs_->xGetLastError = [](sqlite3_vfs*, int, char*) { return errno; };
  vfs_->xCurrentTimeInt64 = [](sqlite3_vfs*, sqlite3_int64* out) {
    *out = 212'630'443'200'000;
    return SQLITE_OK;
  };
  sqlite3_vfs_register(vfs_.get(), 0);
}

MountedVfs::~MountedVfs() {
  sqlite3_vfs_unregister(vfs_.get());
}

}  // namespace cordyna::log
