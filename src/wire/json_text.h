#pragma once
// JSON from outside, read strictly: UTF-8, one value, no key twice, bounded depth. The one door for JSON: bodies of
// requests, params, results, declarations.

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "model/declaration.h"

namespace cordyna::wire {

inline constexpr std::size_t json_depth_max = 64;

/// Numbers beyond 64 bits become the nearest double, beyond double are refused. Errors: bad_json, duplicate_key,
/// too_deep; what is no JSON at all is named by line and column.
base::Result<model::Json> parse_json(std::string_view text, std::size_t depth_max = json_depth_max);

}  // namespace cordyna::wire
