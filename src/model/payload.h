#pragma once
// Payload: a piece of JSON that travels by value when small and as the name of a blob when not, so that neither events
// nor state grow with what tasks return.

#include <cstdint>
#include <optional>
#include <string>

#include "base/hash.h"

namespace cordyna::model {

struct Payload {
  std::string json;                   // the text, when blob is not set; empty = nothing
  std::optional<base::Hash128> blob;  // where the text is otherwise
  std::uint32_t size = 0;             // bytes of the text
  bool operator==(const Payload&) const = default;
  bool empty() const { return size == 0; }
};

}  // namespace cordyna::model
