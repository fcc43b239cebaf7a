// See opening.h. The files are taken in the order of their numbers; the last one with a row `segment` that is not
// sealed goes on being written.

#include "log/opening.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <set>

#include "base/mutant.h"
#include "log/files.h"

namespace cordyna::log {
namespace {

base::Error damaged(const std::string& path, const std::string& what) {
  return {"log_corrupt",
          "segment " + path + ": " + what + "; restore a backup, or run cerebro recover --accept-data-loss"};
}

/// Reads a segment that is not sealed into memory.
base::Result<ActiveSegment> load(FoundSegment found) {
  ActiveSegment segment;
  segment.start = *found.start;
  segment.started = true;
  segment.chain = segment.start.chain;
  segment.memory = std::make_shared<SegmentMemory>(segment.start.first_seq);
  Database& database = found.writer->database();
  std::vector<std::pair<Seq, base::Hash128>> blobs;
  base::Result<void> done = each_record(database, segment.start, std::nullopt, [&](const Record& record) {
    for (const base::Hash128& blob : record.blobs) blobs.emplace_back(record.first_seq, blob);
    segment.memory->add(stored_batch(record), record.keys);
    segment.chain = record.chain;
    ++segment.batches;
    return true;
  });
  if (!done) return done.error();
  std::set<base::Hash128> lost;
  done = each_blob(database, [&](base::Hash128 id, std::optional<std::string_view> bytes) {
    if (bytes) segment.memory->add_blob(id, std::string(*bytes));
    if (!bytes) lost.insert(id);
    return true;
  });
  if (!done) return done.error();
  for (const auto& [seq, blob] : blobs) {
    if (!*segment.memory->has_blob(blob) && !lost.contains(blob))
      return damaged(found.path, "at seq " + std::to_string(seq) + ": blob " + blob.hex() + " is missing");
  }
  segment.memory->index();
  segment.writer = std::move(found.writer);
  return segment;
}

SealWork seal_work(ActiveSegment segment) {
  const Extent extent = segment.memory->extent();
  return {segment.start,
          {extent.last_seq, segment.chain, segment.batches, extent.first_wall, extent.last_wall},
          std::move(segment.writer),
          std::move(segment.memory)};
}

/// The segment that goes on: created, or one that was prepared.
base::Result<ActiveSegment> begin_segment(DataFolder& folder, const std::string& vfs, SegmentStart start,
                                          bool write_row) {
  const std::string path = folder.segment_path(start.number);
  if (!file_exists(path)) {
    if (base::Result<void> done = create_segment(path, vfs); !done) return done.error();
  }
  if (base::Result<void> done = create_wal(path); !done) return done.error();
  base::Result<std::unique_ptr<SegmentWriter>> writer = SegmentWriter::open(path, vfs);
  if (!writer) return writer.error();
  ActiveSegment segment;
  segment.writer = std::move(*writer);
  if (write_row) {
    if (base::Result<void> done = segment.writer->begin(start); !done) return done.error();
    segment.started = true;
  }
  segment.memory = std::make_shared<SegmentMemory>(start.first_seq);
  const base::Result<void> blobs =
      each_blob(segment.writer->database(), [&](base::Hash128 id, std::optional<std::string_view> bytes) {
        if (bytes) segment.memory->add_blob(id, std::string(*bytes));
        return true;
      });
  if (!blobs) return blobs.error();
  segment.chain = start.chain;
  segment.start = std::move(start);
  return segment;
}

}  // namespace

std::string random_cluster() {
  base::Hash128 bits;
  base::check(::getrandom(&bits, sizeof bits, 0) == sizeof bits);
  return bits.hex();
}

bool is_being_written(const std::string& path) {
  if (file_exists(path + "-wal") || file_exists(path + "-journal")) return true;
  const base::Result<std::string> header = read_head(path, 20);
  return header && header->size() == 20 && ((*header)[18] == 2 || (*header)[19] == 2);
}

base::Result<void> check_acknowledged(const DataFolder& folder, std::uint64_t segment, Seq last_seq,
                                      const base::Hash128& chain) {
  if (base::mutant("torn_tail_accepted")) return {};
  const std::optional<Acknowledged> promised = folder.acknowledged();
  if (!promised || promised->seq < last_seq) return {};
  if (promised->seq == last_seq && promised->chain == chain) return {};
  const std::string path = segment == 0 ? folder.segments() : folder.segment_path(segment);
  return damaged(path, promised->seq == last_seq
                           ? "the batch that ends at seq " + std::to_string(last_seq) + " is not the acknowledged one"
                           : "the log ends at seq " + std::to_string(last_seq) + ", but everything up to seq " +
                                 std::to_string(promised->seq) + " was acknowledged as durable");
}

base::Result<FoundSegment> find_segment(const std::string& path, const std::string& vfs) {
  FoundSegment found;
  found.path = path;
  if (file_size(path) < 512) return damaged(path, "the file is cut short");
  if (!is_being_written(path)) {
    base::Result<std::unique_ptr<Database>> database = Database::open(path, OpenMode::read_only, vfs);
    if (!database) return database.error();
    base::Result<std::optional<SegmentStart>> start = read_start(**database);
    if (!start) return start.error();
    base::Result<std::optional<SegmentSeal>> seal = read_seal(**database);
    if (!seal) return seal.error();
    found.start = std::move(*start);
    found.seal = *seal;
    if (found.seal && !found.start) return damaged(path, "the row of table segment is missing");
    if (found.seal) return found;
  }
  if (base::Result<void> done = create_wal(path); !done) return done.error();
  if (!base::mutant("failed_sync_is_believed")) {
    if (base::Result<void> done = write_again(path + "-wal"); !done) return done.error();
  }
  base::Result<std::unique_ptr<SegmentWriter>> writer = SegmentWriter::open(path, vfs);
  if (!writer) return writer.error();
  base::Result<std::optional<SegmentStart>> start = read_start((*writer)->database());
  if (!start) return start.error();
  base::Result<std::optional<SegmentSeal>> seal = read_seal((*writer)->database());
  if (!seal) return seal.error();
  found.start = std::move(*start);
  found.seal = *seal;
  found.writer = std::move(*writer);
  if (!found.start) {
    if (base::Result<void> done = check_pages(found.writer->database()); !done) return done.error();
    base::Result<Statement> batches = found.writer->database().prepare("SELECT count(*) FROM batch");
    if (!batches) return batches.error();
    const base::Result<bool> row = batches->step();
    if (!row) return row.error();
    if (batches->integer(0) != 0 || found.seal) return damaged(path, "the row of table segment is missing");
  }
  if (found.seal) {  // sealed, and then the crash came before the journal was gone
    if (base::Result<void> done = found.writer->end_wal(); !done) return done.error();
    found.writer.reset();
  }
  return found;
}

base::Result<void> check_link(const std::string& path, const SegmentStart& next, const SegmentStart& before,
                              Seq last_seq, const base::Hash128& chain) {
  if (next.number != before.number + 1)
    return damaged(path, fmt::format("it is segment {} of the log and follows on {}: a file is missing or misnamed",
                                     next.number, before.number));
  if (next.cluster != before.cluster)
    return damaged(path, "it belongs to cluster " + next.cluster + ", the one before to " + before.cluster);
  if (next.first_seq != last_seq + 1)
    return damaged(path, fmt::format("it begins at seq {}, but the one before ends at {}", next.first_seq, last_seq));
  if (next.chain != chain)
    return damaged(path, fmt::format("at seq {}: it continues {}, but the one before ends with {}", next.first_seq,
                                     next.chain.hex(), chain.hex()));
  if (next.epoch < before.epoch) return damaged(path, "its epoch is lower than that of the one before");
  return {};
}

base::Result<OpenedLog> open_log(DataFolder& folder, const std::string& vfs, const std::string& cluster,
                                 Catalogue& catalogue, const std::shared_ptr<OpenFiles>& files) {
  OpenedLog opened;
  std::optional<SegmentStart> before;
  std::optional<ActiveSegment> active;
  Seq last_seq = 0;
  base::Hash128 chain;
  std::optional<std::string> unused;
  for (const std::uint64_t number : folder.segment_numbers()) {
    const std::string path = folder.segment_path(number);
    base::Result<FoundSegment> found = find_segment(path, vfs);
    if (!found) return found.error();
    if (!found->start) {  // prepared, never used; two of them when the process ended before the first batch
      if (!unused) unused = path;
      continue;
    }
    if (unused) return damaged(*unused, "it is empty, but not the last");
    if (found->start->number != number)
      return damaged(path, "it is a misnamed segment " + std::to_string(found->start->number));
    if (before) {
      if (base::Result<void> done = check_link(path, *found->start, *before, last_seq, chain); !done)
        return done.error();
    }
    before = found->start;
    if (active) opened.unsealed.push_back(seal_work(*std::exchange(active, std::nullopt)));
    if (found->seal) {
      last_seq = found->seal->last_seq;
      chain = found->seal->chain;
      catalogue.add({number, std::make_shared<SealedSegment>(path, *found->start, *found->seal, files), true});
      continue;
    }
    base::Result<ActiveSegment> loaded = load(std::move(*found));
    if (!loaded) return loaded.error();
    last_seq = loaded->memory->extent().last_seq;
    chain = loaded->chain;
    catalogue.add({number, loaded->memory, false});
    active = std::move(*loaded);
  }
  const std::uint64_t last_segment = before ? before->number : 0;
  if (base::Result<void> done = check_acknowledged(folder, last_segment, last_seq, chain); !done) return done.error();
  if (!active) {
    SegmentStart start{1, "", 1, 1, {}};
    if (before) {
      start = {before->number + 1, before->cluster, before->epoch, last_seq + 1, chain};
    } else {
      start.cluster = cluster.empty() ? random_cluster() : cluster;
      start.chain = chain_start(start.cluster);
    }
    base::Result<ActiveSegment> begun = begin_segment(folder, vfs, start, !before);
    if (!begun) return begun.error();
    catalogue.add({start.number, begun->memory, false});
    active = std::move(*begun);
  }
  opened.active = std::move(*active);
  return opened;
}

}  // namespace cordyna::log
