// dyna watch: on a terminal a picture that is drawn again twice a second, everywhere else one line for each change.

#include <fmt/format.h>

#include "dyna/absence.h"
#include "dyna/acts.h"
#include "dyna/clock_text.h"
#include "dyna/event_text.h"
#include "dyna/follow.h"
#include "dyna/names.h"
#include "dyna/picture.h"
#include "dyna/run_text.h"
#include "dyna/run_wait.h"
#include "dyna/table.h"

namespace cordyna::dyna::acts {
namespace {

constexpr base::Duration redraw = std::chrono::milliseconds(500);

/// Asks and draws until `draw` says that it was the last time. cerebro may be away for a while in between.
base::Result<Json> keep_drawing(Context& context, const Question& question,
                                const std::function<bool(Picture&, const Json&)>& draw) {
  Picture picture(context.world.out);
  bool seen = false;
  base::Duration away{0};
  while (true) {
    auto answer = ask(context, question);
    if (answer) {
      seen = true;
      away = base::Duration(0);
      if (!draw(picture, answer->document)) return std::move(answer->document);
    } else {
      if (!seen || !is_absence(answer.error()) || away >= away_max) return answer.error();
      away += redraw;
      picture.note(fmt::format("cerebro is away for {}", duration_text(away)));
    }
    context.world.pause(redraw);
  }
}

Act draw_run(Context& context, const std::string& run_id) {
  const auto run =
      keep_drawing(context, {.path = "/runs/" + percent_encoded(run_id)}, [&](Picture& picture, const Json& document) {
        const bool running = text_at(document, "state") == "running";
        const std::string text = run_text(context.world, context.ink(), document);
        running ? picture.draw(text) : picture.finish(text);
        return running;
      });
  if (!run) return run.error();
  return exit_code_of_run(*run);
}

Act draw_all(Context& context) {
  const std::size_t rows = context.world.out.height > 6 ? context.world.out.height - 4 : 2;
  const auto runs = keep_drawing(context, {.path = "/runs", .query = {{"limit", std::to_string(rows)}}},
                                 [&](Picture& picture, const Json& document) {
                                   picture.draw(local_time(context.world, context.world.now()) + '\n' +
                                                runs_text(context.world, context.ink(), list_at(document, "runs")));
                                   return true;
                                 });
  if (!runs) return runs.error();
  return exit_code::done;
}

/// Every event of one run or of all, as lines (or JSON lines).
Act print_events(Context& context, const std::string& run_id) {
  std::string end;
  FollowOptions options;
  if (!run_id.empty()) options = {.query = {{"run", run_id}}, .after = "0"};
  const auto followed = follow(context, options, [&](const Json& event) {
    context.out() << (context.json() ? dumped(event) : event_line(context.world, context.ink(), event)) << '\n'
                  << std::flush;
    if (!run_id.empty() && text_at(event, "run") == run_id) end = run_end(event);
    return end.empty();
  });
  if (!followed) return followed.error();
  return end == "completed" ? exit_code::done : exit_code::failed;
}

}  // namespace

Act watch(Context& context) {
  const auto given = context.arguments.text("RUN");
  std::string run_id;
  if (given) {
    auto whole = resolved_run(context, *given);
    if (!whole) return whole.error();
    run_id = *whole;
  }
  const bool lines = context.json() || !context.world.out.terminal;
  if (run_id.empty()) return lines ? print_events(context, run_id) : draw_all(context);
  if (!lines) return draw_run(context, run_id);
  const auto run = run_document(context, run_id);  // an unknown run has no events: waiting for one would never end
  if (!run) return run.error();
  if (context.json()) return print_events(context, run_id);
  if (text_at(*run, "state") == "running") return wait_for_run(context, *run, context.world.out);
  context.out() << outcome_text(context.world, context.ink(), *run);
  return exit_code_of_run(*run);
}

}  // namespace cordyna::dyna::acts
