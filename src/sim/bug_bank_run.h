#pragma once
// Runs the bug bank: each mutant in a process of its own, because many of them make cerebro abort, until a seed catches
// it.

#include <cstdint>
#include <string>

namespace cordyna::sim {

struct BugBankOptions {
  std::uint64_t seeds = 400;  // a mutant at most
  unsigned jobs = 1;
  std::string only;  // names, divided by commas; empty: all
};

/// Prints a line for each bug and the score; true when all were caught, and there was one.
bool run_bug_bank(const BugBankOptions& options);

}  // namespace cordyna::sim
