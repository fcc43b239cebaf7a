#pragma once
// What a declared trigger ("when") and an upstream edge say, in the words of the YAML file.

#include <string>

#include "dyna/fields.h"

namespace cordyna::dyna {

/// "cron 0 2 * * * Europe/Berlin", "every 60s, event shop.order.*"; "" for no trigger.
std::string when_text(const Json& when);

/// "crm/customers within 24h".
std::string edge_text(const Json& edge, const std::string& task_key);

}  // namespace cordyna::dyna
