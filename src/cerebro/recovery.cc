// Replay. The same bytes always give the same state: no clock, no chance, no network.

#include "cerebro/recovery.h"

#include "base/mutant.h"
#include "cerebro/history.h"
#include "cerebro/snapshot.h"
#include "cerebro/text_parts.h"
#include "engine/graph.h"
#include "wire/declaration_json.h"

namespace cordyna::cerebro {
namespace {

/// The declaration that the event accepted; it was sound then, so what cannot be read now is damage.
base::Result<void> restore_declaration(model::ServerDeclared& event, base::Seq seq, const engine::State& state,
                                       const RecoverySource& source, const model::CheckZone& check_zone) {
  const auto where = "the declaration of " + event.server + " at seq " + std::to_string(seq);
  if (event.text.empty()) return base::Error{"log_corrupt", where + " has no text"};
  const auto text = text_of(event.text, source.blob);
  if (!text.ok()) return base::Error{"log_corrupt", where + ": " + text.error().message};
  auto read = wire::read_declaration_json(*text, check_zone);
  if (read.declaration == nullptr) {
    // A zone may have left the machine since: what was accepted stays accepted, its schedule says so when it is due.
    read = wire::read_declaration_json(*text);
  }
  if (read.declaration == nullptr) return base::Error{"log_corrupt", where + " cannot be read any more"};
  event.declaration = std::move(read.declaration);
  engine::fit_declaration(state, event);
  return {};
}

base::Result<void> apply_batch(const log::StoredBatch& batch, engine::State& state, const RecoverySource& source,
                               const model::CheckZone& check_zone) {
  if (batch.first_seq != state.seq + 1)
    return base::Error{state.seq == 0 ? "no_snapshot" : "log_corrupt",
                       "the log goes on at seq " + std::to_string(batch.first_seq) +
                           ", but nothing usable tells what " + "came before, from seq " +
                           std::to_string(state.seq + 1) + " on: restore a backup, or the file of a snapshot"};
  auto events = events_of(batch);
  if (!events.ok()) return events.error();
  for (auto& one : *events) {
    if (auto* declared = std::get_if<model::ServerDeclared>(&one.event.body)) {
      if (auto restored = restore_declaration(*declared, one.seq, state, source, check_zone); !restored.ok())
        return restored;
    }
    engine::apply(state, one.event, one.seq, batch.now);
  }
  return {};
}

engine::State nothing_yet(const std::string& cluster) {
  engine::State state;
  state.cluster = cluster;
  state.salt = base::hash128(cluster).low;
  return state;
}

/// Errors: bad_snapshot, newer_format, foreign_snapshot, io_error.
base::Result<engine::State> use(const log::SnapshotFile& file, const RecoverySource& source) {
  const auto bytes = log::read_snapshot(file);
  if (!bytes.ok()) return bytes.error();
  const auto head = read_snapshot_head(*bytes);
  if (!head.ok()) return head.error();
  if (head->cluster != source.cluster || head->last_seq != file.last_seq ||
      source.chain_after(head->last_seq) != head->chain)
    return base::Error{"foreign_snapshot", "the snapshot tells of another history than the log"};
  return load_snapshot(*bytes);
}

}  // namespace

RecoverySource source_of(log::EventLog& log) {
  return {log.identity().cluster,
          [&log](base::Seq from, const auto& visit) { return log.read(from, visit); },
          [&log](base::Hash128 id) { return log.blob(id); },
          [](base::Seq) { return std::nullopt; },
          {}};
}

RecoverySource source_of(log::SqliteLog& log, const std::string& data_folder) {
  RecoverySource source = source_of(log);
  source.chain_after = [&log](base::Seq seq) { return log.chain_after(seq); };
  source.snapshots = log::snapshot_files(data_folder);
  return source;
}

RecoverySource source_of(const log::SealedLog& log, const std::string& data_folder) {
  return {log.cluster(), [&log](base::Seq from, const auto& visit) { return log.read(from, visit); },
          [&log](base::Hash128 id) { return log.blob(id); }, [&log](base::Seq seq) { return log.chain_after(seq); },
          log::snapshot_files(data_folder)};
}

base::Result<Recovered> recover(const RecoverySource& source, const model::CheckZone& check_zone) {
  base::Result<Recovered> recovered = Recovered{nothing_yet(source.cluster), {}, {}};
  for (auto file = source.snapshots.rbegin(); file != source.snapshots.rend() && !recovered->snapshot; ++file) {
    auto state = use(*file, source);
    if (state.ok()) {
      recovered->state = std::move(*state);
      recovered->snapshot = *file;
    } else {
      recovered->refused.push_back({*file, state.error()});
    }
  }
  base::Result<void> applied;
  const auto read = source.read(recovered->state.seq + 1, [&](const log::StoredBatch& batch) {
    if (base::mutant("recovery_skips_a_batch") && batch.first_seq % 64 == 0) return true;
    applied = apply_batch(batch, recovered->state, source, check_zone);
    return applied.ok();
  });
  if (!read.ok()) return read.error();
  if (!applied.ok()) return applied.error();
  return recovered;
}

base::Result<engine::State> recover_state(log::EventLog& log, const model::CheckZone& check_zone) {
  auto recovered = recover(source_of(log), check_zone);
  if (!recovered.ok()) return recovered.error();
  return std::move(recovered->state);
}

}  // namespace cordyna::cerebro
