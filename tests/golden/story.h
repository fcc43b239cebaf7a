#pragma once
// Tells a golden story again: the same comments and inputs, with the events and effects that follow now.

#include <string>

namespace cordyna::testing {

std::string tell(const std::string& text);

}  // namespace cordyna::testing
