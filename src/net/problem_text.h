#pragma once
// The one thing net/ wants from a problem+json body: its detail, to say why a dial was refused. A reader of the whole
// format would pull a JSON library into net/ for one sentence. Used for dials only.

#include <string>
#include <string_view>

namespace cordyna::net {

/// The text of the member "detail" of a JSON object, else the first line of `body`; at most 300 bytes, printable.
std::string problem_detail(std::string_view body);

}  // namespace cordyna::net
