#pragma once
// Following one run to its end: what "dyna run --wait", "retry --wait" and "dyna watch RUN" have in common.

#include <string>

#include "dyna/context.h"
#include "dyna/fields.h"

namespace cordyna::dyna {

/// First what is held by something outside of the run (paused, no server), then a line on `stream` for every change of
/// a task-run, then the outcome with what went wrong. `begun` is the document of the run now. The answer is 0 when the
/// run completed, else 1.
base::Result<int> wait_for_run(Context& context, const Json& begun, const Screen& screen);
/// The same for a run that was just started, on stderr: stdout has its id.
base::Result<int> wait_for_started_run(Context& context, const std::string& run_id);

/// GET /runs/{id}.
base::Result<Json> run_document(Context& context, const std::string& run_id);

/// The last lines on a run that ended: outcome, errors, the next command.
std::string outcome_text(const World& world, const Ink& ink, const Json& run);

/// 0 for completed, 1 for anything else.
int exit_code_of_run(const Json& run);

}  // namespace cordyna::dyna
