#include "base/utf8.h"

#include <cstddef>

namespace cordyna::base {
namespace {

unsigned char byte_at(std::string_view text, std::size_t position) {
  return position < text.size() ? static_cast<unsigned char>(text[position]) : 0;
}

bool continues(unsigned char byte) {
  return (byte & 0xc0) == 0x80;
}

// Length of the well-formed sequence that begins at `position`, 0 when there is none (table 3-7 of the Unicode
// standard).
std::size_t sequence_length(std::string_view text, std::size_t position) {
  const unsigned char first = byte_at(text, position);
  const unsigned char second = byte_at(text, position + 1);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4 || !continues(second)) return 0;
  if (first < 0xe0) return 2;
  if (!continues(byte_at(text, position + 2))) return 0;
  if (first < 0xf0) {
    const bool overlong = first == 0xe0 && second < 0xa0;
    const bool surrogate = first == 0xed && second > 0x9f;
    return overlong || surrogate ? 0 : 3;
  }
  const bool overlong = first == 0xf0 && second < 0x90;
  const bool too_high = first == 0xf4 && second > 0x8f;
  return overlong || too_high || !continues(byte_at(text, position + 3)) ? 0 : 4;
}

}  // namespace

bool valid_utf8(std::string_view text) {
  for (std::size_t position = 0; position < text.size();) {
    const std::size_t length = sequence_length(text, position);
    if (length == 0) return false;
    position += length;
  }
  return true;
}

std::string repaired_utf8(std::string_view text) {
  std::string repaired;
  repaired.reserve(text.size());
  for (std::size_t position = 0; position < text.size();) {
    const std::size_t length = sequence_length(text, position);
    if (length == 0)
      repaired += "\xef\xbf\xbd";
    else
      repaired += text.substr(position, length);
    position += length == 0 ? 1 : length;
  }
  return repaired;
}

}  // namespace cordyna::base
