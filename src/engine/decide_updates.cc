// State updates of task-servers, and the deadlines by which they must come. An attempt's token is its fence: what is
// late, foreign or a duplicate changes nothing and is visible.
#include <algorithm>
#include <charconv>

#include "base/hash.h"
#include "base/limits.h"
#include "base/mutant.h"
#include "engine/decide.h"
#include "engine/sending.h"
#include "engine/task_runs.h"

namespace cordyna::engine {

using model::Failure;
using model::Origin;
using model::TaskState;
using model::UpdateState;

namespace {

void fault(Step& step, InstanceIndex instance, TaskRunRef at, std::optional<TaskIndex> task, std::string code,
           std::string message, Seq cause = 0) {
  step.emit(model::TaskFault{at, task, instance, std::move(code), std::move(message)}, cause);
}

std::string cut(std::string text) {
  if (text.size() <= base::limits::error_text_bytes_max) return text;
  std::size_t end = base::limits::error_text_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // not inside a character
  return text.substr(0, end) + " [cut]";
}

std::optional<base::Time> server_time(const model::Update& update) {
  const auto time = base::parse_time(update.at);
  return time ? std::optional(*time) : std::nullopt;
}

/// Order of the states of one attempt; what is not above the present one was heard before.
int rank(UpdateState state) {
  if (state == UpdateState::queued) return 1;
  return state == UpdateState::started || state == UpdateState::progress ? 2 : 3;
}

int rank(TaskState state) {
  if (state == TaskState::invoked) return 0;
  return state == TaskState::queued ? 1 : 2;
}

struct Heard {  // one update of a live attempt
  Consequences& consequences;
  InstanceIndex instance;
  TaskRunRef at;
  TaskIndex task;
  std::uint32_t attempt;
  const model::Update& update;
  Step& step() const { return consequences.step(); }
  /// The seq of the attempt's command: what its updates follow from.
  Seq command() const { return task_run(step().state(), at).token; }
};

void start_implied(const Heard& heard) {
  fault(heard.step(), heard.instance, heard.at, heard.task, "not_started",
        "the attempt ended without having been reported as started");
  heard.step().emit(model::TaskStarted{heard.at, heard.task, true, heard.attempt, heard.instance},
                    heard.step().state().seq, server_time(heard.update));
}

Failure failure_of(const Heard& heard) {
  const model::TaskError& error = heard.update.error;
  static const std::vector<std::string> known{"task_failed", "bad_result", "result_too_large", "spawn_failed",
                                              "inputs_too_large"};
  Failure failure;
  failure.code = std::find(known.begin(), known.end(), error.code) == known.end() ? "task_failed" : error.code;
  failure.message = cut(error.message);
  failure.hint = cut(error.hint);
  failure.detail = cut(error.detail);
  failure.origin = Origin::server;
  if (error.message.empty()) {
    fault(heard.step(), heard.instance, heard.at, heard.task, "no_message", "an error without a message");
    failure.message = "the task-server gave no message";
  }
  return failure;
}

void hear_completed(const Heard& heard) {
  const model::Update& update = heard.update;
  if (update.result.size() > base::limits::result_bytes_max) {
    fail_attempt(heard.consequences, heard.at,
                 {"result_too_large",
                  "the result has " + std::to_string(update.result.size()) + " bytes, 65536 are allowed",
                  "store it elsewhere and return its place",
                  {},
                  Origin::server},
                 true, false, 0);
    return;
  }
  if (!update.result.empty() && !model::Json::accept(update.result)) {
    fail_attempt(heard.consequences, heard.at,
                 {"bad_result", "the result is not JSON", "write one JSON value", {}, Origin::server}, true, false, 0);
    return;
  }
  model::TaskCompleted event;
  event.at = heard.at;
  event.task = heard.task;
  event.attempt = heard.attempt;
  event.result = heard.step().payload(update.result);
  event.observed = update.observed;
  event.instance = heard.instance;
  heard.step().emit(std::move(event), heard.command(), server_time(update));
  heard.consequences.ended(heard.at);
}

void hear_final(const Heard& heard) {
  const TaskState before = task_run(heard.step().state(), heard.at).state;
  if (!base::mutant("never_started_is_fine") && before != TaskState::started &&
      heard.update.state != UpdateState::cancelled && heard.update.state != UpdateState::error)
    start_implied(heard);
  switch (heard.update.state) {
    case UpdateState::completed:
      return hear_completed(heard);
    case UpdateState::error:
      return fail_attempt(heard.consequences, heard.at, failure_of(heard), heard.update.error.fatal,
                          heard.update.error.retry, 0);
    case UpdateState::skipped:
      heard.step().emit(model::TaskSkipped{heard.at, heard.task, model::SkipReason::nothing_to_do,
                                           cut(heard.update.reason), heard.instance},
                        heard.command(), server_time(heard.update));
      break;
    default:
      heard.step().emit(model::TaskCancelled{heard.at, heard.task, heard.attempt, "confirmed", heard.instance},
                        heard.command(), server_time(heard.update));
  }
  heard.consequences.ended(heard.at);
}

/// A server that cancels by itself what nobody asked it to cancel has failed the attempt.
bool cancelled_by_itself(const Heard& heard) {
  if (heard.update.state != UpdateState::cancelled || task_run(heard.step().state(), heard.at).cancel_requested)
    return false;
  const std::string why = heard.update.reason.empty() ? "" : ": " + heard.update.reason;
  fail_attempt(heard.consequences, heard.at,
               {"task_failed", "the task-server cancelled the attempt" + why, {}, {}, Origin::server}, false, false, 0);
  return true;
}

/// An attempt that is over: what it reports is recorded, once for each final state, and changes nothing.
void hear_late(Step& step, InstanceIndex instance, Seq token, const model::Update& update) {
  const auto found = step.state().fenced.find(token);
  if (found == step.state().fenced.end()) return;  // ended by its own word: a repeated update
  const Fenced& fenced = found->second;
  if (fenced.instance != instance)
    return fault(step, instance, {}, fenced.task, "foreign_attempt", "an update for an attempt of another instance");
  if (rank(update.state) <= fenced.heard) return;
  static const std::vector<std::string> words{"queued", "started",   "progress", "completed",
                                              "error",  "cancelled", "skipped"};
  model::TaskLate late;
  late.at = fenced.at;
  late.task = fenced.task;
  late.attempt = fenced.attempt;
  late.token = token;
  late.instance = fenced.instance;
  late.state = words[std::min<std::size_t>(static_cast<std::size_t>(update.state), 6)];
  if (update.result.size() <= base::limits::result_bytes_max && model::Json::accept(update.result))
    late.result = step.payload(update.result);
  late.message = cut(update.error.message);
  step.emit(std::move(late), token, server_time(update));
}

/// The acknowledgement came too late for an attempt that may only be repeated once its cancel is confirmed.
void hear_expired(const Heard& heard) {
  if (rank(heard.update.state) < 3) return;
  Failure failure{"ack_timeout", "the command was not acknowledged in time", {}, {}, Origin::cerebro};
  if (heard.update.state == UpdateState::cancelled)
    return fail_attempt(heard.consequences, heard.at, std::move(failure), false, false, 0);
  const Seq token = task_run(heard.step().state(), heard.at).token;
  heard.step().emit(model::TaskFailed{heard.at, heard.task, heard.attempt, std::move(failure), heard.instance}, token);
  hear_late(heard.step(), heard.instance, token, heard.update);
  heard.consequences.ended(heard.at);
}

void hear(const Heard& heard) {
  const TaskRun& one = task_run(heard.step().state(), heard.at);
  if (one.ack_expired) return hear_expired(heard);
  if (heard.update.state == UpdateState::progress) {
    if (one.state == TaskState::started)
      heard.step().emit(model::TaskProgress{heard.at, heard.task, std::min(heard.update.progress_permille, 1000U),
                                            cut(heard.update.progress_message), heard.attempt, heard.instance},
                        heard.command(), server_time(heard.update));
    return;
  }
  if (rank(heard.update.state) <= rank(one.state) && !base::mutant("duplicates_count")) return;  // heard before
  if (heard.update.state == UpdateState::queued) {
    heard.step().emit(model::TaskQueued{heard.at, heard.task, heard.attempt, heard.instance}, heard.command(),
                      server_time(heard.update));
  } else if (heard.update.state == UpdateState::started) {
    heard.step().emit(model::TaskStarted{heard.at, heard.task, false, heard.attempt, heard.instance}, heard.command(),
                      server_time(heard.update));
  } else if (!cancelled_by_itself(heard)) {
    hear_final(heard);
  }
}

}  // namespace

void decide_update(Consequences& consequences, InstanceIndex index, const model::Update& update) {
  Step& step = consequences.step();
  const State& state = step.state();
  const SessionId session = state.instance(index).session;
  const TokenRead token = read_token(state, update.token);
  const auto found = state.attempts.find(token.seq);
  if (token.from_future && !state.regressed) {
    step.emit(model::LogRegressed{index, update.token});
  } else if (token.seq == 0 || token.seq > state.seq) {
    if (!token.from_future)
      fault(step, index, {}, std::nullopt, "unknown_attempt",
            "an update for an attempt nobody knows: \"" + cut(update.token) + "\"");
  } else if (found == state.attempts.end()) {
    hear_late(step, index, token.seq, update);
  } else if (task_run(state, found->second).instance != index) {
    fault(step, index, found->second, task_at(state, found->second), "foreign_attempt",
          "an update for an attempt of another instance");
  } else {
    const TaskRunRef at = found->second;
    const TaskRun& one = task_run(state, at);
    if (one.need == Need::asked) {
      const bool answered = update.state == UpdateState::check_yes || update.state == UpdateState::check_no ||
                            update.state == UpdateState::error || update.state == UpdateState::cancelled;
      if (answered) consequences.checked(at, update.state == UpdateState::check_yes ? "yes" : "no", 0);
    } else if (update.state != UpdateState::check_yes && update.state != UpdateState::check_no) {
      hear({consequences, index, at, task_at(state, at), one.attempt, update});
    }
  }
  step.effect(Acknowledge{session, update.n});
}

namespace {

/// When the next attempt may be: backoff * factor^retries with jitter drawn from the attempt's identity, never beyond
/// the cap. Whole numbers only: permille throughout.
base::Time retry_instant(const State& state, TaskRunRef at, base::Time now) {
  const TaskRun& one = task_run(state, at);
  const model::Retries& retries = one.policy().retries;
  const std::int64_t cap = retries.cap.count();
  std::int64_t delay = std::min(retries.backoff.count(), cap);
  for (std::uint32_t i = 0; i < one.retries && delay < cap; ++i)
    delay = std::min(cap, delay * retries.factor_permille / 1000);
  const std::uint64_t identity = std::uint64_t{at.position} << 32 | one.attempt;
  const std::uint64_t chance = base::mix64(at.run.low ^ base::mix64(at.run.high ^ identity));
  const std::int64_t jitter = delay * retries.jitter_permille / 1000;
  const std::int64_t least = delay - jitter, most = std::min(cap, delay + jitter);
  return now + base::Duration(least + (most - least) * static_cast<std::int64_t>(chance % 2001) / 2000);
}

struct RetryDecision {
  bool retry = false, counted = true, at_once = false;
};

/// Invoked while nobody was there, and those who came since have no room: nobody was asked, so nobody failed.
bool waits_for_room(const State& state, TaskRunRef at) {
  return task_run(state, at).instance == model::no_instance &&
         instance_to_ask(state, task_at(state, at)) != model::no_instance;
}

RetryDecision decide_retry_of(const State& state, TaskRunRef at, const Failure& failure, bool fatal, bool asked) {
  const Run& run = *state.run(at.run);
  const TaskRun& one = run.tasks[at.position];
  const model::Policy& policy = one.policy();
  if (fatal || run.cancel_requested || (one.cancel_requested && !one.ack_expired)) return {};
  if (!state.task(run.planned(at.position).task).declared()) return {};
  if (failure.code == "start_timeout" && policy.retries.max >= 1 && one.fenced_start &&
      one.free_retries < base::limits::free_retries_max && (policy.idempotent || asked))
    return {true, false};
  if (failure.code == "ack_timeout" && waits_for_room(state, at)) return {true, false, true};
  if (one.retries >= policy.retries.max && !base::mutant("retries_without_end")) return {};
  if (policy.idempotent || asked) return {true, true};
  // Not idempotent: only when nobody can be acting on the command (any more).
  const bool harmless = one.ack_expired || (failure.code == "ack_timeout" && one.instance == model::no_instance);
  return {harmless, true};
}

}  // namespace

void fail_attempt(Consequences& consequences, TaskRunRef at, Failure failure, bool fatal, bool retry, Seq cause) {
  Step& step = consequences.step();
  const State& state = step.state();
  const TaskRun& one = task_run(state, at);
  const TaskIndex task = task_at(state, at);
  if (cause == 0) cause = one.token;  // nothing but the attempt itself led to its end
  const RetryDecision decision = decide_retry_of(state, at, failure, fatal, retry);
  const bool cancelled = one.cancel_requested && !one.ack_expired && failure.origin == Origin::cerebro;
  if (decision.retry) {
    const base::Time due = decision.at_once || base::mutant("retry_without_backoff")
                               ? step.now().wall
                               : retry_instant(state, at, step.now().wall);
    step.emit(model::TaskRetry{at, task, one.attempt, due, decision.counted, std::move(failure), one.instance}, cause);
    return consequences.judge_again(at);
  }
  if (cancelled)
    step.emit(model::TaskCancelled{at, task, one.attempt, "unconfirmed", one.instance}, cause);
  else
    step.emit(model::TaskFailed{at, task, one.attempt, std::move(failure), one.instance}, cause);
  consequences.ended(at);
}

void decide_retries_due(Consequences& consequences) {
  Step& step = consequences.step();
  while (!base::mutant("retries_never_due") && !step.state().retries.empty() &&
         step.state().retries.begin()->first <= step.now().wall) {
    const TaskRunRef at = step.state().retries.begin()->second;
    step.emit(model::TaskDue{at, task_at(step.state(), at)}, task_run(step.state(), at).ended_seq);
  }
}

namespace {

Failure timeout(std::string code, std::string message, std::string hint) {
  return {std::move(code), std::move(message), std::move(hint), {}, Origin::cerebro};
}

std::string limit_text(base::Duration limit) {
  return base::format_duration(limit);
}

Failure ack_timeout_of(const State& state, TaskRunRef at) {
  const TaskRun& one = task_run(state, at);
  const std::string& name = state.task(task_at(state, at)).name;
  if (waits_for_room(state, at))
    return timeout("ack_timeout",
                   "every instance was full, it was sent to none within " + limit_text(one.policy().timeouts.ack),
                   "it waits for a free slot now");
  const std::string who = one.instance == model::no_instance
                              ? "no instance of " + name.substr(0, name.find('/')) + " is connected: not acknowledged"
                              : "instance " + state.instance(one.instance).name + " did not acknowledge";
  return timeout("ack_timeout", who + " within " + limit_text(one.policy().timeouts.ack),
                 "is the task-server running? dyna servers");
}

/// Not idempotent, but with retries left: the next attempt waits until the instance has confirmed the cancel, or is
/// gone.
bool may_retry_once_cancelled(const State& state, TaskRunRef at) {
  const TaskRun& one = task_run(state, at);
  const model::Policy& policy = one.policy();
  return !policy.idempotent && one.retries < policy.retries.max && one.instance != model::no_instance &&
         !one.cancel_requested;
}

void expire_attempt(Consequences& consequences, TaskRunRef at, Failure failure) {
  Step& step = consequences.step();
  const TaskRun& one = task_run(step.state(), at);
  const InstanceIndex instance = one.instance;
  const Seq token = one.token;
  Seq cause = token;
  if (instance != model::no_instance) {
    cause = step.emit(model::CommandCancel{at, task_at(step.state(), at), one.attempt, failure.code, true, instance},
                      token);
    send_cancel(step, instance, token, failure.code);
  }
  fail_attempt(consequences, at, std::move(failure), false, false, cause);
}

void expire(Consequences& consequences, const Deadline& deadline) {
  Step& step = consequences.step();
  const State& state = step.state();
  if (deadline.kind == DeadlineKind::claim)
    return end_instance(consequences, deadline.instance, "it did not come back in time");
  if (deadline.kind == DeadlineKind::older) return restore_revision(consequences, deadline.instance);
  const TaskRunRef at = deadline.task_run;
  const TaskRun& one = task_run(state, at);
  const std::string name = state.task(task_at(state, at)).name;
  const std::string server = name.substr(0, name.find('/'));
  const auto now_pending = [&](Failure failure) {
    step.emit(model::TaskFailed{at, task_at(state, at), one.attempt, std::move(failure), one.instance});
    consequences.ended(at);
  };
  switch (deadline.kind) {
    case DeadlineKind::ack: {
      if (may_retry_once_cancelled(step.state(), at)) {
        step.emit(model::CommandCancel{at, task_at(state, at), one.attempt, "ack_timeout", false, one.instance},
                  one.token);
        return send_cancel(step, one.instance, one.token, "ack_timeout");
      }
      return expire_attempt(consequences, at, ack_timeout_of(state, at));
    }
    case DeadlineKind::start:
      return expire_attempt(
          consequences, at,
          timeout("start_timeout", "queued, but not started within " + limit_text(one.policy().timeouts.start),
                  "give " + server + " more slots or instances"));
    case DeadlineKind::complete:
      return expire_attempt(
          consequences, at,
          timeout("complete_timeout", "started, but not completed within " + limit_text(one.policy().timeouts.complete),
                  "see its log; raise timeouts.complete if it needs longer"));
    case DeadlineKind::pending:
      return now_pending(timeout("pending_timeout", "still pending after " + limit_text(*one.policy().timeouts.pending),
                                 "dyna why " + name));
    case DeadlineKind::server_wait:
      return now_pending(
          timeout("no_server", "no instance of " + server + " came within " + limit_text(*one.policy().wait_for_server),
                  "start the task-server"));
    case DeadlineKind::check:
      return consequences.checked(at, "timeout", state.seq);
    case DeadlineKind::cancel:
      if (one.ack_expired) return now_pending(ack_timeout_of(step.state(), at));
      step.emit(model::TaskCancelled{at, task_at(state, at), one.attempt, "unconfirmed", one.instance}, one.token);
      return consequences.ended(at);
    case DeadlineKind::claim:
    case DeadlineKind::older:
      return;
  }
}

}  // namespace

void decide_deadlines(Consequences& consequences) {
  Step& step = consequences.step();
  while (const Deadline* deadline = step.state().deadlines.expired(step.now().uptime)) {
    expire(consequences, Deadline(*deadline));
    consequences.drain();
    step.hurry();
  }
}

}  // namespace cordyna::engine
