// SQLite calls, turned into Results. What an error code means for the log is decided here, in code_of().

#include "log/database.h"

#include <cerrno>
#include <cstring>
#include <optional>

#include "log/bytes.h"
#include "log/file_system.h"

namespace cordyna::log {
namespace {

/// A write that found no space leaves nothing behind that was promised; the file systems say so in three ways.
bool out_of_space(int code, int system_error) {
  if ((code & 0xff) == SQLITE_FULL) return true;
  const bool is_write = code == SQLITE_IOERR_WRITE || code == SQLITE_IOERR_TRUNCATE || code == SQLITE_CANTOPEN;
  return is_write && (system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG);
}

const char* code_of(int code, int system_error) {
  if (out_of_space(code, system_error)) return "full";
  if (code == SQLITE_IOERR_SHORT_READ || code == SQLITE_IOERR_CORRUPTFS) return "log_corrupt";
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:  // our SQL is fixed: a table or column is missing
    case SQLITE_SCHEMA:
    case SQLITE_FORMAT:
    case SQLITE_MISMATCH:
    case SQLITE_CONSTRAINT:
    case SQLITE_READONLY:  // the header asks for a newer SQLite
      return "log_corrupt";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "data_in_use";
    default:
      return "io_error";
  }
}

}  // namespace

Statement& Statement::bind(int index, std::int64_t value) {
  base::check(sqlite3_bind_int64(statement_.get(), index, value) == SQLITE_OK);
  return *this;
}

Statement& Statement::bind(int index, std::string_view blob) {
  const char* data = blob.data() == nullptr ? "" : blob.data();
  base::check(sqlite3_bind_blob64(statement_.get(), index, data, blob.size(), SQLITE_STATIC) == SQLITE_OK);
  return *this;
}

Statement& Statement::bind_text(int index, std::string_view text) {
  base::check(sqlite3_bind_text64(statement_.get(), index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8) ==
              SQLITE_OK);
  return *this;
}

base::Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  std::optional<base::Error> error;
  if (code != SQLITE_DONE) error = database_->failure("read or write");
  sqlite3_reset(statement_.get());
  if (error) return *error;
  return false;
}

base::Result<void> Statement::run() {
  base::Result<bool> row = step();
  if (!row) return row.error();
  base::check(!*row);
  return {};
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return data == nullptr ? std::string_view()
                         : std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

base::Result<std::unique_ptr<Database>> Database::open(const std::string& path, OpenMode mode, const std::string& vfs) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  flags |= mode == OpenMode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (mode == OpenMode::create) flags |= SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  const std::string system = vfs.empty() ? file_system_of(path).vfs() : vfs;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, system.empty() ? nullptr : system.c_str());
  std::unique_ptr<Database> database(new Database(path, handle));
  if (code != SQLITE_OK) return database->failure("open");
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  // The lock mode comes before the first access: only then SQLite needs no shared memory beside a write-ahead log.
  if (mode != OpenMode::read_only) {
    if (base::Result<void> done = database->execute("PRAGMA locking_mode=EXCLUSIVE"); !done) return done.error();
  }
  if (base::Result<void> done = database->execute("PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY"); !done)
    return done.error();
  return database;
}

base::Result<void> Database::execute(const char* sql) {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return failure("read or write");
  return {};
}

base::Result<Statement> Database::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle_.get(), sql, -1, &statement, nullptr) != SQLITE_OK) return failure("read");
  return Statement(*this, statement);
}

base::Error Database::failure(const std::string& doing) const {
  const int code = sqlite3_extended_errcode(handle_.get());
  const int system_error = sqlite3_system_errno(handle_.get());
  std::string message =
      "cannot " + doing + " " + path_ + ": " + sqlite3_errmsg(handle_.get()) + " (SQLite " + std::to_string(code);
  if (system_error != 0) message += ", " + std::string(std::strerror(system_error));
  return {code_of(code, system_error), message + ")"};
}

void Database::keep_wal_on_close(bool keep) {
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep ? 1 : 0, nullptr);
}

std::string hash_bytes(const base::Hash128& hash) {
  ByteWriter out;
  out.hash(hash);
  return out.take();
}

base::Hash128 hash_from_bytes(std::string_view bytes) {
  return bytes.size() == 16 ? ByteReader(bytes).hash() : base::Hash128();
}

}  // namespace cordyna::log
