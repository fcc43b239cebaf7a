// CloudEvents as triggers: matching, what stands for one event, and what waits. See triggers.h.
#include <algorithm>
#include <tuple>

#include "base/limits.h"
#include "base/mutant.h"
#include "engine/planning.h"
#include "engine/triggers.h"
#include "model/cloud_event.h"
#include "model/glob.h"
#include "model/params.h"

namespace cordyna::engine {

namespace {

using model::Standing;

struct Match {
  TaskIndex task;
  std::uint32_t trigger = 0;  // position in the declaration
  bool params = false, coalesce = false;
};

/// Tasks with a trigger for this event, each once, by the first of its triggers that matches. Cost: the length of the
/// type and the triggers that share its beginning.
std::vector<Match> matches(const State& state, const model::CloudEvent& event) {
  std::vector<Match> found;
  for (std::size_t length = 0; length <= event.type.size(); ++length) {
    const auto triggers = state.event_triggers.find(event.type.substr(0, length));
    if (triggers == state.event_triggers.end()) continue;
    for (const auto& [index, position] : triggers->second) {
      const auto& trigger = std::get<model::EventTrigger>(state.task(index).declaration().when[position]);
      if (!model::glob_matches(trigger.type, event.type)) continue;
      if (!base::mutant("event_filter_ignored") && !trigger.subject.empty() &&
          !model::glob_matches(trigger.subject, event.subject))
        continue;
      found.push_back({index, position, trigger.params_from_data, trigger.coalesce});
    }
  }
  std::sort(found.begin(), found.end(),
            [](const Match& a, const Match& b) { return std::tie(a.task, a.trigger) < std::tie(b.task, b.trigger); });
  found.erase(std::unique(found.begin(), found.end(), [](const Match& a, const Match& b) { return a.task == b.task; }),
              found.end());
  if (base::mutant("event_reaches_one_only") && found.size() > 1) found.resize(1);
  return found;
}

void skip(Step& step, TaskIndex task, const char* reason, std::string message, Seq cause) {
  step.emit(model::ScheduleSkipped{task, step.now().wall, reason, std::move(message), 1}, cause);
}

void fire_event(Consequences& consequences, const std::vector<TaskIndex>& targets, const NewRun& head,
                const model::Json& params, Seq cause) {
  if (targets.empty()) return;
  const State& state = consequences.step().state();
  const Setting setting(state, production, params);
  PlanRequest request;
  request.targets = targets;
  request.standing = head.standing;
  for (auto& part : connected_parts(plan(state, setting, request, consequences.step().now().wall))) {
    NewRun one = head;
    one.params = params.dump();
    for (const model::PlannedTask& task : part->tasks) {
      if (task.role != model::Role::target) continue;
      if (!one.trigger.task) one.trigger.task = task.task;
      one.selected.push_back(state.task(task.task).name);
    }
    consequences.create(std::move(one), std::move(part), cause);
  }
}

/// Whether the event fires the task now; if not, why is recorded.
bool passes(Consequences& consequences, const Match& match, const model::CloudEvent& event, Seq seq) {
  Step& step = consequences.step();
  const State& state = step.state();
  const Task& task = state.task(match.task);
  if (event.depth > static_cast<std::uint32_t>(base::limits::event_depth_max)) {
    skip(step, match.task, "loop_limit", "the event was caused by a chain of more than 16 events", seq);
    return false;
  }
  if (task.detail().paused) {
    skip(step, match.task, "paused", "paused by " + task.detail().paused->by, seq);
    return false;
  }
  step.emit(model::EventDue{match.task, seq}, seq);
  if (is_abandoned(state, state.server(task.server), step.now().wall)) {
    skip(step, match.task, "missed", "its server has gone", seq);
    return false;
  }
  const Setting setting(state, production, model::Json::object());
  if (!match.coalesce || match.params || !is_live(state, match.task, setting)) return true;
  skip(step, match.task, "overlapped", "the task is live; the newest event waits for its end", seq);
  step.emit(model::ScheduleWaiting{match.task, {{Standing::Kind::event, step.now().wall, seq}}}, seq);
  return false;
}

}  // namespace

void receive_event(Consequences& consequences, const model::CloudEvent& event) {
  Step& step = consequences.step();
  const std::vector<Match> matched = matches(step.state(), event);
  model::EventReceived received;
  received.source = event.source;
  received.id = event.id;
  received.type = event.type;
  received.subject = event.subject;
  received.content = event.content;
  received.data = step.payload(event.data);
  received.depth = event.depth;
  received.matched = static_cast<std::uint32_t>(matched.size());
  const Seq seq = step.emit(std::move(received));

  NewRun head;
  head.trigger.kind = model::TriggerKind::event;
  head.trigger.event_source = event.source;
  head.trigger.event_id = event.id;
  head.trigger.event_type = event.type;
  head.standing = {Standing::Kind::event, step.now().wall, seq};
  std::vector<TaskIndex> together;
  std::vector<TaskIndex> with_params;
  for (const Match& match : matched)
    if (passes(consequences, match, event, seq)) (match.params ? with_params : together).push_back(match.task);
  fire_event(consequences, together, head, model::Json::object(), seq);
  if (base::mutant("event_fires_twice")) fire_event(consequences, together, head, model::Json::object(), seq);
  for (const TaskIndex task : with_params) {
    const model::Json params = model::Json::parse(event.data, nullptr, false);
    const auto findings = params.is_object() ? model::check_params(params, step.state().task(task).declaration().params)
                                             : model::Findings{{"data", "wrong_type", "data is not a JSON object", ""}};
    if (model::has_errors(findings))
      skip(step, task, "bad_params", findings.front().message, seq);
    else
      fire_event(consequences, {task}, head, params, seq);
  }
}

}  // namespace cordyna::engine
