// Receives yaml-cpp's events instead of its node graph: the events know where a value stands and whether it was quoted,
// and nothing is expanded that we did not expand and count ourselves. Leaves the parser by an exception of our own,
// caught below.

#include "wire/yaml_text.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <istream>
#include <streambuf>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/utf8.h"

namespace cordyna::wire {
namespace {

using model::Finding;
using model::Json;
using model::Severity;

struct Refusal {  // thrown through yaml-cpp, which has no other way to stop
  Finding finding;
};

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_integer(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return all_digits(text) && (text.size() == 1 || text[0] != '0');
}

bool is_decimal(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  const std::size_t exponent = text.find_first_of("eE");
  if (exponent != std::string_view::npos) {
    std::string_view digits = text.substr(exponent + 1);
    if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) digits.remove_prefix(1);
    if (!all_digits(digits)) return false;
    text = text.substr(0, exponent);
  }
  const std::size_t dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  if (!all_digits(whole)) return false;
  return dot == std::string_view::npos ? exponent != std::string_view::npos : all_digits(text.substr(dot + 1));
}

template <class Number>
bool read_number(std::string_view text, Json& value) {
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  value = number;
  return true;
}

// A plain scalar by the core schema. A number too large for 64 bits stays text: nothing we read needs it.
Json resolved(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  Json value = text;
  if (is_integer(text))
    read_number<std::int64_t>(text, value);
  else if (is_decimal(text))
    read_number<double>(text, value);
  return value;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(Document& document) : document_(document) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark&, const std::string&) override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { scalar(mark, anchor, nullptr, "null"); }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    if (tag != "?" && tag != "!" && tag != "" && tag != "tag:yaml.org,2002:str")
      refuse(mark, "bad_yaml", "the tag '" + tag + "' is not known", "leave the tag out");
    scalar(mark, anchor, tag == "?" || tag.empty() ? resolved(text) : Json(text), text);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchored_.find(anchor);
    if (found == anchored_.end())
      refuse(mark, "bad_yaml", "an alias stands inside the value that it names", "write the value out");
    if (wants_key()) return take_key(mark, found->second.value, found->second.spelling);
    count_copies(found->second.values, found->second.bytes);
    if (aliased_values_ > yaml_aliased_values_max || aliased_bytes_ > yaml_aliased_bytes_max)
      refuse(mark, "too_large", "with its aliases expanded the file is too large", "use fewer aliases");
    if (frames_.size() + found->second.depth > yaml_depth_max) refuse_depth(mark);
    place(mark, found->second.value, found->second.spelling);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, anchor, Json::array());
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, anchor, Json::object());
  }
  void OnMapEnd() override { close(); }

 private:
  struct Anchored {
    Json value;
    std::string spelling;
    std::size_t values = 0;
    std::size_t bytes = 0;
    std::size_t depth = 0;
  };
  struct Frame {
    Json* container;
    YAML::anchor_t anchor;
    std::size_t path_size;  // of path_ without this container's members
    std::size_t values_before;
    std::size_t bytes_before;
    std::size_t depth = 1;  // of what was read inside, itself included
    Json* slot = nullptr;   // of an object: where the value of the last key goes
    Place key_place{};
  };

  [[noreturn]] static void refuse(const YAML::Mark& mark, const char* rule, std::string message, std::string fix) {
    throw Refusal{{"", rule, std::move(message), std::move(fix), Severity::error, static_cast<unsigned>(mark.line + 1),
                   static_cast<unsigned>(mark.column + 1)}};
  }
  [[noreturn]] static void refuse_depth(const YAML::Mark& mark) {
    refuse(mark, "too_deep", "nested deeper than " + std::to_string(yaml_depth_max) + " levels", "flatten it");
  }

  // What an alias or a kept anchor copies: also part of the containers around it.
  void count_copies(std::size_t values, std::size_t bytes) {
    aliased_values_ += values;
    aliased_bytes_ += bytes;
    values_ += values;
    bytes_ += bytes;
  }

  bool wants_key() const { return !frames_.empty() && frames_.back().container->is_object() && !frames_.back().slot; }

  void scalar(const YAML::Mark& mark, YAML::anchor_t anchor, Json value, const std::string& text) {
    ++values_;
    bytes_ += text.size();
    if (anchor != 0) anchored_[anchor] = {value, text, 1, text.size(), 0};
    if (wants_key()) return take_key(mark, value, text);
    place(mark, std::move(value), text);
  }

  void take_key(const YAML::Mark& mark, const Json& value, const std::string& text) {
    if (value.is_structured()) refuse(mark, "bad_yaml", "a key must be text", "write a word before the colon");
    Frame& frame = frames_.back();
    const auto [member, added] = frame.container->get_ref<Json::object_t&>().try_emplace(text);
    if (!added) refuse(mark, "duplicate_key", "the key '" + text + "' stands twice in one mapping", "keep one of them");
    frame.slot = &member->second;
    frame.key_place = {static_cast<unsigned>(mark.line + 1), static_cast<unsigned>(mark.column + 1)};
    path_.resize(frame.path_size);
    if (!path_.empty()) path_ += '.';
    path_ += text;
  }

  // Puts a value where it belongs and remembers where it stood: a member at its key, an item at itself.
  Json* place(const YAML::Mark& mark, Json value, const std::string& text) {
    Place where{static_cast<unsigned>(mark.line + 1), static_cast<unsigned>(mark.column + 1)};
    Json* placed = &document_.tree;
    if (!frames_.empty()) {
      Frame& frame = frames_.back();
      if (frame.container->is_array()) {
        path_.resize(frame.path_size);
        path_ += '[' + std::to_string(frame.container->size()) + ']';
        placed = &frame.container->get_ref<Json::array_t&>().emplace_back();
      } else {
        placed = std::exchange(frame.slot, nullptr);
        where = frame.key_place;
      }
    }
    *placed = std::move(value);
    document_.places.emplace(path_, where);
    if (placed->is_number() || placed->is_boolean()) document_.spellings.emplace(path_, text);
    return placed;
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, Json container) {
    if (wants_key()) refuse(mark, "bad_yaml", "a key must be text", "write a word before the colon");
    if (frames_.size() == yaml_depth_max) refuse_depth(mark);
    const std::size_t values_before = values_++;
    Json* placed = place(mark, std::move(container), "");
    frames_.push_back({placed, anchor, path_.size(), values_before, bytes_, 1, nullptr, {}});
  }

  void close() {
    const Frame frame = frames_.back();
    frames_.pop_back();
    path_.resize(frame.path_size);
    if (frame.anchor != 0) {
      const std::size_t values = values_ - frame.values_before;
      const std::size_t bytes = bytes_ - frame.bytes_before;
      anchored_[frame.anchor] = {*frame.container, "", values, bytes, frame.depth};
      aliased_values_ += values;
      aliased_bytes_ += bytes;
    }
    if (!frames_.empty()) frames_.back().depth = std::max(frames_.back().depth, frame.depth + 1);
  }

  Document& document_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Anchored> anchored_;
  std::string path_;
  std::size_t values_ = 0;  // read so far, aliases expanded
  std::size_t bytes_ = 0;   // of their text
  std::size_t aliased_values_ = 0;
  std::size_t aliased_bytes_ = 0;
};

