#include "wire/tree_reader.h"

#include <cmath>
#include <utility>

#include "base/limits.h"
#include "base/nearest.h"

namespace cordyna::wire {
namespace {

using model::Finding;
using model::Json;
using model::Severity;

std::string_view kind_of(const Json& json) {
  if (json.is_null()) return "nothing";
  if (json.is_boolean()) return "true or false";
  if (json.is_number()) return "a number";
  if (json.is_string()) return "text";
  return json.is_array() ? "a list" : "a mapping";
}

// Values in messages are shown short.
std::string shown(std::string_view text) {
  constexpr std::size_t shown_max = 60;
  if (text.size() <= shown_max) return "'" + std::string(text) + "'";
  std::size_t end = shown_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // keep characters whole
  return "'" + std::string(text.substr(0, end)) + "...'";
}

std::string joined(std::span<const std::string_view> words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + std::string(words[i]);
  return text;
}

}  // namespace

void TreeReader::refuse(const Path& path, std::string rule, std::string message, std::string fix) {
  refuse(path.text(), std::move(rule), std::move(message), std::move(fix));
}

void TreeReader::refuse(const std::string& path, std::string rule, std::string message, std::string fix) {
  Finding finding{path, std::move(rule), std::move(message), std::move(fix), Severity::error, 0, 0};
  for (std::string at = path;;) {  // the nearest value around it that has a place
    if (const auto found = document_.places.find(at); found != document_.places.end()) {
      finding.line = found->second.line;
      finding.column = found->second.column;
      break;
    }
    const std::size_t cut = at.find_last_of(".[");
    if (at.empty()) break;
    at.resize(cut == std::string::npos ? 0 : cut);
  }
  ++errors_at_[path];
  if (findings_.size() < base::limits::findings_max)
    findings_.push_back(std::move(finding));
  else
    ++dropped_;
}

void TreeReader::take(Finding finding) {
  if (errors_at_.contains(finding.path)) return;
  refuse(finding.path, std::move(finding.rule), std::move(finding.message), std::move(finding.fix));
  if (finding.severity == Severity::error) return;
  errors_at_.erase(finding.path);
  if (dropped_ == 0) findings_.back().severity = finding.severity;
}

model::Findings TreeReader::findings() && {
  if (dropped_ > 0)
    findings_.push_back({"", "more", std::to_string(dropped_) + " more findings are not shown", "mend these first",
                         Severity::error, 0, 0});
  return std::move(findings_);
}

bool TreeReader::object(const Node& node, std::span<const std::string_view> known, std::string_view example) {
  if (!node.json.is_object()) {
    wrong_type(node.path, "a mapping", node.json, "write for example " + std::string(example));
    return false;
  }
  for (const auto& [key, value] : node.json.get_ref<const Json::object_t&>()) {
    bool is_known = false;
    for (const auto word : known) is_known = is_known || word == key;
    if (is_known) continue;
    const auto near = base::nearest(key, known);
    std::string fix = near ? "did you mean '" + *near + "'?" : "known here: " + joined(known);
    if (key == "<<") fix = "merge keys are not read: use `defaults`, or an alias for the whole value";
    refuse(node.path.at(key), "unknown_key", "the key " + shown(key) + " is not known here", fix);
  }
  return true;
}

const Json* TreeReader::member(const Json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> TreeReader::text(const Node& node) {
  if (node.json.is_string()) return node.json.get<std::string>();
  if (const std::string* written = spelling(node.path)) return *written;
  std::string fix = "write text";
  if (node.json.is_number() || node.json.is_boolean()) fix = "write it in quotes: \"" + node.json.dump() + "\"";
  wrong_type(node.path, "text", node.json, fix);
  return std::nullopt;
}

std::optional<bool> TreeReader::boolean(const Node& node) {
  if (node.json.is_boolean()) return node.json.get<bool>();
  wrong_type(node.path, "true or false", node.json, "write true or false");
  return std::nullopt;
}

std::optional<std::int64_t> TreeReader::integer(const Node& node, Range range) {
  const std::string fix = "write a whole number from " + std::to_string(range.min) + " to " + std::to_string(range.max);
  if (!node.json.is_number_integer()) {
    wrong_type(node.path, "a whole number", node.json, fix);
    return std::nullopt;
  }
  const bool beyond = node.json.is_number_unsigned() && node.json.get<std::uint64_t>() > std::uint64_t{INT64_MAX};
  const std::int64_t value = beyond ? INT64_MAX : node.json.get<std::int64_t>();
  if (value >= range.min && value <= range.max) return value;
  refuse(node.path, "out_of_range", node.json.dump() + " is out of range", fix);
  return std::nullopt;
}

std::optional<base::Duration> TreeReader::duration(const Node& node) {
  if (node.json.is_string()) {
    const auto& written = node.json.get_ref<const std::string&>();
    if (auto parsed = base::parse_duration(written)) return *parsed;
    refuse(node.path, "bad_duration", shown(written) + " is no duration",
           "write whole numbers with ms, s, m, h or d, for example 90s or 1h30m");
  } else if (node.json.is_number()) {
    refuse(node.path, "bad_duration", "the duration " + node.json.dump() + " has no unit",
           "write " + node.json.dump() + "s for seconds (units: ms, s, m, h, d)");
  } else {
    wrong_type(node.path, "a duration", node.json, "write for example 90s or 1h30m");
  }
  return std::nullopt;
}

std::optional<std::uint32_t> TreeReader::permille(const Node& node, std::uint32_t max) {
  const std::string fix = "write a number from 0 to " + std::to_string(max / 1000);
  if (!node.json.is_number()) {
    wrong_type(node.path, "a number", node.json, fix);
    return std::nullopt;
  }
  const double value = node.json.get<double>() * 1000;
  if (value >= 0 && value <= max) return static_cast<std::uint32_t>(std::lround(value));
  refuse(node.path, "out_of_range", node.json.dump() + " is out of range", fix);
  return std::nullopt;
}

std::optional<std::size_t> TreeReader::word(const Node& node, std::span<const std::string_view> words) {
  const auto written = text(node);
  if (!written) return std::nullopt;
  for (std::size_t i = 0; i < words.size(); ++i)
    if (words[i] == *written) return i;
  const auto near = base::nearest(*written, words);
  refuse(node.path, "unknown_word", shown(*written) + " is not known here",
         near ? "did you mean '" + *near + "'?" : "write " + joined(words));
  return std::nullopt;
}

std::vector<std::string> TreeReader::texts(const Node& node, std::string_view example) {
  std::vector<std::string> texts;
  if (!node.json.is_array()) {
    wrong_type(node.path, "a list", node.json, "write for example " + std::string(example));
    return texts;
  }
  texts.reserve(node.json.size());
  for (std::size_t i = 0; i < node.json.size(); ++i)
    if (auto item = text({node.json[i], node.path.at(i)})) texts.push_back(std::move(*item));
  return texts;
}

const std::string* TreeReader::spelling(const Path& path) const {
  if (document_.spellings.empty()) return nullptr;
  const auto found = document_.spellings.find(path.text());
  return found == document_.spellings.end() ? nullptr : &found->second;
}

void TreeReader::wrong_type(const Path& path, std::string_view wanted, const Json& found, std::string fix) {
  refuse(path, "wrong_type", std::string(wanted) + " is wanted here, not " + std::string(kind_of(found)),
         std::move(fix));
}

}  // namespace cordyna::wire
