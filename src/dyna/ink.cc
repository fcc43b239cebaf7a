#include "dyna/ink.h"

#include <array>

namespace cordyna::dyna {
namespace {

struct Look {
  std::string_view word, glyph, colour;
};
// Glyphs differ in shape, not only in colour. The colours are those of the terminal's own palette.
constexpr std::array<Look, 17> looks{{{"pending", "○", "2"},
                                      {"invoked", "◌", "36"},
                                      {"queued", "◔", "36"},
                                      {"started", "◑", "34"},
                                      {"completed", "✔", "32"},
                                      {"error", "✖", "31"},
                                      {"blocked", "⊘", "33"},
                                      {"skipped", "↷", "2"},
                                      {"cancelled", "⊗", "35"},
                                      {"running", "◑", "34"},
                                      {"failed", "✖", "31"},
                                      {"ready", "●", "32"},
                                      {"draining", "◔", "33"},
                                      {"lost", "✖", "31"},
                                      {"gone", "○", "2"},
                                      {"paused", "‖", "33"},
                                      {"unresolved", "?", "33"}}};

std::string coloured(std::string_view code, std::string_view text) {
  return "\x1b[" + std::string(code) + 'm' + std::string(text) + "\x1b[0m";
}

bool is_control(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  return value < 0x20 || value == 0x7f;
}

/// C1 controls are U+0080..U+009F: C2 80..9F in UTF-8.
bool is_c1(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]) == 0xc2 && at + 1 < text.size() &&
         static_cast<unsigned char>(text[at + 1]) < 0xa0;
}

/// Length of a colour sequence "ESC [ digits and ; m" at `at`, 0 if it is none.
std::size_t colour_length(std::string_view text, std::size_t at) {
  if (text.substr(at, 2) != "\x1b[") return 0;
  std::size_t end = at + 2;
  while (end < text.size() && (text[end] == ';' || (text[end] >= '0' && text[end] <= '9'))) ++end;
  return end < text.size() && text[end] == 'm' ? end + 1 - at : 0;
}

}  // namespace

std::string Ink::state(std::string_view word) const {
  for (const Look& look : looks) {
    if (look.word != word) continue;
    const std::string text = glyphs ? std::string(look.glyph) + ' ' + std::string(word) : std::string(word);
    return colour ? coloured(look.colour, text) : text;
  }
  return plain(word);
}

std::string Ink::strong(std::string_view text) const {
  return colour ? coloured("1", text) : std::string(text);
}
std::string Ink::faint(std::string_view text) const {
  return colour ? coloured("2", text) : std::string(text);
}
std::string Ink::bad(std::string_view text) const {
  return colour ? coloured("31", text) : std::string(text);
}

std::string plain(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  std::string line;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' || text[i] == '\t' || text[i] == '\r') {
      line += ' ';
    } else if (is_c1(text, i)) {
      line += '?';
      ++i;
    } else {
      line += is_control(text[i]) ? '?' : text[i];
    }
  }
  return line;
}

std::string tame(std::string_view text) {
  std::string kept;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (const std::size_t length = colour_length(text, i); length > 0) {
      kept += text.substr(i, length);
      i += length - 1;
    } else if (is_c1(text, i)) {
      ++i;
    } else if (!is_control(text[i]) || text[i] == '\n' || text[i] == '\t') {
      kept += text[i];
    }
  }
  return kept;
}

std::size_t columns(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (const std::size_t length = colour_length(text, i); length > 0) {
      i += length - 1;
    } else if ((static_cast<unsigned char>(text[i]) & 0xc0U) != 0x80U) {
      ++count;
    }
  }
  return count;
}

std::string cut(std::string_view text, std::size_t width) {
  if (columns(text) <= width) return std::string(text);
  std::string kept;
  std::size_t count = 0;
  bool inked = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (const std::size_t length = colour_length(text, i); length > 0) {
      kept += text.substr(i, length);
      i += length - 1;
      inked = true;
      continue;
    }
    const bool starts = (static_cast<unsigned char>(text[i]) & 0xc0U) != 0x80U;
    if (starts && ++count >= width) break;
    kept += text[i];
  }
  return kept + (inked ? "…\x1b[0m" : "…");
}

}  // namespace cordyna::dyna
