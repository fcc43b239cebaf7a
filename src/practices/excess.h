#pragma once
// What one schema allows and another does not: the one question behind every judgement of compatibility.
//   Readers of an output expect what the old schema allows: what the new one allows beyond it breaks them.
//   Callers give params that the old schema allows: what it allowed beyond the new one breaks them.
// The source of both rules is set inclusion of what the schemas accept; where inclusion cannot be decided cheaply (two
// patterns), the answer is "not included".

#include <string>
#include <vector>

#include "practices/schema.h"

namespace cordyna::practices {

/// One place where the first schema allows more than the second.
struct Excess {
  std::string path;    // "amount", "lines[].price", "" for the whole
  std::string code;    // snake_case, from the closed list in docs/practices.md
  std::string allows;  // what the first allows there: "integer or null", "at least 0", "absent"
  std::string wanted;  // what the second does: "integer", "at least 1", "always there"
  bool operator==(const Excess&) const = default;
};

/// Does a member that the second schema does not know count? A tolerant reader does not look at it.
enum class Unknown { tolerated, counted };

/// Every place where `one` allows what `other` does not; empty when whatever satisfies `one` satisfies `other`.
/// O(fields of both).
std::vector<Excess> excess(const Schema& one, const Schema& other, Unknown unknown = Unknown::tolerated);

}  // namespace cordyna::practices
