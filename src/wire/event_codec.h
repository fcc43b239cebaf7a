#pragma once
// Events <-> the bytes a log batch stores (proto/cordyna/log/v1/event.proto). Used by cerebro's loop, recovery and
// history. Protobuf stays inside the .cc files. ServerDeclared::declaration is not encoded: its blob is read again.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/event.h"

namespace cordyna::wire {

/// The events in order; two encodings one behind the other are the encoding of all.
std::string encode_events(std::span<const model::Event> events);

/// Strict: an unknown kind, a word outside its range, a plan whose columns do not fit each other are errors, because
/// what is applied cannot fail later. Errors: bad_event, naming the position of the event.
base::Result<std::vector<model::Event>> decode_events(std::string_view bytes);

}  // namespace cordyna::wire
