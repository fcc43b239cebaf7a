#pragma once
// Commands for task-servers, made from the state: which instance gets them, and what they say.

#include "engine/state.h"
#include "engine/step.h"

namespace cordyna::engine {

/// The fence of an attempt as servers see it: "EPOCH.SEQ" of its command.run. A restored log has another epoch.
std::string token_text(const State& state, Seq seq);
/// What a token says to this state.
struct TokenRead {
  Seq seq = 0;               // 0: not a token of ours, or of a lost part of the log
  bool from_future = false;  // made by this epoch after the log's end: an old log was restored
};
TokenRead read_token(const State& state, std::string_view token);

/// The ready instance with the fewest live attempts that declares the task as the graph does and has a free command
/// slot. Cost: O(instances of the server).
struct Placement {
  InstanceIndex instance = model::no_instance;
  bool connected = false;  // some instance has a session
  bool credit = false;     // some instance takes commands and has a free slot
};
Placement place_task(const State& state, TaskIndex task);
/// Any connected instance that declares the task; a check takes no slot.
InstanceIndex instance_to_ask(const State& state, TaskIndex task);

void send_run(Step& step, TaskRunRef at);
void send_check(Step& step, TaskRunRef at);
/// Tells the instance to stop the attempt behind `seq`; nothing when it has no session.
void send_cancel(Step& step, InstanceIndex instance, Seq seq, std::string reason);

}  // namespace cordyna::engine
