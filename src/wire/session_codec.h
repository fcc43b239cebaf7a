#pragma once
// Session items <-> the bytes of one WebSocket message. Two encodings of one schema (proto/cordyna/v1/session.proto):
// binary protobuf for our libraries, proto3 JSON for any language with a WebSocket client. cerebro and the task-server
// library use both directions. Protobuf stays inside the .cc.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/session.h"

namespace cordyna::wire {

enum class Encoding { proto, json };

/// The WebSocket subprotocols a session may speak, the preferred one first.
inline constexpr std::array<std::string_view, 2> subprotocols{"cordyna.v1.proto", "cordyna.v1.json"};

std::string_view subprotocol(Encoding encoding);
std::optional<Encoding> encoding_of(std::string_view subprotocol);

/// One message with all items in their order. JSON writes every field, also empty ones, so that small clients need no
/// defaults; 64-bit numbers are text there. Text that is not UTF-8 is repaired (base/utf8.h).
std::string encode(const std::vector<model::Item>& items, Encoding encoding);

/// Fields nobody knows are ignored: a newer peer may send them. Refused: more than limits::message_bytes_max, bytes
/// that are not the encoding, an item of no known kind, a state or verdict of no known word. Errors: bad_message.
base::Result<std::vector<model::Item>> decode(std::string_view bytes, Encoding encoding);

}  // namespace cordyna::wire
