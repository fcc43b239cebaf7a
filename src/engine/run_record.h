#pragma once
// RunRecord: an ended run as the log tells it, folded from its events. What retry and adopt of a closed run need, and
// what the API shows of runs the state has forgotten.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/event.h"

namespace cordyna::engine {

struct TaskRunRecord {
  model::TaskState state = model::TaskState::pending;
  model::SkipReason skip = model::SkipReason::none;
  std::uint32_t attempt = 0;
  model::InstanceIndex instance = model::no_instance;
  std::optional<base::Time> invoked_at, queued_at, started_at, ended_at;
  base::Seq ended_seq = 0;
  std::optional<model::Failure> failure;
  model::RootCause root;
  model::Payload result;
  std::string skip_text;
  std::uint32_t progress_permille = 0;
  std::string progress_message;
  model::Taken completion;  // what edges take of it, seq 0 when it is none
  std::optional<model::TaskRunRef> shared_from;
  std::optional<model::TaskLate> late;  // a late completion
};

struct RunRecord {
  model::RunCreated head;
  base::Seq created = 0;
  base::Time created_at{};
  bool cancel_requested = false;
  model::RunState state = model::RunState::running;
  std::optional<base::Time> ended_at;
  std::vector<TaskRunRecord> tasks;       // by position
  std::vector<model::PlannedEdge> edges;  // the plan's, with later pins filled in

  /// Takes the next event of this run, in order; others are ignored. Starts with its run.created.
  void add(const model::Event& event, base::Seq seq, base::Time at);
};

}  // namespace cordyna::engine
