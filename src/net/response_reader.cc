// The only file with Beast's response parser. Informational answers (100) are skipped: the next head follows them.

#include "net/response_reader.h"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <utility>

#include "base/limits.h"

namespace cordyna::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

}  // namespace

struct ResponseReader::Parse {
  std::optional<http::response_parser<http::string_body>> parser;
  bool answers_head = false;
  bool malformed = false;
  bool cut_off = false;

  void begin() {
    parser.emplace();
    parser->header_limit(64U << 10);
    parser->body_limit(base::limits::http_client_body_bytes_max);
    parser->skip(answers_head);
  }
};

ResponseReader::ResponseReader(bool answers_head) : parse_(std::make_unique<Parse>()) {
  parse_->answers_head = answers_head;
  parse_->begin();
}

ResponseReader::~ResponseReader() = default;

std::size_t ResponseReader::read(std::string_view bytes) {
  Parse& parse = *parse_;
  std::size_t used = 0;
  while (used < bytes.size() && !whole() && !parse.malformed) {
    beast::error_code failure;
    const std::string_view rest = bytes.substr(used);
    used += parse.parser->put(boost::asio::const_buffer(rest.data(), rest.size()), failure);
    if (failure == http::error::need_more) break;
    if (failure) parse.malformed = true;
    if (parse.parser->is_done() && status() >= 100 && status() < 200) parse.begin();
  }
  return used;
}

void ResponseReader::end() {
  if (whole() || parse_->malformed) return;
  beast::error_code failure;
  if (parse_->parser->is_header_done()) parse_->parser->put_eof(failure);
  parse_->cut_off = failure.failed() || !parse_->parser->is_done();
}

bool ResponseReader::malformed() const {
  return parse_->malformed;
}
bool ResponseReader::cut_off() const {
  return parse_->cut_off;
}
bool ResponseReader::head_read() const {
  return parse_->parser->is_header_done();
}
bool ResponseReader::whole() const {
  return parse_->parser->is_done();
}
bool ResponseReader::keep_alive() const {
  return parse_->parser->get().keep_alive();
}
int ResponseReader::status() const {
  return static_cast<int>(parse_->parser->get().result_int());
}

void ResponseReader::lift_body_limit() {
  parse_->parser->body_limit(boost::none);
}
std::string ResponseReader::take_body() {
  return std::exchange(parse_->parser->get().body(), {});
}

base::HttpResponse ResponseReader::take() {
  auto& message = parse_->parser->get();
  base::HttpResponse response{.status = status(), .headers = {}, .body = take_body()};
  for (const auto& field : message) {
    std::string name(field.name_string().data(), field.name_string().size());
    for (char& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    response.headers.emplace_back(std::move(name), std::string(field.value().data(), field.value().size()));
  }
  return response;
}

}  // namespace cordyna::net
