#pragma once
// Events about runs and the commands that leave cerebro. See event.h.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/declaration.h"
#include "model/finding.h"
#include "model/ids.h"
#include "model/payload.h"
#include "model/run_plan.h"
#include "model/task_state.h"

namespace cordyna::model {

// runs
struct RunCreated {
  RunId run;
  TriggerCause trigger;
  Standing standing;
  std::string env;
  std::string params;                 // canonical JSON object
  std::vector<std::string> selected;  // targets as they were asked for
  bool person = false;                // started by a person, not a machine
  bool force = false;
  bool quiet = false;         // its completions start no later join
  RunId after;                // starts when that run has ended (backfill)
  std::string key, key_body;  // Idempotency-Key and hash of its body
  std::shared_ptr<const RunPlan> plan;
};
struct RunCancelRequested {
  RunId run;
  std::string by, reason;
};
struct RunEnded {
  RunId run;
  RunState state = RunState::completed;
};

// commands
struct CommandRun {
  TaskRunRef at;
  TaskIndex task;
  std::uint32_t attempt = 0;
  InstanceIndex instance = no_instance;
};
struct CommandAssigned {
  TaskRunRef at;
  TaskIndex task;
  InstanceIndex instance;
};  // invoked before any instance was there
/// `fence`: cerebro has given the attempt up and nobody waits for the confirmation.
struct CommandCancel {
  TaskRunRef at;
  TaskIndex task;
  std::uint32_t attempt = 0;
  std::string reason;
  bool fence = false;
  InstanceIndex instance = no_instance;
};
struct CommandCheck {
  TaskRunRef at;
  TaskIndex task;
  InstanceIndex instance = no_instance;
};

}  // namespace cordyna::model
