#pragma once
// Is this declaration sound by itself? All findings at once. What needs the other servers (a cycle across them, a name
// that belongs to another team) is judged by the engine's graph.

#include <functional>
#include <optional>

#include "base/result.h"
#include "model/declaration.h"
#include "model/finding.h"

namespace cordyna::model {

/// What is wrong with the name of a time zone, nothing when it is one. Only who has the tables knows: cerebro.
using CheckZone = std::function<std::optional<base::Error>(std::string_view zone)>;

/// Paths as in the YAML file: "tasks.report.upstream[1].within"; a task with one trigger has "tasks.report.when.every",
/// with more "tasks.report.when[0].every". O(tasks + edges). With an empty `check_zone` zones are not judged.
Findings validate(const Declaration& declaration, const CheckZone& check_zone);

/// The first cycle that each edge into the past closes, as names without the server: {"a", "b", "a"}. At most
/// `count_max`.
std::vector<std::vector<std::string>> cycles(const Declaration& declaration, std::size_t count_max);

}  // namespace cordyna::model
