#pragma once
// Events of the ordered log as lines.

#include <map>
#include <string>

#include "dyna/context.h"
#include "dyna/fields.h"

namespace cordyna::dyna {

/// "   12  2026-11-24 04:47:00.123 CET  command.run  cerebro -> shop#1f  shop/extract, attempt 2  message".
std::string event_line(const World& world, const Ink& ink, const Json& event);

/// Lines of a run that is being followed: one for every change of a task-run. It remembers when each started, to say
/// how long it took.
class RunLines {
 public:
  RunLines(const World& world, const Ink& ink) : world_(world), ink_(ink) {}

  /// "04:47:41 ✔ completed  shop/extract  41s" with its end; several lines for a run whose plan has decided some
  /// already;
  /// "" for an event that changes no task-run.
  std::string lines(const Json& event);

 private:
  std::string line(std::string_view state, const Json& event, const std::string& task) const;

  const World& world_;
  Ink ink_;
  std::map<std::string, std::string> started_at_;  // by task
};

/// "completed", "failed" or "cancelled" for the event that ends a run, else "".
std::string run_end(const Json& event);

}  // namespace cordyna::dyna
