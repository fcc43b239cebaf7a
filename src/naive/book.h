#pragma once
// What the naive model keeps of a log: tasks and their pasts, runs and task-runs, instances. Plain maps by name.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/event.h"

namespace cordyna::naive {

using base::RunId;
using base::Seq;
using model::TaskRunRef;
using model::TaskState;

/// How the log's indices are called.
struct Names {
  std::function<std::string(model::TaskIndex)> task;
  std::function<std::string(model::InstanceIndex)> instance;  // "server#instance", empty for nobody
  std::function<std::string(model::ServerIndex)> server;
};

/// How many places a limit has; nothing when it holds nobody back.
using SizeOf = std::function<std::optional<std::uint32_t>(const std::string& limit)>;

struct Fact {
  Seq seq = 0;
  base::Now now;
  model::Event event;
};

/// The env and params of a run; what is about no run is about production without params.
struct Setting {
  std::string env = "production";
  model::Json params = model::Json::object();
  bool operator==(const Setting&) const = default;
};

/// An end of a task-run that edges may take: every one for `require: finished`, completions for all others.
struct End {
  Seq seq = 0;
  base::Time at{}, until{};  // `until`: how far it stands
  Seq invoked = 0, event = 0;
  bool instant = false, completion = false, quiet = false;
  std::map<std::string, std::pair<Seq, base::Time>> took;
  bool reaches_as_far_as(const End& other) const {
    return until != other.until ? until > other.until : invoked >= other.invoked;
  }
};

/// Of one task, in one env and with one choice of the params it declares.
struct Past {
  model::Json params;
  std::map<Seq, End> ends;
  Seq last = 0, newest = 0;          // completions: the one that reaches furthest, the one that ended last
  Seq last_run = 0;                  // the end that reaches furthest
  Seq last_run_created = 0;          // its run
  Seq joining = 0, joining_end = 0;  // the newest completion, the newest end, that may start a later join
  bool last_run_well = false;        // it was a completion, or was adopted as one
  bool last_run_failed = false;      // it was an error, or blocked
  bool adopted = false;              // a person has adopted a late completion
  std::map<std::string, Seq> last_taken, consumed;
  std::set<TaskRunRef> live;
};
using Scope = std::pair<std::string, std::string>;  // env, params as text

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
  Scope scope;
  std::shared_ptr<const model::Policy> policy;  // as it was declared when the run was created
  model::Role role = model::Role::target;
  bool any = false, view = false, over_at_birth = false;
  bool needed = true;  // nobody has to be asked first whether its work is there
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

/// An end that an edge takes which does not say `require: finished`: done, or found to be done already.
inline bool is_completion(TaskState state, model::SkipReason skip) {
  return state == TaskState::completed || (state == TaskState::skipped && skip == model::SkipReason::check);
}

struct Run {
  model::RunCreated head;
  Seq created = 0;
  base::Time created_at{};
  Setting setting;
  std::vector<TaskRun> tasks;
  bool cancel_requested = false;
  model::RunState state = model::RunState::running;
};

struct Task {
  std::string server, team;
  std::optional<model::TaskDeclaration> declared;
  Seq declared_seq = 0;  // when its declaration last changed
  bool paused = false;
  std::map<Scope, Past> pasts;
  Seq newest_event = 0;
  base::Time newest_event_at{};
  std::optional<base::Time> newest_due;
  std::vector<model::Standing> waiting;  // instants and events that overlapped
};

struct Instance {
  std::string server, hash;
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
  Setting setting;
  bool of_itself = true;  // the task itself may join now; not when a person adopted a completion of it
};

struct Plan {
  std::set<std::string> targets, pulled, followers;
  std::set<std::string> standing;  // of the pulled: old failures that are not repeated
  std::set<std::string> all() const;
};

/// One look at the past, for one plan: what was found so far, and what has two readings.
struct Look {
  Setting setting;
  std::map<std::string, bool> up_to_date = {};
  std::set<std::string> doubtful = {};
};

}  // namespace cordyna::naive
