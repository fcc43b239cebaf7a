// dyna tasks and dyna servers: what is declared, by whom, in which state.

#include <fmt/format.h>

#include "dyna/acts.h"
#include "dyna/ask.h"
#include "dyna/clock_text.h"
#include "dyna/table.h"
#include "dyna/trigger_text.h"

namespace cordyna::dyna::acts {
namespace {

/// What stands out about a task comes before how it went last.
std::string task_state(const Ink& ink, const Json& task) {
  if (flag_at(task, "unresolved")) return ink.state("unresolved");
  if (at(task, "paused").is_object()) return ink.state("paused");
  const std::string last = text_at(at(task, "last"), "state");
  return last.empty() ? std::string("-") : ink.state(last);
}

std::string tasks_table(const World& world, const Ink& ink, const Json& tasks) {
  Table table{{"TASK", "TEAM", "STATE", "ENDED", "NEXT", "WHEN"}, {}};
  for (const Json& task : tasks)
    table.rows.push_back({plain(text_at(task, "task")), plain(text_at(task, "team")), task_state(ink, task),
                          local_time_of(world, text_at(at(task, "last"), "ended_at")),
                          local_time_of(world, text_at(task, "next_at")), when_text(at(task, "when"))});
  return table.text(ink);
}

std::string pauses(const World& world, const Json& tasks) {
  std::string text;
  for (const Json& task : tasks) {
    const Json& paused = at(task, "paused");
    if (!paused.is_object()) continue;
    text += fmt::format("{} is paused by {} since {}", plain(text_at(task, "task")), plain(text_at(paused, "by")),
                        local_time_of(world, text_at(paused, "at")));
    const std::string reason = plain(text_at(paused, "reason"));
    text += reason.empty() ? "\n" : ": " + reason + '\n';
  }
  return text;
}

struct Load {
  std::int64_t instances = 0, slots = 0, live = 0;
};

Load load_of(const Json& server) {
  Load load;
  for (const Json& instance : list_at(server, "instances")) {
    load.live += number_at(instance, "live");
    if (at(instance, "connected") == Json(false)) continue;  // it may come back, and takes nothing now
    ++load.instances;
    load.slots += number_at(instance, "slots");
  }
  return load;
}

std::string servers_table(const Ink& ink, const Json& servers) {
  Table table{{"SERVER", "TEAM", "STATE", "INSTANCES", "LIVE", "SLOTS", "REVISION"}, {}};
  for (const Json& server : servers) {
    const Load load = load_of(server);
    table.rows.push_back({plain(text_at(server, "server")), plain(text_at(server, "team")),
                          ink.state(text_at(server, "state")), std::to_string(load.instances),
                          std::to_string(load.live), std::to_string(load.slots), plain(text_at(server, "revision"))});
  }
  return table.text(ink);
}

std::string findings_text(const Json& servers) {
  std::string text;
  for (const Json& server : servers) {
    for (const Json& finding : list_at(server, "findings")) {
      const std::string path = plain(text_at(finding, "path")), fix = plain(text_at(finding, "fix"));
      text += fmt::format("{}: {}{}{}\n", plain(text_at(server, "server")), path, path.empty() ? "" : ": ",
                          plain(text_at(finding, "message")));
      if (!fix.empty()) text += "  fix: " + fix + '\n';
    }
  }
  return text;
}

}  // namespace

Act tasks(Context& context) {
  const auto all = ask_all(context, {.path = "/tasks"}, "tasks");
  if (!all) return all.error();
  if (context.json()) {
    context.out() << dumped(*all) << '\n';
    return exit_code::done;
  }
  const Json& listed = list_at(*all, "tasks");
  context.out() << tasks_table(context.world, context.ink(), listed) << pauses(context.world, listed);
  if (listed.empty()) context.err() << "no task is declared yet\n  declare some: dyna serve FILE\n";
  return exit_code::done;
}

Act servers(Context& context) {
  const auto all = ask_all(context, {.path = "/servers"}, "servers");
  if (!all) return all.error();
  if (context.json()) {
    context.out() << dumped(*all) << '\n';
    return exit_code::done;
  }
  const Json& listed = list_at(*all, "servers");
  context.out() << servers_table(context.ink(), listed) << findings_text(listed);
  if (listed.empty()) context.err() << "no task-server has declared itself yet\n  start one: dyna serve FILE\n";
  return exit_code::done;
}

}  // namespace cordyna::dyna::acts
