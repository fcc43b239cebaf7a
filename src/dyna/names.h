#pragma once
// People abbreviate: RUN may be "last" or the beginning of an id, TASK may be written without its server. cerebro is
// asked what is meant; more than one answer is never guessed.

#include <string>

#include "dyna/context.h"

namespace cordyna::dyna {

/// A whole id is taken as it is. Errors: usage (several runs begin so), refused (none does), and those of ask().
base::Result<std::string> resolved_run(Context& context, const std::string& given);

/// A "server/task" is taken as it is. Errors: usage (several servers have it), refused (none has), and those of ask().
base::Result<std::string> resolved_task(Context& context, const std::string& given);

/// Resolves the task inside a selector ("+report" -> "+shop/report"); one that no server has is left for cerebro to
/// refuse.
base::Result<std::string> resolved_selector(Context& context, const std::string& given);

/// The task a selector is about, without its plus signs; "" for a glob, tag:, label: or team:.
std::string task_in(const std::string& selector);

}  // namespace cordyna::dyna
