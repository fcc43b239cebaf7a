#include "engine/schedule.h"

#include <fmt/format.h>

namespace cordyna::engine {
namespace {

using std::chrono::seconds;

}  // namespace

base::Result<Schedule> Schedule::of(const model::CronTrigger& trigger, const ZoneSource& zones) {
  const base::Result<Cron> cron = model::parse_cron(trigger.cron);
  if (!cron) return cron.error();
  const ZoneRules* zone = zones(trigger.timezone);
  if (zone == nullptr)
    return base::Error{"unknown_zone", fmt::format("there is no time zone \"{}\", write an IANA name such as UTC or "
                                                   "Europe/Berlin",
                                                   trigger.timezone.substr(0, 64))};
  return Schedule(CronSchedule{*cron, zone});
}

base::Result<Schedule> Schedule::of(const model::EveryTrigger& trigger) {
  if (trigger.every < seconds(1) || trigger.every % seconds(1) != base::Duration(0))
    return base::Error{"bad_duration", fmt::format("every {} is not possible, write whole seconds, for example 60s",
                                                   base::format_duration(trigger.every))};
  return Schedule(trigger.every);
}

std::optional<base::Time> Schedule::next(base::Time after) const {
  if (const auto* rule = std::get_if<CronSchedule>(&rule_)) return engine::next(rule->cron, *rule->zone, after);
  const base::Duration every = std::get<base::Duration>(rule_);
  base::Duration into = after.time_since_epoch() % every;
  if (into < base::Duration(0)) into += every;  // before 1970
  return after - into + every;
}

std::optional<base::Time> Schedule::newest(base::Time until) const {
  constexpr base::Time before_all = base::Time() - base::Duration(1);
  if (const auto* every = std::get_if<base::Duration>(&rule_)) {
    if (until <= before_all) return std::nullopt;
    return until - until.time_since_epoch() % *every;
  }
  // `earlier(t)` is true exactly for the times before the answer: look back twice as far each time, then halve.
  const auto earlier = [&](base::Time time) {
    const std::optional<base::Time> following = next(time);
    return following && *following <= until;
  };
  if (!earlier(before_all)) return std::nullopt;
  base::Time low = before_all;
  for (base::Duration back = seconds(1); until - back > before_all; back *= 2)
    if (earlier(until - back)) {
      low = until - back;
      break;
    }
  base::Time high = until;
  while (true) {
    low = *next(low);
    if (!earlier(low)) return low;
    const base::Time middle = low + (high - low) / 2;
    (earlier(middle) ? low : high) = middle;
  }
}

std::vector<base::Time> Schedule::instants(Span span, std::size_t max) const {
  std::vector<base::Time> answer;
  for (auto time = next(span.after); time && *time <= span.until && answer.size() < max; time = next(*time))
    answer.push_back(*time);
  return answer;
}

std::uint64_t Schedule::count(Span span) const {
  std::uint64_t answer = 0;
  if (const auto* every = std::get_if<base::Duration>(&rule_)) {
    const base::Time first = *next(span.after);
    return first > span.until ? 0 : static_cast<std::uint64_t>((span.until - first) / *every) + 1;
  }
  for (auto time = next(span.after); time && *time <= span.until; time = next(*time)) ++answer;
  return answer;
}

const ZoneRules* Schedule::zone() const {
  const auto* rule = std::get_if<CronSchedule>(&rule_);
  return rule == nullptr ? nullptr : rule->zone;
}

}  // namespace cordyna::engine
