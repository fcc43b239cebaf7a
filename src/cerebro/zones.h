#pragma once
// The time zones of this machine, by IANA name, from the system's tzdata. Loaded when first asked for and kept for the
// life of the process, so a Schedule may point at them. No text from outside becomes a path: a name is looked up in the
// list of names found below the directory. Safe to call from any thread (declarations are checked by readers).

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/schedule.h"
#include "engine/zone_rules.h"
#include "model/validate.h"

namespace cordyna::cerebro {

class Zones {
 public:
  explicit Zones(std::filesystem::path directory = "/usr/share/zoneinfo");

  /// UTC is always there, also without tzdata. Errors: unknown_zone with near misses; bad_zone_file.
  base::Result<const engine::ZoneRules*> zone(std::string_view name);

  /// zone() as the engine wants it. The answer refers to this object.
  engine::ZoneSource source();

  /// zone() as validation wants it.
  model::CheckZone check();

  /// The release of the tz database, for example "2025b"; "unknown" when the directory does not say.
  const std::string& version() const { return version_; }
  /// Every name, sorted. Read from the directory when first asked for.
  const std::vector<std::string>& names();

 private:
  using Loaded = base::Result<std::unique_ptr<const engine::ZoneRules>>;
  const Loaded* find(std::string_view name);  // null when there is no such name
  base::Error unknown(std::string_view name) const;

  const std::filesystem::path directory_;
  const std::string version_;
  std::mutex mutex_;  // guards what is below
  std::vector<std::string> names_;
  bool names_read_ = false;
  std::map<std::string, Loaded, std::less<>> loaded_;
};

}  // namespace cordyna::cerebro
