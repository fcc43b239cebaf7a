#pragma once
// Events about cerebro itself, task-servers, their instances, and what triggers runs. See event.h.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/declaration_change.h"
#include "model/finding.h"
#include "model/ids.h"
#include "model/payload.h"
#include "model/run_plan.h"
#include "model/task_state.h"

namespace cordyna::model {

// cerebro itself
struct CerebroStarted {
  std::string version;
  std::uint64_t epoch = 0;
};
struct CerebroStopped {
  std::string reason;
};

// servers and instances
struct ServerDeclared {
  std::string server, team, hash;
  std::vector<base::Hash128> text;                   // blobs that are the JSON, in order
  std::vector<std::string> added, changed, removed;  // task names, at most 100 of each
  std::uint32_t task_count = 0;
  Findings warnings;
  std::shared_ptr<const Declaration> declaration;   // not encoded: read again from the blob
  std::shared_ptr<const DeclarationChange> change;  // not encoded: found again
};
struct ServerRefused {
  std::string server, team, instance;
  Findings findings;
};
struct ServerStateChanged {
  ServerIndex server;
  ServerState state = ServerState::unknown;
};  // ready, draining, lost, gone
struct ServerForgotten {
  ServerIndex server;
  std::string by, reason;
};
struct ServerTransferred {
  ServerIndex server;
  std::string to, by, reason;
};
/// The same instance joins again after every break of its session. `session` means nothing after a restart of cerebro.
struct InstanceJoined {
  std::string instance, server, team, hash;
  SessionId session;
  std::uint32_t slots = 1;
  std::vector<std::string> capabilities;
  std::vector<std::string> live;  // tokens of the attempts it has
};
/// A task-server remembers attempts that this log never made: an old log was restored. No command leaves until an
/// operator decides (a new epoch).
struct LogRegressed {
  InstanceIndex instance;
  std::string token;
};
struct InstanceDeclared {
  InstanceIndex instance;
  std::string hash;
};  // what it runs, accepted or older
struct InstanceReady {
  InstanceIndex instance;
};  // takes commands from now on
struct InstanceDraining {
  InstanceIndex instance;
};
/// `lost`: it may come back within its grace and claim its attempts; else it is over for good.
struct InstanceLeft {
  InstanceIndex instance;
  std::string reason;
  bool lost = false;
};

// triggers
struct EventReceived {
  std::string source, id, type, subject;
  base::Hash128 content;
  Payload data;
  std::uint32_t depth = 0, matched = 0;
};
struct ScheduleSkipped {
  TaskIndex task;
  base::Time instant;
  std::string reason, message;
  std::uint32_t count = 1;
};
/// The trigger's instant `due` has passed (none when it was paused or there was none yet); `next` is the one to come.
/// A new trigger tells the instant before, which never was due.
struct ScheduleSet {
  TaskIndex task;
  std::uint32_t trigger = 0;
  std::optional<base::Time> due, next, previous;
};
/// Instants or events that wait until the task is no longer live (overlap); replaces what waited before.
struct ScheduleWaiting {
  TaskIndex task;
  std::vector<Standing> waiting;
};
/// A trigger by event was answered or set aside for this task: what "newest due event" means for it.
struct EventDue {
  TaskIndex task;
  Seq event = 0;
};

}  // namespace cordyna::model
