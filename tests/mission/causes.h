#pragma once
// Every event names the event it follows from. What that must be for each kind, read from a whole log.

#include <string>
#include <vector>

#include "support/world.h"

namespace cordyna::testing {

/// One sentence an event that names a wrong cause, or a report that names no instance; empty when all is well.
std::vector<std::string> wrong_causes(const std::vector<LoggedEvent>& log);

}  // namespace cordyna::testing
