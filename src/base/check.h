#pragma once
// check(): a bug ends the process. Always on, also in Release; never used for input, which is refused by a Result.

#include <source_location>

namespace cordyna::base {

/// Prints the place to stderr and aborts when `condition` is false.
void check(bool condition, std::source_location where = std::source_location::current());

}  // namespace cordyna::base
