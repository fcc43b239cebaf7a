#pragma once
// Help text, written from the table of verbs.

#include <string>

#include "dyna/verbs.h"

namespace cordyna::dyna {

/// All verbs with one line each.
std::string usage_text();

/// "usage: dyna run SELECTOR... [--param K=V]...", its options and examples.
std::string usage_text(const Verb& verb);

}  // namespace cordyna::dyna
