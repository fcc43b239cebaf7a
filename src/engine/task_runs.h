#pragma once
// The moves of a task-run inside apply(): becoming ready, being invoked, ending an attempt, becoming final; and what
// each does to the indexes (ready sets, deadlines, limits, instances) and to the history of its task.

#include <optional>

#include "engine/state.h"

namespace cordyna::engine {

/// A run and one of its task-runs; valid until the run ends.
struct Place {
  Run& run;
  TaskRun& task_run;
  std::uint32_t position;
  TaskRunRef at() const { return {run.id, position}; }
};
/// The place of a ref that must exist.
Place place(State& state, TaskRunRef at);
const TaskRun& task_run(const State& state, TaskRunRef at);
TaskIndex task_at(const State& state, TaskRunRef at);

/// Whether nothing in the run itself holds it back: only then it is in its server's ready set, or parked.
bool can_run(const Run& run, const TaskRun& task_run);
/// Puts it among the ready ones of its server when it can run.
void make_ready(State& state, Place place, base::Now now);
/// With `wait_for_server`: from now on, unless it waits already. Its deadline is not that of `pending` but has the
/// place of a cancel's or a check's: there is one of the three at a time.
void wait_for_server(State& state, Place place, base::Now now);
/// Takes it out of every set in which it waits.
void unready(State& state, Place place);
ReadyKey ready_key(const Run& run, const TaskRun& task_run, std::uint32_t position);

/// pending -> invoked: a new attempt with `seq` as its fence.
void begin_attempt(State& state, Place place, InstanceIndex instance, Seq seq, base::Now now);
/// Gives an attempt without instance to one.
void assign(State& state, Place place, InstanceIndex instance);
/// The attempt is over (retry or final): its slot, limits and deadlines are free again.
void end_attempt(State& state, Place place);
/// Its attempt counts for the limits of its definition, or does so no longer.
void take_places(State& state, const TaskRun& one);
void free_places(State& state, const TaskRun& one);
/// A deadline for what the task-run waits for now.
void arm(State& state, Place place, DeadlineKind kind, base::Duration after, base::Now now);

/// The state becomes final: dependents wait for one less, the history of the task remembers.
void finish(State& state, Place place, model::TaskState final_state, Seq seq, base::Now now);

/// What an in-run edge takes of it; seq 0 when it is no completion (no end, for require: finished).
model::Taken taken_of(const Run& run, std::uint32_t position, bool finished);
/// Keeps the result of the completion that an edge takes from outside, before a newer one replaces it.
void keep_outside_result(State& state, Run& run, std::uint32_t edge);
/// Moves what was parked back to its server's ready set.
void unpark(State& state, const ReadyKey& key);
/// It stands no longer for those that are parked behind it, nor is it parked itself.
void give_way(State& state, const ReadyKey& key);

}  // namespace cordyna::engine
