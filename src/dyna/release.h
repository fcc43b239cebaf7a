#pragma once
// The version of this build, as `dyna version` says it and `dyna doctor` compares it.

#include <string_view>

namespace cordyna::dyna {

inline constexpr std::string_view release = "0.1.0";

}  // namespace cordyna::dyna
