#pragma once
// The Date header of HTTP, the only clock of cerebro that every answer carries.

#include <optional>
#include <string_view>

#include "base/time.h"

namespace cordyna::dyna {

/// "Tue, 24 Nov 2026 03:47:00 GMT" (RFC 9110, the preferred form only).
std::optional<base::Time> parse_http_date(std::string_view text);

}  // namespace cordyna::dyna
