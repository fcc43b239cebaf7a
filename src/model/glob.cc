#include "model/glob.h"

#include <cstddef>
#include <vector>

namespace cordyna::model {
namespace {

// First position of `piece` in `text` (Knuth, Morris, Pratt 1977: never looks at a character of `text` twice).
std::size_t first_position(std::string_view text, std::string_view piece) {
  if (piece.empty()) return 0;
  std::vector<std::size_t> border(piece.size(), 0);
  for (std::size_t i = 1, matched = 0; i < piece.size(); ++i) {
    while (matched > 0 && piece[i] != piece[matched]) matched = border[matched - 1];
    if (piece[i] == piece[matched]) ++matched;
    border[i] = matched;
  }
  for (std::size_t i = 0, matched = 0; i < text.size(); ++i) {
    while (matched > 0 && text[i] != piece[matched]) matched = border[matched - 1];
    if (text[i] == piece[matched]) ++matched;
    if (matched == piece.size()) return i + 1 - piece.size();
  }
  return std::string_view::npos;
}

}  // namespace

// The pieces between the stars are searched from left to right, each as early as can be: if any assignment fits, this
// does.
bool glob_matches(std::string_view glob, std::string_view text) {
  std::size_t star = glob.find('*');
  if (star == std::string_view::npos) return glob == text;
  if (!text.starts_with(glob.substr(0, star))) return false;
  text.remove_prefix(star);
  glob.remove_prefix(star + 1);
  while ((star = glob.find('*')) != std::string_view::npos) {
    const std::size_t position = first_position(text, glob.substr(0, star));
    if (position == std::string_view::npos) return false;
    text.remove_prefix(position + star);
    glob.remove_prefix(star + 1);
  }
  return text.ends_with(glob);
}

}  // namespace cordyna::model
