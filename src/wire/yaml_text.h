#pragma once
// YAML from outside, read strictly into a Document: UTF-8, one document, no key twice, bounded depth and size. Anchors
// and aliases are expanded, within the same bounds (an alias bomb is refused). Plain scalars follow the core schema of
// YAML 1.2: only null/~, true/false and decimal numbers are not text, so `on`, `no` and `08` stay what was written.

#include <cstddef>
#include <string_view>

#include "wire/document.h"

namespace cordyna::wire {

inline constexpr std::size_t yaml_depth_max = 64;
inline constexpr std::size_t yaml_aliased_values_max = 200'000;  // copied by anchors and aliases
inline constexpr std::size_t yaml_aliased_bytes_max = 8U << 20;

/// The tree is null when the findings have errors. Rules: bad_yaml, duplicate_key, too_deep, too_large.
Document parse_yaml(std::string_view text);

}  // namespace cordyna::wire
