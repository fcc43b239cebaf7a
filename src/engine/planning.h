#pragma once
// Planning: from targets to the task-runs, edges and pinned completions of a run. A question to the state, decided once
// and recorded as one event. semantics section 7.
//
// Order of the work: pull (what must run first), push (what follows), share (what is already under way), then edges.

#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "engine/history.h"
#include "engine/state.h"

namespace cordyna::engine {

struct PlanRequest {
  std::vector<TaskIndex> targets;
  model::Standing standing;
  bool person = false;  // asked for by a person: failures are repeated
  bool only = false;    // exactly the targets
  bool pull = true;     // a later join pulls nothing
  bool followers = true;
  bool force = false;            // nobody is asked by `check`
  bool joined = false;           // the targets are followers made ready by a completion (a later join)
  std::set<TaskIndex> awaiting;  // targets that are ticks and wait for their upstreams
};

/// The plan for one run; tasks stand upstreams first. Cost: the tasks and edges it reaches.
model::RunPlan plan(const State& state, const Setting& setting, const PlanRequest& request, base::Time now);

/// The connected parts of a plan (by in-run edges), in order of their first task; positions renumbered.
std::vector<std::shared_ptr<const model::RunPlan>> connected_parts(model::RunPlan plan);

/// semantics section 7.3: whether the task joins now, by itself: live nowhere, not paused, one upstream newer than what
/// its last task-run took, every other one new or fresh.
bool is_ready_to_join(const State& state, TaskIndex task, const Setting& setting, base::Time now);

/// An edge's newness for the task: a completion with a greater seq than the one it last consumed.
bool is_new(const State& state, TaskIndex task, const EdgeView& edge, const Setting& setting);

/// What each awaited edge of a waiting tick takes, when all are there: newer than the previous tick, or fresh.
std::optional<std::vector<model::Taken>> awaited_completions(const State& state, const Run& run, std::uint32_t position,
                                                             base::Time now);

}  // namespace cordyna::engine
