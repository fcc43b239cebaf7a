#include "cerebro/zones.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <numeric>

#include "base/limits.h"
#include "cerebro/tzif.h"

namespace cordyna::cerebro {
namespace {

namespace fs = std::filesystem;

/// None when it cannot be read or is larger than `max` bytes.
std::optional<std::string> file_text(const fs::path& path, std::size_t max) {
  std::ifstream file(path, std::ios::binary);
  std::string text(max + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (file.fail() && !file.eof())) return std::nullopt;
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > max) return std::nullopt;
  return text;
}

std::string first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line(64, '\0');
  file.read(line.data(), static_cast<std::streamsize>(line.size()));
  line.resize(static_cast<std::size_t>(file.gcount()));
  return line.substr(0, line.find('\n'));
}

/// Debian and most others say it in the first line of tzdata.zi, BSDs in +VERSION.
std::string tz_version(const fs::path& directory) {
  constexpr std::string_view start = "# version ";
  const std::string line = first_line(directory / "tzdata.zi");
  if (line.starts_with(start)) return line.substr(start.size());
  const std::string version = first_line(directory / "+VERSION");
  return version.empty() ? "unknown" : version;
}

/// Names of zones begin with a capital; that leaves out the tables, and posix/ and right/ (the latter counts leap
/// seconds).
std::vector<std::string> zone_names(const fs::path& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    std::string name = it->path().lexically_relative(directory).generic_string();
    const bool proper = !name.empty() && name.front() >= 'A' && name.front() <= 'Z';
    std::error_code unreadable;
    if (it->is_directory(unreadable) && !proper) it.disable_recursion_pending();
    if (proper && it->is_regular_file(unreadable)) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string lower(std::string_view text) {
  std::string answer(text);
  for (char& c : answer)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return answer;
}

/// How many letters must be put in, left out or changed to make one text of the other (Levenshtein); `max` + 1 for
/// more.
std::size_t edits(std::string_view from, std::string_view to, std::size_t max) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::size_t diagonal = row[0];
    std::size_t least = row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t changed = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
      least = std::min(least, row[j]);
    }
    if (least > max) return max + 1;  // it only grows from row to row
  }
  return std::min(row.back(), max + 1);
}

/// At most three names: those a few letters away, and those whose city was given alone ("Berlin").
std::vector<std::string> near_misses(std::string_view wanted, const std::vector<std::string>& names) {
  constexpr std::size_t edits_max = 3;
  const std::string want = lower(wanted);
  std::vector<std::pair<std::size_t, std::string>> found;
  for (const std::string& name : names) {
    const std::string have = lower(name);
    if (!want.empty() && have.ends_with("/" + want)) {
      found.emplace_back(1, name);
      continue;
    }
    const std::size_t longer = std::max(want.size(), have.size()), shorter = std::min(want.size(), have.size());
    if (longer - shorter > edits_max) continue;
    const std::size_t distance = edits(want, have, edits_max);
    if (distance <= edits_max && distance * 2 < longer) found.emplace_back(distance, name);
  }
  std::sort(found.begin(), found.end());
  if (found.size() > 3) found.resize(3);
  std::vector<std::string> answer;
  for (auto& [distance, name] : found) answer.push_back(std::move(name));
  return answer;
}

}  // namespace

Zones::Zones(fs::path directory) : directory_(std::move(directory)), version_(tz_version(directory_)) {}

const std::vector<std::string>& Zones::names() {
  const std::lock_guard lock(mutex_);
  if (!names_read_) names_ = zone_names(directory_);
  names_read_ = true;
  return names_;
}

const Zones::Loaded* Zones::find(std::string_view name) {
  const std::vector<std::string>& known = names();
  const bool listed = std::binary_search(known.begin(), known.end(), name);
  if (!listed && name != "UTC") return nullptr;

  const std::lock_guard lock(mutex_);
  if (const auto at = loaded_.find(name); at != loaded_.end()) return &at->second;
  base::Result<engine::ZoneRules> rules = engine::ZoneRules();
  if (listed) {
    const std::optional<std::string> text = file_text(directory_ / name, base::limits::zone_file_bytes_max);
    rules = text ? read_tzif(*text) : base::Error{"bad_zone_file", "it cannot be read, or is too large"};
  }
  if (!rules) {
    const base::Error error{rules.error().code, fmt::format("time zone \"{}\" of {}: {}", name, directory_.string(),
                                                            rules.error().message)};
    return &loaded_.emplace(std::string(name), error).first->second;
  }
  rules->name = name;
  rules->version = version_;
  auto kept = std::make_unique<const engine::ZoneRules>(std::move(*rules));
  return &loaded_.emplace(std::string(name), std::move(kept)).first->second;
}

base::Result<const engine::ZoneRules*> Zones::zone(std::string_view name) {
  const Loaded* loaded = find(name);
  if (loaded == nullptr) return unknown(name);
  if (!*loaded) return loaded->error();
  return (*loaded)->get();
}

engine::ZoneSource Zones::source() {
  return [this](std::string_view name) -> const engine::ZoneRules* {
    const Loaded* loaded = find(name);
    return loaded != nullptr && *loaded ? (*loaded)->get() : nullptr;
  };
}

model::CheckZone Zones::check() {
  return [this](std::string_view name) -> std::optional<base::Error> {
    const auto found = zone(name);
    return found ? std::nullopt : std::optional(found.error());
  };
}

base::Error Zones::unknown(std::string_view name) const {
  const std::string shown(name.substr(0, base::limits::word_name_max));
  if (names_.empty())
    return {"unknown_zone", fmt::format("there is no time zone \"{}\": {} holds no time zones, install tzdata", shown,
                                        directory_.string())};
  const std::vector<std::string> near = name.size() > 64 ? std::vector<std::string>() : near_misses(name, names_);
  const std::string hint = near.empty() ? "write an IANA name such as Europe/Berlin or UTC"
                                        : fmt::format("did you mean {}?", fmt::join(near, ", "));
  return {"unknown_zone", fmt::format("there is no time zone \"{}\": {}", shown, hint)};
}

}  // namespace cordyna::cerebro
