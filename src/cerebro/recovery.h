#pragma once
// From a log to a state: the newest snapshot that can be used, then apply() over every event after it, nothing else.
// What the log keeps as a blob (declarations) is read on the way. At every start of cerebro, and in `cerebro compact`.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "log/event_log.h"
#include "log/sealed_log.h"
#include "log/snapshot_files.h"
#include "log/sqlite_log.h"
#include "model/validate.h"

namespace cordyna::cerebro {

/// Where a state comes from.
struct RecoverySource {
  std::string cluster;
  std::function<base::Result<void>(base::Seq from, const std::function<bool(const log::StoredBatch&)>& visit)> read;
  std::function<base::Result<std::string>(base::Hash128 id)> blob;
  std::function<std::optional<base::Hash128>(base::Seq seq)> chain_after;
  std::vector<log::SnapshotFile> snapshots;  // ascending
};
/// Without snapshots: the log from its beginning.
RecoverySource source_of(log::EventLog& log);
RecoverySource source_of(log::SqliteLog& log, const std::string& data_folder);
RecoverySource source_of(const log::SealedLog& log, const std::string& data_folder);

struct RefusedSnapshot {
  log::SnapshotFile file;
  base::Error error;
};

struct Recovered {
  engine::State state;
  std::optional<log::SnapshotFile> snapshot;  // it began with this one
  std::vector<RefusedSnapshot> refused;       // newer ones that could not be used
};

/// An unusable snapshot costs time, never events: the one before it or the whole log is read instead. Errors:
/// log_corrupt (names the seq; a newer cerebro's events count as such), io_error, no_snapshot (the log begins later and
/// no snapshot can be used).
base::Result<Recovered> recover(const RecoverySource& source, const model::CheckZone& check_zone);

/// The same by the whole log alone.
base::Result<engine::State> recover_state(log::EventLog& log, const model::CheckZone& check_zone);

}  // namespace cordyna::cerebro
