#include "practices/output.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/nearest.h"
#include "model/names.h"
#include "model/params.h"
#include "model/path.h"

namespace cordyna::practices {
namespace {

using model::Path;

constexpr std::array<std::string_view, 3> accesses{"private", "protected", "public"};
constexpr std::array<std::string_view, 3> kinds{"table", "document", "topic"};
constexpr std::array<std::string_view, 3> profiles{"strict", "compatible", "none"};
constexpr std::array<std::string_view, 5> statuses{"proposed", "draft", "active", "deprecated", "retired"};
constexpr std::array<std::string_view, 2> severities{"error", "warning"};
constexpr std::array<std::string_view, 11> keys{"version",       "access",      "kind",      "schema",
                                                "compatibility", "description", "status",    "location",
                                                "promise",       "checks",      "deprecated"};

std::optional<Version> parse_version(std::string_view text) {
  std::array<unsigned, 3> parts{};
  const char* at = text.data();
  const char* end = at + text.size();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto [next, error] = std::from_chars(at, end, parts[i]);
    if (error != std::errc() || (next - at > 1 && *at == '0')) return std::nullopt;
    if (i + 1 == parts.size()) return next == end ? std::optional(Version{parts[0], parts[1], parts[2]}) : std::nullopt;
    if (next == end || *next != '.') return std::nullopt;
    at = next + 1;
  }
  return std::nullopt;
}

class Reading {
 public:
  Reading(std::string place, model::Findings& findings) : place_(std::move(place)), findings_(findings) {}

  std::vector<Output> read(const Json& outputs) {
    std::vector<Output> all;
    if (!outputs.is_object()) {
      refuse({}, "bad_output", "outputs maps names to outputs", "write seller.orders: {version: 1.0.0}");
      return all;
    }
    const Path root;
    for (const auto& [name, value] : outputs.items())
      if (auto output = read_one(name, value, root.at(name))) all.push_back(std::move(*output));
    std::sort(all.begin(), all.end(), [](const Output& a, const Output& b) {
      return std::pair(a.name, a.version) < std::pair(b.name, b.version);
    });
    for (std::size_t i = 1; i < all.size(); ++i)
      if (all[i].name == all[i - 1].name && all[i].version.major == all[i - 1].version.major)
        refuse(root.at(all[i].name), "bad_output",
               "the major " + std::to_string(all[i].version.major) + " is declared twice",
               "keep the newest version of each major");
    return all;
  }

 private:
  void refuse(const Path& path, std::string rule, std::string message, std::string fix) {
    const std::string inside = path.text();
    findings_.push_back({place_ + (inside.empty() ? "" : "." + inside), std::move(rule), std::move(message),
                         std::move(fix), model::Severity::error, 0, 0});
  }

  // The message of an error ends with its remedy, after the last colon; a finding keeps the two apart.
  void refuse(const Path& path, const base::Error& error) {
    const std::size_t colon = error.message.rfind(": ");
    const bool has_fix = colon != std::string::npos;
    refuse(path, error.code, error.message.substr(0, colon),
           has_fix ? error.message.substr(colon + 2) : "see the docs");
  }

  std::optional<Output> read_one(const std::string& key, const Json& value, const Path& path) {
    const std::size_t before = findings_.size();
    Output output;
    output.name = key.substr(0, key.find('@'));
    if (const auto name = model::check_name(model::NameKind::output, output.name); !name) refuse(path, name.error());
    if (!value.is_object()) {
      refuse(path, "bad_output", "an output is an object", "write {version: 1.0.0}");
      return std::nullopt;
    }
    for (const auto& [own, _] : value.items())
      if (std::find(keys.begin(), keys.end(), own) == keys.end()) refuse_key(own, path.at(own));
    read_version(output, key, value, path);
    read_words(output, value, path);
    if (value.contains("schema"))
      if (auto schema = read_schema(value["schema"], output.kind, place_ + "." + path.at("schema").text(), findings_))
        output.schema = std::make_shared<const Schema>(std::move(*schema));
    read_promise(output, value, path.at("promise"));
    read_checks(output, value, path.at("checks"));
    read_deprecation(output, value, path.at("deprecated"));
    if (findings_.size() > before) return std::nullopt;
    return output;
  }

  void refuse_key(const std::string& key, const Path& path) {
    const auto near = base::nearest(key, keys);
    refuse(path, "unknown_key", "an output has no key '" + key + "'",
           near ? "did you mean '" + *near + "'?" : "leave it out");
  }

