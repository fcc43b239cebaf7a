#include "cerebro/api_call.h"

#include <algorithm>
#include <charconv>

#include "base/limits.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "wire/json_text.h"

namespace cordyna::cerebro {

namespace limits = base::limits;
using model::Json;

namespace {

int hex(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

Problem bad_query(std::string detail) {
  return {400, "bad_query", std::move(detail), {}};
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& one : lower)
    if (one >= 'A' && one <= 'Z') one = static_cast<char>(one - 'A' + 'a');
  return lower;
}

/// A claimed text as it may stand in events and on screens: UTF-8 without control characters, bounded.
std::string shown(std::string_view text, std::size_t bytes_max) {
  std::string safe;
  for (const char one : base::repaired_utf8(text.substr(0, bytes_max))) {
    const auto byte = static_cast<unsigned char>(one);
    safe += byte < 0x20 || byte == 0x7f ? '?' : one;
  }
  return safe;
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      const int high = i + 2 < text.size() ? hex(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  if (!base::valid_utf8(decoded) || decoded.find('\0') != std::string::npos) return std::nullopt;
  return decoded;
}

std::variant<Target, Problem> read_target(std::string_view target) {
  Target read;
  const std::size_t mark = target.find('?');
  auto path = percent_decoded(target.substr(0, mark), false);
  if (!path) return bad_query("the path is not percent-encoded UTF-8; write %25 for a percent sign");
  read.path = std::move(*path);
  std::string_view rest = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const auto key = percent_decoded(pair.substr(0, equals), true);
    const auto value =
        percent_decoded(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), true);
    if (!key || !value) return bad_query("the query is not percent-encoded UTF-8; write %25 for a percent sign");
    if (value->empty()) continue;
    if (!read.query.emplace(*key, *value).second) return bad_query("\"" + *key + "\" is given twice; give it once");
  }
  return read;
}

std::string Call::text(const char* key) const {
  const auto found = query.find(key);
  return found == query.end() ? std::string() : found->second;
}

engine::Actor Call::actor(bool automated) const {
  const std::string by = shown(request.header("cordyna-actor"), limits::word_name_max);
  return {by.empty() ? "anonymous" : by, !automated};
}

bool Call::wants_stream() const {
  return lower_case(request.header("accept")).find("text/event-stream") != std::string::npos;
}

std::variant<std::uint64_t, Problem> query_number(const Call& call, const char* key, std::uint64_t preset,
                                                  std::uint64_t min, std::uint64_t max) {
  const std::string text = call.text(key);
  if (text.empty()) return preset;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < min || number > max)
    return bad_query(std::string(key) + " is \"" + shown(text, 40) + "\"; write a whole number from " +
                     std::to_string(min) + " to " + std::to_string(max));
  return number;
}

std::variant<std::uint64_t, Problem> page_limit(const Call& call) {
  return query_number(call, "limit", limits::page_default, 1, limits::page_max);
}

std::variant<Json, Problem> json_body(const base::HttpRequest& request, std::size_t bytes_max) {
  if (request.body.size() > bytes_max)
    return Problem{413,
                   "too_large",
                   "the body has " + std::to_string(request.body.size()) + " bytes; at most " +
                       std::to_string(bytes_max) + " are taken here",
                   {}};
  if (request.body.empty()) return Json::object();
  const std::string_view given = request.header("content-type");
  std::string type = lower_case(given.substr(0, given.find(';')));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  if (type != "application/json")
    return Problem{415,
                   "unsupported_content_type",
                   "the content type is \"" + shown(given, 60) + "\"; send JSON as application/json",
                   {}};
  if (!base::valid_utf8(request.body)) return Problem{400, "bad_utf8", "the body is not UTF-8; encode it in UTF-8", {}};
  auto parsed = wire::parse_json(request.body);
  if (!parsed) return Problem{400, "bad_json", "the body is not JSON: " + parsed.error().message, {}};
  if (!parsed->is_object())
    return Problem{422,
                   "invalid",
                   "the body is not a JSON object; write {...}",
                   {{"", "wrong_type", "the body is not a JSON object", "write {...}"}}};
  return std::move(*parsed);
}

