#include "task_server/texts.h"

#include "base/limits.h"
#include "base/utf8.h"

namespace cordyna::task_server {
namespace {

bool continues(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

}  // namespace

std::string_view whole_characters(std::string_view text, std::size_t size) {
  if (size >= text.size()) return text;
  std::size_t end = size;
  while (end > 0 && size - end < 3 && continues(text[end])) --end;
  return text.substr(0, end == 0 || continues(text[end]) ? size : end);
}

std::size_t unfinished_character(std::string_view text) {
  std::size_t first = text.size();
  while (first > 0 && text.size() - first < 3 && continues(text[first - 1])) --first;
  if (first == 0) return 0;
  const auto lead = static_cast<unsigned char>(text[first - 1]);
  const std::size_t length = lead >= 0xF0U ? 4 : lead >= 0xE0U ? 3 : lead >= 0xC0U ? 2 : 1;
  const std::size_t present = text.size() - first + 1;
  return present < length ? present : 0;
}

std::string error_text(std::string_view text) {
  constexpr std::string_view cut = "...";
  std::string valid = base::repaired_utf8(text);
  if (valid.size() <= base::limits::error_text_bytes_max) return valid;
  valid.resize(whole_characters(valid, base::limits::error_text_bytes_max - cut.size()).size());
  return valid + std::string(cut);
}

}  // namespace cordyna::task_server