  void read_version(Output& output, const std::string& key, const Json& value, const Path& path) {
    const std::string text = word(value, "version", path);
    const auto version = text.empty() ? std::optional(Version{1, 0, 0}) : parse_version(text);
    if (!version) return refuse(path.at("version"), "bad_version", "'" + text + "' is no version", "write 1.0.0");
    output.version = *version;
    const std::size_t at = key.find('@');
    if (at != std::string::npos && key.substr(at + 1) != std::to_string(version->major))
      refuse(path, "bad_version", "the name says @" + key.substr(at + 1) + ", the version " + version->text(),
             "let both say the same major");
  }

  // "" when it is not there, or is no text (which is told).
  std::string word(const Json& object, const char* key, const Path& path) {
    const auto found = object.find(key);
    if (found == object.end()) return "";
    if (found->is_string()) return found->get<std::string>();
    refuse(path.at(key), "bad_output", model::shown(*found) + " is no text", "write it in quotes");
    return "";
  }

  template <class Words>
  std::size_t position(const Json& object, const char* key, const Words& words, std::size_t usual, const Path& path) {
    const std::string text = word(object, key, path);
    if (text.empty()) return usual;
    const auto found = std::find(words.begin(), words.end(), text);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    std::string known;
    for (const std::string_view one : words) known += (known.empty() ? "" : ", ") + std::string(one);
    refuse(path.at(key), "unknown_word", "'" + text + "' is not known here", "write one of " + known);
    return usual;
  }

  void read_words(Output& output, const Json& value, const Path& path) {
    output.access = static_cast<Access>(position(value, "access", accesses, 0, path));
    output.kind = static_cast<Kind>(position(value, "kind", kinds, 0, path));
    output.profile = static_cast<Profile>(position(value, "compatibility", profiles, 1, path));
    output.status = statuses.at(position(value, "status", statuses, 2, path));
    output.description = word(value, "description", path);
    output.location = word(value, "location", path);
  }

  void read_promise(Output& output, const Json& value, const Path& path) {
    const auto promise = value.find("promise");
    if (promise == value.end()) return;
    if (!promise->is_object()) return refuse(path, "bad_output", "a promise is an object", "write {latency: 2h}");
    for (const auto& [key, given] : promise->items()) {
      if (key != "latency" && key != "frequency") {
        refuse(path.at(key), "unknown_key", "a promise has no key '" + key + "'", "write latency or frequency");
        continue;
      }
      const auto duration = given.is_string() ? base::parse_duration(given.get_ref<const std::string&>())
                                              : base::parse_duration(given.dump());
      if (duration)
        (key == "latency" ? output.promise.latency : output.promise.frequency) = *duration;
      else
        refuse(path.at(key), duration.error());
    }
  }

  void read_checks(Output& output, const Json& value, const Path& path) {
    const auto checks = value.find("checks");
    if (checks == value.end()) return;
    if (!checks->is_array()) return refuse(path, "bad_output", "checks are a list", "write [{id: not_empty}]");
    for (std::size_t i = 0; i < checks->size(); ++i) {
      const Json& check = (*checks)[i];
      const std::string id = check.is_object() ? word(check, "id", path.at(i)) : "";
      if (id.empty()) {
        refuse(path.at(i), "bad_output", "a check is an object with an id", "write {id: not_empty, severity: error}");
        continue;
      }
      output.checks[id] = severities.at(position(check, "severity", severities, 0, path.at(i)));
    }
  }

  void read_deprecation(Output& output, const Json& value, const Path& path) {
    const auto deprecated = value.find("deprecated");
    if (deprecated == value.end()) return;
    if (!deprecated->is_object())
      return refuse(path, "bad_output", "deprecated is an object", "write {end_of_life: 2027-03-31}");
    output.replaced_by = word(*deprecated, "replaced_by", path);
    const std::string day = word(*deprecated, "end_of_life", path);
    const auto time = base::parse_time(day);
    if (!time)
      return refuse(path.at("end_of_life"), "bad_time", "'" + day + "' is no day", "write for example 2027-03-31");
    output.end_of_life = *time;
    if (output.status == "active") output.status = "deprecated";
  }

  std::string place_;
  model::Findings& findings_;
};

}  // namespace

std::string Version::text() const {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

std::vector<Output> read_outputs(const Json& outputs, const std::string& path, model::Findings& findings) {
  return Reading(path, findings).read(outputs);
}

}  // namespace cordyna::practices
