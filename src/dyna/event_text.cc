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

/// What cerebro's sentence says beyond the line it stands in, which names the task and what became of it.
std::string rest_of_sentence(const World& world, const Json& event) {
  const std::string kind = text_at(event, "kind"), task = plain(text_at(event, "task"));
  std::string message = plain(text_at(event, "message"));
  if (text_at(event, "from") == "cerebro")
    message = with_local_times(world, std::move(message));  // not what teams write
  if (kind == "task.queued" || kind == "task.started" || kind == "task.completed") return {};
  if (task.empty()) return message;
  std::string known = task + ' ';
  if (kind == "command.run") known = fmt::format("run {}, attempt {}", task, number_at(event, "attempt"));
  if (!message.starts_with(known)) return message;
  message.erase(0, known.size());
  return message.starts_with(": ") ? message.substr(2) : message;
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
  if (const std::string rest = rest_of_sentence(world, event); !rest.empty()) text += "  " + rest;
  return text;
}

std::string RunLines::line(std::string_view state, const Json& event, const std::string& task) const {
  const std::string at = text_at(event, "at");
  const auto time = base::parse_time(at);
  std::string text = time ? local_clock(world_, *time) + ' ' : std::string();
  text += padded(ink_.state(state), ink_.glyphs ? state_width : state_width - 2) + "  " + plain(task);
  if (const auto attempt = number_at(event, "attempt"); attempt > 1) text += fmt::format(", attempt {}", attempt);
  const auto started = started_at_.find(task);
  if ((state == "completed" || state == "error") && started != started_at_.end())
    text += "  " + time_between(world_, started->second, at);
  return text;
}

std::string RunLines::lines(const Json& event) {
  const std::string kind = text_at(event, "kind"), task = text_at(event, "task");
  const Json& data = at(event, "data");
  std::string all;
  if (kind == "run.created") {
    for (const Json& planned : list_at(data, "task_runs"))
      if (const std::string state = text_at(planned, "state"); !state.empty() && state != "pending")
        all += line(state, event, text_at(planned, "task")) + '\n';
    return all;
  }
  if (kind == "task.started") started_at_[task] = text_at(event, "at");
  std::string state;
  for (const Change& change : changes)
    if (change.kind == kind) state = change.state;
  if (kind == "task.followed") state = text_at(data, "state");  // it is shared with another run, which ended it
  if (state.empty()) return {};
  all = line(state, event, task);
  if (const std::string rest = rest_of_sentence(world_, event); !rest.empty()) all += "  " + rest;
  return all + '\n';
}

std::string run_end(const Json& event) {
  const std::string kind = text_at(event, "kind");
  if (kind == "run.completed" || kind == "run.failed" || kind == "run.cancelled") return kind.substr(4);
  return {};
}

}  // namespace cordyna::dyna
