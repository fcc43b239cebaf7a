// Runs over HTTP: starting and steering them, one of them, and what its tasks printed. Lists: api_run_list.cc.
#include <algorithm>

#include "base/hash.h"
#include "base/limits.h"
#include "cerebro/api_routes.h"
#include "cerebro/run_document.h"
#include "engine/history.h"

namespace cordyna::cerebro {

namespace limits = base::limits;
using engine::State;
using model::Json;

namespace {

std::optional<base::RunId> run_of(const Call& call) {
  auto run = run_id(call.path[0]);
  if (const auto* problem = std::get_if<Problem>(&run)) {
    call.caller.refuse(*problem);
    return std::nullopt;
  }
  return std::get<base::RunId>(run);
}

Problem unknown_run(base::RunId run) {
  return {404, "unknown_run", "there is no run " + run.text() + "; see which there are: dyna runs", {}};
}

bool has_blobs(const RunView& view) {
  return std::any_of(view.tasks.begin(), view.tasks.end(),
                     [](const TaskRunView& one) { return one.result.blob.has_value(); });
}

/// Makes the document on a reader thread, which also fetches large results.
void respond_with(const Caller& caller, std::shared_ptr<const RunView> view) {
  caller.host->search(caller.connection, [view = std::move(view)](log::EventLog& log) -> ApiHost::Read {
    const auto read = [&log](const model::Payload& payload) -> std::optional<std::string> {
      if (!payload.blob) return payload.json;
      auto bytes = log.blob(*payload.blob);
      return bytes.ok() ? std::optional(std::move(*bytes)) : std::nullopt;
    };
    auto text = std::make_shared<std::string>(run_text(*view, read));
    return [text](const State&) {
      base::HttpResponse response = json_response(200, Json::object());
      response.body = std::move(*text);
      return response;
    };
  });
}

void respond_from_log(const Caller& caller, base::RunId run) {
  caller.host->run_record(caller.connection, run, [caller, run](std::shared_ptr<const engine::RunRecord> record) {
    if (record == nullptr) return caller.refuse(unknown_run(run));
    caller.look([caller, record](const State& state) {
      respond_with(caller, std::make_shared<const RunView>(view_of(state, *record)));
    });
  });
}

}  // namespace

void serve_run_start(Call& call) {
  Fields& body = call.body;
  engine::RunRequest run;
  run.select = body.texts("select", limits::run_targets_max);
  run.params = body.value("params", Json::object());
  run.only = body.flag("only", false);
  run.followers = body.flag("followers", true);
  run.force = body.flag("force", false);
  run.env = body.text("env", limits::word_name_max, engine::production);
  run.reason = body.text("reason", limits::text_bytes_max);
  const bool automated = body.flag("automated", false);
  const std::string_view key = call.request.header("idempotency-key");
  const bool plain_key = std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (key.size() > limits::idempotency_key_bytes_max || !plain_key)
    body.refuse("Idempotency-Key", "bad_key", "the Idempotency-Key is not 1 to 255 visible ASCII characters",
                "send for example a UUID");
  if (!body.ok()) return call.caller.refuse(body.problem());
  run.key = key;
  if (!key.empty()) run.key_body = base::hash128(body.object().dump()).hex();
  submit(call.caller, call.actor(automated), std::move(run), 201);
}

void serve_run(Call& call) {
  const auto run = run_of(call);
  if (!run) return;
  call.caller.look([caller = call.caller, run = *run](const State& state) {
    const engine::Run* live = state.run(run);
    if (live == nullptr) return respond_from_log(caller, run);
    const base::Time now = std::max(state.now.wall, caller.host->now());
    const auto view = std::make_shared<const RunView>(view_of(state, *live, now));
    if (!has_blobs(*view)) return respond_with(caller, view);
    // The blobs of what was just decided are in the log when the record is: wait for it.
    caller.host->run_record(caller.connection, run, [caller, view](const auto&) { respond_with(caller, view); });
  });
}

void serve_run_cancel(Call& call) {
  const auto run = run_of(call);
  if (!run) return;
  engine::CancelRequest cancel{*run, call.body.text("reason", limits::text_bytes_max)};
  if (!call.body.ok()) return call.caller.refuse(call.body.problem());
  call.caller.host->submit(
      call.actor(), std::move(cancel), [caller = call.caller, run = *run](const engine::Answer& answer) {
        const auto* refusal = std::get_if<engine::Refusal>(&answer.body);
        if (refusal == nullptr) return caller.respond(200, std::get<Json>(answer.body));
        if (refusal->code != "unknown_run") return caller.refuse(problem_of(*refusal));
        // The state has forgotten runs that ended long ago; the log has not.
        caller.host->run_record(caller.connection, run, [caller, run](std::shared_ptr<const engine::RunRecord> record) {
          if (record == nullptr) return caller.refuse(unknown_run(run));
          const std::string word(model::word(record->state));
          if (record->state == model::RunState::cancelled)
            return caller.respond(200, {{"run_id", run.text()}, {"state", word}});
          caller.refuse({409, "run_final", "the run has " + word + "; nothing is left to cancel", {}});
        });
      });
}

void serve_run_retry(Call& call) {
  const auto run = run_of(call);
  if (!run) return;
  engine::RetryRequest retry;
  retry.run = *run;
  retry.accept_fresh = call.body.flag("accept_fresh", false);
  retry.reason = call.body.text("reason", limits::text_bytes_max);
  const engine::Actor actor = call.actor(call.body.flag("automated", false));
  if (!call.body.ok()) return call.caller.refuse(call.body.problem());
  call.caller.host->run_record(call.caller.connection, *run, [caller = call.caller, actor, retry](auto record) mutable {
    retry.record = std::move(record);
    submit(caller, actor, std::move(retry), 201);
  });
}

void serve_run_adopt(Call& call) {
  const auto run = run_of(call);
  if (!run) return;
  engine::AdoptRequest adopt;
  adopt.run = *run;
  adopt.task = call.path[1] + '/' + call.path[2];
  adopt.reason = call.body.text("reason", limits::text_bytes_max);
  const engine::Actor actor = call.actor(call.body.flag("automated", false));
  if (!call.body.ok()) return call.caller.refuse(call.body.problem());
  call.caller.host->run_record(call.caller.connection, *run, [caller = call.caller, actor, adopt](auto record) mutable {
    adopt.record = std::move(record);
    submit(caller, actor, std::move(adopt), 201);
  });
}

}  // namespace cordyna::cerebro
