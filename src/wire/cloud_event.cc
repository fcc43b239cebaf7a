// Each mode first becomes the same thing, attributes as text plus the data as JSON text, and is then checked once.

#include "wire/cloud_event.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "base/time.h"
#include "base/utf8.h"
#include "model/path.h"
#include "wire/base64.h"
#include "wire/json_text.h"

namespace cordyna::wire {
namespace {

using model::Finding;
using model::Findings;
using model::Json;
namespace limits = base::limits;

constexpr std::string_view structured_type = "application/cloudevents+json";
constexpr std::string_view batch_type = "application/cloudevents-batch+json";

// One event before it is checked.
struct Draft {
  std::map<std::string, std::string> attributes;
  std::string data;    // JSON text, empty = none
  std::string prefix;  // of the paths of its findings: "", "[3]." or "ce-"
};

void refuse(Findings& findings, std::string path, std::string rule, std::string message, std::string fix) {
  findings.push_back(
      {std::move(path), std::move(rule), std::move(message), std::move(fix), model::Severity::error, 0, 0});
}

std::string shown(std::string_view text) {
  return base::repaired_utf8(text.substr(0, 60));
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// "application/json" of "Application/JSON; charset=utf-8".
std::string media_type(std::string_view content_type) {
  return lower_case(trimmed(content_type.substr(0, content_type.find(';'))));
}

bool is_json_type(std::string_view type) {
  return type.ends_with("/json") || type.ends_with("+json");
}

bool has_foreign_charset(std::string_view content_type) {
  const std::string lower = lower_case(content_type);
  const std::size_t charset = lower.find("charset=");
  if (charset == std::string::npos) return false;
  std::string_view value = std::string_view(lower).substr(charset + 8);
  value = trimmed(value.substr(0, value.find(';')));
  return value != "utf-8" && value != "\"utf-8\"" && value != "utf8";
}

std::string encoded_bytes(std::string_view bytes) {
  return Json(base64(bytes)).dump();
}

// ---- structured

// Text of an attribute; numbers and booleans are written as in the binary mode.
std::optional<std::string> attribute_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean() || value.is_number_integer()) return value.dump();
  return std::nullopt;
}

void read_data(const Json& event, Draft& draft, Findings& findings) {
  const auto data = event.find("data");
  const auto encoded = event.find("data_base64");
  if (data != event.end() && encoded != event.end())
    return refuse(findings, draft.prefix + "data_base64", "bad_data", "the event has both data and data_base64",
                  "send one of them");
  if (data != event.end()) draft.data = data->dump(-1, ' ', false, Json::error_handler_t::replace);
  if (encoded == event.end() || encoded->is_null()) return;
  const auto bytes = encoded->is_string() ? from_base64(encoded->get_ref<const std::string&>()) : std::nullopt;
  if (!bytes)
    return refuse(findings, draft.prefix + "data_base64", "bad_data", "data_base64 is not base64 text",
                  "encode the bytes with padding, or send JSON as data");
  const auto type = draft.attributes.find("datacontenttype");
  if (type != draft.attributes.end() && is_json_type(media_type(type->second)))
    if (auto json = parse_json(*bytes)) {
      draft.data = json->dump();
      return;
    }
  draft.data = encoded_bytes(*bytes);
}

Draft read_structured(const Json& event, std::string prefix, Findings& findings) {
  Draft draft;
  draft.prefix = std::move(prefix);
  if (!event.is_object()) {
    refuse(findings, draft.prefix, "bad_json", "an event is a JSON object", "send {\"specversion\": \"1.0\", ...}");
    return draft;
  }
  for (const auto& [name, value] : event.items()) {
    if (name == "data" || name == "data_base64" || value.is_null()) continue;
    if (auto text = attribute_text(value))
      draft.attributes.emplace(name, std::move(*text));
    else
      refuse(findings, draft.prefix + shown(name), "bad_attribute", "the attribute '" + shown(name) + "' is no text",
             "send text, a whole number, true or false; put the rest into data");
  }
  read_data(event, draft, findings);
  if (draft.attributes.contains("id") && !event["id"].is_string())
    refuse(findings, draft.prefix + "id", "bad_attribute", "the attribute 'id' is no text", "send it in quotes");
  return draft;
}

// ---- binary

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The value of a ce-* header: quotes removed, then %XX decoded. None when it is not UTF-8 text then.
std::optional<std::string> header_text(std::string_view value) {
  value = trimmed(value);
  const bool is_quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  if (is_quoted) value = value.substr(1, value.size() - 2);
  std::string text;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const int high = value[i] == '%' && i + 2 < value.size() ? hex_digit(value[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(value[i + 2]) : -1;
    if (low >= 0) {
      text += static_cast<char>(high * 16 + low);
      i += 2;
    } else if (is_quoted && value[i] == '\\' && i + 1 < value.size()) {
      text += value[++i];
    } else {
      text += value[i];
    }
  }
  return base::valid_utf8(text) ? std::optional(std::move(text)) : std::nullopt;
}

void read_header(std::string_view name, std::string_view value, Draft& draft, Findings& findings) {
  const std::string path = "ce-" + std::string(name);
  auto text = header_text(value);
  if (name == "datacontenttype" || name == "data" || name == "data_base64")
    refuse(findings, path, "bad_attribute", "the header " + path + " has no meaning",
           "send the data as the body and its type as Content-Type");
  else if (!text)
    refuse(findings, path, "bad_attribute", "the header " + path + " is not UTF-8", "percent-encode its UTF-8 bytes");
  else if (!draft.attributes.emplace(name, std::move(*text)).second)
    refuse(findings, path, "bad_attribute", "the header " + path + " stands twice", "send it once");
}

Draft read_binary(const base::HttpRequest& request, Findings& findings) {
  Draft draft;
  draft.prefix = "ce-";
  for (const auto& [name, value] : request.headers)
    if (name.starts_with("ce-")) read_header(std::string_view(name).substr(3), value, draft, findings);
  const std::string_view content_type = trimmed(request.header("content-type"));
  if (!content_type.empty()) draft.attributes["datacontenttype"] = base::repaired_utf8(content_type);
  if (request.body.empty()) return draft;
  const bool must_be_json = is_json_type(media_type(content_type));
  auto json = must_be_json || content_type.empty() ? parse_json(request.body) : base::Error{};
  if (json)
    draft.data = json->dump();
  else if (must_be_json)
    refuse(findings, "", json.error().code, "the body is " + json.error().message,
           "send JSON, or the Content-Type that it has");
  else
    draft.data = encoded_bytes(request.body);
  return draft;
}

// ---- the check of both

bool is_attribute_name(std::string_view name) {
  return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string_view::npos;
}

void check_attribute(const Draft& draft, const std::string& name, const std::string& value, Findings& findings) {
  if (!is_attribute_name(name))
    return refuse(findings, draft.prefix + shown(name), "bad_attribute",
                  "'" + shown(name) + "' is no name of an attribute",
                  "use a-z and 0-9; other content belongs into data");
  const std::string path = draft.prefix + name;
  if (value.size() > limits::event_attribute_bytes_max)
    refuse(findings, path, "too_large", "the attribute '" + name + "' has " + std::to_string(value.size()) + " bytes",
           "send at most " + std::to_string(limits::event_attribute_bytes_max) + "; put the rest into data");
  const auto controls = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(value.begin(), value.end(), controls))
    refuse(findings, path, "bad_attribute", "the attribute '" + name + "' has control characters", "leave them out");
}

void need(const Draft& draft, const std::string& name, const std::string& example, Findings& findings) {
  const auto found = draft.attributes.find(name);
  if (found == draft.attributes.end() || found->second.empty())
    refuse(findings, draft.prefix + name, "missing_attribute", "the attribute '" + name + "' is missing",
           "send for example " + example);
}

std::uint32_t read_depth(const Draft& draft, Findings& findings) {
  const auto found = draft.attributes.find("cordynadepth");
  if (found == draft.attributes.end()) return 0;
  const std::string& text = found->second;
  std::uint32_t depth = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), depth);
  if (error == std::errc() && end == text.data() + text.size() && depth <= INT32_MAX) return depth;
  refuse(findings, draft.prefix + "cordynadepth", "bad_attribute", "the attribute 'cordynadepth' is no depth",
         "send the depth of the event that this one follows from plus 1, or leave it out");
  return 0;
}

