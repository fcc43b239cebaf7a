#pragma once
// Base64 (RFC 4648, with padding), for the data of CloudEvents that is not JSON.

#include <optional>
#include <string>
#include <string_view>

namespace cordyna::wire {

std::string base64(std::string_view bytes);

/// None when it is not canonical base64: wrong characters, length or padding.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace cordyna::wire
