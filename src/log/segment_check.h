#pragma once
// Reading one segment file through, byte by byte that matters, and making a clean one from what is good in it. verify()
// and recover() in maintenance.h are made of these.

#include <optional>
#include <string>
#include <vector>

#include "log/segment_file.h"

namespace cordyna::log {

/// How far a file can be trusted.
struct SegmentCheck {
  std::string path;
  std::optional<SegmentStart> start;  // nullopt: prepared and never used, or damaged
  bool sealed = false;
  Seq last_seq = 0;                          // of the good events; start->first_seq - 1 when there is none
  base::Hash128 chain;                       // after them
  std::uint64_t batches = 0;                 // good ones
  std::uint64_t blobs = 0;                   // good ones
  std::optional<base::Error> events_damage;  // the events end early, or nothing is readable
  std::optional<base::Error> side_damage;    // seal, postings or blobs: the events are whole

  bool unused() const { return !start && !events_damage; }
};

/// Looks at every record, blob and posting. The file is not changed, save that SQLite may give it a write-ahead log.
SegmentCheck check_segment(const std::string& path);

/// Writes the good events and blobs of `from` as a new, unsealed segment file `to` (atomically). Blobs that the events
/// name and that are damaged become holes, listed in `lost`.
base::Result<void> rebuild_segment(const SegmentCheck& from, const std::string& to, std::vector<base::Hash128>& lost);

}  // namespace cordyna::log
