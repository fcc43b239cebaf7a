#include "dyna/trigger_text.h"

#include "dyna/ink.h"

namespace cordyna::dyna {
namespace {

std::string one(const Json& trigger) {
  if (!trigger.is_object()) return plain(text_of(trigger));
  if (trigger.contains("cron")) {
    std::string text = "cron " + plain(text_at(trigger, "cron"));
    if (const std::string zone = plain(text_at(trigger, "timezone")); !zone.empty()) text += ' ' + zone;
    if (!text_at(trigger, "and").empty()) text += " and upstream";
    return text;
  }
  if (trigger.contains("every")) return "every " + plain(text_at(trigger, "every"));
  if (trigger.contains("event")) {
    const Json& event = at(trigger, "event");
    std::string text = "event " + plain(event.is_object() ? text_at(event, "type") : text_of(event));
    if (const std::string subject = plain(text_at(event, "subject")); !subject.empty()) text += " of " + subject;
    return text;
  }
  if (trigger.contains("upstream")) return "upstream " + plain(text_at(trigger, "upstream"));
  return plain(dumped(trigger));
}

}  // namespace

std::string when_text(const Json& when) {
  if (when.is_null()) return {};
  if (!when.is_array()) return one(when);
  std::string text;
  for (const Json& trigger : when) text += (text.empty() ? "" : ", ") + one(trigger);
  return text;
}

std::string edge_text(const Json& edge, const std::string& task_key) {
  if (!edge.is_object()) return plain(text_of(edge));
  std::string text = plain(text_at(edge, task_key));
  if (const std::string within = plain(text_at(edge, "within")); !within.empty()) text += " within " + within;
  if (text_at(edge, "require") == "finished") text += " finished";
  return text;
}

}  // namespace cordyna::dyna
