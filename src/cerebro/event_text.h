#pragma once
// Words for people: names behind indices, and one sentence for each event. Used by event_document and the API's
// documents.

#include <string>
#include <string_view>

#include "engine/state.h"
#include "model/event.h"

namespace cordyna::cerebro {

/// Names of what events refer to by index; "?" for an index the state does not have.
class Names {
 public:
  explicit Names(const engine::State& state) : state_(state) {}
  std::string task(model::TaskIndex index) const;
  std::string team(model::TaskIndex index) const;  // of the task's server, maybe empty
  std::string server(model::ServerIndex index) const;
  std::string instance(model::InstanceIndex index) const;  // server#instance

 private:
  const engine::State& state_;
};

std::string_view word(model::Role role);
std::string_view word(model::TriggerKind kind);

/// {kind, task, by, event, of}: the same in runs and events.
model::Json trigger_document(const model::TriggerCause& trigger, const engine::State& state);

/// One readable sentence without an age ("for 41 s"), so that it stays true.
std::string event_message(const model::Event& event, const engine::State& state);

}  // namespace cordyna::cerebro
