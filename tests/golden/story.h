#pragma once
// Tells a golden story again: the same comments and inputs, with the events and effects that follow now.

#include <string>
#include <vector>

#include "support/world.h"

namespace cordyna::testing {

std::string tell(const std::string& text);

/// What happened in it: every event from the beginning of its world.
std::vector<LoggedEvent> events_of_story(const std::string& text);

}  // namespace cordyna::testing
