// See sealed_log.h. The first file that is not sealed, or is being sealed, ends the list; one that retention unlinks
// between the listing and the opening is only ever the oldest.

#include "log/sealed_log.h"

#include "log/data_folder.h"
#include "log/files.h"
#include "log/opening.h"
#include "log/sealed_segment.h"
#include "log/search.h"

namespace cordyna::log {
namespace {

struct Ends {
  std::optional<SegmentStart> start;
  std::optional<SegmentSeal> seal;
};

/// No seal: not a sealed file, or not yet.
base::Result<Ends> read_ends(const std::string& path, const std::string& vfs) {
  Ends ends;
  if (is_being_written(path)) return ends;
  base::Result<std::unique_ptr<Database>> database = Database::open(path, OpenMode::read_only, vfs);
  if (!database) return database.error();
  base::Result<std::optional<SegmentStart>> start = read_start(**database);
  if (!start) return start.error();
  base::Result<std::optional<SegmentSeal>> seal = read_seal(**database);
  if (!seal) return seal.error();
  if (!*start) return ends;
  ends.start = std::move(*start);
  ends.seal = *seal;
  return ends;
}

}  // namespace

std::optional<base::Hash128> chain_after(const CatalogueEntries& segments, Seq seq) {
  for (const CatalogueEntry& segment : segments) {
    if (!segment.sealed) continue;
    const auto& sealed = static_cast<const SealedSegment&>(*segment.view);
    if (sealed.start().first_seq == seq + 1) return sealed.start().chain;
    if (sealed.seal().last_seq == seq) return sealed.seal().chain;
  }
  return std::nullopt;
}

base::Result<SealedLog> SealedLog::open(const std::string& folder, const std::string& vfs) {
  const std::string segments = folder + "/segments";
  const std::vector<std::uint64_t> numbers = segment_numbers_in(segments);
  if (numbers.empty()) return base::Error{"no_log", folder + " holds no log; say --data FOLDER"};
  const auto files = std::make_shared<OpenFiles>(vfs);
  auto entries = std::make_shared<CatalogueEntries>();
  SealedLog log;
  std::optional<SegmentStart> before;
  SegmentSeal end;
  for (const std::uint64_t number : numbers) {
    const std::string path = segments + "/" + segment_name(number);
    const base::Result<Ends> ends = read_ends(path, vfs);
    if (!ends && entries->empty() && !file_exists(path)) continue;  // forgotten meanwhile
    if (!ends && ends.error().code == "data_in_use") break;         // it is being sealed
    if (!ends) return ends.error();
    if (!ends->seal) break;
    if (before) {
      if (base::Result<void> done = check_link(path, *ends->start, *before, end.last_seq, end.chain); !done)
        return done.error();
    }
    before = ends->start;
    end = *ends->seal;
    log.cluster_ = before->cluster;
    entries->push_back({number, std::make_shared<SealedSegment>(path, *before, end, files), true});
  }
  log.segments_ = std::move(entries);
  return log;
}

Seq SealedLog::first_seq() const {
  return empty() ? 1 : segments_->front().view->extent().first_seq;
}

Seq SealedLog::last_seq() const {
  return empty() ? 0 : segments_->back().view->extent().last_seq;
}

base::Result<void> SealedLog::read(Seq from, const std::function<bool(const StoredBatch&)>& visit) const {
  return read_batches(*segments_, from, visit);
}

base::Result<std::string> SealedLog::blob(base::Hash128 id) const {
  return find_blob(*segments_, id);
}

}  // namespace cordyna::log
