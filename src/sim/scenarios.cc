#include "sim/scenarios.h"

namespace cordyna::sim {
namespace {

using model::Json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr base::Duration short_work = milliseconds(500), long_work = seconds(20);
constexpr WorkWeather good{0, 0, 0, short_work}, slow{0, 0, 0, long_work}, failing{1000, 0, 0, short_work},
    hanging{0, 1000, 0, short_work};

/// All are of one team, with room for four and one instance.
Company::Server server(const std::string& name, const std::vector<std::pair<std::string, Json>>& tasks) {
  Company::Server made;
  made.name = name;
  made.team = "team0";
  made.slots = 4;
  for (const auto& [task, declared] : tasks) {
    made.task_names.push_back(task);
    made.tasks.push_back(declared);
  }
  return made;
}

Json after(const std::vector<std::string>& upstreams) {
  return {{"upstream", upstreams}};
}

Act run(base::Duration at, const std::vector<std::string>& selectors) {
  return {at, People::Line{"run", "POST", "/runs", Json{{"select", selectors}}.dump()}};
}

Act ask(base::Duration at, const std::string& verb, const std::string& target) {
  return {at, People::Line{verb, "POST", target, Json{{"reason", "of the scenario"}}.dump()}};
}

Act emit(base::Duration at, const std::string& id) {
  const Json event{{"specversion", "1.0"}, {"type", "order.made"}, {"source", "/scenario"}, {"id", id}};
  return {at, People::Line{"emit", "POST", "/events", event.dump()}};
}

std::vector<Scenario> make() {
  const Json plain = Json::object();
  std::vector<Scenario> all;
  all.push_back({"chain",
                 {server("s0", {{"a", plain}, {"c", after({"s1/b"})}}), server("s1", {{"b", after({"s0/a"})}})},
                 {good, good},
                 {run(seconds(5), {"s0/a+"})},
                 {"run.completed"}});
  all.push_back({"join",
                 {server("s0", {{"a", plain}}), server("s1", {{"b", plain}, {"c", after({"s0/a", "s1/b"})}})},
                 {good, good},
                 {run(seconds(5), {"+s1/c"})},
                 {"run.completed"}});
  all.push_back(
      {"fan_out_with_a_failure",
       {server("s0", {{"a", plain}, {"b", after({"s0/a"})}, {"c", after({"s0/a"})}, {"e", after({"s1/d", "s0/b"})}}),
        server("s1", {{"d", after({"s0/a"})}})},
       {good, failing},
       {run(seconds(5), {"s0/a+"})},
       {"run.failed", "task.blocked", "task.error"}});
  all.push_back({"retry",
                 {server("s0", {{"a", {{"retries", {{"max", 3}, {"backoff", "2s"}}}}}})},
                 {failing},
                 {run(seconds(5), {"s0/a"})},
                 {"task.retry"}});
  all.push_back({"deadline",
                 {server("s0", {{"a", {{"timeouts", {{"complete", "10s"}}}}}, {"b", after({"s0/a"})}})},
                 {hanging},
                 {run(seconds(5), {"s0/a+"})},
                 {"task.error", "task.blocked", "command.cancel"}});
  all.push_back({"cron_and_catch_up",
                 {server("s0", {{"a", {{"when", {{"cron", "* * * * *"}, {"timezone", "UTC"}}}, {"catchup", "all"}}}})},
                 {good},
                 {{seconds(30), RestartCerebro{seconds(100)}}},
                 {"schedule.set", "schedule.waiting", "run.completed"}});
  all.push_back({"event_told_twice",
                 {server("s0", {{"a", {{"when", {{"event", {{"type", "order.made"}}}}}}}, {"b", after({"s0/a"})}})},
                 {good},
                 {emit(seconds(5), "e1"), emit(seconds(6), "e1"), emit(seconds(30), "e2")},
                 {"event.received", "run.completed"}});
  all.push_back({"cancel",
                 {server("s0", {{"a", plain}, {"b", after({"s0/a"})}}), server("s1", {{"c", plain}})},
                 {slow, slow},
                 {run(seconds(5), {"s0/a+", "s1/c"}), ask(seconds(6), "cancel", "/runs/{run}/cancel")},
                 {"run.cancel_requested", "task.cancelled", "run.cancelled"}});
  all.push_back({"redeclared_while_running",
                 {server("s0", {{"a", plain}, {"b", after({"s0/a"})}})},
                 {slow},
                 {run(seconds(5), {"s0/a+"}), {seconds(6), Redeclare{0, "another text"}}},
                 {"server.declared", "run.completed"}});
  all.push_back({"shared_limit",
                 {server("s0", {{"a", {{"limits", {"licence"}}}}}), server("s1", {{"b", {{"limits", {"licence"}}}}})},
                 {slow, slow},
                 {run(seconds(5), {"s0/a"}), run(seconds(5), {"s1/b"}), run(seconds(6), {"s0/a"})},
                 {"run.completed"}});
  all.push_back({"pause_and_overlap",
                 {server("s0", {{"a", {{"overlap", "queue"}}}, {"b", after({"s0/a"})}})},
                 {slow},
                 {ask(seconds(4), "pause", "/tasks/s0/b/pause"), run(seconds(5), {"s0/a+"}), run(seconds(6), {"s0/a+"}),
                  ask(seconds(60), "resume", "/tasks/s0/b/resume")},
                 {"task.paused", "task.resumed", "run.completed"}});
  all.push_back({"server_restarts",
                 {server("s0", {{"a", plain}, {"b", after({"s0/a"})}})},
                 {slow},
                 {run(seconds(5), {"s0/a+"}), {seconds(6), RestartServer{0, seconds(40)}}},
                 {"instance.left", "server.draining"}});
  return all;
}

}  // namespace

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all = make();
  return all;
}

const Scenario* find_scenario(const std::string& name) {
  for (const Scenario& one : scenarios())
    if (one.name == name) return &one;
  return nullptr;
}

}  // namespace cordyna::sim
