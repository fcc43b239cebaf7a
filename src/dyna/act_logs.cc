// dyna logs: what a task printed, once or until it ends. Following asks again from the byte where the last answer
// ended, so it needs no connection that lives as long as the task.

#include <fmt/format.h>

#include "dyna/absence.h"
#include "dyna/acts.h"
#include "dyna/ask.h"
#include "dyna/names.h"
#include "dyna/run_wait.h"

namespace cordyna::dyna::acts {
namespace {

constexpr base::Duration look_again = std::chrono::milliseconds(500);

struct Place {
  std::string run, task;
  std::string attempt;  // "" is the last one
  std::size_t after = 0;
  std::string text = {};  // with --json: what was read, printed as one document at the end
};

void print_text(Context& context, Place& place, const std::string& text) {
  if (context.json())
    place.text += text;
  else
    context.out() << (context.world.out.terminal ? tame(text) : text) << std::flush;
}

/// Prints all that is behind `place` now and moves it; long logs come in several answers.
base::Result<void> print_rest(Context& context, Place& place) {
  while (true) {
    const auto response = ask_plain(
        context, {.path = "/runs/" + percent_encoded(place.run) + task_path(place.task) + "/logs",
                  .query = {{"attempt", place.attempt}, {"after", place.after == 0 ? "" : std::to_string(place.after)}},
                  .headers = {{"accept", "text/plain"}}});
    if (!response) return response.error();
    if (response->body.empty()) return {};
    place.after += response->body.size();
    print_text(context, place, response->body);
  }
}

struct Standing {
  std::string attempt;
  bool final = false;
};

base::Result<Standing> standing(Context& context, const Place& place) {
  const auto run = run_document(context, place.run);
  if (!run) return run.error();
  for (const Json& task_run : list_at(*run, "task_runs")) {
    if (text_at(task_run, "task") != place.task) continue;
    const std::string state = text_at(task_run, "state");
    const bool live = state == "pending" || state == "invoked" || state == "queued" || state == "started";
    return Standing{text_at(task_run, "attempt"), !live};
  }
  return base::Error{"refused", fmt::format("run {} has no task {}\n  see: dyna show {}", plain(place.run),
                                            plain(place.task), plain(place.run))};
}

Act follow_log(Context& context, Place place) {
  const bool one_attempt = !place.attempt.empty();
  Absence absence(context);
  while (true) {
    const auto now = absence.bridge([&] { return standing(context, place); });
    if (!now) return now.error();
    if (!one_attempt && now->attempt != place.attempt) {
      if (!place.attempt.empty() && place.attempt != "0")
        context.err() << fmt::format("dyna: attempt {} ended, attempt {} follows\n", place.attempt, now->attempt);
      place.attempt = now->attempt;
      place.after = 0;
    }
    if (!place.attempt.empty() && place.attempt != "0") {
      const auto printed = absence.bridge([&] { return print_rest(context, place); });
      if (!printed) return printed.error();
    }
    const bool over = now->final || (one_attempt && now->attempt != place.attempt);
    if (over) return exit_code::done;
    context.world.pause(look_again);
  }
}

}  // namespace

Act logs(Context& context) {
  const auto run_id = resolved_run(context, context.arguments.text_or("RUN", ""));
  if (!run_id) return run_id.error();
  const auto task = resolved_task(context, context.arguments.text_or("TASK", ""));
  if (!task) return task.error();
  Place place{*run_id, *task, context.arguments.text_or("--attempt", "")};
  if (!place.attempt.empty() && !whole_number(place.attempt))
    return base::Error{"usage", "--attempt " + plain(place.attempt) + ": write the number of an attempt, from 1"};
  if (context.arguments.has("--follow") && context.json())
    return base::Error{"usage",
                       "--follow and --json exclude each other: a log is one JSON document or a stream of text"};
  if (context.arguments.has("--follow")) return follow_log(context, std::move(place));
  const auto printed = print_rest(context, place);
  if (!printed) return printed.error();
  if (context.json())
    context.out() << dumped(Json{{"run", place.run}, {"task", place.task}, {"text", place.text}}) << '\n';
  return exit_code::done;
}

}  // namespace cordyna::dyna::acts
