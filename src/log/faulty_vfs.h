#pragma once
// A file system for SQLite that fails on demand, for tests: it passes everything on to the real one, and asks the
// fault set by set_file_fault() before each write and sync what to answer instead. Registered once under the name
// "faulty".

#include <sqlite3.h>

#include <functional>
#include <mutex>
#include <new>
#include <string>

namespace cordyna::log {

enum class FileCall { write, sync };

/// SQLITE_OK: do it; otherwise what to answer instead. Asked on the thread of the file's user, one at a time.
using FileFault = std::function<int(FileCall, const std::string& path)>;

namespace faulty_vfs {

struct Fault {
  std::mutex mutex;
  FileFault fault;
};
inline Fault& current() {
  static Fault fault;
  return fault;
}

/// What SQLite sees; the real file lies behind it in the same memory.
struct File {
  sqlite3_file base;
  const char* path;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

inline File* self(sqlite3_file* file) {
  return reinterpret_cast<File*>(file);
}
inline sqlite3_file* real(sqlite3_file* file) {
  return self(file)->real();
}
inline int fault(FileCall call, sqlite3_file* file) {
  const std::scoped_lock lock(current().mutex);
  return current().fault ? current().fault(call, self(file)->path == nullptr ? "" : self(file)->path) : SQLITE_OK;
}

inline const sqlite3_io_methods* methods() {
  static const sqlite3_io_methods table = [] {
    sqlite3_io_methods m{};
    m.iVersion = 1;
    m.xClose = [](sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); };
    m.xRead = [](sqlite3_file* f, void* to, int n, sqlite3_int64 at) {
      return real(f)->pMethods->xRead(real(f), to, n, at);
    };
    m.xWrite = [](sqlite3_file* f, const void* from, int n, sqlite3_int64 at) {
      const int code = fault(FileCall::write, f);
      return code != SQLITE_OK ? code : real(f)->pMethods->xWrite(real(f), from, n, at);
    };
    m.xTruncate = [](sqlite3_file* f, sqlite3_int64 n) { return real(f)->pMethods->xTruncate(real(f), n); };
    m.xSync = [](sqlite3_file* f, int flags) {
      const int code = fault(FileCall::sync, f);
      return code != SQLITE_OK ? code : real(f)->pMethods->xSync(real(f), flags);
    };
    m.xFileSize = [](sqlite3_file* f, sqlite3_int64* n) { return real(f)->pMethods->xFileSize(real(f), n); };
    m.xLock = [](sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); };
    m.xUnlock = [](sqlite3_file* f, int level) { return real(f)->pMethods->xUnlock(real(f), level); };
    m.xCheckReservedLock = [](sqlite3_file* f, int* out) {
      return real(f)->pMethods->xCheckReservedLock(real(f), out);
    };
    m.xFileControl = [](sqlite3_file* f, int op, void* arg) {
      return real(f)->pMethods->xFileControl(real(f), op, arg);
    };
    m.xSectorSize = [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); };
    m.xDeviceCharacteristics = [](sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); };
    return m;
  }();
  return &table;
}

inline int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out) {
  auto* under = static_cast<sqlite3_vfs*>(vfs->pAppData);
  File* opened = self(file);
  opened->base.pMethods = nullptr;
  opened->path = path;
  const int code = under->xOpen(under, path, opened->real(), flags, out);
  if (opened->real()->pMethods != nullptr) opened->base.pMethods = methods();
  return code;
}

}  // namespace faulty_vfs

inline void set_file_fault(FileFault fault) {
  const std::scoped_lock lock(faulty_vfs::current().mutex);
  faulty_vfs::current().fault = std::move(fault);
}

/// The name to open databases with.
inline const char* faulty_vfs_name() {
  static sqlite3_vfs vfs;
  if (vfs.zName != nullptr) return vfs.zName;
  sqlite3_vfs* under = sqlite3_vfs_find(nullptr);
  vfs = *under;
  vfs.zName = "faulty";
  vfs.pNext = nullptr;
  vfs.pAppData = under;
  vfs.szOsFile = under->szOsFile + static_cast<int>(sizeof(faulty_vfs::File));
  vfs.xOpen = faulty_vfs::open;
  sqlite3_vfs_register(&vfs, 0);
  return vfs.zName;
}

}  // namespace cordyna::log
