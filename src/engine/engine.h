#pragma once
// The pure machine: values in, events and effects out. cerebro's loop (and the simulator) calls decide() for each input
// of a pass, then settle() once; recovery calls apply() alone.
//
//   decide(input)   reads the state; refuses before its first emit, or emits events (each applied at once)
//   settle(step)    once a pass: ready tasks to instances with credit
//   apply(event)    the only change of State; cannot fail; needs no clock

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/run_record.h"
#include "engine/schedule.h"
#include "engine/state.h"
#include "engine/step.h"
#include "model/cloud_event.h"
#include "model/declaration_change.h"

namespace cordyna::engine {

/// What the engine is told once and never records.
struct Settings {
  ZoneSource zones;
  std::map<std::string, std::uint32_t> limits;  // sizes of named limits
  std::string version;
};

// inputs: from task-servers
struct SessionOpened {
  SessionId session;
  model::Hello hello;
};
/// A declaration that was read (findings say what of it is wrong; null when it could not be read at all). `change` may
/// be null, or compare with a declaration that is no longer the current one: then it is found while deciding. Who
/// accepts it takes the bytes out of `json`.
struct SessionDeclared {
  SessionId session;
  std::shared_ptr<const model::Declaration> declaration;
  model::Findings findings;
  std::shared_ptr<NewBlobs> json;
  std::shared_ptr<const model::DeclarationChange> change;
};
struct SessionItem {
  SessionId session;
  model::Item item;
};  // ready, update, draining, goodbye; logs do not come here
struct SessionClosed {
  SessionId session;
  std::string reason;
};

// inputs: from outside
struct Actor {
  std::string by;
  bool person = true;
};
struct RunRequest {
  std::vector<std::string> select;
  model::Json params = model::Json::object();
  bool only = false, followers = true, force = false;
  std::string env = "production";
  std::string reason;
  std::string key, key_body;  // Idempotency-Key and a hash of the body it came with
};
struct CancelRequest {
  RunId run;
  std::string reason;
};
/// Of an ended run; `record` is what the log knows of it (null: there is no such run).
struct RetryRequest {
  RunId run;
  bool accept_fresh = false;
  std::string reason;
  std::shared_ptr<const RunRecord> record;
};
struct AdoptRequest {
  RunId run;
  std::string task;
  std::string reason;
  std::shared_ptr<const RunRecord> record;
};
struct PauseRequest {
  std::string task;
  bool pause = true;
  std::string reason;
};
struct ForgetRequest {
  std::string server;
  std::string reason;
};
struct TransferRequest {
  std::string server, to, reason;
};
struct BackfillRequest {
  std::vector<std::string> select;
  base::Time from{}, to{};
  std::optional<base::Duration> every;
  std::uint32_t max_parallel = 1;
  std::string reason;
};
struct EventsRequest {
  std::vector<model::CloudEvent> events;
};
using RequestBody = std::variant<RunRequest, CancelRequest, RetryRequest, AdoptRequest, PauseRequest, ForgetRequest,
                                 TransferRequest, BackfillRequest, EventsRequest>;
struct Request {
  RequestId id;
  Actor actor;
  RequestBody body;
};

struct Tick {};  // time has passed: deadlines, retries, schedules

using Input = std::variant<SessionOpened, SessionDeclared, SessionItem, SessionClosed, Request, Tick>;

/// The first event of a life of cerebro. Sessions of the life before are broken, their attempts wait to be claimed.
void start(Step& step, const Settings& settings, std::uint64_t epoch);
void stop(Step& step, const std::string& reason);

void decide(const Input& input, Step& step, const Settings& settings);
void settle(Step& step, const Settings& settings);

/// When Tick has something to do next.
struct Wake {
  std::optional<base::Time> wall;
  std::optional<base::Uptime> uptime;
};
Wake next_wake(const State& state);

/// The only change of State. `seq` follows state.seq; `now` is the batch's.
void apply(State& state, const model::Event& event, Seq seq, base::Now now);

/// A verdict on a declaration without taking it, for declarations:check: every finding against the live graph. `next`
/// comes after the current declaration of its server.
model::Findings check_declaration(const State& state, const model::Succession& next, const Settings& settings);

}  // namespace cordyna::engine
