#include "dyna/run_text.h"

#include <fmt/format.h>

#include <array>

#include "dyna/clock_text.h"
#include "dyna/run_tree.h"
#include "dyna/table.h"

namespace cordyna::dyna {
namespace {

constexpr std::array<std::string_view, 9> states{"started", "queued",  "invoked", "pending",  "completed",
                                                 "error",   "blocked", "skipped", "cancelled"};

std::string team_text(const std::string& team) {
  return team.empty() ? std::string() : " of team " + plain(team);
}

void add_error(std::vector<std::string>& lines, const Json& task_run) {
  const Json& error = at(task_run, "error");
  if (!error.is_object()) return;
  std::string line = plain(text_at(error, "code"));
  if (const std::string message = plain(text_at(error, "message")); !message.empty()) line += ": " + message;
  lines.push_back(line);
  const Json& detail = at(error, "detail");
  if (const std::string exit = text_at(detail, "exit_code"); !exit.empty()) lines.push_back("exit code " + exit);
  if (const std::string signal = text_at(detail, "signal"); !signal.empty()) lines.push_back("signal " + plain(signal));
  if (const std::string hint = plain(text_at(error, "hint")); !hint.empty()) lines.push_back("hint: " + hint);
}

void add_root_cause(std::vector<std::string>& lines, const Json& task_run) {
  const Json& cause = at(task_run, "root_cause");
  if (!cause.is_object() || text_at(cause, "task") == text_at(task_run, "task")) return;
  std::string line = "because of " + plain(text_at(cause, "task")) + team_text(text_at(cause, "team"));
  if (const std::string code = plain(text_at(cause, "code")); !code.empty()) line += ": " + code;
  if (const std::string run = text_at(cause, "run"); !run.empty()) line += " (run " + plain(run) + ')';
  lines.push_back(line);
}

void add_reason(std::vector<std::string>& lines, const World& world, const Json& task_run) {
  const Json& reason = at(task_run, "reason");
  if (!reason.is_object()) return;
  const std::string message = with_local_times(world, plain(text_at(reason, "message")));
  if (message.empty())
    lines.push_back(plain(text_at(reason, "code")));
  else
    lines.push_back(message);
  if (!message.empty()) return;  // the sentence already names what it waits for
  for (const Json& other : list_at(reason, "waits_for")) {
    std::string line = "waits for " + plain(text_at(other, "task")) + team_text(text_at(other, "team"));
    if (const std::string state = text_at(other, "state"); !state.empty()) line += ", " + plain(state);
    if (const std::string when = text_at(other, "expected_at"); !when.empty())
      line += ", expected " + local_time_of(world, when);
    lines.push_back(line);
  }
}

std::string took(const World& world, const Json& task_run) {
  const std::string started = text_at(task_run, "started_at"), ended = text_at(task_run, "ended_at");
  return started.empty() ? std::string() : time_between(world, started, ended);
}

std::string notes(const Json& task_run) {
  std::vector<std::string> words;
  if (const auto attempt = number_at(task_run, "attempt"); attempt > 1)
    words.push_back(fmt::format("attempt {}", attempt));
  const Json& progress = at(task_run, "progress");
  if (text_at(task_run, "state") == "started" && progress.is_object()) {
    const Json& fraction = at(progress, "fraction");
    if (fraction.is_number()) words.push_back(fmt::format("{:.0f} %", fraction.get<double>() * 100));
    if (const std::string message = plain(text_at(progress, "message")); !message.empty()) words.push_back(message);
  }
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string head_text(const World& world, const Ink& ink, const Json& run) {
  const std::string created = text_at(run, "created_at"), ended = text_at(run, "ended_at");
  std::string text = "run " + ink.strong(plain(text_at(run, "run_id"))) + "  " + ink.state(text_at(run, "state"));
  if (const std::string trigger = trigger_text(at(run, "trigger")); !trigger.empty()) text += "  " + trigger;
  text += '\n';
  text += fmt::format("created {}, {} {}\n", local_time_of(world, created), ended.empty() ? "runs for" : "took",
                      time_between(world, created, ended));
  if (const std::string scheduled = text_at(run, "scheduled_at"); !scheduled.empty())
    text += "stands for " + local_time_of(world, scheduled) + '\n';
  if (const std::string env = text_at(run, "env"); !env.empty()) text += "env " + plain(env) + '\n';
  if (const Json& params = at(run, "params"); params.is_object() && !params.empty())
    text += "params " + plain(dumped(params)) + '\n';
  return text;
}

}  // namespace

std::string trigger_text(const Json& trigger) {
  std::string text = plain(text_at(trigger, "kind"));
  if (const std::string task = plain(text_at(trigger, "task")); !task.empty()) text += ' ' + task;
  if (const Json& event = at(trigger, "event"); event.is_object())
    text += fmt::format(" {} from {} ({})", plain(text_at(event, "type")), plain(text_at(event, "source")),
                        plain(text_at(event, "id")));
  if (const std::string of = plain(text_at(trigger, "of")); !of.empty()) text += " of " + of;
  if (const std::string by = plain(text_at(trigger, "by")); !by.empty()) text += " by " + by;
  return text;
}

std::string targets_text(const Json& run, std::size_t shown) {
  const Json& targets = list_at(run, "targets");
  std::string text;
  for (std::size_t i = 0; i < targets.size() && i < shown; ++i)
    text += (i == 0 ? "" : ", ") + plain(text_of(targets[i]));
  if (targets.size() > shown) text += fmt::format(" and {} more", targets.size() - shown);
  return text;
}

std::string runs_text(const World& world, const Ink& ink, const Json& runs) {
  Table table{{"RUN", "STATE", "CREATED", "TOOK", "TRIGGER", "TARGETS"}, {}};
  for (const Json& run : runs) {
    const std::string created = text_at(run, "created_at"), env = plain(text_at(run, "env"));
    std::string targets = targets_text(run, 2);
    if (!env.empty()) targets += " (env " + env + ')';
    table.rows.push_back({plain(text_at(run, "run_id")), ink.state(text_at(run, "state")),
                          local_time_of(world, created), time_between(world, created, text_at(run, "ended_at")),
                          trigger_text(at(run, "trigger")), targets});
  }
  return table.text(ink);
}

std::string counts_text(const Json& run) {
  std::string text;
  for (const std::string_view state : states) {
    std::size_t count = 0;
    for (const Json& task_run : list_at(run, "task_runs"))
      if (text_at(task_run, "state") == state) ++count;
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, state);
  }
  return text;
}

std::vector<std::string> remarks(const World& world, const Json& task_run) {
  std::vector<std::string> lines;
  add_error(lines, task_run);
  add_root_cause(lines, task_run);
  add_reason(lines, world, task_run);
  if (const Json& shared = at(task_run, "shared_from"); shared.is_object()) {
    std::string line = "shared from run " + plain(text_at(shared, "run"));
    const std::string task = plain(text_at(shared, "task"));
    if (!task.empty() && task != text_at(task_run, "task")) line += ", " + task;
    lines.push_back(line);
  }
  return lines;
}

std::string run_text(const World& world, const Ink& ink, const Json& run) {
  const Json& task_runs = list_at(run, "task_runs");
  const std::vector<TreeRow> rows = upstream_tree(task_runs, ink);
  std::vector<std::string> lines_below;  // after each table row, what stands below it
  Table table{{"TASK", "STATE", "TOOK", "NOTE"}, {}};
  for (const TreeRow& row : rows) {
    const Json& task_run = task_runs[row.index];
    table.rows.push_back({row.branch + plain(text_at(task_run, "task")), ink.state(text_at(task_run, "state")),
                          took(world, task_run), notes(task_run)});
    std::string below;
    for (const std::string& line : remarks(world, task_run)) below += row.below + "  " + line + '\n';
    lines_below.push_back(below);
  }
  std::string text = head_text(world, ink, run);
  const std::string lines = table.text(ink);
  std::size_t begin = 0;
  for (std::size_t i = 0; begin < lines.size(); ++i) {  // line 0 is the head
    const std::size_t end = lines.find('\n', begin) + 1;
    text += lines.substr(begin, end - begin);
    if (i > 0) text += lines_below[i - 1];
    begin = end;
  }
  if (const std::string counts = counts_text(run); !counts.empty()) text += counts + '\n';
  return text;
}

}  // namespace cordyna::dyna
