#pragma once
// From a log to a state: apply() over every event, nothing else. What the log keeps as a blob (declarations) is read on
// the way.

#include "engine/engine.h"
#include "log/event_log.h"
#include "model/validate.h"

namespace cordyna::cerebro {

/// Errors: log_corrupt (names the seq; a newer cerebro's events count as such), io_error.
base::Result<engine::State> recover_state(log::EventLog& log, const model::CheckSchedule& check_schedule);

}  // namespace cordyna::cerebro
