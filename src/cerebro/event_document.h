#pragma once
// An event as people and programs outside read it (EVENT of the HTTP API). The same event always gives the same
// document, read live or years later, so only what never changes is taken from the state: names.

#include <string>

#include "base/time.h"
#include "engine/state.h"
#include "model/event.h"

namespace cordyna::cerebro {

/// seq, at, kind, from, to, server, instance, run, task, attempt, message, server_at, cause, data. Null what does not
/// apply.
model::Json event_document(const model::Event& event, base::Seq seq, base::Time at, const engine::State& state);

}  // namespace cordyna::cerebro
