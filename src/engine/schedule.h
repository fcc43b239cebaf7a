#pragma once
// When a task is due: a cron expression in its zone, or a fixed period. One face for both, so that ticks, catch-up,
// backfill and freshness ask the same questions.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engine/cron.h"
#include "engine/zone_rules.h"
#include "model/declaration.h"

namespace cordyna::engine {

/// The rules of a zone by its IANA name, null when there is no such zone. What it points at must outlive every
/// Schedule.
using ZoneSource = std::function<const ZoneRules*(std::string_view)>;

/// The instants after `after` up to and including `until`.
struct Span {
  base::Time after{};
  base::Time until{};
};

class Schedule {
 public:
  /// Errors: bad_cron, unknown_zone, cron_never_fires.
  static base::Result<Schedule> of(const model::CronTrigger& trigger, const ZoneSource& zones);
  /// Errors: bad_duration, when it is not a positive number of whole seconds.
  static base::Result<Schedule> of(const model::EveryTrigger& trigger);

  /// The first instant strictly after `after`.
  std::optional<base::Time> next(base::Time after) const;
  /// The last instant at or before `until`, not before the year 1970. O(log) calls of next.
  std::optional<base::Time> newest(base::Time until) const;
  /// Oldest first, at most `max`. For a half-open [from, to) pass both less one microsecond.
  std::vector<base::Time> instants(Span span, std::size_t max) const;
  /// How many instants() would give without a bound. O(1) for `every`, else O(answer).
  std::uint64_t count(Span span) const;
  /// The zone the times of this schedule are written in; null for `every`, which has none.
  const ZoneRules* zone() const;

 private:
  struct CronSchedule {
    Cron cron;
    const ZoneRules* zone;
  };
  using Rule = std::variant<CronSchedule, base::Duration>;
  explicit Schedule(Rule rule) : rule_(rule) {}

  Rule rule_;
};

}  // namespace cordyna::engine
