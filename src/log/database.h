#pragma once
// The little of SQLite that the log needs: a database file, prepared statements, and errors that name the file and say
// which kind of trouble it is. Not thread-safe: one owner at a time. Used by the segment files only.
//
// Error codes: full (no space, also by quota: nothing was changed and it may be tried again), log_corrupt (what SQLite
// calls corrupt, or a missing table), data_in_use (locked by another process), io_error (everything else).

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"

namespace cordyna::log {

class Statement {
 public:
  Statement& bind(int index, std::int64_t value);
  /// The bytes must live until step() has answered false or an error.
  Statement& bind(int index, std::string_view blob);
  Statement& bind_text(int index, std::string_view text);
  /// True: a row is there. After false or an error the statement may be bound and stepped again.
  base::Result<bool> step();
  base::Result<void> run();  // step() of a statement without rows
  void reset() { sqlite3_reset(statement_.get()); }

  std::int64_t integer(int column) const;
  bool is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }
  std::string_view bytes(int column) const;  // valid until the next step()

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  Statement(class Database& database, sqlite3_stmt* statement) : database_(&database), statement_(statement) {}
  class Database* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

enum class OpenMode {
  create,     // a new file, which must not exist
  write,      // an existing file, locked for this connection alone (locking_mode=EXCLUSIVE)
  read_only,  // an existing file that nobody writes
};

class Database {
 public:
  static base::Result<std::unique_ptr<Database>> open(const std::string& path, OpenMode mode,
                                                      const std::string& vfs = {});

  base::Result<void> execute(const char* sql);
  base::Result<Statement> prepare(const char* sql);
  /// What just failed, as an Error: "cannot <doing> <path>: <reason>".
  base::Error failure(const std::string& doing) const;

  /// False, the default: closing moves the write-ahead log into the file and removes it. True: it stays where it is, so
  /// that a damaged file stays as it was found.
  void keep_wal_on_close(bool keep);
  const std::string& path() const { return path_; }
  sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  Database(std::string path, sqlite3* handle) : path_(std::move(path)), handle_(handle) {}
  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A hash as the 16 bytes of a BLOB column, and back (zeros when the size is wrong).
std::string hash_bytes(const base::Hash128& hash);
base::Hash128 hash_from_bytes(std::string_view bytes);

}  // namespace cordyna::log
