// Walks the top level of the object with string and nesting in mind, so that a "detail" inside an errors[] entry is not
// taken for the problem's own. Escapes other than \" \\ \/ become a blank: this is shown to people only.

#include "net/problem_text.h"

#include <algorithm>

namespace cordyna::net {
namespace {

constexpr std::size_t detail_bytes_max = 300;

/// The string that begins after the quote at `at`; `at` moves behind its closing quote.
std::string read_string(std::string_view body, std::size_t& at) {
  std::string text;
  for (++at; at < body.size() && body[at] != '"'; ++at) {
    char c = body[at];
    if (c == '\\' && ++at < body.size()) {
      c = body[at];
      if (c == 'u') at = std::min(at + 4, body.size());
      if (c != '"' && c != '\\' && c != '/') c = ' ';
    }
    text += c;
  }
  ++at;
  return text;
}

std::string printable(std::string text) {
  std::size_t length = std::min(text.size(), detail_bytes_max);
  while (length < text.size() && length > 0 && (static_cast<unsigned char>(text[length]) & 0xc0U) == 0x80U) --length;
  text.resize(length);
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return text;
}

}  // namespace

std::string problem_detail(std::string_view body) {
  int depth = 0;
  std::string key;
  for (std::size_t at = 0; at < body.size();) {
    const char c = body[at];
    if (c == '"') {
      const std::string text = read_string(body, at);
      if (depth == 1 && key == "detail") return printable(text);
      const std::size_t next = body.find_first_not_of(" \t\r\n", at);
      const bool is_key = next != std::string_view::npos && body[next] == ':';
      key = depth == 1 && is_key ? text : "";
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (c == ',') key.clear();
    ++at;
  }
  return printable(std::string(body.substr(0, body.find('\n'))));
}

}  // namespace cordyna::net
