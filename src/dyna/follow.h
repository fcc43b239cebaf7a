#pragma once
// Following the live events of cerebro over broken connections and restarts: every stream goes on behind the last event
// that was seen, so nothing is shown twice and nothing is left out.

#include <functional>
#include <string>

#include "dyna/ask.h"

namespace cordyna::dyna {

struct FollowOptions {
  std::vector<std::pair<std::string, std::string>> query = {};  // run, task, server
  std::string after = {};                                       // a seq; "" is "from now on"
};

/// Calls `on_event` until it answers false. Says on stderr when the connection is lost and when it is back. Errors:
/// those of ask(), not_reachable only when cerebro was away for five minutes (or from the start).
base::Result<void> follow(Context& context, const FollowOptions& options,
                          const std::function<bool(const Json& event)>& on_event);

}  // namespace cordyna::dyna
