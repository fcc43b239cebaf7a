#include "dyna/nearest.h"

#include <algorithm>
#include <utility>

namespace cordyna::dyna {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, above[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  const std::size_t distance_max = std::max<std::size_t>(2, word.size() / 3);
  std::string best;
  std::pair<std::size_t, std::size_t> best_rank{distance_max, word.size() + distance_max + 1};
  for (const std::string& candidate : known) {
    const std::size_t longer = std::max(word.size(), candidate.size()),
                      shorter = std::min(word.size(), candidate.size());
    // Of two equally near ones that of the same length is meant: fingers swap letters more often than they lose them.
    const std::pair rank{edit_distance(word, candidate), longer - shorter};
    if (rank >= best_rank || rank.first >= candidate.size()) continue;
    best = candidate;
    best_rank = rank;
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const std::string best = nearest(word, known);
  return best.empty() ? std::string() : "; did you mean " + best + "?";
}

}  // namespace cordyna::dyna
