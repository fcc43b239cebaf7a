#include "cerebro/task_document.h"

#include <charconv>
#include <set>

#include "cerebro/run_document.h"
#include "engine/why.h"

namespace cordyna::cerebro {

using engine::State;
using model::Json;
using model::TaskIndex;

namespace {

Json duration_or_null(const std::optional<base::Duration>& duration) {
  return duration ? Json(base::format_duration(*duration)) : Json();
}

struct TriggerDocument {
  Json operator()(const model::CronTrigger& trigger) const {
    Json json{{"cron", trigger.cron}, {"timezone", trigger.timezone}};
    if (trigger.and_upstream) json["and"] = "upstream";
    return json;
  }
  Json operator()(const model::EveryTrigger& trigger) const {
    return {{"every", base::format_duration(trigger.every)}};
  }
  Json operator()(const model::EventTrigger& trigger) const {
    Json event{{"type", trigger.type}};
    if (!trigger.subject.empty()) event["subject"] = trigger.subject;
    if (trigger.params_from_data) event["params"] = "data";
    if (trigger.coalesce) event["coalesce"] = true;
    return {{"event", std::move(event)}};
  }
  Json operator()(const model::UpstreamTrigger& trigger) const { return {{"upstream", trigger.any ? "any" : "all"}}; }
  Json operator()(const model::ManualTrigger&) const { return "manual"; }
};

std::string_view word(model::Require require) {
  return require == model::Require::finished ? "finished" : "completed";
}

Json paused_document(const engine::Task& task) {
  if (!task.detail().paused) return nullptr;
  return {{"by", task.detail().paused->by},
          {"at", base::format_time(task.detail().paused->at)},
          {"reason", task.detail().paused->reason}};
}

struct LastState {
  base::RunId run;
  model::TaskState state = model::TaskState::pending;
  std::optional<base::Time> ended_at;
};

/// The live task-run that began last, else the one that ended last; in any scope. O(scopes of the task).
std::optional<LastState> last_of(const State& state, const engine::Task& task) {
  std::optional<LastState> live, ended;
  base::Seq ended_seq = 0;
  const auto consider = [&](const engine::History* history) {
    if (history == nullptr) return;
    if (!history->live.empty()) {
      const model::TaskRunRef at = history->live.back();
      const engine::Run* run = state.run(at.run);
      if (run != nullptr && (!live || live->run < at.run)) live = {at.run, run->tasks[at.position].state, {}};
    }
    if (history->last_run && history->last_run->ended > ended_seq) {
      ended_seq = history->last_run->ended;
      ended = {history->last_run->at.run, history->last_run->state, history->last_run->ended_at};
    }
  };
  consider(task.history.get());
  for (const auto& [scope, history] : task.detail().histories) consider(history.get());
  return live ? live : ended;
}

Json last_document(const State& state, const engine::Task& task) {
  const auto last = last_of(state, task);
  if (!last) return nullptr;
  return {{"run", last->run.text()}, {"state", model::word(last->state)}, {"ended_at", time_or_null(last->ended_at)}};
}

std::optional<base::Time> next_of(const engine::Task& task) {
  std::optional<base::Time> next;
  for (const engine::Timer& timer : task.detail().timers)
    if (timer.next && (!next || *timer.next < *next)) next = timer.next;
  return next;
}

Json retries_document(const model::Retries& retries) {
  return {{"max", retries.max},
          {"backoff", base::format_duration(retries.backoff)},
          {"factor", retries.factor_permille / 1000.0},
          {"jitter", retries.jitter_permille / 1000.0},
          {"cap", base::format_duration(retries.cap)}};
}

void add_policy(Json& json, const model::Policy& policy) {
  constexpr const char* overlaps[] = {"share", "queue", "skip", "parallel"};
  constexpr const char* catchups[] = {"last", "all", "none"};
  json["timeouts"] = {{"ack", base::format_duration(policy.timeouts.ack)},
                      {"start", base::format_duration(policy.timeouts.start)},
                      {"complete", base::format_duration(policy.timeouts.complete)},
                      {"pending", duration_or_null(policy.timeouts.pending)}};
  json["retries"] = retries_document(policy.retries);
  json["concurrency"] = policy.concurrency == 0 ? Json() : Json(policy.concurrency);
  json["limits"] = policy.limits;
  json["overlap"] = overlaps[static_cast<int>(policy.overlap)];
  json["catchup"] = catchups[static_cast<int>(policy.catchup)];
  json["priority"] = policy.priority;
  json["wait_for_server"] = duration_or_null(policy.wait_for_server);
  json["idempotent"] = policy.idempotent;
  json["check"] = policy.check;
}

Json instance_document(const State& state, const engine::Server& server, model::InstanceIndex index) {
  const engine::Instance& one = state.instance(index);
  Json revision;
  if (one.block != nullptr && one.block == server.block) revision = server.revision;
  return {{"instance", one.name},
          {"slots", one.slots},
          {"live", one.attempts.size()},
          {"since", base::format_time(one.since)},
          {"revision", std::move(revision)},
          {"connected", one.session.value != 0},
          {"ready", one.takes_commands()},
          {"draining", one.draining}};
}

}  // namespace

Json task_document(const State& state, TaskIndex index) {
  const engine::Task& task = state.task(index);
  const engine::Server& server = state.server(task.server);
  const model::TaskDeclaration& declared = task.declaration();
  Json upstream = Json::array(), when = Json::array();
  bool unresolved = false;
  for (std::size_t i = 0; i < declared.upstream.size(); ++i) {
    const model::Upstream& edge = declared.upstream[i];
    unresolved = unresolved || !state.task(task.upstream[i]).declared();
    upstream.push_back(
        {{"task", edge.task}, {"within", duration_or_null(edge.within)}, {"require", word(edge.require)}});
  }
  for (const model::Trigger& trigger : declared.when) when.push_back(std::visit(TriggerDocument{}, trigger));
  return {{"task", task.name},
          {"server", server.name},
          {"team", text_or_null(server.team)},
          {"description", declared.description},
          {"revision", server.revision},
          {"unresolved", unresolved},
          {"paused", paused_document(task)},
          {"upstream", std::move(upstream)},
          {"when", std::move(when)},
          {"last", last_document(state, task)},
          {"next_at", time_or_null(next_of(task))}};
}

Json whole_task_document(const State& state, TaskIndex index) {
  const engine::Task& task = state.task(index);
  const model::TaskDeclaration& declared = task.declaration();
  Json json = task_document(state, index);
  json["params"] = declared.params;
  json["tags"] = declared.tags;
  json["labels"] = declared.labels;
  json["downstream_count"] = task.downstream.size();
  Json undeclared = Json::array();
  for (const TaskIndex one : task.upstream)
    if (!state.task(one).declared()) undeclared.push_back(state.task(one).name);
  json["undeclared_upstream"] = std::move(undeclared);
  add_policy(json, task.policy());
  return json;
}

namespace {

/// The upstream that a finding like "tasks.report.upstream[1]" speaks of; none when it speaks of something else.
std::optional<model::TaskIndex> upstream_of(const State& state, const engine::Server& server, std::string_view path) {
  constexpr std::string_view before = "tasks.", between = ".upstream[";
  const std::size_t end = path.rfind(between);
  if (!path.starts_with(before) || end == std::string_view::npos || end < before.size()) return std::nullopt;
  const auto task = state.find_task(server.name + '/' + std::string(path.substr(before.size(), end - before.size())));
  std::size_t edge = 0;
  std::from_chars(path.data() + end + between.size(), path.data() + path.size(), edge);
  if (!task || edge >= state.task(*task).upstream.size()) return std::nullopt;
  return state.task(*task).upstream[edge];
}

/// The findings of a server but for upstreams that somebody has declared meanwhile.
model::Findings standing_findings(const State& state, const engine::Server& server) {
  model::Findings standing;
  for (const model::Finding& finding : server.findings) {
    const auto upstream =
        finding.rule == "unresolved" ? upstream_of(state, server, finding.path) : std::optional<model::TaskIndex>();
    if (!upstream || !state.task(*upstream).declared()) standing.push_back(finding);
  }
  return standing;
}

}  // namespace

Json server_document(const State& state, model::ServerIndex index) {
  const engine::Server& server = state.server(index);
  Json instances = Json::array(), contacts = Json::array();
  for (const model::InstanceIndex one : server.instances) instances.push_back(instance_document(state, server, one));
  const model::Declaration* declared = server.block.get();
  if (declared != nullptr)
    for (const model::Contact& contact : declared->contacts)
      contacts.push_back({{"kind", contact.kind}, {"to", contact.to}, {"for", text_or_null(contact.purpose)}});
  return {{"server", server.name},
          {"team", text_or_null(server.team)},
          {"state", model::word(server.state)},
          {"since", server.state_since == base::Time{} ? Json() : Json(base::format_time(server.state_since))},
          {"revision", server.revision == 0 ? Json() : Json(server.revision)},
          {"description", declared == nullptr ? std::string() : declared->description},
          {"version", declared == nullptr ? Json() : text_or_null(declared->version)},
          {"contacts", std::move(contacts)},
          {"tasks", declared == nullptr ? 0 : declared->tasks.size()},
          {"instances", std::move(instances)},
          {"findings", findings_document(standing_findings(state, server))}};
}

Json finding_document(const model::Finding& finding) {
  Json json{{"path", finding.path},
            {"rule", finding.rule},
            {"severity", finding.severity == model::Severity::error ? "error" : "warning"},
            {"message", finding.message},
            {"fix", finding.fix}};
  if (finding.line != 0) {
    json["line"] = finding.line;
    json["column"] = finding.column;
  }
  return json;
}

Json findings_document(const model::Findings& findings) {
  Json list = Json::array();
  for (const model::Finding& finding : findings) list.push_back(finding_document(finding));
  return list;
}

Json graph_document(const State& state, const std::vector<TaskIndex>& tasks) {
  std::set<TaskIndex> shown(tasks.begin(), tasks.end());
  Json edges = Json::array();
  for (const TaskIndex index : tasks) {
    const engine::Task& task = state.task(index);
    for (std::size_t i = 0; i < task.upstream.size(); ++i) {
      const TaskIndex from = task.upstream[i];
      if (!shown.contains(from) && state.task(from).declared()) continue;  // not selected
      shown.insert(from);
      const model::Upstream& edge = task.declaration().upstream[i];
      edges.push_back({{"from", state.task(from).name},
                       {"to", task.name},
                       {"within", duration_or_null(edge.within)},
                       {"require", word(edge.require)}});
    }
  }
  Json nodes = Json::array();
  for (const TaskIndex index : shown) {
    const engine::Task& task = state.task(index);
    Json node_state = "undeclared";
    if (task.declared()) {
      const auto last = last_of(state, task);
      node_state = last ? Json(model::word(last->state)) : Json();
    }
    nodes.push_back(
        {{"task", task.name}, {"team", text_or_null(engine::team_of(state, index))}, {"state", std::move(node_state)}});
  }
  return {{"revision", state.graph_revision}, {"nodes", std::move(nodes)}, {"edges", std::move(edges)}};
}

}  // namespace cordyna::cerebro
