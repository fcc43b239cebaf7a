// dyna runs and dyna show: what was run, and how one run stands.

#include "dyna/acts.h"
#include "dyna/ask.h"
#include "dyna/names.h"
#include "dyna/run_text.h"
#include "dyna/run_wait.h"

namespace cordyna::dyna::acts {
Act runs(Context& context) {
  const Arguments& given = context.arguments;
  std::string task = given.text_or("--task", "");
  if (!task.empty()) {
    auto whole = resolved_task(context, task);
    if (!whole) return whole.error();
    task = *whole;
  }
  const std::string limit = given.text_or("--limit", "20");
  const auto count = whole_number(limit);
  if (!count || *count == 0) return base::Error{"usage", "--limit " + plain(limit) + ": write a whole number from 1"};
  const auto all = ask_all(
      context, {.path = "/runs", .query = {{"state", given.text_or("--state", "")}, {"task", task}}}, "runs", *count);
  if (!all) return all.error();
  if (context.json()) {
    context.out() << dumped(*all) << '\n';
    return exit_code::done;
  }
  const Json& listed = list_at(*all, "runs");
  context.out() << runs_text(context.world, context.ink(), listed);
  if (listed.empty())
    context.err() << "no run" << (given.has("--state") || !task.empty() ? " like that" : " yet") << '\n';
  if (!text_at(*all, "next").empty()) context.err() << "older ones are not shown: --limit N\n";
  return exit_code::done;
}

Act show(Context& context) {
  const auto run_id = resolved_run(context, context.arguments.text_or("RUN", ""));
  if (!run_id) return run_id.error();
  const auto answer = ask(context, {.path = "/runs/" + percent_encoded(*run_id)});
  if (!answer) return answer.error();
  if (context.json())
    context.out() << answer->response.body << '\n';
  else
    context.out() << run_text(context.world, context.ink(), answer->document);
  return exit_code::done;
}

}  // namespace cordyna::dyna::acts
