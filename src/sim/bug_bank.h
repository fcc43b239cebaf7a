#pragma once
// Failures that other systems have had, as mutants of cordyna (base/mutant.h). In builds with CORDYNA_MUTANTS each is
// switched on by its name and must be caught by the simulator; `make bug-bank` prints the score.

#include <span>
#include <string_view>

namespace cordyna::sim {

struct Bug {
  std::string_view mutant;
  std::string_view history;  // where it has happened, or which promise of which kind of system it breaks
};
std::span<const Bug> bug_bank();

}  // namespace cordyna::sim
