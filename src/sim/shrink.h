#pragma once
// Makes a failing simulation smaller: fewer kinds of faults, servers, tasks, less time, as long as it still fails.

#include <functional>

#include "sim/options.h"

namespace cordyna::sim {

/// `fails` runs the simulation. Tries at most `tries` times.
Options shrink(Options options, const std::function<bool(const Options&)>& fails, int tries);

}  // namespace cordyna::sim
