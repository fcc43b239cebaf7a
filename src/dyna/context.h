#pragma once
// What a verb gets: the world, what was typed, and cerebro. Its errors have one of four codes, which are the exit
// codes.

#include <ostream>
#include <string>

#include "dyna/api.h"
#include "dyna/arguments.h"
#include "dyna/ink.h"
#include "dyna/world.h"

namespace cordyna::dyna {

namespace exit_code {
inline constexpr int done = 0;
inline constexpr int failed = 1;         // Error code "failed"
inline constexpr int usage = 2;          // "usage"
inline constexpr int not_reachable = 3;  // "not_reachable", "broken"
inline constexpr int refused = 4;        // "refused", "unavailable"
}  // namespace exit_code

/// The exit code that stands for the code of an Error.
int exit_code_of(const base::Error& error);

struct Context {
  const World& world;
  const Arguments& arguments;
  Api& api;
  std::string url;

  std::ostream& out() const { return *world.out.stream; }
  std::ostream& err() const { return *world.err.stream; }
  Ink ink() const { return {world.out.terminal, world.out.colour}; }
  Ink err_ink() const { return {world.err.terminal, world.err.colour}; }
  bool json() const { return arguments.has("--json"); }
};

}  // namespace cordyna::dyna
