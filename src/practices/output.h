#pragma once
// Output: what a task offers to others, as one version of a data product: who may read it, what is in it, what is
// promised.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/finding.h"
#include "practices/read_schema.h"

namespace cordyna::practices {

/// Who may depend on an output: its own team, its domain, everybody. From narrow to wide.
enum class Access { private_, protected_, public_ };

/// SemVer without suffixes.
struct Version {
  unsigned major = 0, minor = 0, patch = 0;
  auto operator<=>(const Version&) const = default;
  std::string text() const;
};

/// At most so old, and at least so often; nothing is promised where there is none.
struct Promise {
  std::optional<base::Duration> latency, frequency;
  bool operator==(const Promise&) const = default;
};

/// Which changes inside a major are breaking: also new fields and the order of choice; what breaks a tolerant reader;
/// none at all.
enum class Profile { strict, compatible, none };

struct Output {
  std::string name;  // "seller.orders"
  Version version;
  Access access = Access::private_;
  Kind kind = Kind::table;
  SharedSchema schema;  // null: none is declared
  Profile profile = Profile::compatible;
  std::string description, status, location;
  Promise promise;
  std::map<std::string, std::string> checks;  // id -> severity: error, warning
  std::optional<base::Time> end_of_life;
  std::string replaced_by;  // "seller.orders@3"
};

/// The key `outputs` of a task: `name` or `name@major` -> output. Every output that can be read, sorted by name and
/// version; all that is wrong is in `findings`. Rules: bad_output, unknown_key, unknown_word, bad_version, bad_name,
/// bad_duration, bad_time, and those of read_schema.
std::vector<Output> read_outputs(const Json& outputs, const std::string& path, model::Findings& findings);

}  // namespace cordyna::practices
