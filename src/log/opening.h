#pragma once
// Opening a log: every segment is looked at, what is not sealed is read whole into memory, and the links between
// segments are compared. Nothing is repaired and nothing is cut here: what does not fit is named and refused, save what
// SQLite recovers by itself (committed pages in the write-ahead log) and what a crash while sealing leaves (sealed
// again).

#include <memory>
#include <string>
#include <vector>

#include "log/catalogue.h"
#include "log/data_folder.h"
#include "log/log_thread.h"
#include "log/sealed_segment.h"

namespace cordyna::log {

/// One segment file as found.
struct FoundSegment {
  std::string path;
  std::optional<SegmentStart> start;  // nullopt: prepared, never used
  std::optional<SegmentSeal> seal;
  std::unique_ptr<SegmentWriter> writer;  // of one that is not sealed
};
/// Opens a file for writing when it is not sealed, and to look only when it is. Errors name the file.
base::Result<FoundSegment> find_segment(const std::string& path, const std::string& vfs);

/// Is there a journal of an unfinished change, or does the header say "write-ahead log"? A sealed file is neither.
bool is_being_written(const std::string& path);

/// Does the log, whose last segment with events is number `segment` (0: none), reach what was reported as durable?
base::Result<void> check_acknowledged(const DataFolder& folder, std::uint64_t segment, Seq last_seq,
                                      const base::Hash128& chain);

/// Does `next` begin where the segment before it ends?
base::Result<void> check_link(const std::string& path, const SegmentStart& next, const SegmentStart& before,
                              Seq last_seq, const base::Hash128& chain);

struct OpenedLog {
  ActiveSegment active;
  std::vector<SealWork> unsealed;  // full segments that a crash kept from being sealed
};
/// Fills the catalogue; makes the first segment when there is none, of a cluster named `cluster` or by chance. The
/// chain of sealed segments is checked when they are read, or by verify. Errors: log_corrupt, newer_format, full,
/// io_error.
base::Result<OpenedLog> open_log(DataFolder& folder, const std::string& vfs, const std::string& cluster,
                                 Catalogue& catalogue, const std::shared_ptr<OpenFiles>& files);

/// A new cluster's name: 128 random bits as hex.
std::string random_cluster();

}  // namespace cordyna::log
