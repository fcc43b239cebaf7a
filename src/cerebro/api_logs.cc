// What a task printed, over HTTP: text from a byte on, or a stream.
#include "base/limits.h"
#include "cerebro/api_routes.h"
#include "engine/run_record.h"

namespace cordyna::cerebro {

using engine::State;

namespace {

struct WantedLog {
  AttemptName name;
  std::uint64_t after = 0;
  bool stream = false;
};

void respond_log(const Caller& caller, const WantedLog& wanted) {
  if (wanted.stream) return caller.host->follow_log(caller.connection, wanted.name, wanted.after);
  const TaskLogs& logs = caller.host->task_logs();
  caller.host->search(caller.connection, [&logs, wanted](log::EventLog&) -> ApiHost::Read {
    std::string text;
    std::optional<Problem> problem;
    for (std::uint64_t at = wanted.after;;) {
      const auto part = logs.read(wanted.name, at, base::limits::log_read_bytes_max);
      if (!part.ok()) problem = Problem{500, part.error().code, part.error().message, {}};
      if (!part.ok() || part->text.empty()) break;
      text += part->text;
      at = part->next;
    }
    return [text = std::move(text), problem](const State&) {
      if (problem) return response_of(*problem);
      return base::HttpResponse{
          200, {{"content-type", "text/plain; charset=utf-8"}, {"cache-control", "no-store"}}, text};
    };
  });
}

Problem no_such_task(const WantedLog& wanted) {
  return {404,
          "unknown_task",
          "run " + wanted.name.run.text() + " has no task " + wanted.name.task + "; see: dyna show " +
              wanted.name.run.text(),
          {}};
}

/// `last` is the attempt that was made last, nullopt when the run has no such task.
void respond_checked(const Caller& caller, WantedLog wanted, std::optional<std::uint32_t> last) {
  if (!last) return caller.refuse(no_such_task(wanted));
  if (wanted.name.attempt == 0) wanted.name.attempt = *last;
  if (wanted.name.attempt > *last)
    return caller.refuse({404,
                          "unknown_attempt",
                          wanted.name.task + " has had " + std::to_string(*last) +
                              " attempts in this run, no attempt " + std::to_string(wanted.name.attempt),
                          {}});
  respond_log(caller, wanted);
}

void check_in_log(const Caller& caller, const WantedLog& wanted) {
  caller.host->run_record(
      caller.connection, wanted.name.run, [caller, wanted](std::shared_ptr<const engine::RunRecord> record) {
        if (record == nullptr)
          return caller.refuse(
              {404, "unknown_run", "there is no run " + wanted.name.run.text() + "; see: dyna runs", {}});
        caller.look([caller, wanted, record](const State& state) {
          std::optional<std::uint32_t> last;
          for (std::size_t i = 0; i < record->tasks.size(); ++i)
            if (state.task(record->head.plan->tasks[i].task).name == wanted.name.task) last = record->tasks[i].attempt;
          respond_checked(caller, wanted, last);
        });
      });
}

}  // namespace

void serve_log(Call& call) {
  const auto run = run_id(call.path[0]);
  if (const auto* problem = std::get_if<Problem>(&run)) return call.caller.refuse(*problem);
  const auto attempt = query_number(call, "attempt", 0, 1, 0xffff'ffffU);
  if (const auto* problem = std::get_if<Problem>(&attempt)) return call.caller.refuse(*problem);
  const auto after = query_number(call, "after", 0, 0, std::uint64_t(1) << 62U);
  if (const auto* problem = std::get_if<Problem>(&after)) return call.caller.refuse(*problem);
  WantedLog wanted{{std::get<base::RunId>(run), call.path[1] + '/' + call.path[2],
                    static_cast<std::uint32_t>(std::get<std::uint64_t>(attempt))},
                   std::get<std::uint64_t>(after),
                   call.wants_stream()};
  call.caller.look([caller = call.caller, wanted](const State& state) {
    const engine::Run* live = state.run(wanted.name.run);
    if (live == nullptr) return check_in_log(caller, wanted);
    const auto task = state.find_task(wanted.name.task);
    std::optional<std::uint32_t> last;
    for (std::uint32_t i = 0; task && i < live->tasks.size(); ++i)
      if (live->planned(i).task == *task) last = live->tasks[i].attempt;
    respond_checked(caller, wanted, last);
  });
}

}  // namespace cordyna::cerebro
