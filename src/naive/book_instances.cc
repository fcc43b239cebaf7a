// The book of the naive model: who is there, who declares what, and what is paused.

#include "naive/model.h"

namespace cordyna::naive {

bool Model::read_instance(const Fact& fact) {
  const model::EventBody& body = fact.event.body;
  if (const auto* e = std::get_if<model::ServerDeclared>(&body)) return declared(*e), true;
  if (const auto* e = std::get_if<model::ServerForgotten>(&body)) {
    const std::string server = names_.server(e->server);
    for (auto& [name, task] : tasks_)
      if (task.server == server) task.declared.reset(), task.waiting.clear(), next_.erase(name);
    servers_.erase(server);
    return true;
  }
  if (const auto* e = std::get_if<model::ServerStateChanged>(&body)) {
    Server& server = servers_[names_.server(e->server)];
    server.state = e->state;
    server.since = fact.now.wall;
    return true;
  }
  if (const auto* e = std::get_if<model::InstanceJoined>(&body)) {
    Instance& one = instances_[e->server + '#' + e->instance];
    one.server = e->server;
    one.hash = e->hash;
    one.connected = true;
    one.ready = false;
    one.slots = e->slots;
    return true;
  }
  if (const auto* e = std::get_if<model::InstanceDeclared>(&body)) {
    instances_[names_.instance(e->instance)].hash = e->hash;
    return true;
  }
  if (const auto* e = std::get_if<model::InstanceReady>(&body)) {
    instances_[names_.instance(e->instance)].ready = true;
    return true;
  }
  if (const auto* e = std::get_if<model::InstanceDraining>(&body)) {
    instances_[names_.instance(e->instance)].ready = false;
    return true;
  }
  if (const auto* e = std::get_if<model::InstanceLeft>(&body)) {
    Instance& one = instances_[names_.instance(e->instance)];
    if (!one.connected && !e->lost && fact.now.uptime < one.grace_until)
      complain("an instance was given up within its grace");
    if (one.connected) one.grace_until = fact.now.uptime + std::chrono::seconds(10);
    one.connected = one.ready = false;
    return true;
  }
  if (std::holds_alternative<model::CerebroStarted>(body)) {
    started_at_ = fact.now.wall;
    regressed_ = false;
    for (auto& [name, one] : instances_) {
      one.connected = one.ready = false;
      one.grace_until = fact.now.uptime + std::chrono::seconds(30);
    }
    return true;
  }
  if (std::holds_alternative<model::LogRegressed>(body)) return regressed_ = true;
  if (const auto* e = std::get_if<model::TaskPaused>(&body)) return tasks_[names_.task(e->task)].paused = true;
  if (const auto* e = std::get_if<model::TaskResumed>(&body)) {
    const std::string name = names_.task(e->task);
    tasks_[name].paused = false;
    // Its join is evaluated once, wherever it has been.
    shakes_.push_back({name, fact.seq, false, false, true, {}});
    for (const auto& [scope, past] : tasks_[name].pasts)
      if (scope != Scope("production", "{}"))
        shakes_.push_back({name, fact.seq, false, false, true, {scope.first, model::Json::parse(scope.second)}});
    return true;
  }
  return false;
}

}  // namespace cordyna::naive
