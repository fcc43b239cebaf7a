#include "dyna/log_position.h"

#include "dyna/ask.h"

namespace cordyna::dyna {
namespace {

constexpr base::Seq seq_end = base::Seq(1) << 48;  // a run id keeps 48 bits of a seq

/// Is everything behind `after` at `time` or later (or is there nothing)?
base::Result<bool> late_enough(Context& context, base::Seq after, base::Time time) {
  const auto answer = ask(context, {.path = "/events", .query = {{"after", std::to_string(after)}, {"limit", "1"}}});
  if (!answer) return answer.error();
  const Json& events = list_at(answer->document, "events");
  if (events.empty()) return true;
  const auto at = base::parse_time(text_at(events.front(), "at"));
  return !at || *at >= time;
}

}  // namespace

base::Result<base::Seq> position_before(Context& context, base::Time time) {
  base::Seq below = 0, above = 1;  // below: known to be too early (or 0), above: late enough
  const auto all = late_enough(context, 0, time);
  if (!all) return all.error();
  if (*all) return base::Seq(0);
  while (above < seq_end) {
    const auto late = late_enough(context, above, time);
    if (!late) return late.error();
    if (*late) break;
    below = above;
    above *= 2;
  }
  while (above - below > 1) {
    const base::Seq middle = below + (above - below) / 2;
    const auto late = late_enough(context, middle, time);
    if (!late) return late.error();
    (*late ? above : below) = middle;
  }
  return above;
}

}  // namespace cordyna::dyna