// Lets yaml-cpp read the caller's bytes without a copy.
class ViewBuffer final : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // NOLINT: a get area is never written to
    setg(begin, begin, begin + text.size());
  }
};

std::string_view line_of(std::string_view text, int line) {
  for (int i = 0; i < line; ++i) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

Finding syntax_finding(std::string_view text, const YAML::Exception& exception) {
  Finding finding{"",
                  "bad_yaml",
                  "not YAML: " + exception.msg,
                  "see the line above it too",
                  Severity::error,
                  static_cast<unsigned>(exception.mark.line + 1),
                  static_cast<unsigned>(exception.mark.column + 1)};
  const std::string_view line = line_of(text, exception.mark.line);
  const std::size_t word = line.find_first_not_of(" \t");
  if (line.substr(0, word).find('\t') != std::string_view::npos) {
    finding.message = "not YAML: a tab stands where the line is indented";
    finding.fix = "indent with spaces";
  }
  return finding;
}

Finding whole_file(const char* rule, std::string message, std::string fix) {
  return {"", rule, std::move(message), std::move(fix), Severity::error, 1, 1};
}

void parse_documents(std::string_view text, Document& document) {
  ViewBuffer buffer(text);
  std::istream stream(&buffer);
  YAML::Parser parser(stream);
  TreeBuilder builder(document);
  if (!parser.HandleNextDocument(builder)) {
    document.findings.push_back(whole_file("bad_yaml", "the file is empty", "begin with `server: NAME`"));
    return;
  }
  Document second;
  TreeBuilder ignored(second);
  if (parser.HandleNextDocument(ignored)) {
    const Place place = second.places.empty() ? Place{} : second.places.begin()->second;
    document.findings.push_back({"", "bad_yaml", "the file has a second document", "write one file for each server",
                                 Severity::error, place.line, place.column});
  }
}

}  // namespace

Document parse_yaml(std::string_view text) {
  Document document;
  if (text.size() > base::limits::declaration_bytes_max)
    document.findings.push_back(whole_file("too_large",
                                           "the file has " + std::to_string(text.size()) + " bytes, at most " +
                                               std::to_string(base::limits::declaration_bytes_max) + " are read",
                                           "split the server"));
  else if (!base::valid_utf8(text) || text.find('\0') != std::string_view::npos)
    document.findings.push_back(whole_file("bad_yaml", "the file is not UTF-8 text", "save it as UTF-8"));
  if (!document.findings.empty()) return document;
  try {
    parse_documents(text, document);
  } catch (const Refusal& refusal) {
    document.findings.push_back(refusal.finding);
  } catch (const YAML::Exception& exception) {
    document.findings.push_back(syntax_finding(text, exception));
  }
  if (model::has_errors(document.findings)) document.tree = nullptr;
  return document;
}

}  // namespace cordyna::wire
