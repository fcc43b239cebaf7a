#pragma once
// The text of HTTP answers: the head of a response, and the problem+json that net/ itself answers with when a request
// breaks a limit before anybody could see it. Plain strings; nothing of Beast.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/transport.h"

namespace cordyna::net {

struct HeadOptions {
  std::optional<std::size_t> content_length;  // not given: a stream, or a status without body
  bool chunked = false;
  bool keep_alive = true;
};

/// Status line, date, the response's headers, those of the options and the empty line. Control characters in a header
/// become spaces, so that no value can forge a header.
std::string response_head(const base::HttpResponse& response, const HeadOptions& options);

/// 1xx, 204 and 304 have no body and no content-length.
bool status_has_body(int status);

struct Problem {
  int status = 400;
  std::string_view code;    // snake_case
  std::string_view detail;  // plain ASCII without quotes
};
base::HttpResponse problem_response(const Problem& problem);

/// "2a\r\n...\r\n"; not for empty bytes, which would end the stream.
std::string chunk(std::string_view bytes);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace cordyna::net
