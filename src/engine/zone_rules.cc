#include "engine/zone_rules.h"

#include <algorithm>

#include "base/check.h"

namespace cordyna::engine {
namespace {

// Far enough that no calendar reaches them, near enough that adding an offset cannot overflow.
constexpr base::Time always_begin{std::chrono::hours(-24 * 366 * 20'000)};
constexpr base::Time always_end{std::chrono::hours(24 * 366 * 20'000)};

// More than any two clocks of the world have ever differed: what is further away than this cannot matter to a local
// time.
constexpr std::chrono::hours reach(48);

}  // namespace

std::size_t ZoneRules::period_index(base::Time time) const {
  const auto after = std::upper_bound(transitions.begin(), transitions.end(), time,
                                      [](base::Time t, const Transition& transition) { return t < transition.at; });
  return static_cast<std::size_t>(after - transitions.begin());
}

ZonePeriod ZoneRules::period(std::size_t index) const {
  base::check(index <= transitions.size());
  return {.begin = index == 0 ? always_begin : transitions[index - 1].at,
          .end = index == transitions.size() ? always_end : transitions[index].at,
          .offset = index == 0 ? offset_first : transitions[index - 1].offset};
}

std::chrono::seconds ZoneRules::offset(base::Time time) const {
  return period(period_index(time)).offset;
}

LocalTime ZoneRules::local(base::Time time) const {
  return LocalTime(time.time_since_epoch() + offset(time));
}

LocalInstants ZoneRules::instants(LocalTime local) const {
  const base::Time as_if_utc(local.time_since_epoch());
  std::size_t found = 0;
  LocalInstants answer;
  for (std::size_t i = period_index(as_if_utc - reach); i <= transitions.size(); ++i) {
    const ZonePeriod here = period(i);
    if (here.begin > as_if_utc + reach || found == 2) break;
    const base::Time instant = here.utc(local);
    if (instant < here.begin || instant >= here.end) continue;
    (found == 0 ? answer.first : answer.second) = instant;
    ++found;
  }
  if (found == 0) answer.first = first_reached(local);
  if (found < 2) answer.second = answer.first;
  answer.kind = found == 0   ? LocalInstants::Kind::gap
                : found == 1 ? LocalInstants::Kind::unique
                             : LocalInstants::Kind::repeated;
  return answer;
}

base::Time ZoneRules::first_reached(LocalTime local) const {
  std::size_t i = period_index(base::Time(local.time_since_epoch()) - reach);
  while (period(i).local(period(i).end) <= local && i < transitions.size()) ++i;
  return std::max(period(i).begin, period(i).utc(local));
}

LocalTime ZoneRules::reached_until(base::Time time) const {
  std::size_t i = period_index(time);
  // A local time equal to local(time) is reached, so the next microsecond is the first that is not.
  LocalTime until = period(i).local(time) + base::Duration(1);
  for (; i > 0 && period(i).begin > time - reach; --i) {
    const ZonePeriod before = period(i - 1);
    until = std::max(until, before.local(before.end));
  }
  return until;
}

}  // namespace cordyna::engine
