#pragma once
// Reading JSON that somebody else wrote: an absent, null or oddly typed member is an empty value, never an error. dyna
// shows what cerebro says and must not fall over what a newer one adds or an older one leaves out.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace cordyna::dyna {

using Json = nlohmann::ordered_json;  // members stay in the order in which they were written

/// The member, or null.
const Json& at(const Json& object, std::string_view key);
/// A text as it is, a number or truth value as JSON, "" for everything else.
std::string text_at(const Json& object, std::string_view key);
std::int64_t number_at(const Json& object, std::string_view key);
bool flag_at(const Json& object, std::string_view key);
/// The array, or an empty one.
const Json& list_at(const Json& object, std::string_view key);
/// A text as it is, anything else as JSON.
std::string text_of(const Json& value);

/// nullopt-like: a discarded value if `text` is no JSON; never throws.
Json parsed(std::string_view text);
/// Never throws: invalid UTF-8 is replaced. `indent` as in nlohmann's dump.
std::string dumped(const Json& value, int indent = -1);

}  // namespace cordyna::dyna
