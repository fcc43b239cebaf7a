#pragma once
// Globs of event types and subjects: * matches any run of characters, also none and also dots; everything else is
// itself.

#include <string_view>

namespace cordyna::model {

/// O(|glob| + |text|), whatever the glob: text comes from outside.
bool glob_matches(std::string_view glob, std::string_view text);

}  // namespace cordyna::model
