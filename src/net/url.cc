// Strict where leniency would hide a mistake: user:password@, fragments and blanks are refused, not dropped.

#include "net/url.h"

#include <fmt/format.h>

#include <charconv>

namespace cordyna::net {
namespace {

base::Error bad_url(std::string_view text, std::string_view why) {
  return {"bad_url", fmt::format("\"{}\" {}; write it like http://127.0.0.1:7070", text, why)};
}

bool printable(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f) return false;
  return true;
}

}  // namespace

std::string Url::authority() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

base::Result<Url> parse_url(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (!printable(text) || colon == std::string_view::npos) return bad_url(text, "is not an absolute URL");
  Url url{.scheme = std::string(text.substr(0, colon)), .host = {}};
  if (url.scheme == "https" || url.scheme == "wss") return bad_url(text, "asks for TLS, which is not spoken yet");
  if (url.scheme != "http" && url.scheme != "ws") return bad_url(text, "is neither http:// nor ws://");

  std::string_view rest = text.substr(colon + 3);
  const std::size_t path = rest.find_first_of("/?#");
  std::string_view authority = rest.substr(0, path);
  if (path != std::string_view::npos) url.target = std::string(rest.substr(path));
  if (url.target.front() != '/') url.target.insert(0, 1, '/');
  if (url.target.find('#') != std::string::npos || authority.find('@') != std::string_view::npos)
    return bad_url(text, "has a fragment or a user name");

  const bool bracketed = authority.starts_with('[');
  const std::size_t end = bracketed ? authority.find(']') : authority.find(':');
  if (bracketed && end == std::string_view::npos) return bad_url(text, "has an unfinished IPv6 address");
  url.host = std::string(bracketed ? authority.substr(1, end - 1) : authority.substr(0, end));
  std::string_view port = end == std::string_view::npos ? "" : authority.substr(bracketed ? end + 1 : end);
  if (url.host.empty()) return bad_url(text, "names no host");
  if (port.empty()) return url;
  const auto [stop, failure] = std::from_chars(port.data() + 1, port.data() + port.size(), url.port);
  if (port.front() != ':' || failure != std::errc() || stop != port.data() + port.size() || url.port == 0)
    return bad_url(text, "has no port between 1 and 65535");
  return url;
}

}  // namespace cordyna::net
