#pragma once
// Reads the real log when all is over and holds it against what was promised and what the tasks did, with the checkers
// of the simulator: the auditor and the naive model. It knows nothing of how the log came about.

#include <cstdint>
#include <string>
#include <vector>

#include "log/event_log.h"
#include "sim/ledger.h"

namespace cordyna::chaos {

struct Verdict {
  std::vector<std::string> complaints;
  std::uint64_t runs = 0;
};

/// `effects` has a line "run task attempt" for every beginning of work.
Verdict judge(log::EventLog& log, sim::Ledger promised, const std::vector<std::string>& effects);

/// The same for the log in a data folder that nobody uses.
Verdict judge_folder(const std::string& data, sim::Ledger promised, const std::vector<std::string>& effects);

}  // namespace cordyna::chaos
