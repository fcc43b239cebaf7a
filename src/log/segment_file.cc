// Creating and writing segment files. Batches and blobs carry their own hashes; the rows `segment` and `seal` end with
// a hash of their columns, so that no byte of a segment that matters is believed without one.

#include "log/segment_file.h"

#include <fmt/format.h>

#include <array>

#include "base/limits.h"
#include "base/mutant.h"
#include "log/files.h"

namespace cordyna::log {
namespace {

constexpr std::int64_t segment_format = 1;

constexpr std::array tables{
    "CREATE TABLE segment(number INTEGER, cluster TEXT, epoch INTEGER, first_seq INTEGER, chain BLOB, hash BLOB)",
    "CREATE TABLE batch(first_seq INTEGER PRIMARY KEY, body BLOB)",
    "CREATE TABLE blob(id BLOB PRIMARY KEY, bytes BLOB)",
    "CREATE TABLE seal(last_seq INTEGER, chain BLOB, batches INTEGER, first_wall INTEGER, last_wall INTEGER, hash "
    "BLOB)",
    "CREATE TABLE posting(chunk INTEGER PRIMARY KEY, body BLOB)"};

std::string schema() {
  return fmt::format(
      "PRAGMA page_size=4096; PRAGMA synchronous=OFF; PRAGMA application_id=1668248174; BEGIN; {}; "
      "PRAGMA user_version={}; COMMIT; PRAGMA journal_mode=WAL",
      fmt::join(tables, ";"), segment_format);
}

std::int64_t as_integer(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}
std::uint64_t as_unsigned(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}
std::int64_t as_integer(base::Time time) {
  return time.time_since_epoch().count();
}

std::string hash_of(const SegmentStart& start) {
  ByteWriter out;
  out.u64(start.number);
  out.u64(start.epoch);
  out.u64(start.first_seq);
  out.hash(start.chain);
  out.raw(start.cluster);
  return hash_bytes(base::hash128(out.view()));
}

std::string hash_of(const SegmentSeal& seal) {
  ByteWriter out;
  out.u64(seal.last_seq);
  out.hash(seal.chain);
  out.u64(seal.batches);
  out.i64(as_integer(seal.first_wall));
  out.i64(as_integer(seal.last_wall));
  return hash_bytes(base::hash128(out.view()));
}

base::Result<void> insert_seal(Database& database, const SegmentSeal& seal) {
  base::Result<Statement> insert = database.prepare("INSERT INTO seal VALUES(?,?,?,?,?,?)");
  if (!insert) return insert.error();
  const std::string chain = hash_bytes(seal.chain), hash = hash_of(seal);
  insert->bind(1, as_integer(seal.last_seq)).bind(2, chain).bind(3, as_integer(seal.batches));
  insert->bind(4, as_integer(seal.first_wall)).bind(5, as_integer(seal.last_wall)).bind(6, hash);
  return insert->run();
}

base::Error damaged(const Database& database, const std::string& what) {
  return {"log_corrupt",
          "segment " + database.path() + ": " + what + "; restore a backup, or run cerebro recover --accept-data-loss"};
}

base::Error damaged(const Database& database, Seq seq, const std::string& what) {
  return damaged(database, "at seq " + std::to_string(seq) + ": " + what);
}

base::Error damaged_blob(const Database& database, const base::Hash128& id) {
  return damaged(database, "blob " + id.hex() + " does not have the hash that names it");
}

/// SQLite keeps the tables as text, and takes a changed letter for another column.
base::Result<void> check_tables(Database& database) {
  base::Result<Statement> rows = database.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid");
  if (!rows) return rows.error();
  for (const std::string_view table : tables) {
    const base::Result<bool> row = rows->step();
    if (!row) return row.error();
    if (!*row || rows->bytes(0) != table) return damaged(database, "it has not the tables of a segment");
  }
  return {};
}

base::Result<void> check_version(Database& database) {
  base::Result<Statement> version = database.prepare("PRAGMA user_version");
  if (!version) return version.error();
  const base::Result<bool> row = version->step();
  if (!row) return row.error();
  const std::int64_t format = *row ? version->integer(0) : 0;
  if (format > segment_format)
    return base::Error{"newer_format", "segment " + database.path() + " has format " + std::to_string(format) +
                                           ", this cerebro reads up to " + std::to_string(segment_format) +
                                           ": use the newer cerebro"};
  if (format != segment_format) return damaged(database, "the format number is " + std::to_string(format));
  return check_tables(database);
}

}  // namespace

base::Result<void> create_segment(const std::string& path, const std::string& vfs) {
  const std::string aside = path + ".new";
  for (const char* suffix : {"", "-wal", "-journal"}) remove_file(aside + suffix);
  {
    base::Result<std::unique_ptr<Database>> database = Database::open(aside, OpenMode::create, vfs);
    if (!database) return database.error();
    if (base::Result<void> done = (*database)->execute(schema().c_str()); !done) return done;
  }
  return replace_file(aside, path);
}

base::Result<void> create_wal(const std::string& path) {
  const std::string wal = path + "-wal";
  if (file_size(wal) > 0) return {};
  return write_zeros(wal, base::limits::wal_initial_bytes);
}

base::Result<void> insert_start(Database& database, const SegmentStart& start) {
  base::Result<Statement> insert = database.prepare("INSERT INTO segment VALUES(?,?,?,?,?,?)");
  if (!insert) return insert.error();
  const std::string chain = hash_bytes(start.chain), hash = hash_of(start);
  insert->bind(1, as_integer(start.number)).bind_text(2, start.cluster).bind(3, as_integer(start.epoch));
  return insert->bind(4, as_integer(start.first_seq)).bind(5, chain).bind(6, hash).run();
}

base::Result<std::optional<SegmentStart>> read_start(Database& database) {
  if (base::Result<void> done = check_version(database); !done) return done.error();
  base::Result<Statement> rows = database.prepare("SELECT number,cluster,epoch,first_seq,chain,hash FROM segment");
  if (!rows) return rows.error();
  base::Result<bool> row = rows->step();
  if (!row) return row.error();
  if (!*row) return std::optional<SegmentStart>();
  SegmentStart start;
  start.number = as_unsigned(rows->integer(0));
  start.cluster = std::string(rows->bytes(1));
  start.epoch = as_unsigned(rows->integer(2));
  start.first_seq = as_unsigned(rows->integer(3));
  start.chain = hash_from_bytes(rows->bytes(4));
  if (rows->bytes(5) != hash_of(start)) return damaged(database, "the row of table segment does not have its hash");
  row = rows->step();
  if (!row) return row.error();
  if (*row) return damaged(database, "table segment has more than one row");
  return std::optional<SegmentStart>(std::move(start));
}

base::Result<std::optional<SegmentSeal>> read_seal(Database& database) {
  base::Result<Statement> rows = database.prepare("SELECT last_seq,chain,batches,first_wall,last_wall,hash FROM seal");
  if (!rows) return rows.error();
  base::Result<bool> row = rows->step();
  if (!row) return row.error();
  if (!*row) return std::optional<SegmentSeal>();
  SegmentSeal seal;
  seal.last_seq = as_unsigned(rows->integer(0));
  seal.chain = hash_from_bytes(rows->bytes(1));
  seal.batches = as_unsigned(rows->integer(2));
  seal.first_wall = base::Time(base::Duration(rows->integer(3)));
  seal.last_wall = base::Time(base::Duration(rows->integer(4)));
  if (rows->bytes(5) != hash_of(seal)) return damaged(database, "the row of table seal does not have its hash");
  row = rows->step();
  if (!row) return row.error();
  if (*row) return damaged(database, "table seal has more than one row");
  return std::optional<SegmentSeal>(seal);
}

base::Result<void> check_pages(Database& database) {
  base::Result<Statement> rows = database.prepare("PRAGMA integrity_check(1)");
  if (!rows) return rows.error();
  const base::Result<bool> row = rows->step();
  if (!row) return row.error();
  if (!*row || rows->bytes(0) != "ok") return damaged(database, std::string(rows->bytes(0)));
  return {};
}

base::Result<void> each_record(Database& database, const SegmentStart& start, const std::optional<SegmentSeal>& seal,
                               const std::function<bool(const Record&)>& visit) {
  base::Result<Statement> rows = database.prepare("SELECT first_seq,body FROM batch ORDER BY first_seq");
  if (!rows) return rows.error();
  Seq expected = start.first_seq;
  base::Hash128 chain = start.chain;
  std::uint64_t batches = 0;
  while (true) {
    const base::Result<bool> row = rows->step();
    if (!row) return damaged(database, expected, row.error().message);
    if (!*row) break;
    const base::Result<Record> record = decode_record(rows->bytes(1));
    if (!record && record.error().code == "newer_format") return record.error();
    if (!record) return damaged(database, expected, record.error().message);
    if (record->first_seq != expected || as_unsigned(rows->integer(0)) != expected)
      return damaged(database, expected, "missing; the next batch begins at " + std::to_string(record->first_seq));
    if (record->previous != chain)
      return damaged(database, expected,
                     "the record continues " + record->previous.hex() + ", but the one before is " + chain.hex());
    if (record->epoch != start.epoch)
      return damaged(
          database, expected,
          "the record has epoch " + std::to_string(record->epoch) + ", its segment has " + std::to_string(start.epoch));
    expected = record->last_seq() + 1;
    chain = record->chain;
    ++batches;
    if (!visit(*record)) return {};
  }
  if (seal && (seal->last_seq + 1 != expected || seal->chain != chain || seal->batches != batches))
    return damaged(
        database, expected,
        "the segment was sealed with the last seq " + std::to_string(seal->last_seq) + ", but its batches end here");
  return {};
}

base::Result<void> each_blob(Database& database,
                             const std::function<bool(base::Hash128, std::optional<std::string_view> bytes)>& visit) {
  base::Result<Statement> rows = database.prepare("SELECT id,bytes FROM blob");
  if (!rows) return rows.error();
  while (true) {
    const base::Result<bool> row = rows->step();
    if (!row) return row.error();
    if (!*row) return {};
    const base::Hash128 id = hash_from_bytes(rows->bytes(0));
    const std::optional<std::string_view> bytes = rows->is_null(1) ? std::nullopt : std::optional(rows->bytes(1));
    if (bytes && base::hash128(*bytes) != id) return damaged_blob(database, id);
    if (!visit(id, bytes)) return {};
  }
}

base::Result<std::optional<BlobRow>> read_blob(Database& database, base::Hash128 id) {
  base::Result<Statement> select = database.prepare("SELECT bytes FROM blob WHERE id=?");
  if (!select) return select.error();
  const std::string key = hash_bytes(id);
  const base::Result<bool> row = select->bind(1, key).step();
  if (!row) return row.error();
  if (!*row) return std::optional<BlobRow>();
  if (select->is_null(0)) return std::optional<BlobRow>(BlobRow{true, {}});
  if (base::hash128(select->bytes(0)) != id) return damaged_blob(database, id);
  return std::optional<BlobRow>(BlobRow{false, std::string(select->bytes(0))});
}

base::Result<std::unique_ptr<SegmentWriter>> SegmentWriter::open(const std::string& path, const std::string& vfs) {
  base::Result<std::unique_ptr<Database>> database = Database::open(path, OpenMode::write, vfs);
  if (!database) return database.error();
  (*database)->keep_wal_on_close(true);
  base::Result<void> done =
      (*database)->execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0");
  if (done) done = check_version(**database);
  if (done && base::mutant("fsync_skipped")) done = (*database)->execute("PRAGMA synchronous=OFF");
  if (!done) return done.error();
  std::unique_ptr<SegmentWriter> writer(new SegmentWriter(std::move(*database)));
  sqlite3_wal_hook(
      writer->database_->handle(),
      [](void* self, sqlite3*, const char*, int frames) {
        static_cast<SegmentWriter*>(self)->wal_frames_ = frames;
        return SQLITE_OK;
      },
      writer.get());
  base::Result<Statement> batch = writer->database_->prepare("INSERT INTO batch VALUES(?,?)");
  if (!batch) return batch.error();
  writer->insert_batch_ = std::move(*batch);
  base::Result<Statement> blob = writer->database_->prepare("INSERT OR IGNORE INTO blob VALUES(?,?)");
  if (!blob) return blob.error();
  writer->insert_blob_ = std::move(*blob);
  return writer;
}

base::Result<void> SegmentWriter::transaction(const std::function<base::Result<void>()>& body) {
  if (base::Result<void> done = database_->execute("BEGIN IMMEDIATE"); !done) return done;
  base::Result<void> done = body();
  if (done) done = database_->execute("COMMIT");
  // A failed COMMIT may have ended the transaction by itself; then there is nothing to roll back.
  if (!done && sqlite3_get_autocommit(database_->handle()) == 0) {
    if (base::Result<void> undone = database_->execute("ROLLBACK"); !undone) return undone;
  }
  return done;
}

base::Result<void> SegmentWriter::append(const std::optional<SegmentStart>& start, Seq first_seq,
                                         std::string_view record, const std::vector<const Blob*>& blobs) {
  return transaction([&]() -> base::Result<void> {
    if (start) {
      if (base::Result<void> done = insert_start(*database_, *start); !done) return done;
    }
    if (base::Result<void> done = insert_blobs(blobs); !done) return done;
    return insert_batch_->bind(1, as_integer(first_seq)).bind(2, record).run();
  });
}

base::Result<void> SegmentWriter::begin(const SegmentStart& start) {
  return transaction([&] { return insert_start(*database_, start); });
}

base::Result<void> SegmentWriter::append_blobs(const std::vector<const Blob*>& blobs) {
  return transaction([&] { return insert_blobs(blobs); });
}

base::Result<void> SegmentWriter::insert_blobs(const std::vector<const Blob*>& blobs) {
  for (const Blob* blob : blobs) {
    const std::string id = hash_bytes(blob->id);
    if (base::Result<void> done = insert_blob_->bind(1, id).bind(2, blob->bytes).run(); !done) return done;
  }
  return {};
}

base::Result<void> SegmentWriter::checkpoint() {
  wal_frames_ = 0;  // also after `full`: not again with every batch
  return database_->execute("PRAGMA wal_checkpoint(PASSIVE)");
}

base::Result<void> SegmentWriter::end_wal() {
  base::Result<Statement> mode = database_->prepare("PRAGMA journal_mode=DELETE");
  if (!mode) return mode.error();
  const base::Result<bool> row = mode->step();
  if (!row) return row.error();
  if (!*row || mode->bytes(0) != "delete") return database_->failure("end the write-ahead log of");
  mode->reset();
  return {};
}

base::Result<void> SegmentWriter::seal(const SegmentSeal& seal, const std::vector<std::string>& postings) {
  insert_batch_.reset();
  insert_blob_.reset();
  if (base::Result<void> done = end_wal(); !done) return done;
  return transaction([&]() -> base::Result<void> {
    if (base::Result<void> done = database_->execute("DELETE FROM posting"); !done) return done;
    base::Result<Statement> insert = database_->prepare("INSERT INTO posting VALUES(?,?)");
    if (!insert) return insert.error();
    for (std::size_t row = 0; row < postings.size(); ++row) {
      if (base::Result<void> done = insert->bind(1, as_integer(row)).bind(2, postings[row]).run(); !done) return done;
    }
    return insert_seal(*database_, seal);
  });
}

}  // namespace cordyna::log
