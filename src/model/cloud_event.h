#pragma once
// A CloudEvent (CloudEvents 1.0) as it came from outside, checked: wire/cloud_event.h reads it from HTTP, the engine
// matches it with triggers.

#include <cstdint>
#include <string>

#include "base/hash.h"

namespace cordyna::model {

struct CloudEvent {
  std::string id, source, type, subject;
  std::string time;  // RFC 3339 or empty
  std::string datacontenttype;
  std::string data;         // JSON text; a JSON string in base64 for data that is not JSON; empty = none
  std::uint32_t depth = 0;  // extension cordynadepth: how many events it follows from
  base::Hash128 content;    // of all attributes and the data: tells a duplicate from a reused id
};

}  // namespace cordyna::model
