#pragma once
// By what an event is found in the log later: its run, its task, its server, and for run.created also "some run was
// created here", so that lists of runs need not read everything.

#include <vector>

#include "engine/state.h"
#include "log/event_log.h"
#include "model/event.h"

namespace cordyna::cerebro {

std::string run_key(base::RunId run);
/// KeyKind::created has this one id.
inline constexpr const char* created_key = "all";

/// Appends the keys of `event`, maybe some that are there already.
void add_keys(const model::Event& event, const engine::State& state, std::vector<log::Key>& keys);
/// The same for all of them; what neighbours share is added once.
void add_keys(std::span<const model::Event> events, const engine::State& state, std::vector<log::Key>& keys);

}  // namespace cordyna::cerebro
