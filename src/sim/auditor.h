#pragma once
// Reads the log as it becomes durable and says what must not be: a second reading of docs/semantics.md, with plain
// maps, that shares nothing with the engine but the names of tasks. What runs must contain, which joins start and what
// fires is judged by the naive model (naive/model.h), which reads every batch after this. At the end it compares the
// log with what the outside was promised and what task-servers have done.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "log/event_log.h"
#include "model/event.h"
#include "naive/model.h"
#include "sim/ledger.h"

namespace cordyna::sim {

class Auditor {
 public:
  /// The declaration with this hash, as its task-server has it; null when nobody has one.
  using DeclarationOf = std::function<std::shared_ptr<const model::Declaration>(const std::string& hash)>;

  Auditor(DeclarationOf declaration, Ledger& ledger, std::map<std::string, std::uint32_t> limits, naive::Names names);

  /// The next durable batch; `awake` is how long cerebro has lived and not stood still until now.
  void read(const log::StoredBatch& batch, base::Duration awake);
  /// A task-server has told an end and knows it to be durable.
  void heard_told(const std::string& token);
  /// A task-server was told to run this; what commands it must be durable.
  void heard_command(const std::string& token, const std::string& instance, std::uint32_t attempt);
  /// Enough time has gone by: the runs created up to `seq` have ended, every promise is kept.
  void close(base::Seq seq);
  base::Seq last() const { return seq_; }
  /// Runs created up to `seq` that have not ended.
  std::size_t open_runs(base::Seq seq) const;
  const std::map<std::string, std::uint64_t>& kinds() const { return kinds_; }

 private:
  /// By the log's clock, and by ours.
  struct Since {
    base::Uptime uptime{};
    base::Duration awake{};
  };
  struct TaskRun {
    base::RunId run;
    std::uint32_t position = 0;
    model::TaskIndex task;
    model::TaskState state = model::TaskState::pending;
    bool view = false, completion = false;
    std::uint32_t attempt = 0;
    model::InstanceIndex instance = model::no_instance;
    base::Seq token = 0;
    Since invoked, queued, started;
    std::shared_ptr<const model::Declaration> block;
    const model::TaskDeclaration* declared = nullptr;
    bool timed_elsewhere = false;  // a run with other timeouts handed its attempt over, deadline included
  };
  struct Run {
    model::RunCreated head;
    base::Seq created = 0;
    std::vector<TaskRun> tasks;
    bool cancel_requested = false, ended = false;
  };
  struct Instance {
    std::string name, hash;
    std::uint32_t slots = 1;
    bool connected = false, draining = false;
    std::set<model::TaskRunRef> unstarted;
    std::optional<Since> lost;  // its session broke
  };
  struct Command {
    base::RunId run;
    std::uint32_t position = 0, attempt = 0;
    bool end_heard = false;  // its task-server's own end stands in the log, in time or late
  };

  void take(const model::RunCreated& body);
  void take(const model::RunCancelRequested& body) { runs_.at(body.run).cancel_requested = true; }
  void take(const model::RunEnded& body);
  void take(const model::CommandRun& body);
  void take(const model::CommandAssigned& body);
  void take(const model::TaskQueued& body);
  void take(const model::TaskStarted& body);
  void take(const model::TaskCompleted& body);
  void take(const model::TaskFailed& body);
  void take(const model::TaskBlocked& body);
  void take(const model::TaskSkipped& body);
  void take(const model::TaskCancelled& body);
  void take(const model::TaskRetry& body);
  void take(const model::TaskFollowed& body);
  void take(const model::TaskHandedOver& body);
  void take(const model::TaskLate& body);
  void take(const model::TaskPaused& body) { paused_.insert(body.task); }
  void take(const model::TaskResumed& body) {
    paused_.erase(body.task);
    resumed_[body.task] = now_.wall;
  }
  void take(const model::ServerDeclared& body);
  void take(const model::EventReceived& body);
  void take(const model::ScheduleSet& body);
  // auditor_instances.cc
  void take(const model::InstanceJoined& body);
  void take(const model::InstanceDeclared& body);
  void take(const model::InstanceDraining& body);
  void take(const model::InstanceLeft& body);
  void take(const model::CerebroStarted&);
  /// It can take the command: it is there, has room, and declares the task as the run has it.
  void check_instance(model::TaskRunRef at, const TaskRun& one);
  void check_schedules();
  template <class Body>
  void take(const Body&) {}

  TaskRun* at(model::TaskRunRef ref);
  void move(model::TaskRunRef ref, model::TaskState to);
  void end_attempt(TaskRun& one);
  void check_upstreams(const Run& run, std::uint32_t position);
  void check_timeout(const TaskRun& one, const std::string& code);
  bool is_bad(const Run& run, std::uint32_t position) const;
  void complain(const std::string& text);
  void check_planning(std::vector<model::Event> events, base::Seq first);
  void check_promises();

  DeclarationOf declaration_;
  Ledger& ledger_;
  std::map<std::string, std::uint32_t> limits_;
  std::function<std::string(model::TaskIndex)> name_;
  std::function<std::string(model::InstanceIndex)> instance_;
  naive::Model planning_;
  std::size_t batches_ = 0;
  base::Seq seq_ = 0;
  std::map<std::string, std::uint64_t> kinds_;
  base::Now now_;
  base::Duration awake_{};
  std::map<base::RunId, Run> runs_;
  std::map<std::string, model::InstanceIndex> instance_by_name_;
  std::map<model::InstanceIndex, Instance> instances_;
  std::map<model::TaskIndex, base::Time> last_due_, first_set_, resumed_;
  std::map<base::Seq, Command> commands_;
  std::set<model::TaskIndex> paused_;
  std::map<std::string, std::shared_ptr<const model::Declaration>> current_;  // by server
  std::map<model::TaskIndex, std::uint32_t> busy_;                            // live attempts of a task
  std::map<std::string, std::uint32_t> used_;                                 // of a limit
  std::map<std::pair<std::string, std::string>, base::Seq> received_;
  std::map<std::string, base::RunId> by_key_;
  std::set<std::pair<base::Seq, model::TaskIndex>> fired_;  // an event has fired a task
  std::map<model::TaskIndex, std::set<base::Time>> ticks_;  // instants that have fired a task
};

}  // namespace cordyna::sim
