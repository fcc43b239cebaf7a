#pragma once
// What starts runs by itself: schedules that tick, events that arrive, and what waited because its task was live
// (overlap). semantics section 6. A tick that does not fire is always an event with its reason, never silence.

#include <vector>

#include "engine/consequences.h"

namespace cordyna::engine {

/// Gives every time trigger of the task that has none yet its timer, counting from now.
void set_timers(Consequences& consequences, TaskIndex task, Seq cause);

/// Fires everything that is due, instant by instant; what was missed follows the task's catch-up.
void tick_schedules(Consequences& consequences);

/// Fires what waited for the task to end, if it may now.
void fire_waiting(Consequences& consequences, TaskIndex task, Seq cause);

/// Records one CloudEvent that was not seen before and starts what it triggers.
void receive_event(Consequences& consequences, const model::CloudEvent& event);

/// Whether the task's server will not take its ticks: it said goodbye, or was lost for longer than lost_server_fires.
bool is_abandoned(const State& state, const Server& server, base::Time now);

}  // namespace cordyna::engine
