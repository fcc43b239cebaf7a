#pragma once
// "Did you mean": the known word that is nearest to one that was typed.

#include <string>
#include <string_view>
#include <vector>

namespace cordyna::dyna {

/// How many letters must be inserted, removed, replaced or swapped with their neighbour; cost O(a x b).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The nearest of `known` (of several equally near ones the first that is as long as it), or "" if none is near enough
/// to be meant.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

/// "; did you mean X?" or "".
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

}  // namespace cordyna::dyna
