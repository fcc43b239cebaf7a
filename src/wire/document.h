#pragma once
// A text that was read but not yet understood: a tree of JSON values, whatever it was written in. YAML adds where each
// value stood and how its scalars were spelled, so that findings can point at the line and `PORT: 08` keeps its zero.

#include <map>
#include <string>

#include "model/declaration.h"
#include "model/finding.h"

namespace cordyna::wire {

struct Place {
  unsigned line = 0;  // from 1
  unsigned column = 0;
};

struct Document {
  model::Json tree;                              // null when the findings say that it could not be read
  std::map<std::string, Place> places;           // by path ("tasks.report.upstream[1]"), empty for JSON
  std::map<std::string, std::string> spellings;  // of numbers and true/false, by path, empty for JSON
  model::Findings findings;
};

}  // namespace cordyna::wire
