#pragma once
// Reads a compiled time zone file (TZif, RFC 9636) into ZoneRules. Our own because date-tz, on system files, ignores
// their footer and so is wrong after 2037 (docs/decisions/0120-time-zones.md). Strict: every count and index is
// checked, files of version 1 and those that count leap seconds are refused. Used by zones.cc.

#include <string_view>

#include "base/result.h"
#include "engine/zone_rules.h"

namespace cordyna::cerebro {

/// Transitions to the end of the year limits::zone_rules_year_max; name and version are left to the caller.
/// Errors: bad_zone_file.
base::Result<engine::ZoneRules> read_tzif(std::string_view bytes);

}  // namespace cordyna::cerebro
