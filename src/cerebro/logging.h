#pragma once
// The structured log of the process on stderr: logfmt, UTC, one line an occurrence. What happened to tasks is in the
// events, not here.

#include <string>

namespace cordyna::cerebro {

/// `level`: trace, debug, info, warn, error, or off.
void start_logging(const std::string& level);

}  // namespace cordyna::cerebro
