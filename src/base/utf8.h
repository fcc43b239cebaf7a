#pragma once
// Is this text UTF-8? Everything that enters cordyna is asked once at the door (session, HTTP, files); what programs
// print is repaired instead, because a task's log must not be lost for one bad byte.

#include <string>
#include <string_view>

namespace cordyna::base {

/// Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
bool valid_utf8(std::string_view text);

/// `text` with each byte that is not part of valid UTF-8 replaced by U+FFFD (three bytes, so the result may be longer).
std::string repaired_utf8(std::string_view text);

}  // namespace cordyna::base
