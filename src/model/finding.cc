#include "model/finding.h"

#include <algorithm>

namespace cordyna::model {

bool has_errors(const Findings& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.severity == Severity::error; });
}

}  // namespace cordyna::model
