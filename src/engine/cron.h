#pragma once
// The instants at which a cron expression fires in a time zone. Written here because no C++ library does daylight
// saving the way cordyna promises (docs/semantics.md section 6). Used by Schedule.
//
// Two kinds of expression differ when clocks change. With hours `*` or `*/n` the expression follows elapsed time: it
// fires whenever the wall shows a matching time, twice in a repeated hour, never in a skipped one. Otherwise the local
// time is fixed: it fires at the first instant at which the clock shows that time or has passed it.

#include <optional>

#include "base/time.h"
#include "engine/zone_rules.h"
#include "model/cron.h"

namespace cordyna::engine {

using model::Cron;

/// The first instant strictly after `after`; none when the calendar has none before the year 10000. O(months between).
std::optional<base::Time> next(const Cron& cron, const ZoneRules& zone, base::Time after);

}  // namespace cordyna::engine
