// dyna why: the one sentence of cerebro, then the chain behind it with owners and expected times.

#include "dyna/acts.h"
#include "dyna/ask.h"
#include "dyna/clock_text.h"
#include "dyna/names.h"
#include "dyna/table.h"

namespace cordyna::dyna::acts {

Act why(Context& context) {
  const auto task = resolved_task(context, context.arguments.text_or("TASK", ""));
  if (!task) return task.error();
  std::string run_id;
  if (const auto given = context.arguments.text("--run")) {
    auto whole = resolved_run(context, *given);
    if (!whole) return whole.error();
    run_id = *whole;
  }
  const auto answer = ask(context, {.path = task_path(*task) + "/why", .query = {{"run", run_id}}});
  if (!answer) return answer.error();
  if (context.json()) {
    context.out() << answer->response.body << '\n';
    return exit_code::done;
  }
  const Json& document = answer->document;
  const std::string sentence = with_local_times(context.world, plain(text_at(document, "message")));
  context.out() << sentence << '\n';
  Table table{{"TASK", "STATE", "TEAM", "EXPECTED", "WHY"}, {}};
  for (const Json& link : list_at(document, "chain")) {
    std::string reason = with_local_times(context.world, plain(text_at(link, "message")));
    if (reason == sentence) continue;  // the task asked about, which the sentence speaks of already
    if (reason.empty()) reason = plain(text_at(link, "code"));
    table.rows.push_back({plain(text_at(link, "task")), context.ink().state(text_at(link, "state")),
                          plain(text_at(link, "team")), local_time_of(context.world, text_at(link, "expected_at")),
                          reason});
  }
  if (!table.rows.empty()) context.out() << '\n' << table.text(context.ink());
  return exit_code::done;
}

}  // namespace cordyna::dyna::acts
