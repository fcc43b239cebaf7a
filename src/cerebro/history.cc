// Batches of the log as events, and a run's events as a record.

#include "cerebro/history.h"

#include "cerebro/log_keys.h"
#include "wire/event_codec.h"

namespace cordyna::cerebro {

namespace {

constexpr std::size_t batches_a_read = 256;

}  // namespace

base::Result<std::vector<LoggedEvent>> events_of(const log::StoredBatch& batch) {
  auto decoded = wire::decode_events(*batch.events);
  if (!decoded.ok())
    return base::Error{"log_corrupt",
                       "the batch at seq " + std::to_string(batch.first_seq) + ": " + decoded.error().message};
  if (decoded->size() != batch.count)
    return base::Error{"log_corrupt", "the batch at seq " + std::to_string(batch.first_seq) + " has " +
                                          std::to_string(decoded->size()) + " events and says " +
                                          std::to_string(batch.count)};
  std::vector<LoggedEvent> events;
  events.reserve(decoded->size());
  for (std::size_t i = 0; i < decoded->size(); ++i)
    events.push_back({batch.first_seq + i, batch.now.wall, std::move((*decoded)[i])});
  return events;
}

base::Result<std::shared_ptr<const engine::RunRecord>> read_run(log::EventLog& log, base::RunId run) {
  const log::Key key{log::KeyKind::run, run_key(run)};
  auto record = std::make_shared<engine::RunRecord>();
  base::Seq after = 0;
  while (true) {
    const auto found = log.find_forward(key, after, batches_a_read);
    if (!found.ok()) return found.error();
    for (const auto& batch : found->batches) {
      const auto events = events_of(batch);
      if (!events.ok()) return events.error();
      for (const auto& one : *events) {
        const auto* created = std::get_if<model::RunCreated>(&one.event.body);
        if (record->created == 0 && (created == nullptr || created->run != run)) continue;
        record->add(one.event, one.seq, one.at);
      }
    }
    if (!found->next) break;
    after = *found->next;
  }
  if (record->created == 0) return std::shared_ptr<const engine::RunRecord>();
  return std::shared_ptr<const engine::RunRecord>(std::move(record));
}

}  // namespace cordyna::cerebro
