// The only file with Beast's request parser. Beast checks a content-length against the limit while it parses the head,
// but our limit depends on the target, which is known only afterwards: so it parses the head without a limit and the
// declared length is checked here.

#include "net/request_reader.h"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <optional>
#include <utility>

#include "base/check.h"

namespace cordyna::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

constexpr Problem header_too_large{431, "header_too_large", "The request line and headers exceed the limit."};
constexpr Problem body_too_large{413, "too_large", "The body exceeds 2 MiB (64 MiB for declarations:check)."};
constexpr Problem malformed{400, "malformed_request", "This is not a valid HTTP/1.1 request."};
constexpr Problem bad_framing{400, "malformed_request",
                              "Only a single content-length or transfer-encoding: chunked is accepted."};
constexpr Problem bad_host{400, "malformed_request", "An HTTP/1.1 request has exactly one Host header."};
constexpr Problem bad_version{505, "unknown_version", "HTTP/1.1 and HTTP/1.0 are spoken here."};
constexpr Problem bad_upgrade{400, "malformed_request", "An upgrade to a WebSocket is a GET without a body."};

}  // namespace

struct RequestReader::Parse {
  const NetworkOptions& options;
  http::request_parser<http::string_body> parser;
  std::vector<std::pair<std::string, std::string>> headers;  // as of the head: trailers add nothing
  std::size_t head_bytes = 0;
  std::optional<Problem> refusal;
  bool upgrade = false;
  bool expects_continue = false;

  explicit Parse(const NetworkOptions& given) : options(given) {
    parser.header_limit(static_cast<std::uint32_t>(options.header_bytes_max));
    parser.body_limit(boost::none);
  }

  void check_head();
  std::optional<Problem> head_fault() const;
  std::optional<Problem> failure_of(const beast::error_code& failure) const;
};

RequestReader::RequestReader(const NetworkOptions& options) : parse_(std::make_unique<Parse>(options)) {}
RequestReader::~RequestReader() = default;

std::size_t RequestReader::read(std::string_view bytes) {
  Parse& parse = *parse_;
  std::size_t used = 0;
  while (used < bytes.size() && !parse.parser.is_done() && !parse.refusal) {
    const bool in_head = !parse.parser.is_header_done();
    beast::error_code failure;
    const std::string_view rest = bytes.substr(used);
    const std::size_t taken = parse.parser.put(boost::asio::const_buffer(rest.data(), rest.size()), failure);
    used += taken;
    if (in_head) {
      parse.head_bytes += taken;
      const bool unfinished = !parse.parser.is_header_done();
      const std::size_t seen = parse.head_bytes + (unfinished ? bytes.size() - used : 0);
      if (seen > parse.options.header_bytes_max) parse.refusal = header_too_large;
    }
    if (failure == http::error::need_more) {
      // A chunk's size line, or trailers: they are as long as a header at most.
      if (!in_head && bytes.size() - used > parse.options.header_bytes_max) parse.refusal = malformed;
      break;
    }
    if (failure && !parse.refusal) parse.refusal = parse.failure_of(failure);
    if (in_head && parse.parser.is_header_done() && !parse.refusal) parse.check_head();
  }
  return used;
}

std::optional<Problem> RequestReader::Parse::failure_of(const beast::error_code& failure) const {
  if (failure == http::error::header_limit) return parser.is_header_done() ? malformed : header_too_large;
  if (failure == http::error::body_limit) return body_too_large;
  if (failure == http::error::bad_version) return bad_version;
  return malformed;
}

void RequestReader::Parse::check_head() {
  const auto& message = parser.get();
  const std::string_view target(message.target().data(), message.target().size());
  const std::size_t limit = options.body_bytes_max_of ? options.body_bytes_max_of(target) : options.body_bytes_max;
  for (const auto& field : message)
    headers.emplace_back(lower_case({field.name_string().data(), field.name_string().size()}),
                         std::string(field.value().data(), field.value().size()));
  upgrade = beast::websocket::is_upgrade(message);
  refusal = head_fault();
  if (!refusal && parser.content_length().value_or(0) > limit) refusal = body_too_large;
  if (refusal) return;
  parser.body_limit(limit);
  parser.eager(true);
  const auto expected = message[http::field::expect];
  expects_continue = !parser.is_done() && message.version() == 11 && beast::iequals(expected, "100-continue");
}

std::optional<Problem> RequestReader::Parse::head_fault() const {
  const auto& message = parser.get();
  if (message.version() != 11 && message.version() != 10) return bad_version;
  if (message.version() == 11 && message.count(http::field::host) != 1) return bad_host;
  const auto encodings = message.count(http::field::transfer_encoding);
  if (encodings > 0) {
    const bool chunked_alone = encodings == 1 && beast::iequals(message[http::field::transfer_encoding], "chunked");
    if (!chunked_alone || message.count(http::field::content_length) > 0 || message.version() == 10) return bad_framing;
  }
  if (upgrade && !parser.is_done()) return bad_upgrade;
  return std::nullopt;
}

const Problem* RequestReader::refused() const {
  return parse_->refusal ? &*parse_->refusal : nullptr;
}
bool RequestReader::head_read() const {
  return parse_->parser.is_header_done();
}
bool RequestReader::whole() const {
  return parse_->parser.is_done() && !parse_->refusal;
}
bool RequestReader::wants_continue() {
  return std::exchange(parse_->expects_continue, false);
}
bool RequestReader::keep_alive() const {
  return parse_->parser.get().keep_alive();
}
bool RequestReader::is_head() const {
  return parse_->parser.get().method() == http::verb::head;
}
bool RequestReader::is_http_1_1() const {
  return parse_->parser.get().version() == 11;
}

base::HttpRequest RequestReader::take() {
  base::check(whole());
  auto& message = parse_->parser.get();
  const auto method = message.method_string();
  return {.method = std::string(method.data(), method.size()),
          .target = std::string(message.target().data(), message.target().size()),
          .headers = std::move(parse_->headers),
          .body = std::move(message.body()),
          .remote = {},
          .upgrade = parse_->upgrade};
}

}  // namespace cordyna::net