Fields::Fields(Json object, const std::vector<std::string>& known) : object_(std::move(object)) {
  for (const auto& [key, value] : object_.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const auto near = base::nearest(key, known);
    std::string all;
    for (const std::string& one : known) all += (all.empty() ? "" : ", ") + one;
    const std::string name = shown(key, 60);
    refuse(name, "unknown_key", "\"" + name + "\" is not known here",
           near ? "did you mean \"" + *near + "\"?" : "leave it out; known are " + all);
  }
}

const Json* Fields::find(const char* key) const {
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

void Fields::refuse(std::string path, std::string rule, std::string message, std::string fix) {
  findings_.push_back({std::move(path), std::move(rule), std::move(message), std::move(fix), {}, 0, 0});
}

std::string Fields::text(const char* key, std::size_t bytes_max, std::string preset) {
  const Json* value = find(key);
  if (value == nullptr) return preset;
  const std::string name(key);
  if (!value->is_string()) {
    refuse(name, "wrong_type", name + " is not a text", "write \"" + name + "\": \"...\"");
    return preset;
  }
  auto text = value->get<std::string>();
  if (text.size() > bytes_max) {
    refuse(name, "too_large", name + " has " + std::to_string(text.size()) + " bytes",
           "write at most " + std::to_string(bytes_max) + " bytes");
    return preset;
  }
  if (text.find('\0') != std::string::npos) refuse(name, "bad_text", name + " contains a zero byte", "leave it out");
  return text;
}

bool Fields::flag(const char* key, bool preset) {
  const Json* value = find(key);
  if (value == nullptr) return preset;
  const std::string name(key);
  if (!value->is_boolean()) {
    refuse(name, "wrong_type", name + " is neither true nor false", "write true or false");
    return preset;
  }
  return value->get<bool>();
}

std::uint64_t Fields::number(const char* key, std::uint64_t preset, std::uint64_t max) {
  const Json* value = find(key);
  if (value == nullptr) return preset;
  const std::string name(key);
  if (value->is_number_unsigned() && value->get<std::uint64_t>() >= 1 && value->get<std::uint64_t>() <= max)
    return value->get<std::uint64_t>();
  refuse(name, value->is_number_integer() ? "out_of_range" : "wrong_type",
         name + " is not a whole number from 1 to " + std::to_string(max), "write for example 1");
  return preset;
}

std::vector<std::string> Fields::texts(const char* key, std::size_t count_max) {
  const Json* value = find(key);
  std::vector<std::string> texts;
  if (value == nullptr) return texts;
  const std::string name(key);
  if (!value->is_array()) {
    refuse(name, "wrong_type", name + " is not a list", "write \"" + name + "\": [\"...\"]");
    return texts;
  }
  if (value->size() > count_max) {
    refuse(name, "too_many", name + " has " + std::to_string(value->size()) + " entries",
           "write at most " + std::to_string(count_max));
    return texts;
  }
  for (std::size_t i = 0; i < value->size(); ++i) {
    const Json& one = (*value)[i];
    if (one.is_string() && one.get_ref<const std::string&>().size() <= limits::text_bytes_max)
      texts.push_back(one.get<std::string>());
    else
      refuse(name + '[' + std::to_string(i) + ']', "wrong_type", "the entry is not a text of at most 4096 bytes",
             "write a text");
  }
  return texts;
}

Json Fields::value(const char* key, Json preset) const {
  const Json* value = find(key);
  return value == nullptr ? std::move(preset) : *value;
}

Problem Fields::problem() const {
  const std::string more =
      findings_.size() > 1 ? " (and " + std::to_string(findings_.size() - 1) + " more)" : std::string();
  return {422, "invalid", findings_.front().message + more + ": " + findings_.front().fix, findings_};
}

Problem problem_of(const engine::Refusal& refusal) {
  return {status_of(refusal.code), refusal.code, refusal.message, refusal.findings};
}

void submit(const Caller& caller, engine::Actor actor, engine::RequestBody body, int status) {
  caller.host->submit(std::move(actor), std::move(body), [caller, status](const engine::Answer& answer) {
    if (const auto* refusal = std::get_if<engine::Refusal>(&answer.body)) return caller.refuse(problem_of(*refusal));
    caller.respond(status, std::get<Json>(answer.body));
  });
}

std::variant<base::RunId, Problem> run_id(const std::string& text) {
  if (const auto run = base::RunId::parse(text)) return *run;
  return Problem{
      404, "unknown_run", "\"" + shown(text, 60) + "\" is no run id; see which runs there are: dyna runs", {}};
}

}  // namespace cordyna::cerebro
