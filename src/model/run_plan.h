#pragma once
// What was decided about a run when it was created: its task-runs, their edges, what each edge takes from outside. Part
// of the run.created event, immutable, shared by the event and the state.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "model/ids.h"
#include "model/payload.h"
#include "model/task_state.h"

namespace cordyna::model {

/// A completion as edges take it.
struct Taken {
  RunId run;
  std::uint32_t attempt = 0;
  Seq seq = 0;  // 0 = none
  bool operator==(const Taken&) const = default;
};

enum class Role : std::uint8_t { target, pulled, follower };

/// How an edge is satisfied: by the task-run in this run, a completion pinned at planning (`completion` because it was
/// up to date or new, `within` because it was fresh), not at all and never held back (--only), or not yet (a tick that
/// waits for its upstreams).
enum class How : std::uint8_t { in_run, completion, within, unsatisfied, awaited };

struct PlannedEdge {
  How how = How::in_run;
  std::uint32_t upstream = nowhere;  // position in this run, for in_run
  TaskIndex task;                    // the upstream task
  bool finished = false;             // require: finished
  Taken taken;                       // for completion and within
};

struct PlannedTask {
  TaskIndex task;
  Role role = Role::target;
  bool any = false;    // upstream: any
  bool check = false;  // its server is asked first whether the work is already there
  /// Stands for a task-run of another run: a live one it follows, or one whose end it takes over (then state is final).
  std::optional<TaskRunRef> shared_from;
  TaskState state = TaskState::pending;
  Taken completion;              // of the shared one, when it is a completion
  std::uint32_t first_edge = 0;  // into RunPlan::edges, in the order of the declaration
  std::uint32_t edge_count = 0;
};

struct RunPlan {
  std::vector<PlannedTask> tasks;  // upstreams before what needs them
  std::vector<PlannedEdge> edges;
  /// Results of tasks whose completion was taken over from another run, by position.
  std::vector<std::pair<std::uint32_t, Payload>> results;
};

enum class TriggerKind : std::uint8_t { manual, schedule, event, join, retry, adopt, backfill };

struct TriggerCause {
  TriggerKind kind = TriggerKind::manual;
  std::optional<TaskIndex> task;  // whose trigger fired, or whose completion was last
  std::string by;                 // actor, as claimed
  std::string reason;
  std::string event_source, event_id, event_type;
  RunId of;  // the run it retries, adopts from or joins to
};

/// What a run stands for: nothing, a scheduled instant, or a received event.
struct Standing {
  enum class Kind : std::uint8_t { nothing, instant, event };
  Kind kind = Kind::nothing;
  base::Time at{};  // the instant, or when the event was received
  Seq event = 0;    // seq of event.received
  bool operator==(const Standing&) const = default;
};

}  // namespace cordyna::model
