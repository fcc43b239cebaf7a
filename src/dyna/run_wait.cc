#include "dyna/run_wait.h"

#include <fmt/format.h>

#include "dyna/clock_text.h"
#include "dyna/event_text.h"
#include "dyna/follow.h"
#include "dyna/run_text.h"

namespace cordyna::dyna {

base::Result<Json> run_document(Context& context, const std::string& run_id) {
  auto answer = ask(context, {.path = "/runs/" + percent_encoded(run_id)});
  if (!answer) return answer.error();
  return std::move(answer->document);
}

base::Result<int> wait_for_started_run(Context& context, const std::string& run_id) {
  const auto run = run_document(context, run_id);
  if (!run) return run.error();
  return wait_for_run(context, *run, context.world.err);
}

int exit_code_of_run(const Json& run) {
  return text_at(run, "state") == "completed" ? exit_code::done : exit_code::failed;
}

std::string outcome_text(const World& world, const Ink& ink, const Json& run) {
  const std::string state = text_at(run, "state"), id = plain(text_at(run, "run_id"));
  std::string text = fmt::format("run {} {}", id, ink.state(state));
  if (const std::string took = time_between(world, text_at(run, "created_at"), text_at(run, "ended_at")); !took.empty())
    text += " after " + took;
  const std::string counts = counts_text(run);
  text += counts.empty() ? "\n" : ": " + counts + '\n';
  if (state == "completed") return text;
  for (const Json& task_run : list_at(run, "task_runs")) {
    if (text_at(task_run, "state") != "error") continue;
    text += "  " + plain(text_at(task_run, "task")) + '\n';
    for (const std::string& line : remarks(world, task_run)) text += "    " + line + '\n';
  }
  return text + "  see: dyna show " + id + ", dyna logs " + id + " TASK; again: dyna retry " + id + '\n';
}

namespace {

/// What waits for something that nothing in the run will bring about: it would be waited for in silence.
std::string held_text(const World& world, const Ink& ink, const Json& run) {
  std::string text;
  for (const Json& task_run : list_at(run, "task_runs")) {
    const std::string code = text_at(at(task_run, "reason"), "code");
    if (text_at(task_run, "state") != "pending" || (code != "paused" && code != "no_server")) continue;
    text += ink.state("pending") + "  " + plain(text_at(task_run, "task")) + '\n';
    for (const std::string& line : remarks(world, task_run)) text += "    " + line + '\n';
  }
  return text;
}

}  // namespace

base::Result<int> wait_for_run(Context& context, const Json& begun, const Screen& screen) {
  const std::string run_id = text_at(begun, "run_id");
  const Ink ink{screen.terminal, screen.colour};
  *screen.stream << held_text(context.world, ink, begun) << std::flush;
  RunLines lines(context.world, ink);
  const auto followed = follow(context, {.query = {{"run", run_id}}, .after = "0"}, [&](const Json& event) {
    *screen.stream << lines.lines(event) << std::flush;
    return run_end(event).empty() || text_at(event, "run") != run_id;
  });
  if (!followed) return followed.error();
  const auto run = run_document(context, run_id);
  if (!run) return run.error();
  *screen.stream << outcome_text(context.world, ink, *run) << std::flush;
  return exit_code_of_run(*run);
}

}  // namespace cordyna::dyna
