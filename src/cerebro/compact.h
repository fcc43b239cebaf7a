#pragma once
// `cerebro compact`: the state at the end of the sealed segments, written as the next snapshot. It takes no lock that a
// running cerebro holds and never opens what is being written. Every snapshot is also a proof of replay: it is loaded
// again and compared before it is kept. Started by cerebro (upkeep.h), or by an operator.

#include <optional>
#include <string>
#include <vector>

#include "cerebro/recovery.h"

namespace cordyna::cerebro {

struct CompactReport {
  base::Seq last_seq = 0;                // of the newest snapshot now; 0 none
  bool written = false;                  // false: nothing was sealed since
  std::size_t bytes = 0;                 // of the new one
  std::uint64_t events = 0;              // applied for it
  std::vector<RefusedSnapshot> refused;  // unusable ones; they are removed unless a newer cerebro wrote them
};

/// Errors: those of recover(), data_in_use (another one is at work), unsound_snapshot (the state read back differs:
/// nothing is kept), full.
base::Result<CompactReport> compact(const std::string& data_folder, const model::CheckZone& check_zone);

}  // namespace cordyna::cerebro
