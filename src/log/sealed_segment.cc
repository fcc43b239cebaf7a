// Searching a sealed file: directory -> chunk of postings -> batches by their first seq. Every batch is checked against
// its hash and against the place where it was found, so that a damaged index page cannot answer with something else.

#include "log/sealed_segment.h"

#include <algorithm>

#include "base/limits.h"
#include "log/postings.h"

namespace cordyna::log {
namespace {

std::int64_t as_integer(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}
Seq last_seq(const StoredBatch& batch) {
  return batch.first_seq + batch.count - 1;
}

/// The body column of one row; nullopt when the row is not there.
base::Result<std::optional<std::string>> body(Database& database, const char* sql, std::int64_t key) {
  base::Result<Statement> select = database.prepare(sql);
  if (!select) return select.error();
  const base::Result<bool> row = select->bind(1, key).step();
  if (!row) return row.error();
  return *row ? std::optional<std::string>(select->bytes(0)) : std::nullopt;
}

base::Result<std::string> posting_row(Database& database, std::size_t number) {
  auto row = body(database, "SELECT body FROM posting WHERE chunk=?", as_integer(number));
  if (!row) return row.error();
  return row->value_or("");  // no hash: refused when it is decoded
}

}  // namespace

base::Result<std::shared_ptr<OpenFile>> OpenFiles::open(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  const auto found = std::find_if(files_.begin(), files_.end(), [&](const auto& file) { return file.first == path; });
  if (found != files_.end()) {
    files_.splice(files_.begin(), files_, found);
    return found->second;
  }
  base::Result<std::unique_ptr<Database>> database = Database::open(path, OpenMode::read_only, vfs_);
  if (!database) return database.error();
  auto file = std::make_shared<OpenFile>();
  file->database = std::move(*database);
  files_.emplace_front(path, file);
  if (files_.size() > base::limits::segments_open_max) files_.pop_back();
  return file;
}

void OpenFiles::close(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  files_.remove_if([&](const auto& file) { return file.first == path; });
}

base::Result<void> SealedSegment::pin() {
  const std::scoped_lock lock(pin_mutex_);
  base::Result<std::shared_ptr<OpenFile>> file = files_->open(path_);
  if (!file) return file.error();
  pinned_ = std::move(*file);
  files_->close(path_);
  return {};
}

Extent SealedSegment::extent() const {
  return {start_.first_seq, seal_.last_seq, seal_.first_wall, seal_.last_wall};
}

base::Error SealedSegment::damaged(Seq seq, const std::string& what) const {
  return {"log_corrupt", "segment " + path_ + ": at seq " + std::to_string(seq) + ": " + what +
                             "; restore a backup, or run cerebro recover --accept-data-loss"};
}

base::Result<void> SealedSegment::with_file(const Use& use) {
  std::shared_ptr<OpenFile> file;
  {
    const std::scoped_lock lock(pin_mutex_);
    file = pinned_;
    if (!file) {
      base::Result<std::shared_ptr<OpenFile>> opened = files_->open(path_);
      if (!opened) return opened.error();
      file = std::move(*opened);
    }
  }
  const std::scoped_lock lock(file->mutex);
  return use(*file);
}

base::Result<std::vector<Seq>> SealedSegment::batches_with(OpenFile& file, const Key& key) {
  if (!file.directory) {
    base::Result<std::string> row = posting_row(*file.database, 0);
    if (!row) return row.error();
    base::Result<std::vector<Key>> directory = decode_directory(*row);
    if (!directory) return damaged(start_.first_seq, directory.error().message);
    file.directory = std::move(*directory);
  }
  const std::optional<std::size_t> chunk = chunk_of(*file.directory, key);
  if (!chunk) return std::vector<Seq>();
  base::Result<std::string> row = posting_row(*file.database, *chunk);
  if (!row) return row.error();
  base::Result<std::vector<Seq>> batches = find_in_chunk(*row, start_.first_seq, key);
  if (!batches) return damaged(start_.first_seq, batches.error().message);
  return batches;
}

base::Result<StoredBatch> SealedSegment::batch_at(OpenFile& file, Seq first_seq) {
  auto row = body(*file.database, "SELECT body FROM batch WHERE first_seq=?", as_integer(first_seq));
  if (!row) return row.error();
  if (!*row) return damaged(first_seq, "the batch is missing");
  const base::Result<Record> record = decode_record(**row);
  if (!record) return damaged(first_seq, record.error().message);
  if (record->first_seq != first_seq) return damaged(first_seq, "another batch is in its place");
  return stored_batch(*record);
}

base::Result<void> SealedSegment::find_forward(const Key& key, Seq after, std::size_t limit,
                                               std::vector<StoredBatch>& out) {
  return with_file([&](OpenFile& file) -> base::Result<void> {
    const base::Result<std::vector<Seq>> batches = batches_with(file, key);
    if (!batches) return batches.error();
    // The batch before the first one that begins above `after` may still reach over it.
    auto at = std::upper_bound(batches->begin(), batches->end(), after);
    if (at != batches->begin()) --at;
    for (; at != batches->end() && out.size() < limit; ++at) {
      base::Result<StoredBatch> batch = batch_at(file, *at);
      if (!batch) return batch.error();
      if (last_seq(*batch) > after) out.push_back(std::move(*batch));
    }
    return {};
  });
}

base::Result<void> SealedSegment::find_backward(const Key& key, Seq before, std::size_t limit,
                                                std::vector<StoredBatch>& out) {
  return with_file([&](OpenFile& file) -> base::Result<void> {
    const base::Result<std::vector<Seq>> batches = batches_with(file, key);
    if (!batches) return batches.error();
    auto at = std::lower_bound(batches->begin(), batches->end(), before);
    while (at != batches->begin() && out.size() < limit) {
      base::Result<StoredBatch> batch = batch_at(file, *--at);
      if (!batch) return batch.error();
      out.push_back(std::move(*batch));
    }
    return {};
  });
}

base::Result<std::vector<StoredBatch>> SealedSegment::slice(Seq after, std::size_t limit) {
  std::vector<StoredBatch> batches;
  const base::Result<void> done = with_file([&](OpenFile& file) -> base::Result<void> {
    base::Result<Statement> rows = file.database->prepare(
        "SELECT body FROM batch WHERE first_seq>="
        "(SELECT coalesce(max(first_seq),0) FROM batch WHERE first_seq<=?1) ORDER BY first_seq LIMIT ?2");
    if (!rows) return rows.error();
    rows->bind(1, as_integer(after + 1)).bind(2, as_integer(limit));
    base::Hash128 chain = start_.chain;
    for (Seq expected = std::max(after + 1, start_.first_seq);;) {
      const base::Result<bool> row = rows->step();
      if (!row) return row.error();
      if (!*row) return {};
      const base::Result<Record> record = decode_record(rows->bytes(0));
      if (!record) return damaged(expected, record.error().message);
      const bool joins = batches.empty() ? record->first_seq <= expected && record->last_seq() >= expected
                                         : record->first_seq == expected;
      if (!joins) return damaged(expected, "missing; the next batch begins at " + std::to_string(record->first_seq));
      if ((!batches.empty() || record->first_seq == start_.first_seq) && record->previous != chain)
        return damaged(expected, "the record does not continue the one before");
      chain = record->chain;
      expected = record->last_seq() + 1;
      if (expected == seal_.last_seq + 1 && chain != seal_.chain)
        return damaged(expected - 1, "the record is not the one the segment was sealed with");
      batches.push_back(stored_batch(*record));
    }
  });
  if (!done) return done.error();
  return batches;
}

base::Result<bool> SealedSegment::each(Seq after, const std::function<bool(const StoredBatch&)>& visit) {
  constexpr std::size_t slice_batches = 64;  // visit() runs without the file
  while (after < seal_.last_seq) {
    const base::Result<std::vector<StoredBatch>> batches = slice(after, slice_batches);
    if (!batches) return batches.error();
    if (batches->empty()) return damaged(after + 1, "the batch is missing");
    for (const StoredBatch& batch : *batches) {
      if (!visit(batch)) return false;
      after = last_seq(batch);
    }
  }
  return true;
}

base::Result<std::optional<Seq>> SealedSegment::first_seq_since(base::Time time) {
  std::optional<Seq> found;
  if (seal_.last_wall < time) return found;
  const base::Result<void> done = with_file([&](OpenFile& file) -> base::Result<void> {
    // Bisects the seqs: `low` begins a batch at or before the answer, every batch from `high` on is late enough.
    Seq low = start_.first_seq, high = seal_.last_seq + 1;
    while (low < high) {
      const Seq middle = low + (high - low) / 2;
      auto row = body(*file.database, "SELECT body FROM batch WHERE first_seq<=? ORDER BY first_seq DESC LIMIT 1",
                      as_integer(middle));
      if (!row) return row.error();
      const base::Result<Record> record = decode_record(row->value_or(""));
      if (!record) return damaged(middle, record.error().message);
      if (record->first_seq > middle || record->last_seq() < middle) return damaged(middle, "the batch is missing");
      if (record->now.wall < time) {
        low = record->last_seq() + 1;
      } else {
        high = record->first_seq;
        found = record->first_seq;
      }
    }
    return {};
  });
  if (!done) return done.error();
  return found;
}

base::Result<std::optional<std::string>> SealedSegment::blob(base::Hash128 id) {
  std::optional<std::string> bytes;
  const base::Result<void> done = with_file([&](OpenFile& file) -> base::Result<void> {
    base::Result<std::optional<BlobRow>> row = read_blob(*file.database, id);
    if (!row) return row.error();
    if (*row && !(*row)->lost) bytes = std::move((*row)->bytes);
    return {};
  });
  if (!done) return done.error();
  return bytes;
}

base::Result<bool> SealedSegment::has_blob(base::Hash128 id) {
  base::Result<std::optional<std::string>> bytes = blob(id);
  if (!bytes) return bytes.error();
  return bytes->has_value();
}

base::Result<std::vector<base::Hash128>> SealedSegment::blob_ids() {
  std::vector<base::Hash128> ids;
  const base::Result<void> done = with_file([&](OpenFile& file) {
    return each_blob(*file.database, [&](base::Hash128 id, std::optional<std::string_view> bytes) {
      if (bytes) ids.push_back(id);
      return true;
    });
  });
  if (!done) return done.error();
  return ids;
}

}  // namespace cordyna::log
