#pragma once
// What an operator does with a log while cerebro does not run: `cerebro verify`, `backup`, `recover`. Each one takes
// the lock of the folder and answers data_in_use when a cerebro has it; a running cerebro backs up itself
// (SqliteLog::backup).

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "log/event_log.h"

namespace cordyna::log {

struct VerifyReport {
  std::string cluster;
  std::uint64_t epoch = 0;
  Seq first_seq = 0;  // of the oldest event that is left
  Seq last_seq = 0;
  std::uint64_t segments = 0;
  std::uint64_t batches = 0;
  std::uint64_t blobs = 0;
};

/// Reads everything: the chain of every record, blobs, postings against the keys of the records, links of segments.
/// Changes nothing. Errors: log_corrupt (names segment, seq and what differs), newer_format, data_in_use, io_error,
/// no_log.
base::Result<VerifyReport> verify(const std::string& folder);

/// verify(), then a copy in `target`, which must be empty or not there. Errors: those of verify, not_empty, full.
base::Result<VerifyReport> backup(const std::string& folder, const std::string& target);

struct RecoverReport {
  std::uint64_t epoch = 0;            // the new one
  Seq last_seq = 0;                   // the log ends here now
  std::optional<base::Error> damage;  // the first that was found; nullopt: everything was intact
  std::vector<std::string> rebuilt;   // segments whose events were all kept
  std::vector<base::Hash128> lost_blobs;
  std::string removed;  // the folder with the files as they were found; empty when nothing was moved
};

/// Cuts the log in front of the first event that cannot be trusted and begins a new epoch; with an intact log it only
/// begins the epoch. Damaged postings, seals and blobs cost no event. The files that are replaced are kept aside, so
/// running it is never the end of the evidence. Nothing happens unless accept_data_loss is said. Errors:
/// confirmation_needed (the message tells what would be lost), newer_format, data_in_use, full, io_error, no_log.
struct RecoverOptions {
  bool accept_data_loss = false;
};
base::Result<RecoverReport> recover(const std::string& folder, RecoverOptions options);

}  // namespace cordyna::log
