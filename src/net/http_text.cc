// The date header is rendered once a second at most: RFC 9110 wants it in every answer, and gmtime for each of a
// hundred thousand answers a second would show.

#include "net/http_text.h"

#include <fmt/format.h>
#include <time.h>

#include <array>

namespace cordyna::net {
namespace {

std::string_view status_title(int status) {
  switch (status) {
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Status";
  }
}

/// "Tue, 24 Nov 2026 03:47:00 GMT"; the names are fixed by the RFC, so no locale has a say.
const std::string& date_text() {
  static thread_local time_t rendered = 0;
  static thread_local std::string text;
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (now.tv_sec == rendered) return text;
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  tm day{};
  gmtime_r(&now.tv_sec, &day);
  text = fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", days[static_cast<std::size_t>(day.tm_wday)], day.tm_mday,
                     months[static_cast<std::size_t>(day.tm_mon)], day.tm_year + 1900, day.tm_hour, day.tm_min,
                     day.tm_sec);
  rendered = now.tv_sec;
  return text;
}

void append_clean(std::string& out, std::string_view text) {
  for (const char c : text) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
}

}  // namespace

std::string response_head(const base::HttpResponse& response, const HeadOptions& options) {
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\ndate: {}\r\n", response.status, status_title(response.status), date_text());
  for (const auto& [name, value] : response.headers) {
    append_clean(head, name);
    head += ": ";
    append_clean(head, value);
    head += "\r\n";
  }
  if (options.content_length) head += fmt::format("content-length: {}\r\n", *options.content_length);
  if (options.chunked) head += "transfer-encoding: chunked\r\n";
  head += options.keep_alive ? "connection: keep-alive\r\n\r\n" : "connection: close\r\n\r\n";
  return head;
}

bool status_has_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

base::HttpResponse problem_response(const Problem& problem) {
  return {
      .status = problem.status,
      .headers = {{"content-type", "application/problem+json"}},
      .body = fmt::format(R"({{"type":"about:blank","title":"{}","status":{},"code":"{}","detail":"{}","errors":[]}})",
                          status_title(problem.status), problem.status, problem.code, problem.detail)};
}

std::string chunk(std::string_view bytes) {
  return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

}  // namespace cordyna::net
