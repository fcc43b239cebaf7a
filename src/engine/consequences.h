#pragma once
// What follows by itself when a run is created or a task-run becomes final: dependents become ready, blocked or
// skipped; views of shared task-runs end; later joins start; overlapped ticks fire; runs end. A worklist, so that a
// chain of any length needs no recursion. Used by every decide_*; what is left is worked off at the end of its life.

#include <deque>
#include <set>

#include "engine/engine.h"
#include "engine/planning.h"

namespace cordyna::engine {

/// What a new run says of itself, beside its plan.
struct NewRun {
  model::TriggerCause trigger;
  model::Standing standing;
  std::string env = production;
  std::string params = "{}";
  std::vector<std::string> selected;
  bool person = false, force = false, quiet = false;
  RunId after;
  std::string key, key_body;
};

class Consequences {
 public:
  Consequences(Step& step, const Settings& settings) : step_(step), settings_(settings) {}
  ~Consequences() { drain(); }
  Consequences(const Consequences&) = delete;

  /// Emits run.created and starts it. The plan's tasks must be as the state is now.
  RunId create(NewRun run, std::shared_ptr<const model::RunPlan> plan, Seq cause);
  /// A task-run has become final by the event before.
  void ended(TaskRunRef at) { queue_.push_back(at); }
  /// What has ended in its run counts for a pending task-run, though it may not have counted when it ended: the
  /// task-run was taken over from a cancelled run, or was invoked there and is to be tried again.
  void judge_again(TaskRunRef at);
  /// A `check` was answered, or its time is over.
  void checked(TaskRunRef at, const std::string& answer, Seq cause);
  /// Works until nothing follows any more, then ends the runs that are done.
  void drain();
  /// Evaluates the join of one task by itself (at resume).
  void try_join(TaskIndex task, const Setting& setting, Seq cause);

  Step& step() { return step_; }
  const Settings& settings() const { return settings_; }

 private:
  void follow(TaskRunRef at);
  void judge_dependents(const Run& run, std::uint32_t position);
  void judge(const Run& run, std::uint32_t upstream, const Dependent& dependent);
  void judge_any(const Run& run, std::uint32_t position, Seq cause);
  void end_views(const Run& run, std::uint32_t position);
  void start_joins(const Run& run, std::uint32_t position);
  void join(std::vector<TaskIndex> ready, const Setting& setting, const NewRun& head, Seq cause);
  void pin_awaiting(const Run& run, std::uint32_t position);
  void settle_need(const Run& run, std::uint32_t position, Seq cause);
  void settle_needs_above(const Run& run, std::uint32_t position, Seq cause);
  void ask(const Run& run, std::uint32_t position, Seq cause);
  void end_runs();
  model::RootCause root_of(const Run& run, std::uint32_t position) const;
  void skip(TaskRunRef at, TaskIndex task, model::SkipReason reason, Seq cause);
  void block(TaskRunRef at, TaskIndex task, const model::RootCause& root, Seq cause);

  Step& step_;
  const Settings& settings_;
  std::deque<TaskRunRef> queue_;                      // final ones whose end has not been looked at
  std::deque<std::pair<TaskRunRef, Seq>> undecided_;  // may be needed, or not any more; and the event that says so
  std::set<RunId> touched_;
};

}  // namespace cordyna::engine
