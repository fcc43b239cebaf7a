#pragma once
// What changed between two versions of an output, what it demands of the version, and whom it breaks.

#include <optional>
#include <string>
#include <vector>

#include "practices/output.h"

namespace cordyna::practices {

/// The part of the version that must rise. From small to large.
enum class Bump { none, patch, minor, major };

struct Change {
  std::string path;     // of the output: "schema.amount", "promise.latency", "access"
  std::string code;     // snake_case, from the closed list in docs/practices.md
  std::string message;  // "was integer, is integer or null"
  Bump bump = Bump::none;
  std::string field;  // the field at the top of the schema that it is about; "" when it is about the whole
};

/// Everything that changed, what breaks first. O(fields of both).
std::vector<Change> changes(const Output& was, const Output& is);

/// The output is declared no more, or as retired.
Change removal(const Output& was);

/// The largest of what the changes demand.
Bump required_bump(const std::vector<Change>& changes);

/// The part of the version that has risen; none when it is the same or has fallen.
Bump bump_between(const Version& was, const Version& is);

/// How a consumer depends on an output.
struct Use {
  std::optional<std::vector<std::string>> fields;  // none: all of them
  Promise needs;
};

/// Does a breaking change break this use? One of a field does when the field is used, one of the promise when it no
/// longer covers the need, any other always.
bool breaks(const Change& change, const Output& is, const Use& use);

}  // namespace cordyna::practices
