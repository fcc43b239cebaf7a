#pragma once
// Mutants: mistakes that other systems have made, made again here and switched on by name, one at a time, in builds
// with CORDYNA_MUTANTS. The simulator has to catch each of them; sim/bug_bank.h says where each comes from. In every
// other build mutant() is constant and what stands behind it is gone.

#include <string_view>

namespace cordyna::base {

#ifdef CORDYNA_MUTANTS
inline std::string_view active_mutant;  // set once, before anything runs
inline bool mutant(std::string_view name) {
  return name == active_mutant;
}
#else
constexpr bool mutant(std::string_view) {
  return false;
}
#endif

}  // namespace cordyna::base
