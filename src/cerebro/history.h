#pragma once
// Reading the log as events: what the API's history, live streams that resume, and run records have in common. Works on
// bytes that were read, so it may run on any thread.

#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"
#include "engine/run_record.h"
#include "log/event_log.h"
#include "model/event.h"

namespace cordyna::cerebro {

struct LoggedEvent {
  base::Seq seq = 0;
  base::Time at{};
  model::Event event;  // ServerDeclared has no declaration here, only the blob's name
};

/// Errors: log_corrupt, naming the seq.
base::Result<std::vector<LoggedEvent>> events_of(const log::StoredBatch& batch);

/// The run's events folded; null when the log has no such run. Cost: the batches that mention the run.
base::Result<std::shared_ptr<const engine::RunRecord>> read_run(log::EventLog& log, base::RunId run);

}  // namespace cordyna::cerebro
