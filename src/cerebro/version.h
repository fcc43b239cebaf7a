#pragma once
// The version of this build, recorded in cerebro.started and shown by --version.

#include <string_view>

namespace cordyna::cerebro {

inline constexpr std::string_view version = "0.1.0";

}  // namespace cordyna::cerebro
