#pragma once
// Url: the few parts of an absolute http:// or ws:// address that a dial and the HTTP client need.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cordyna::net {

struct Url {
  std::string scheme;  // http or ws
  std::string host;    // name or address; an IPv6 address without its brackets
  std::uint16_t port = 80;
  std::string target = "/";  // path and query as written

  std::string authority() const;  // "host:port" for a Host header and for messages
};

/// Errors: bad_url, also for https and wss, which are not spoken yet.
base::Result<Url> parse_url(std::string_view text);

}  // namespace cordyna::net
