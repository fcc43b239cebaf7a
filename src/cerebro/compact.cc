// Recovery over sealed segments, then one file.

#include "cerebro/compact.h"

#include "base/limits.h"
#include "cerebro/snapshot.h"
#include "engine/canonical.h"

namespace cordyna::cerebro {
namespace {

/// Bytes that give the same state again.
base::Result<std::string> proven_snapshot(const engine::State& state, const base::Hash128& chain) {
  if (const std::string broken = engine::broken_invariant(state); !broken.empty())
    return base::Error{"unsound_snapshot",
                       "the state at seq " + std::to_string(state.seq) + " is not sound: " + broken};
  std::string bytes = save_snapshot(state, chain);
  const auto again = load_snapshot(bytes);
  const std::string where = "the snapshot at seq " + std::to_string(state.seq);
  if (!again.ok()) return base::Error{"unsound_snapshot", where + " cannot be read back: " + again.error().message};
  if (save_snapshot(*again, chain) != bytes)
    return base::Error{"unsound_snapshot", where + " gives another state when it is read back"};
  return bytes;
}

}  // namespace

base::Result<CompactReport> compact(const std::string& data_folder, const model::CheckZone& check_zone) {
  const auto lock = log::SnapshotLock::take(data_folder);
  if (!lock.ok()) return lock.error();
  const auto sealed = log::SealedLog::open(data_folder);
  if (!sealed.ok()) return sealed.error();
  CompactReport report;
  if (sealed->empty()) return report;
  auto recovered = recover(source_of(*sealed, data_folder), check_zone);
  if (!recovered.ok()) return recovered.error();
  report.refused = std::move(recovered->refused);
  report.last_seq = recovered->state.seq;
  const base::Seq before = recovered->snapshot ? recovered->snapshot->last_seq : 0;
  report.events = recovered->state.seq - before;
  const auto chain = sealed->chain_after(recovered->state.seq);
  if (report.events > 0 && chain) {
    const auto bytes = proven_snapshot(recovered->state, *chain);
    if (!bytes.ok()) return bytes.error();
    if (auto done = log::write_snapshot(data_folder, report.last_seq, *bytes); !done.ok()) return done.error();
    report.written = true;
    report.bytes = bytes->size();
  }
  for (const RefusedSnapshot& one : report.refused)
    if (one.error.code == "bad_snapshot" || one.error.code == "foreign_snapshot") {
      if (one.file.last_seq != report.last_seq || !report.written) log::remove_snapshot(one.file);
    }
  log::remove_old_snapshots(data_folder, base::limits::snapshots_kept);
  return report;
}

}  // namespace cordyna::cerebro