base::Hash128 content_hash(const Draft& draft) {
  Json content = Json::object();
  for (const auto& [name, value] : draft.attributes)
    if (name != "traceparent" && name != "tracestate") content[name] = value;
  content["data"] = draft.data;
  return base::hash128(content.dump());
}

model::CloudEvent checked_event(Draft draft, Findings& findings) {
  for (const auto& [name, value] : draft.attributes) check_attribute(draft, name, value, findings);
  need(draft, "id", "a UUID", findings);
  need(draft, "source", "\"/shop/orders\"", findings);
  need(draft, "type", "\"shop.order.created\"", findings);
  need(draft, "specversion", "\"1.0\"", findings);
  auto& attributes = draft.attributes;
  if (const auto& version = attributes["specversion"]; !version.empty() && version != "1.0")
    refuse(findings, draft.prefix + "specversion", "unknown_version", "version '" + shown(version) + "' is not read",
           "send CloudEvents 1.0");
  if (const auto& time = attributes["time"]; !time.empty())
    if (const auto parsed = base::parse_time(time); !parsed || time.size() < 20)
      refuse(findings, draft.prefix + "time", "bad_attribute", "'" + shown(time) + "' is no time",
             "send RFC 3339, for example 2026-11-24T06:00:00Z");
  if (!draft.data.empty() && attributes["datacontenttype"].empty()) attributes["datacontenttype"] = "application/json";
  model::CloudEvent event;
  event.id = attributes["id"];
  event.source = attributes["source"];
  event.type = attributes["type"];
  event.subject = attributes["subject"];
  event.time = attributes["time"];
  event.datacontenttype = attributes["datacontenttype"];
  event.depth = read_depth(draft, findings);
  std::erase_if(attributes, [](const auto& attribute) { return attribute.second.empty(); });
  event.content = content_hash(draft);
  event.data = std::move(draft.data);
  return event;
}

