#pragma once
// Schemas as teams write them: JSON Schema (the part of 2020-12 that can be compared), or the elements of an ODCS
// contract.

#include <optional>
#include <string>

#include "model/finding.h"
#include "practices/schema.h"

namespace cordyna::practices {

/// What the schema describes. The columns of a table are always there, those that need not be given are null; a member
/// of a document, or of the payload of a topic, may be absent.
enum class Kind { table, document, topic };

/// Reads either form: an object is JSON Schema, a list is ODCS elements. Nothing when it cannot be compared; all that
/// is wrong is in `findings`. Rules: bad_schema, unsupported_keyword, contradictory_schema, too_deep, too_large.
std::optional<Schema> read_schema(const Json& text, Kind kind, const std::string& path, model::Findings& findings);

}  // namespace cordyna::practices
