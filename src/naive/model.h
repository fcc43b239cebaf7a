#pragma once
// A second, naive reading of docs/semantics.md: what a run must contain, what may be commanded and when, what is
// blocked and by whom, which joins must start, which instants and events fire. It reads nothing but the log, with plain
// maps and repeated scans, and shares no code with the engine: where the two disagree, one of them is wrong. What the
// log does not tell, the sizes of limits, it is told. Used by the random histories of the mission tests and by the
// simulator.

#include "naive/book.h"

namespace cordyna::naive {

class Model {
 public:
  Model(Names names, SizeOf limit) : names_(std::move(names)), limit_(std::move(limit)) {}

  /// What one pass or several gave, in order, all at one time. Afterwards everything that must have happened has.
  /// server.declared comes with its declaration. `thorough`: also look whether anything open could go on; costs the
  /// open runs.
  void batch(const std::vector<Fact>& facts, bool thorough = true);
  /// Everything that is wrong so far.
  const std::vector<std::string>& complaints() const { return complaints_; }
  const std::map<RunId, Run>& runs() const { return runs_; }
  const std::map<std::string, Task>& tasks() const { return tasks_; }
  std::size_t plans_checked() const { return plans_checked_; }
  std::size_t plans_doubtful() const { return plans_doubtful_; }

  /// The task-run of the task in the run; must be there.
  const TaskRun& of(RunId run, const std::string& task) const;

 private:
  using Group = std::vector<const Fact*>;

  // book.cc: what the log says
  void read(const Fact& fact);
  void read_run(const Fact& fact);
  void read_task_run(const Fact& fact);
  void declared(const model::ServerDeclared& event);
  void created(const model::RunCreated& event, const Fact& fact);
  void invoked(TaskRun& task_run, const model::CommandRun& event, const Fact& fact);
  void ended(TaskRunRef at, TaskState state, const Fact& fact);
  void remember(Past& past, End end, Seq created, TaskState state);
  void adopted(const model::TaskAdopted& event, const Fact& fact);
  void followed(const model::TaskFollowed& event, const Fact& fact);
  void handed_over(const model::TaskHandedOver& event);
  void moved(TaskRunRef at, TaskState to);
  void release(TaskRunRef at);
  TaskRun& at(TaskRunRef ref) { return runs_.at(ref.run).tasks.at(ref.position); }
  const TaskRun& at(TaskRunRef ref) const { return runs_.at(ref.run).tasks.at(ref.position); }
  Past& past_of(const TaskRun& one) { return tasks_[one.task].pasts[one.scope]; }

  // book_instances.cc: who is there
  bool read_instance(const Fact& fact);

  // past.cc: new, fresh, up to date
  Scope scope_of(const std::string& task, const Setting& setting) const;
  const Past* own(const std::string& task, const Setting& setting) const;
  const Past* agreeing(const std::string& task, const std::string& env, Look& look) const;
  const Past* past_read(const std::string& task, Look& look) const;
  bool is_live(const std::string& task, const Setting& setting) const;
  const End* last_completion(const std::string& task, Look& look) const;
  const End* newest(const std::string& task, bool finished, Look& look) const;
  bool answers_triggers(const Task& task, const End& end) const;
  bool judged_up_to_date(const std::string& task, Look& look) const;
  bool up_to_date(const std::string& task, Look& look) const;
  bool satisfied(const model::Upstream& edge, Look& look) const;
  bool is_new(const std::string& task, const model::Upstream& edge, Look& look) const;
  bool fresh(const model::Upstream& edge, Look& look) const;
  bool stands_as_failure(const std::string& task, Look& look) const;

  // plan.cc: what a run must contain
  bool follows(const std::string& task) const;
  bool joins_by_push(const std::string& task, const std::set<std::string>& running, Look& look) const;
  bool join_due(const std::string& task, Look& look) const;
  bool shaken(const std::string& task, const Shake& shake) const;
  std::string upstreams_seen(const std::string& task, Look& look) const;
  bool awaits(const std::string& task) const;
  Plan plan(const model::RunCreated& event, const std::set<std::string>& targets, Look& look) const;
  Group group_of(const std::vector<Fact>& facts, std::size_t first) const;
  void check_plans(const Group& group);
  std::set<std::string> expected_targets(const Group& group, Look& look);
  void check_plan(const Plan& expected, const Group& group);
  void check_parts(const Group& group);

  // check_plan.cc: edges and sharing of one run
  void check_edges(const model::RunCreated& event, const Setting& setting);
  void check_pin(const model::RunCreated& event, const model::PlannedTask& task, const model::PlannedEdge& edge,
                 const Setting& setting);
  void check_sharing(const model::RunCreated& event, const Setting& setting);
  bool shareable(const model::RunCreated& event, const model::PlannedTask& task, TaskRunRef live) const;

  // check.cc: commands, blocking, ends
  enum class Fit { waits, fit, blocked };
  Fit fit(const Run& run, const TaskRun& task_run) const;
  void check_command(const model::CommandRun& event, const Fact& fact);
  void check_instance(const TaskRun& task_run, const std::string& instance);
  void check_gave_up(const model::TaskFailed& event);
  void check_root(const model::TaskBlocked& event);
  void check_run_ended(const model::RunEnded& event);
  void check_joins();
  void check_open();
  using Used = std::map<std::string, std::uint32_t>;  // places of each limit
  Used places_used() const;
  bool has_place(const TaskRun& task_run, const Used& used) const;
  void check_withheld(const Run& run, const TaskRun& task_run, const Used& used);
  bool is_held(const Run& run) const;
  bool fits(const Instance& instance, const std::string& task) const;
  bool has_credit(const Instance& instance) const;
  std::uint32_t live_attempts(const std::string& task) const;

  // triggers.cc: instants and events
  void read_trigger(const Fact& fact);
  void received(const model::EventReceived& event);
  void skipped(const model::ScheduleSkipped& event, Seq cause);
  void ticked(const model::ScheduleSet& event);
  void waits(const model::ScheduleWaiting& event);
  void check_fired(const model::RunCreated& event);
  void check_triggers();
  bool live_for_older(const std::string& task, const model::Standing& than) const;

  void complain(const std::string& text);
  static std::string text(const std::set<std::string>& names);

  Names names_;
  SizeOf limit_;
  std::map<RunId, Run> runs_;
  std::set<RunId> open_;
  std::map<std::string, Task> tasks_;
  std::map<std::string, Instance> instances_;
  struct Server {
    std::string hash;
    std::map<std::string, std::shared_ptr<const model::Declaration>> revisions;  // by hash
    model::ServerState state = model::ServerState::unknown;
    base::Time since{};
  };
  std::map<std::string, Server> servers_;
  std::vector<Shake> shakes_;  // of this batch
  Seq batch_first_ = 0;
  bool regressed_ = false;
  base::Time started_at_{};
  // of triggers
  std::set<std::pair<std::string, std::pair<base::Time, Seq>>> owed_;  // task, instant or event: fires in this batch
  std::map<std::string, std::optional<base::Time>> next_;              // instants to come
  std::map<std::string, std::uint64_t> passed_over_;                   // instants set aside since the last tick
  std::map<std::string, model::Standing> overlapped_;                  // of this batch: must wait
  std::map<std::string, std::vector<model::Standing>> caught_up_;      // of this batch: must wait for their turn
  std::set<Seq> ticks_;                                                // schedule.set of this batch
  std::vector<std::string> complaints_;
  std::size_t plans_checked_ = 0, plans_doubtful_ = 0;
  base::Now now_;
  Seq seq_ = 0;
};

}  // namespace cordyna::naive
