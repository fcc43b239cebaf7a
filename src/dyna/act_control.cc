// The verbs that steer: cancel, retry, adopt, pause, resume, forget, transfer. Each is one POST; who and why go with
// it.

#include <fmt/format.h>

#include "dyna/acts.h"
#include "dyna/ask.h"
#include "dyna/names.h"
#include "dyna/run_wait.h"

namespace cordyna::dyna::acts {
namespace {

Json with_reason(const Context& context, Json body = Json::object()) {
  body["reason"] = context.arguments.text_or("--reason", "");
  return body;
}

/// Prints the id of the run that was started, and follows it when asked to.
Act started(Context& context, const Json& document) {
  const std::string run_id = text_at(document, "run_id");
  context.out() << plain(run_id) << '\n' << std::flush;
  if (!context.arguments.has("--wait")) return exit_code::done;
  return wait_for_started_run(context, run_id);
}

Act switch_task(Context& context, const char* what, const char* done) {
  const auto task = resolved_task(context, context.arguments.text_or("TASK", ""));
  if (!task) return task.error();
  const auto answer =
      ask(context, {.method = "POST", .path = task_path(*task) + '/' + what, .body = with_reason(context)});
  if (!answer) return answer.error();
  context.out() << plain(*task) << ' ' << done << '\n';
  return exit_code::done;
}

}  // namespace

Act cancel(Context& context) {
  const auto run_id = resolved_run(context, context.arguments.text_or("RUN", ""));
  if (!run_id) return run_id.error();
  const auto answer =
      ask(context,
          {.method = "POST", .path = "/runs/" + percent_encoded(*run_id) + "/cancel", .body = with_reason(context)});
  if (!answer) return answer.error();
  const std::string state = text_at(answer->document, "state");
  context.out() << fmt::format("run {} {}\n", *run_id,
                               state == "running" ? "is being cancelled" : "is " + plain(state));
  return exit_code::done;
}

Act retry(Context& context) {
  const auto run_id = resolved_run(context, context.arguments.text_or("RUN", ""));
  if (!run_id) return run_id.error();
  Json body{{"accept_fresh", context.arguments.has("--accept-fresh")}};
  const auto answer = ask(context, {.method = "POST",
                                    .path = "/runs/" + percent_encoded(*run_id) + "/retry",
                                    .body = with_reason(context, std::move(body))});
  if (!answer) return answer.error();
  return started(context, answer->document);
}

Act adopt(Context& context) {
  const auto run_id = resolved_run(context, context.arguments.text_or("RUN", ""));
  if (!run_id) return run_id.error();
  const auto task = resolved_task(context, context.arguments.text_or("TASK", ""));
  if (!task) return task.error();
  const auto answer = ask(context, {.method = "POST",
                                    .path = "/runs/" + percent_encoded(*run_id) + task_path(*task) + "/adopt",
                                    .body = with_reason(context)});
  if (!answer) return answer.error();
  return started(context, answer->document);
}

Act pause(Context& context) {
  return switch_task(context, "pause", "is paused");
}
Act resume(Context& context) {
  return switch_task(context, "resume", "goes on");
}

Act forget(Context& context) {
  const std::string server = context.arguments.text_or("SERVER", "");
  const auto answer =
      ask(context,
          {.method = "POST", .path = "/servers/" + percent_encoded(server) + "/forget", .body = with_reason(context)});
  if (!answer) return answer.error();
  context.out() << plain(server) << " is forgotten\n";
  return exit_code::done;
}

Act transfer(Context& context) {
  const std::string server = context.arguments.text_or("SERVER", "");
  const auto team = context.arguments.text("--to");
  if (!team) return base::Error{"usage", "dyna transfer needs --to TEAM\n  see: dyna transfer --help"};
  const auto answer = ask(context, {.method = "POST",
                                    .path = "/servers/" + percent_encoded(server) + "/transfer",
                                    .body = with_reason(context, Json{{"to", *team}})});
  if (!answer) return answer.error();
  context.out() << fmt::format("{} belongs to team {}\n", plain(server), plain(*team));
  return exit_code::done;
}

}  // namespace cordyna::dyna::acts
