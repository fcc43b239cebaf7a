#pragma once
// The parts of decide(), one file a kind of input; decide.cc dispatches. Each refuses before its first emit.

#include "engine/consequences.h"
#include "engine/engine.h"
#include "engine/graph.h"

namespace cordyna::engine {

// decide_sessions.cc
void decide_opened(Consequences& consequences, const SessionOpened& input);
void decide_declared(Consequences& consequences, const SessionDeclared& input);
void decide_item(Consequences& consequences, const SessionItem& input);
void decide_closed(Consequences& consequences, const SessionClosed& input);
/// The instance of a session, nullopt when the session is not one (any more).
std::optional<InstanceIndex> instance_of(const State& state, SessionId session);
/// The instance is over: its attempts are lost. `grace_over` when it was waited for.
void end_instance(Consequences& consequences, InstanceIndex instance, const std::string& reason);
/// The current revision has been gone for long: the one of this instance takes its place again.
void restore_revision(Consequences& consequences, InstanceIndex instance);
/// Sets the server's state by its instances when it has changed.
void refresh_server_state(Step& step, ServerIndex server, bool goodbye);
/// What a newly accepted declaration means: timers for its triggers, the end of waiting tasks that are gone.
void settle_declaration(Consequences& consequences, ServerIndex server, const model::DeclarationChange& change,
                        Seq cause);

// decide_updates.cc
void decide_update(Consequences& consequences, InstanceIndex instance, const model::Update& update);
/// An attempt ended badly: retry as its policy says, or error.
void fail_attempt(Consequences& consequences, TaskRunRef at, model::Failure failure, bool fatal, bool retry, Seq cause);
void decide_deadlines(Consequences& consequences);
void decide_retries_due(Consequences& consequences);

// decide_runs.cc
void decide_run(Consequences& consequences, const Request& request, const RunRequest& body);
void decide_cancel(Consequences& consequences, const Request& request, const CancelRequest& body);
void decide_backfill(Consequences& consequences, const Request& request, const BackfillRequest& body);
// decide_again.cc
void decide_retry(Consequences& consequences, const Request& request, const RetryRequest& body);
void decide_adopt(Consequences& consequences, const Request& request, const AdoptRequest& body);
// decide_control.cc
void decide_pause(Consequences& consequences, const Request& request, const PauseRequest& body);
void decide_forget(Consequences& consequences, const Request& request, const ForgetRequest& body);
void decide_transfer(Consequences& consequences, const Request& request, const TransferRequest& body);
void decide_events(Consequences& consequences, const Request& request, const EventsRequest& body);

void refuse(Step& step, const Request& request, std::string code, std::string message, model::Findings findings = {});
/// 422: what was asked is well-formed but wrong; the first finding is the message.
void refuse_invalid(Step& step, const Request& request, model::Findings findings);
void answer(Step& step, const Request& request, model::Json body);

}  // namespace cordyna::engine
