// Replay. The same bytes always give the same state: no clock, no chance, no network.

#include "cerebro/recovery.h"

#include "cerebro/history.h"
#include "wire/declaration_json.h"

namespace cordyna::cerebro {
namespace {

/// The declaration that the event accepted; it was sound then, so what cannot be read now is damage.
base::Result<void> restore_declaration(model::ServerDeclared& event, base::Seq seq, log::EventLog& log,
                                       const model::CheckSchedule& check_schedule) {
  const auto where = "the declaration of " + event.server + " at seq " + std::to_string(seq);
  if (!event.text) return base::Error{"log_corrupt", where + " has no text"};
  const auto text = log.blob(*event.text);
  if (!text.ok()) return base::Error{"log_corrupt", where + ": " + text.error().message};
  auto read = wire::read_declaration_json(*text, check_schedule);
  if (read.declaration == nullptr) {
    // A zone may have left the machine since: what was accepted stays accepted, its schedule says so when it is due.
    read = wire::read_declaration_json(*text);
  }
  if (read.declaration == nullptr) return base::Error{"log_corrupt", where + " cannot be read any more"};
  event.declaration = std::move(read.declaration);
  return {};
}

}  // namespace

base::Result<engine::State> recover_state(log::EventLog& log, const model::CheckSchedule& check_schedule) {
  const log::LogIdentity identity = log.identity();
  base::Result<engine::State> state = engine::State();
  state->cluster = identity.cluster;
  state->salt = base::hash128(identity.cluster).low;
  std::optional<base::Error> failure;
  const auto read = log.read(1, [&](const log::StoredBatch& batch) {
    auto events = events_of(batch);
    if (!events.ok()) {
      failure = events.error();
      return false;
    }
    for (auto& one : *events) {
      if (auto* declared = std::get_if<model::ServerDeclared>(&one.event.body)) {
        if (const auto restored = restore_declaration(*declared, one.seq, log, check_schedule); !restored.ok()) {
          failure = restored.error();
          return false;
        }
      }
      engine::apply(*state, one.event, one.seq, batch.now);
    }
    return true;
  });
  if (!read.ok()) return read.error();
  if (failure) return *failure;
  return state;
}

}  // namespace cordyna::cerebro
