#pragma once
// A second, naive reading of docs/semantics.md: what a run must contain, what may be commanded and when, what is
// blocked and by whom, which joins must start. It reads nothing but the log, with plain maps and repeated scans, and
// shares no code with the engine: where the two disagree, one of them is wrong. Used by the random histories of the
// mission tests. It knows production without params, and triggers manual, upstream and event (types without a glob).

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/event.h"

namespace cordyna::testing::naive {

using base::RunId;
using base::Seq;
using model::TaskRunRef;
using model::TaskState;

/// How the log's indices are called.
struct Names {
  std::function<std::string(model::TaskIndex)> task;
  std::function<std::string(model::InstanceIndex)> instance;  // "server#instance", empty for nobody
};

struct Fact {
  Seq seq = 0;
  base::Now now;
  model::Event event;
};

/// An end of a task-run that edges may take: every one for `require: finished`, completions for all others.
struct End {
  Seq seq = 0;
  base::Time at{}, until{};  // `until`: how far it stands
  Seq invoked = 0, event = 0;
  bool completion = false, quiet = false;
  std::map<std::string, std::pair<Seq, base::Time>> took;
};

struct Edge {
  std::string task;
  model::How how = model::How::in_run;
  std::uint32_t upstream = 0;
  bool finished = false;
  Seq pinned = 0;
  base::Time pinned_at{};
};

struct TaskRun {
  std::string task;
  model::Role role = model::Role::target;
  bool any = false, view = false, over_at_birth = false;
  TaskRunRef shared_from;
  std::vector<Edge> edges;
  TaskState state = TaskState::pending;
  model::SkipReason skip = model::SkipReason::none;
  std::string code;             // of its error
  model::RootCause root;        // of its blocking
  Seq completion = 0, end = 0;  // what its dependents take
  base::Time end_at{};
  std::uint32_t attempt = 0, retries = 0;
  std::optional<base::Time> due;  // of its retry
  Seq invoked = 0;
  base::Time invoked_at{};
  std::string instance;
  bool cancel_asked = false;
};

struct Run {
  model::RunCreated head;
  Seq created = 0;
  base::Time created_at{};
  std::vector<TaskRun> tasks;
  bool cancel_requested = false;
  model::RunState state = model::RunState::running;
};

struct Task {
  std::string server, team;
  std::optional<model::TaskDeclaration> declared;
  std::vector<End> ends;
  std::map<std::string, Seq> last_taken, consumed;
  bool last_is_completion = false;  // its last task-run
  bool last_is_doubtful = false;    // task-runs overlapped: which was last is a matter of reading
  Seq last_created = 0;
  std::set<TaskRunRef> live;
  Seq newest_event = 0;
};

struct Instance {
  std::string server;
  bool connected = false, ready = false;
  std::uint32_t slots = 1;
  base::Uptime grace_until{};
  std::set<TaskRunRef> attempts;
};

/// An end that may make joins ready: of the task itself, or of an upstream that was not quiet.
struct Shake {
  std::string task;
  Seq seq = 0;
  bool completion = false, end = false, quiet = false;
};

struct Plan {
  std::set<std::string> targets, pulled, followers;
  std::set<std::string> all() const;
};

class Model {
 public:
  explicit Model(Names names) : names_(std::move(names)) {}

  /// What one input gave, in order. Afterwards everything that must have happened has.
  void batch(const std::vector<Fact>& facts);
  /// Everything that is wrong so far.
  const std::vector<std::string>& complaints() const { return complaints_; }
  const std::map<RunId, Run>& runs() const { return runs_; }
  const std::map<std::string, Task>& tasks() const { return tasks_; }
  std::size_t plans_checked() const { return plans_checked_; }
  std::size_t plans_doubtful() const { return plans_doubtful_; }

  /// The task-run of the task in the run; must be there.
  const TaskRun& of(RunId run, const std::string& task) const;

 private:
  // naive.cc: the book
  void read(const Fact& fact);
  void read_run(const Fact& fact);
  void read_task_run(const Fact& fact);
  void declared(const model::ServerDeclared& event);
  void created(const model::RunCreated& event, const Fact& fact);
  void invoked(TaskRun& task_run, const model::CommandRun& event, const Fact& fact);
  void ended(TaskRunRef at, TaskState state, const Fact& fact);
  void followed(const model::TaskFollowed& event, const Fact& fact);
  void handed_over(const model::TaskHandedOver& event);
  void moved(TaskRunRef at, TaskState to);
  void release(TaskRunRef at);
  TaskRun& at(TaskRunRef ref) { return runs_.at(ref.run).tasks.at(ref.position); }
  const TaskRun& at(TaskRunRef ref) const { return runs_.at(ref.run).tasks.at(ref.position); }

  // naive_plan.cc: planning
  const End* last_completion(const std::string& task) const;
  const End* newest(const std::string& task, bool finished) const;
  bool answers_events(const Task& task, const End& end) const;
  bool up_to_date(const std::string& task, std::set<std::string>& doubtful) const;
  bool satisfied(const model::Upstream& edge, std::set<std::string>& doubtful) const;
  bool is_new(const std::string& task, const model::Upstream& edge) const;
  bool fresh(const model::Upstream& edge) const;
  bool follows(const std::string& task) const;
  bool joins_by_push(const std::string& task, const std::set<std::string>& in_run) const;
  bool join_due(const std::string& task) const;
  bool shaken(const std::string& task, Seq by = 0) const;
  Plan plan(const std::set<std::string>& targets, bool pull, bool push, std::set<std::string>& doubtful) const;
  void check_plans(const std::vector<const Fact*>& group);
  void check_parts(const std::vector<const Fact*>& group);
  void check_plan(const Plan& expected, const std::vector<const Fact*>& group, bool join);
  void check_edges(const model::RunCreated& event);
  void check_sharing(const model::RunCreated& event);
  bool shareable(const model::RunCreated& event, const model::PlannedTask& task, TaskRunRef live) const;

  // naive_check.cc: commands, blocking, ends
  enum class Fit { waits, fit, blocked };
  Fit fit(const Run& run, const TaskRun& task_run) const;
  void check_command(const model::CommandRun& event, const Fact& fact);
  void check_instance(const TaskRun& task_run, const std::string& instance);
  void check_root(const model::TaskBlocked& event);
  void check_run_ended(const model::RunEnded& event);
  void check_batch();
  void check_pending(const Run& run, const TaskRun& task_run);
  bool has_credit(const Instance& instance) const;
  std::uint32_t live_attempts(const std::string& task) const;
  void complain(const std::string& text);
  static std::string text(const std::set<std::string>& names);

  Names names_;
  std::map<RunId, Run> runs_;
  std::map<std::string, Task> tasks_;
  std::map<std::string, Instance> instances_;
  std::vector<Shake> shakes_;  // of this batch
  std::vector<std::string> complaints_;
  std::size_t plans_checked_ = 0, plans_doubtful_ = 0;
  base::Now now_;
  Seq seq_ = 0;
};

}  // namespace cordyna::testing::naive
