// "Why?" about task-runs that are over, as the log tells them. See why.h.
#include <algorithm>

#include "engine/why.h"

namespace cordyna::engine {

using model::TaskState;

namespace {

std::optional<std::uint32_t> position_of(const State& state, const RunRecord& record, const std::string& task) {
  const auto index = state.find_task(task);
  if (!index) return std::nullopt;
  const auto& tasks = record.head.plan->tasks;
  const auto found = std::find_if(tasks.begin(), tasks.end(), [&](const auto& one) { return one.task == *index; });
  if (found == tasks.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - tasks.begin());
}

std::string ending(const State& state, const RunRecord& record, std::uint32_t position, base::Time now) {
  const TaskRunRecord& one = record.tasks[position];
  const std::string ago = one.ended_at ? ' ' + words(now - *one.ended_at) + " ago" : std::string();
  switch (one.state) {
    case TaskState::completed: {
      const bool both = one.started_at && one.ended_at;
      return "completed" + ago + (both ? ", it took " + words(*one.ended_at - *one.started_at) : "");
    }
    case TaskState::error:
      return "ended in error" + ago + (one.failure ? ": " + one.failure->code + ": " + one.failure->message : "");
    case TaskState::blocked:
      return "blocked by " + with_team(state, one.root.task) + " (" + one.root.code + ')' +
             (one.root.run == record.head.run ? "" : " in run " + one.root.run.text());
    case TaskState::skipped:
      return one.skip == model::SkipReason::check ? "skipped: its work was already there"
             : one.skip == model::SkipReason::not_needed
                 ? "skipped: nobody in the run needed it"
                 : "skipped: nothing to do" + (one.skip_text.empty() ? "" : ": " + one.skip_text);
    case TaskState::cancelled:
      return "cancelled" + ago;
    default:
      return "the log tells no end of it";
  }
}

}  // namespace

std::optional<Explanation> explain(const State& state, const RunRecord& record, const RunRecord* root,
                                   const std::string& task, base::Time now) {
  const auto position = position_of(state, record, task);
  if (!position) return std::nullopt;
  const TaskRunRecord& one = record.tasks[*position];
  const TaskIndex index = record.head.plan->tasks[*position].task;
  Explanation all{task, std::string(model::word(one.state)), ending(state, record, *position, now), {}};
  std::string code = one.failure ? one.failure->code : one.root.code;
  if (one.state == TaskState::skipped) code = model::word(one.skip);
  if (one.state == TaskState::completed) code.clear();
  all.chain.push_back({task, all.state, code, team_of(state, index), all.message, {}});
  if (!one.root.run.none() && (one.root.task != index || one.root.run != record.head.run))
    all.chain.push_back(root_link(state, one.root, root != nullptr ? root : &record));
  return all;
}

RunId root_cause(const State& state, const RunRecord& record, const std::string& task) {
  const auto position = position_of(state, record, task);
  return position ? record.tasks[*position].root.run : RunId{};
}

}  // namespace cordyna::engine
