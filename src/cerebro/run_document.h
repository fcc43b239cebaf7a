#pragma once
// A run as people and programs outside read it (the run and TASK_RUN of the HTTP API). In two steps, because a run may
// have 100,000 task-runs: a view is copied from the state in the loop's pass, its document is made by a reader thread.

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/run_record.h"
#include "engine/state.h"
#include "engine/why.h"
#include "model/declaration.h"

namespace cordyna::cerebro {

struct RunHead {
  base::RunId run;
  model::RunState state = model::RunState::running;
  bool cancel_requested = false;
  std::string env;
  model::TriggerCause trigger;
  std::string trigger_task;
  std::optional<base::Time> scheduled_at, ended_at;
  base::Time created_at{};
  std::vector<std::string> targets;
};

struct UpstreamView {
  std::string task, state, how;
  model::Taken by;
};

struct TaskRunView {
  std::string task;
  model::TaskState state = model::TaskState::pending;
  model::SkipReason skip = model::SkipReason::none;
  std::string skip_text;
  bool cancel_requested = false;
  std::uint32_t attempt = 0;
  std::optional<engine::Why> reason;
  std::optional<model::Failure> failure;
  model::RootCause root;
  std::string root_task, root_team;
  std::optional<base::Time> invoked_at, queued_at, started_at, ended_at;
  std::optional<std::uint32_t> progress_permille;
  std::string progress_message;
  std::string instance;
  model::Payload result;
  std::optional<std::pair<base::RunId, std::string>> shared_from;
  std::vector<UpstreamView> upstream;
};

struct RunView {
  RunHead head;
  std::string params;
  bool force = false, person = false;
  base::RunId after;
  std::vector<TaskRunView> tasks;
};

RunHead head_of(const engine::State& state, const engine::Run& run);
RunHead head_of(const engine::State& state, const engine::RecentRun& run);
RunHead head_of(const engine::State& state, const engine::RunRecord& record);

/// A live run, with the reasons of what is pending.
RunView view_of(const engine::State& state, const engine::Run& run, base::Time now);
/// An ended one, as the log tells it.
RunView view_of(const engine::State& state, const engine::RunRecord& record);

model::Json run_document(const RunHead& head);
/// Text of a payload, wherever it is; nullopt when it cannot be read.
using ReadPayload = std::function<std::optional<std::string>(const model::Payload&)>;
/// The whole run as JSON text. Touches no state: for a reader thread.
std::string run_text(const RunView& view, const ReadPayload& read);
model::Json task_run_document(const TaskRunView& view, const ReadPayload& read);
model::Json trigger_document(const model::TriggerCause& trigger, const std::string& task);
/// RFC 3339, or null.
model::Json time_or_null(const std::optional<base::Time>& time);
model::Json text_or_null(const std::string& text);

}  // namespace cordyna::cerebro
