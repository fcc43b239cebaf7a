// Tasks and the graph over HTTP, and the answer to "why?".
#include <algorithm>

#include "base/limits.h"
#include "base/nearest.h"
#include "cerebro/api_routes.h"
#include "cerebro/run_document.h"
#include "cerebro/task_document.h"
#include "engine/graph.h"
#include "engine/selectors.h"
#include "engine/why.h"

namespace cordyna::cerebro {

namespace limits = base::limits;
using engine::State;
using model::Json;
using model::TaskIndex;

namespace {

Problem unknown_task(const State& state, const std::string& name) {
  std::vector<std::string> known;
  const auto server = state.server_by_name.find(name.substr(0, name.find('/')));
  if (server != state.server_by_name.end() && state.server(server->second).block != nullptr)
    for (const auto& task : state.server(server->second).block->tasks) known.push_back(server->first + '/' + task.name);
  const auto near = base::nearest(name, known);
  return {404,
          "unknown_task",
          "no task-server declares " + name + (near ? "; did you mean " + *near + "?" : "; see: dyna tasks"),
          {}};
}

std::optional<TaskIndex> declared_task(const State& state, const std::string& name) {
  const auto task = state.find_task(name);
  return task && state.task(*task).declared() ? task : std::nullopt;
}

/// Declared tasks behind `after` by name: servers are sorted, and so are the tasks of each.
std::vector<TaskIndex> tasks_after(const State& state, const std::string& after, std::size_t count) {
  std::vector<TaskIndex> found;
  const std::string server_name = after.substr(0, after.find('/'));
  for (auto server = state.server_by_name.lower_bound(server_name); server != state.server_by_name.end(); ++server) {
    const auto& block = state.server(server->second).block;
    if (block == nullptr) continue;
    for (const model::TaskDeclaration& task : block->tasks) {
      std::string name = server->first + '/' + task.name;
      if (server->first == server_name && !after.empty() && task.name <= engine::short_name(after)) continue;
      if (const auto index = declared_task(state, name)) found.push_back(*index);
      if (found.size() == count) return found;
    }
  }
  return found;
}

base::HttpResponse task_page(const State& state, const std::string& after, std::size_t limit) {
  auto tasks = tasks_after(state, after, limit + 1);
  Json next;
  if (tasks.size() > limit) {
    tasks.resize(limit);
    next = state.task(tasks.back()).name;
  }
  Json list = Json::array();
  for (const TaskIndex task : tasks) list.push_back(task_document(state, task));
  return json_response(200, {{"tasks", std::move(list)}, {"next", std::move(next)}});
}

std::string task_name(const Call& call) {
  return call.path[0] + '/' + call.path[1];
}

base::HttpResponse one_task(const State& state, const std::string& name) {
  const auto task = declared_task(state, name);
  if (!task) return response_of(unknown_task(state, name));
  return json_response(200, whole_task_document(state, *task));
}

void switch_task(Call& call, bool pause) {
  engine::PauseRequest request{task_name(call), pause, call.body.text("reason", limits::text_bytes_max)};
  if (!call.body.ok()) return call.caller.refuse(call.body.problem());
  call.caller.host->submit(call.actor(), request, [caller = call.caller, name = request.task](const engine::Answer& a) {
    if (const auto* refusal = std::get_if<engine::Refusal>(&a.body)) return caller.refuse(problem_of(*refusal));
    caller.host->read(caller.connection, [name](const State& state) { return one_task(state, name); });
  });
}

Json why_document(const engine::Explanation& why) {
  Json chain = Json::array();
  for (const engine::WhyLink& link : why.chain)
    chain.push_back({{"task", link.task},
                     {"state", text_or_null(link.state)},
                     {"code", text_or_null(link.code)},
                     {"team", text_or_null(link.team)},
                     {"message", link.message},
                     {"expected_at", time_or_null(link.expected_at)}});
  return {{"task", why.task}, {"state", why.state}, {"message", why.message}, {"chain", std::move(chain)}};
}

using Record = std::shared_ptr<const engine::RunRecord>;

/// Answers with what is said of the task, the root cause told by the log when its run has ended.
void respond_why(const Caller& caller, std::function<std::optional<engine::Explanation>(const State&)> explain,
                 Problem otherwise) {
  caller.host->read(caller.connection, [explain = std::move(explain), otherwise](const State& state) {
    const auto why = explain(state);
    return why ? json_response(200, why_document(*why)) : response_of(otherwise);
  });
}

void why_in_ended_run(const Caller& caller, base::RunId run, const std::string& name) {
  caller.host->run_record(caller.connection, run, [caller, run, name](Record record) {
    if (record == nullptr)
      return caller.refuse({404, "unknown_run", "there is no run " + run.text() + "; see: dyna runs", {}});
    const Problem no_task{
        404, "unknown_task", "run " + run.text() + " has no task " + name + "; see: dyna show " + run.text(), {}};
    const auto own = [caller, record, name, no_task](const State& state, const Record& root) {
      respond_why(
          caller,
          [record, name, root, now = std::max(state.now.wall, caller.host->now())](const State& s) {
            return engine::explain(s, *record, root.get(), name, now);
          },
          no_task);
    };
    caller.look([caller, record, name, own](const State& state) {
      const auto cause = engine::root_cause(state, *record, name);
      if (cause.none() || cause == record->head.run) return own(state, nullptr);
      caller.host->run_record(caller.connection, cause, [caller, own](Record root) {
        caller.look([own, root](const State& later) { own(later, root); });
      });
    });
  });
}

void why_in_no_run(const Caller& caller, const State& state, const std::string& name) {
  const auto task = state.find_task(name);
  if (!task) return caller.refuse(unknown_task(state, name));
  const auto told = [caller, task = *task, name](const Record& root) {
    respond_why(caller,
                [caller, task, root](const State& s) -> std::optional<engine::Explanation> {
                  return engine::explain(s, task, root.get(), std::max(s.now.wall, caller.host->now()));
                },
                {404, "unknown_task", "no task-server declares " + name, {}});
  };
  const base::RunId cause = engine::root_cause(state, *task);
  if (cause.none()) return told(nullptr);
  caller.host->run_record(caller.connection, cause, told);
}

}  // namespace

void serve_task_list(Call& call) {
  const auto limit = page_limit(call);
  if (const auto* problem = std::get_if<Problem>(&limit)) return call.caller.refuse(*problem);
  call.caller.host->read(call.caller.connection, [after = call.text("cursor"), limit = std::get<std::uint64_t>(limit)](
                                                     const State& state) { return task_page(state, after, limit); });
}

void serve_task(Call& call) {
  call.caller.host->read(call.caller.connection,
                         [name = task_name(call)](const State& state) { return one_task(state, name); });
}

void serve_task_pause(Call& call) {
  switch_task(call, true);
}
void serve_task_resume(Call& call) {
  switch_task(call, false);
}

void serve_why(Call& call) {
  const std::string name = task_name(call), run_text = call.text("run");
  std::optional<base::RunId> run;
  if (!run_text.empty()) {
    const auto read = run_id(run_text);
    if (const auto* problem = std::get_if<Problem>(&read)) return call.caller.refuse(*problem);
    run = std::get<base::RunId>(read);
  }
  call.caller.look([caller = call.caller, name, run](const State& state) {
    if (!run) return why_in_no_run(caller, state, name);
    if (state.run(*run) == nullptr) return why_in_ended_run(caller, *run, name);
    respond_why(
        caller,
        [caller, name, run](const State& s) -> std::optional<engine::Explanation> {
          const engine::Run* live = s.run(*run);
          const auto task = s.find_task(name);
          for (std::uint32_t i = 0; live != nullptr && task && i < live->tasks.size(); ++i)
            if (live->planned(i).task == *task)
              return engine::explain(s, *live, i, std::max(s.now.wall, caller.host->now()));
          return std::nullopt;
        },
        {404, "unknown_task", "run " + run->text() + " has no task " + name + "; see: dyna show " + run->text(), {}});
  });
}

void serve_graph(Call& call) {
  std::vector<std::string> selectors;
  std::string text = call.text("select");
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    if (end > 0) selectors.push_back(text.substr(0, end));
    text.erase(0, end + 1);
  }
  call.caller.host->read(call.caller.connection, [selectors](const State& state) {
    if (selectors.empty()) {
      std::vector<TaskIndex> all;
      for (std::uint32_t i = 0; i < state.tasks.size(); ++i)
        if (state.tasks[i].declared()) all.push_back(TaskIndex{i});
      return json_response(200, graph_document(state, all));
    }
    engine::Selected selected = engine::select(state, selectors, "select");
    if (!selected.findings.empty())
      return response_of({422, "invalid", selected.findings.front().message + ": " + selected.findings.front().fix,
                          std::move(selected.findings)});
    return json_response(200, graph_document(state, selected.tasks));
  });
}

}  // namespace cordyna::cerebro
