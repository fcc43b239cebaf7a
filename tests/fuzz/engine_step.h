#pragma once
// The fuzz target whose bytes are a course of events instead of a text, and tapes to begin with.

#include <string>
#include <string_view>
#include <vector>

namespace cordyna::fuzz {

void engine_step(std::string_view bytes);
std::vector<std::string> engine_step_seeds();

}  // namespace cordyna::fuzz
