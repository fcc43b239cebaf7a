#pragma once
// Aligned columns: two spaces between them, no lines, nothing after the last word of a row.

#include <string>
#include <vector>

#include "dyna/ink.h"

namespace cordyna::dyna {

struct Table {
  std::vector<std::string> head;  // may be empty: no head line
  std::vector<std::vector<std::string>> rows;

  /// All lines, each with its end. An empty table is an empty text.
  std::string text(const Ink& ink) const;
};

/// "3 completed, 1 error": what `count` is followed by, in the plural when it is not 1.
std::string counted(std::size_t count, const std::string& noun);

}  // namespace cordyna::dyna
