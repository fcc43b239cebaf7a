#pragma once
// One run as text: its head, its task-runs as a tree in upstream order, and what went wrong.

#include <string>
#include <vector>

#include "dyna/context.h"
#include "dyna/fields.h"

namespace cordyna::dyna {

/// "manual by ann@host", "schedule shop/extract", "retry of 0192...".
std::string trigger_text(const Json& trigger);

/// The table of GET /runs.
std::string runs_text(const World& world, const Ink& ink, const Json& runs);

/// The targets of a run in at most `shown` names: "shop/a, shop/b and 3 more".
std::string targets_text(const Json& run, std::size_t shown);

/// Head, tree and remarks of GET /runs/{id}.
std::string run_text(const World& world, const Ink& ink, const Json& run);

/// "3 completed, 1 error, 2 blocked", in the order of the states.
std::string counts_text(const Json& run);

/// What is to be said below a task-run: its error, what blocks it, what it waits for, where it is shared from.
std::vector<std::string> remarks(const World& world, const Json& task_run);

}  // namespace cordyna::dyna