void check_size(const std::string& path, std::size_t size, Findings& findings) {
  if (size > limits::event_bytes_max)
    refuse(
        findings, path, "too_large", "the event has " + std::to_string(size) + " bytes",
        "send at most " + std::to_string(limits::event_bytes_max) + ": store large data elsewhere, send its address");
}

void read_json_events(const base::HttpRequest& request, bool is_batch, ReadCloudEvents& read) {
  auto parsed = parse_json(request.body);
  if (!parsed)
    return refuse(read.findings, "", parsed.error().code, "the body is " + parsed.error().message, "send JSON");
  if (!is_batch) {
    check_size("", request.body.size(), read.findings);
    read.events.push_back(checked_event(read_structured(*parsed, "", read.findings), read.findings));
    return;
  }
  if (!parsed->is_array())
    return refuse(read.findings, "", "bad_json", "a batch is a JSON list of events", "send [{...}, {...}]");
  if (parsed->size() > limits::event_batch_max)
    return refuse(read.findings, "", "too_large", "the batch has " + std::to_string(parsed->size()) + " events",
                  "send at most " + std::to_string(limits::event_batch_max));
  const model::Path root;
  for (std::size_t i = 0; i < parsed->size() && read.findings.size() < limits::findings_max; ++i) {
    const std::string path = root.at(i).text();
    check_size(path, (*parsed)[i].dump(-1, ' ', false, Json::error_handler_t::replace).size(), read.findings);
    read.events.push_back(checked_event(read_structured((*parsed)[i], path + ".", read.findings), read.findings));
  }
}

// The status of the worst finding: what hinders reading comes before what is wrong with what was read.
int status_of(const Findings& findings) {
  const auto any = [&](auto... rules) {
    return std::any_of(findings.begin(), findings.end(),
                       [&](const Finding& finding) { return ((finding.rule == rules) || ...); });
  };
  if (findings.empty()) return 202;
  if (any("unsupported_media_type")) return 415;
  if (any("bad_json", "duplicate_key", "too_deep")) return 400;
  return any("too_large") ? 413 : 422;
}

}  // namespace

ReadCloudEvents read_cloud_events(const base::HttpRequest& request) {
  ReadCloudEvents read;
  const std::string_view content_type = request.header("content-type");
  const std::string type = media_type(content_type);
  const auto is_event_header = [](const auto& header) { return header.first.starts_with("ce-"); };
  const bool has_event_headers = std::any_of(request.headers.begin(), request.headers.end(), is_event_header);
  if (type == structured_type || type == batch_type) {
    if (has_foreign_charset(content_type))
      refuse(read.findings, "content-type", "unsupported_media_type", "only UTF-8 is read", "send charset=utf-8");
    else
      read_json_events(request, type == batch_type, read);
  } else if (has_event_headers && !type.starts_with("application/cloudevents")) {
    check_size("", request.body.size(), read.findings);
    read.events.push_back(checked_event(read_binary(request, read.findings), read.findings));
  } else {
    refuse(read.findings, "content-type", "unsupported_media_type",
           "'" + base::repaired_utf8(type) + "' is no type of a CloudEvent",
           "send application/cloudevents+json, application/cloudevents-batch+json, or the headers ce-id, ce-source, "
           "ce-type and ce-specversion");
  }
  read.status = status_of(read.findings);
  if (!read.findings.empty()) read.events.clear();
  return read;
}

}  // namespace cordyna::wire
