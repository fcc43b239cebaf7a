#pragma once
// Exchange rates: a file that somebody else must deliver and that is not there in the demo. It is the source that fails
// on purpose, and a failure with a remedy: put the file there and retry the run.

#include <filesystem>
#include <optional>

#include "table.h"

namespace server_a {

/// Lines CURRENCY,RATE; nothing when the file has not come; throws when a line is something else.
std::optional<Table> delivered_rates(const std::filesystem::path& file);

}  // namespace server_a
