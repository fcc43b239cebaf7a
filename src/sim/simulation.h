#pragma once
// One simulated company from its founding to its end: a safety phase in which faults happen, a healing after which
// none does, and the bounds within which everything must then be over. One seed gives the same log, byte for byte.

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/options.h"

namespace cordyna::sim {

struct Outcome {
  std::vector<std::string> complaints;  // empty: nothing is wrong
  std::string log_hash;
  std::uint64_t inputs = 0, faults = 0, events = 0, crashes = 0;
  base::Duration simulated{};
  std::map<std::string, std::uint64_t> verbs, answers;
  std::map<std::string, std::uint64_t> kinds;      // of events
  std::set<std::string> keys;                      // of declarations
  std::map<std::string, std::uint64_t> disk;       // what has happened to it
  std::array<std::vector<std::string>, 3> points;  // fault points passed, by kind
  std::uint64_t broken = 0;                        // at how many of them something broke
};

/// `story`: called with every event that became durable, as one line.
Outcome simulate(const Options& options, const std::function<void(const std::string&)>& story = {});

}  // namespace cordyna::sim
