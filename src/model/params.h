#pragma once
// The params of a run against the JSON Schema that a task declares. A subset of the keywords is judged, the ones people
// use for params; an unknown keyword is a warning at declaration, never a silent hole at run time.

#include <string>
#include <vector>

#include "model/declaration.h"
#include "model/finding.h"

namespace cordyna::model {

/// Is this usable as the schema of params? Null is (there are none); else an object of type object whose `properties`
/// are schemas. `path` is where it stands. Rules: bad_schema, unsupported_keyword (a warning).
Findings check_schema(const Json& schema, const std::string& path);

/// What is wrong with the params that this schema declares; names it does not declare are not judged here, because the
/// params of a run are for all its tasks. Rules: wrong_type, missing_param, bad_param.
Findings check_params(const Json& params, const Json& schema, const std::string& path = "params");

/// Names in `params` that are not in `declared`, each with the nearest that is. Rule: unknown_param.
Findings unknown_params(const Json& params, const std::vector<std::string>& declared,
                        const std::string& path = "params");

/// The value as JSON, for a message: at most 60 characters.
std::string shown(const Json& value);

/// Is it a whole number, written 1 or 1.0?
bool is_integer(const Json& value);

}  // namespace cordyna::model
