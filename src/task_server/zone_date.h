#pragma once
// The calendar day of an instant in an IANA zone, for the template {{ scheduled_at | date }}. Reads the system's zone
// tables; years past the table's last change keep its last offset.

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace cordyna::task_server {

/// "2026-11-24"; nothing when the system does not know the zone. An empty zone is UTC.
std::optional<std::string> date_in_zone(base::Time time, std::string_view zone);

}  // namespace cordyna::task_server
