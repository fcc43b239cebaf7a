#pragma once
// What State knows of one task: its declaration and edges, its timers, what waits, and what is remembered of its past
// runs in each scope.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "engine/parked.h"
#include "engine/seq_by_task.h"
#include "model/event.h"

namespace cordyna::engine {

using base::RunId;
using base::Seq;
using model::InstanceIndex;
using model::ServerIndex;
using model::SessionId;
using model::TaskIndex;
using model::TaskRunRef;
using ScopeIndex = base::Id<struct ScopeTag>;

/// An env and the params a task declares: what completions, newness and freshness are kept by. Scope 0 is production
/// without params.
struct Scope {
  std::string env;
  std::string params;  // canonical JSON object
  auto operator<=>(const Scope&) const = default;
};

/// How far what a task-run stands for reaches: an instant, a received event, or (if nothing) its own invocation.
struct Reach {
  base::Time until{};
  Seq event = 0;         // answers events up to this one, when it stands for an event or nothing
  Seq invoked = 0;       // breaks ties: invoked last is last
  bool instant = false;  // stands for an instant: answers the events received up to it
  bool before(const Reach& other) const { return until != other.until ? until < other.until : invoked < other.invoked; }
};

struct Completion {
  struct Upstream {
    TaskIndex task;
    Seq seq = 0;
    base::Time at{};  // when that completion was recorded
  };
  model::Taken taken;  // run, attempt, seq
  base::Time at{};
  Reach reach;
  model::Standing standing;  // of its run
  std::string params;        // of its run
  model::Payload result;
  std::vector<Upstream> upstream;  // what each edge took
};

/// What is remembered of one task in one scope.
struct History {
  std::optional<Completion> last;    // stands for the newest instant, then invoked last
  std::optional<Completion> newest;  // the one with the greatest seq; empty when it is `last`
  Seq joining_seq = 0;               // greatest seq of a completion that may start a later join (not quiet)
  model::Taken finished;             // the newest end of any kind, for `require: finished`
  base::Time finished_at{};
  Seq finished_joining_seq = 0;  // the same, not quiet

  // the last task-run, whatever its end
  struct LastRun {
    TaskRunRef at;
    model::TaskState state = model::TaskState::pending;
    model::RootCause root;  // of its error or blocking
    Reach reach;
    Seq created = 0, ended = 0;
    std::uint32_t attempt = 0;
    base::Time ended_at{};
    base::Duration ran{};  // from started to its end, for "usually 55 s"; 0 unknown
  };
  std::optional<LastRun> last_run;
  SeqByTask last_taken;  // per upstream, by the last task-run whatever its end
  SeqByTask consumed;    // per upstream, by one that completed or was skipped by its check

  std::vector<TaskRunRef> live;  // oldest first; views of shared ones are not among them

  const Completion* newest_completion() const { return newest ? &*newest : last ? &*last : nullptr; }
};

struct Pause {
  std::string by, reason;
  base::Time at{};
};

/// One time trigger of a task as it stands now.
struct Timer {
  std::uint32_t trigger = 0;  // index into the declaration's `when`
  model::Trigger rule;
  std::optional<base::Time> next;
  std::optional<base::Time> previous, before_previous;  // the ticks before `next`
};

/// What most tasks have not: a million of them are kept in memory.
struct TaskDetail {
  std::map<ScopeIndex, std::unique_ptr<History>> histories;  // of the other scopes
  std::optional<Pause> paused;
  std::vector<Timer> timers;
  std::optional<base::Time> newest_due;  // of its time triggers, not counting paused ones
  Seq newest_event = 0;                  // of its event triggers; 0 none
  base::Time newest_event_at{};
  std::vector<model::Standing> waiting;  // overlapped instants and events, oldest first
  Parked parked;                         // derived: ready but held by a pause or concurrency, a line for each size
  std::vector<TaskRunRef> awaiting;      // ticks elsewhere that wait for a completion of this task
};

inline const TaskDetail no_detail;

struct Task {
  std::string name;  // server/task
  ServerIndex server;
  std::uint32_t order = 0;                                   // topological: upstreams have smaller ones
  std::shared_ptr<const model::TaskDeclaration> definition;  // null: undeclared, known only by name
  std::vector<TaskIndex> upstream;                           // parallel to declaration().upstream
  std::vector<TaskIndex> downstream;                         // ascending
  Seq declared_seq = 0;                                      // when its definition last changed
  std::uint32_t invoked = 0;                                 // live attempts, against policy.concurrency
  std::unique_ptr<History> history;                          // of scope 0
  std::unique_ptr<TaskDetail> rare;                          // null: nothing of it

  bool declared() const { return definition != nullptr; }
  const model::TaskDeclaration& declaration() const { return *definition; }
  const model::Policy& policy() const { return *declaration().policy; }
  const TaskDetail& detail() const { return rare ? *rare : no_detail; }
  TaskDetail& detail_to_change() {
    if (!rare) rare = std::make_unique<TaskDetail>();
    return *rare;
  }
};

}  // namespace cordyna::engine
