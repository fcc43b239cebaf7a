#pragma once
// A finding: one thing that is wrong with a declaration (or a request), where it is and how to mend it. Checks never
// stop at the first: they return all of them.

#include <string>
#include <vector>

namespace cordyna::model {

enum class Severity { error, warning };

struct Finding {
  std::string path;     // "tasks.report.upstream[1].within", "" for the whole
  std::string rule;     // snake_case, from the closed list in docs/wire.md
  std::string message;  // what is wrong, naming the thing
  std::string fix;      // what to write instead
  Severity severity = Severity::error;
  unsigned line = 0;  // of the file it was read from, from 1; 0 when there is none
  unsigned column = 0;
};

using Findings = std::vector<Finding>;

/// True when at least one finding is an error.
bool has_errors(const Findings& findings);

}  // namespace cordyna::model
