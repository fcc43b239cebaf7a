// See segment_check.h. Damage is collected, not returned at once: recovery wants to know how much is good.

#include "log/segment_check.h"

#include <map>
#include <set>

#include "log/files.h"
#include "log/opening.h"
#include "log/postings.h"

namespace cordyna::log {
namespace {

base::Error damaged(const std::string& path, const std::string& what) {
  return {"log_corrupt",
          "segment " + path + ": " + what + "; restore a backup, or run cerebro recover --accept-data-loss"};
}

void note(std::optional<base::Error>& place, const base::Error& error) {
  if (!place) place = error;
}

/// Opened without changing it: what is in a write-ahead log is seen and stays there.
base::Result<std::unique_ptr<Database>> open_to_check(const std::string& path) {
  if (file_size(path) < 512) return damaged(path, "the file is cut short");
  if (!is_being_written(path)) return Database::open(path, OpenMode::read_only);
  base::Result<std::unique_ptr<Database>> database = Database::open(path, OpenMode::write);
  if (database) (*database)->keep_wal_on_close(true);
  return database;
}

/// Every good record into `check`; what the postings should be into `postings`, named blobs into `named`.
void check_events(Database& database, SegmentCheck& check, std::map<Key, std::vector<Seq>>& postings,
                  std::map<base::Hash128, Seq>& named) {
  const base::Result<void> done = each_record(database, *check.start, std::nullopt, [&](const Record& record) {
    for (const Key& key : record.keys) postings[key].push_back(record.first_seq);
    for (const base::Hash128& blob : record.blobs) named.emplace(blob, record.first_seq);
    check.last_seq = record.last_seq();
    check.chain = record.chain;
    ++check.batches;
    return true;
  });
  if (!done) check.events_damage = done.error();
}

void check_blobs(Database& database, SegmentCheck& check, const std::map<base::Hash128, Seq>& named) {
  std::set<base::Hash128> ids;
  const base::Result<void> done = each_blob(database, [&](base::Hash128 id, std::optional<std::string_view>) {
    ids.insert(id);
    return true;
  });
  if (!done) note(check.side_damage, done.error());
  for (const auto& [id, seq] : named) {
    if (!ids.contains(id))
      note(check.side_damage,
           damaged(check.path, "at seq " + std::to_string(seq) + ": blob " + id.hex() + " is missing"));
  }
  for (const base::Hash128& id : ids) {  // also by name: the index may be damaged
    const base::Result<std::optional<BlobRow>> row = read_blob(database, id);
    if (!row) note(check.side_damage, row.error());
    if (row && !*row) note(check.side_damage, damaged(check.path, "blob " + id.hex() + " is not found by its name"));
  }
  check.blobs = ids.size();
}

void check_postings(Database& database, SegmentCheck& check, const std::map<Key, std::vector<Seq>>& postings) {
  std::vector<Posting> expected;
  for (const auto& [key, batches] : postings) expected.push_back({key, batches});
  const std::vector<std::string> rows = encode_postings(expected, check.start->first_seq);
  std::size_t number = 0;
  bool equal = true;
  base::Result<Statement> select = database.prepare("SELECT chunk,body FROM posting ORDER BY chunk");
  if (!select) return note(check.side_damage, select.error());
  while (true) {
    const base::Result<bool> row = select->step();
    if (!row) return note(check.side_damage, row.error());
    if (!*row) break;
    equal = equal && number < rows.size() && select->integer(0) == static_cast<std::int64_t>(number) &&
            select->bytes(1) == rows[number];
    ++number;
  }
  if (!equal || number != rows.size())
    note(check.side_damage, damaged(check.path, "the search index is not the one its batches have"));
}

void check_seal(Database& database, SegmentCheck& check) {
  const base::Result<std::optional<SegmentSeal>> seal = read_seal(database);
  if (!seal) return note(check.side_damage, seal.error());
  check.sealed = seal->has_value();
  if (!check.sealed) return;
  if ((*seal)->last_seq == check.last_seq && (*seal)->chain == check.chain && (*seal)->batches == check.batches) return;
  note(check.events_damage,
       damaged(check.path, "its events end at seq " + std::to_string(check.last_seq) +
                               ", but it was sealed with the last seq " + std::to_string((*seal)->last_seq)));
}

base::Result<void> copy_records(Database& from, const SegmentCheck& check, Database& to) {
  base::Result<Statement> insert = to.prepare("INSERT INTO batch VALUES(?,?)");
  if (!insert) return insert.error();
  base::Result<void> written;
  const base::Result<void> read = each_record(from, *check.start, std::nullopt, [&](const Record& record) {
    if (record.first_seq > check.last_seq) return false;
    written = insert->bind(1, static_cast<std::int64_t>(record.first_seq)).bind(2, record.bytes).run();
    return written.ok();
  });
  (void)read;  // it ends at the damage, and what is in front was copied
  return written;
}

base::Result<void> copy_blobs(Database& from, const SegmentCheck& check, Database& to,
                              std::vector<base::Hash128>& lost) {
  base::Result<Statement> insert = to.prepare("INSERT OR IGNORE INTO blob VALUES(?,?)");
  if (!insert) return insert.error();
  base::Result<Statement> rows = from.prepare("SELECT id,bytes FROM blob");
  std::set<base::Hash128> good;
  base::Result<void> written;
  while (rows && written) {
    const base::Result<bool> row = rows->step();
    if (!row || !*row) break;
    const base::Hash128 id = hash_from_bytes(rows->bytes(0));
    if (rows->is_null(1) || base::hash128(rows->bytes(1)) != id) continue;
    const std::string key = hash_bytes(id);
    written = insert->bind(1, key).bind(2, rows->bytes(1)).run();
    good.insert(id);
  }
  base::Result<Statement> hole = to.prepare("INSERT INTO blob VALUES(?,NULL)");
  if (!hole) return hole.error();
  const base::Result<void> read = each_record(from, *check.start, std::nullopt, [&](const Record& record) {
    if (record.first_seq > check.last_seq) return false;
    for (const base::Hash128& id : record.blobs) {
      if (!written || !good.insert(id).second) continue;
      const std::string key = hash_bytes(id);
      written = hole->bind(1, key).run();
      lost.push_back(id);
    }
    return written.ok();
  });
  (void)read;
  return written;
}

}  // namespace

SegmentCheck check_segment(const std::string& path) {
  SegmentCheck check;
  check.path = path;
  base::Result<std::unique_ptr<Database>> database = open_to_check(path);
  if (!database) return check.events_damage = database.error(), check;
  base::Result<std::optional<SegmentStart>> start = read_start(**database);
  if (!start) return check.events_damage = start.error(), check;
  if (!*start) {
    base::Result<Statement> batches = (*database)->prepare("SELECT first_seq FROM batch LIMIT 1");
    const base::Result<bool> row = batches ? batches->step() : base::Result<bool>(batches.error());
    if (!row) check.events_damage = row.error();
    if (row && *row) check.events_damage = damaged(path, "the row of table segment is missing");
    return check;
  }
  SegmentStart begin = std::move(**start);
  check.last_seq = begin.first_seq - 1;
  check.chain = begin.chain;
  check.start = std::move(begin);
  std::map<Key, std::vector<Seq>> postings;
  std::map<base::Hash128, Seq> named;
  check_events(**database, check, postings, named);
  check_blobs(**database, check, named);
  check_seal(**database, check);
  if (check.sealed) check_postings(**database, check, postings);
  return check;
}

base::Result<void> rebuild_segment(const SegmentCheck& from, const std::string& to, std::vector<base::Hash128>& lost) {
  base::Result<std::unique_ptr<Database>> source = open_to_check(from.path);
  if (!source) return source.error();
  const std::string aside = to + ".rebuilt";
  if (base::Result<void> done = create_segment(aside); !done) return done;
  {
    base::Result<std::unique_ptr<Database>> target = Database::open(aside, OpenMode::write);
    if (!target) return target.error();
    base::Result<void> done = (*target)->execute("PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; BEGIN");
    if (done) done = insert_start(**target, *from.start);
    if (done) done = copy_records(**source, from, **target);
    if (done) done = copy_blobs(**source, from, **target, lost);
    if (done) done = (*target)->execute("COMMIT");
    if (!done) return done;
  }
  return replace_file(aside, to);
}

}  // namespace cordyna::log
