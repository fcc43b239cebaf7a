#pragma once
// The program without its world: words in, exit code out.

#include <string>
#include <vector>

#include "dyna/world.h"

namespace cordyna::dyna {

inline constexpr const char* default_url = "http://127.0.0.1:7070";

/// `words` are the arguments without the program's name.
int run_program(const World& world, const std::vector<std::string>& words);

}  // namespace cordyna::dyna
