// Control by people: pause and resume, forget and transfer of servers; and CloudEvents from outside.
#include <algorithm>

#include "base/nearest.h"
#include "engine/decide.h"
#include "engine/triggers.h"
#include "model/cloud_event.h"
#include "model/names.h"

namespace cordyna::engine {
namespace {

std::optional<TaskIndex> declared_task(Step& step, const Request& request, const std::string& name) {
  const auto task = step.state().find_task(name);
  if (task && step.state().task(*task).declared()) return task;
  refuse(step, request, "unknown_task", "no task-server declares " + name + "; see what is declared: dyna tasks");
  return std::nullopt;
}

std::optional<ServerIndex> known_server(Step& step, const Request& request, const std::string& name) {
  const auto found = step.state().server_by_name.find(name);
  if (found != step.state().server_by_name.end() && step.state().server(found->second).seen()) return found->second;
  refuse(step, request, "unknown_server", "there is no task-server " + name + "; see which there are: dyna servers");
  return std::nullopt;
}

}  // namespace

void decide_pause(Consequences& consequences, const Request& request, const PauseRequest& body) {
  Step& step = consequences.step();
  const auto index = declared_task(step, request, body.task);
  if (!index) return;
  const bool paused = step.state().task(*index).detail().paused.has_value();
  if (body.pause && !paused) step.emit(model::TaskPaused{*index, request.actor.by, body.reason});
  if (!body.pause && paused) {
    const Seq seq = step.emit(model::TaskResumed{*index, request.actor.by, body.reason});
    // The join is evaluated once, in every scope the task has been in.
    const Task& task = step.state().task(*index);
    std::vector<ScopeIndex> scopes{ScopeIndex{0}};
    for (const auto& [scope, history] : task.detail().histories) scopes.push_back(scope);
    for (const ScopeIndex scope : scopes) {
      const Scope value = step.state().scopes[scope.value];
      consequences.try_join(*index, Setting(step.state(), value.env, model::Json::parse(value.params)), seq);
    }
  }
  answer(step, request, {{"task", body.task}});
}

void decide_forget(Consequences& consequences, const Request& request, const ForgetRequest& body) {
  Step& step = consequences.step();
  const auto index = known_server(step, request, body.server);
  if (!index) return;
  const State& state = step.state();
  const Server& server = state.server(*index);
  const bool alive = std::any_of(server.instances.begin(), server.instances.end(),
                                 [&state](InstanceIndex one) { return state.instance(one).session.value != 0; });
  if (alive)
    return refuse(step, request, "server_live", "an instance of " + body.server + " is connected; stop it first");
  model::DeclarationChange change;
  if (server.block) change = model::everything_removed(server.block);  // else it was refused from the first time on
  const Seq seq = step.emit(model::ServerForgotten{*index, request.actor.by, body.reason});
  settle_declaration(consequences, *index, change, seq);
  answer(step, request, {{"server", body.server}});
}

void decide_transfer(Consequences& consequences, const Request& request, const TransferRequest& body) {
  Step& step = consequences.step();
  const auto index = known_server(step, request, body.server);
  if (!index) return;
  if (!step.state().server(*index).block)
    return refuse(step, request, "unknown_server",
                  "nothing of " + body.server + " was ever accepted, so it belongs to nobody yet");
  if (const auto name = model::check_name(model::NameKind::team, body.to); !name)
    return refuse(step, request, "invalid", name.error().message,
                  {{"to", "bad_name", name.error().message, "a team's name"}});
  step.emit(model::ServerTransferred{*index, body.to, request.actor.by, body.reason});
  answer(step, request, {{"server", body.server}, {"team", body.to}});
}

void decide_events(Consequences& consequences, const Request& request, const EventsRequest& body) {
  Step& step = consequences.step();
  const State& state = step.state();
  std::map<std::pair<std::string, std::string>, base::Hash128> batch;
  for (const model::CloudEvent& event : body.events) {
    const std::pair key(event.source, event.id);
    const auto seen = state.seen_events.find(key);
    const auto first = batch.try_emplace(key, event.content).first;
    if ((seen != state.seen_events.end() && seen->second.content != event.content) || first->second != event.content)
      return refuse(
          step, request, "id_reuse",
          "source " + event.source + " has sent id " + event.id + " before with other content; give it a new id");
  }
  model::Json events = model::Json::array();
  for (const model::CloudEvent& event : body.events) {
    const std::pair key(event.source, event.id);
    const bool duplicate = state.seen_events.contains(key);
    if (!duplicate) receive_event(consequences, event);
    consequences.drain();
    const SeenEvent& seen = state.seen_events.at(key);
    model::Json runs = model::Json::array();
    for (const RunId run : seen.runs) runs.push_back(run.text());
    events.push_back({{"source", event.source},
                      {"id", event.id},
                      {"duplicate", duplicate},
                      {"matched", seen.matched},
                      {"runs", std::move(runs)}});
  }
  answer(step, request, {{"events", std::move(events)}});
}

}  // namespace cordyna::engine
