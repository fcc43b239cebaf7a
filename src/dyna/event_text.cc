#include "dyna/event_text.h"

#include <fmt/format.h>

#include <array>

#include "dyna/clock_text.h"

namespace cordyna::dyna {
namespace {

struct Change {
  std::string_view kind, state;
};
constexpr std::array<Change, 9> changes{{{"command.run", "invoked"},
                                         {"task.queued", "queued"},
                                         {"task.started", "started"},
                                         {"task.completed", "completed"},
                                         {"task.error", "error"},
                                         {"task.blocked", "blocked"},
                                         {"task.skipped", "skipped"},
                                         {"task.cancelled", "cancelled"},
                                         {"task.retry", "pending"}}};
constexpr std::size_t state_width = 11;  // "✔ completed", "⊗ cancelled"

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t taken = columns(text);
  return taken < width ? text + std::string(width - taken, ' ') : text;
}

std::string about(const Json& event) {
  std::string text = plain(text_at(event, "task"));
  if (text.empty()) text = plain(text_at(event, "server"));
  if (const auto attempt = number_at(event, "attempt"); attempt > 1) text += fmt::format(", attempt {}", attempt);
  if (const std::string run = plain(text_at(event, "run")); !run.empty())
    text += (text.empty() ? "run " : ", run ") + run;
  return text;
}

}  // namespace

std::string event_line(const World& world, const Ink& ink, const Json& event) {
  const auto time = base::parse_time(text_at(event, "at"));
  std::string text = fmt::format("{:>6}  {}  {}", number_at(event, "seq"),
                                 time ? local_time_exact(world, *time) : plain(text_at(event, "at")),
                                 padded(ink.strong(plain(text_at(event, "kind"))), 16));
  const std::string from = plain(text_at(event, "from")), to = plain(text_at(event, "to"));
  if (!from.empty() || !to.empty()) text += fmt::format("  {}{}{}", from, to.empty() ? "" : " -> ", to);
  if (const std::string what = about(event); !what.empty()) text += "  " + what;
  if (const std::string message = plain(text_at(event, "message")); !message.empty()) text += "  " + message;
  return text;
}

std::string RunLines::line(const Json& event) {
  const std::string kind = text_at(event, "kind"), task = text_at(event, "task"), at = text_at(event, "at");
  for (const Change& change : changes) {
    if (change.kind != kind) continue;
    if (change.state == "started") started_at_[task] = at;
    const auto time = base::parse_time(at);
    std::string text = time ? local_clock(world_, *time) + ' ' : std::string();
    text += padded(ink_.state(change.state), ink_.glyphs ? state_width : state_width - 2) + "  " + plain(task);
    if (const auto attempt = number_at(event, "attempt"); attempt > 1) text += fmt::format(", attempt {}", attempt);
    const auto started = started_at_.find(task);
    if ((kind == "task.completed" || kind == "task.error") && started != started_at_.end())
      text += "  " + time_between(world_, started->second, at);
    if (const std::string message = plain(text_at(event, "message")); !message.empty()) text += "  " + message;
    return text;
  }
  return {};
}

std::string run_end(const Json& event) {
  const std::string kind = text_at(event, "kind");
  if (kind == "run.completed" || kind == "run.failed" || kind == "run.cancelled") return kind.substr(4);
  return {};
}

}  // namespace cordyna::dyna
