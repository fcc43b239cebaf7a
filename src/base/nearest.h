#pragma once
// "Did you mean ...?": the known word that is nearest to what somebody typed. Used wherever a name or key is refused.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cordyna::base {

/// Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`; anything above `limit` is limit + 1.
/// O(|a| * |b|), O(1) when the lengths differ by more than `limit`.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

/// How far a word may be from a known one to be a likely slip: a third of its length, at least 1, at most 4.
std::size_t slip_max(std::string_view word);

/// The word of `known` (any range of text) that is nearest to `word`, the first of several; none when all are too far.
template <class Range>
std::optional<std::string> nearest(std::string_view word, const Range& known) {
  std::optional<std::string> best;
  std::size_t limit = slip_max(word);
  for (const auto& candidate : known) {
    const std::size_t distance = edit_distance(word, candidate, limit);
    if (distance > limit) continue;
    best = std::string(candidate);
    if (distance == 0) break;
    limit = distance - 1;
  }
  return best;
}

}  // namespace cordyna::base
