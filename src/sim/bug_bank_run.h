#pragma once
// Runs the bug bank: each mutant in a process of its own, because many of them make cerebro abort, until a seed catches
// it.

#include <cstdint>

namespace cordyna::sim {

/// Prints a line for each bug and the score; true when all were caught. `seeds` a mutant at most.
bool run_bug_bank(std::uint64_t seeds, unsigned jobs);

}  // namespace cordyna::sim
