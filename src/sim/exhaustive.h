#pragma once
// The exhaustive part: each scenario once without a fault, which counts its fault points, and then once for each point
// and each way in which that point can break, once and lasting until the healing.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/options.h"

namespace cordyna::sim {

struct ExhaustiveOptions {
  std::string scenario;  // one alone; empty: all
  std::uint64_t jobs = 1;
  bool once_only = false;   // nothing that lasts
  bool crash_only = false;  // one crash for each effect and each call of the disk that changes something
  std::uint64_t every = 1;  // the n-th of the simulations only, for when there is less time
};

/// All that breaks in one scenario: `options` each, in the order of the points.
std::vector<Options> broken_versions(const std::string& scenario, const ExhaustiveOptions& wanted);

/// Prints each that fails, with the line that repeats it, and the sum; true when none did.
bool run_exhaustive(const ExhaustiveOptions& wanted);

}  // namespace cordyna::sim
