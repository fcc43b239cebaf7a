#pragma once
// How states and emphasis look: a glyph and a colour on a terminal, the plain word everywhere else. No colour ever
// stands without its word. Also keeps what other people wrote (messages, names) from driving the terminal.

#include <string>
#include <string_view>

namespace cordyna::dyna {

struct Ink {
  bool glyphs = false;
  bool colour = false;

  /// "✔ completed" in green on a terminal, "completed" elsewhere; for task, run and server states alike.
  std::string state(std::string_view word) const;
  std::string strong(std::string_view text) const;
  std::string faint(std::string_view text) const;
  std::string bad(std::string_view text) const;
};

/// One line without control characters: line breaks become spaces, everything else that could steer a terminal "?".
std::string plain(std::string_view text);

/// Output of a task for a terminal: keeps line breaks, tabs and colours, drops every other control sequence.
std::string tame(std::string_view text);

/// How many columns `text` takes on a terminal; colour sequences take none.
std::size_t columns(std::string_view text);

/// The first `width` columns of `text`, ending with an ellipsis if something was cut.
std::string cut(std::string_view text, std::size_t width);

}  // namespace cordyna::dyna
