#include "sim/company.h"

#include "base/check.h"
#include "base/hash.h"
#include "wire/declaration_json.h"

namespace cordyna::sim {

using model::Json;

const std::vector<std::string>& Company::event_types() {
  static const std::vector<std::string> types{"order.made", "order.paid", "file.arrived", "nobody.cares"};
  return types;
}

Company::Company(Chance chance, CompanySize size) : chance_(chance), size_(size) {
  servers_.resize(size_.servers + (size_.rogue ? 1 : 0));
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    Server& server = servers_[i];
    server.name = "s" + std::to_string(i);
    server.team = "team" + std::to_string(i % 3);
    server.slots = static_cast<std::uint32_t>(1 + chance_.below(6));
    server.instances = static_cast<std::uint32_t>(1 + chance_.below(2));
  }
  for (std::size_t number = 0; number < size_.tasks; ++number) {
    Server& server = size_.rogue && number < 2 ? servers_.back() : servers_[chance_.below(size_.servers)];
    server.tasks.push_back(task(number));
    server.task_names.push_back("t" + std::to_string(number));
    tasks_.push_back(server.name + "/t" + std::to_string(number));
  }
  for (Server& server : servers_) declare(server);
}

Company::Company(Chance chance, std::vector<Server> servers)
    : chance_(chance), size_{servers.size(), 0}, servers_(std::move(servers)) {
  for (Server& server : servers_) {
    for (const std::string& task : server.task_names) tasks_.push_back(server.name + '/' + task);
    declare(server);
  }
}

Json Company::task(std::size_t number) {
  Json made = Json::object();
  const Json edges = upstreams(number);
  if (!edges.empty()) made["upstream"] = edges;
  if (!chance_.one_in(3)) {
    const Json when = triggers(!edges.empty());
    if (!when.is_null()) made["when"] = when;
    if (when.contains("every") || when.contains("cron")) add_schedule_policy(made);
  }
  if (chance_.one_in(3)) add_policy(made);
  if (chance_.one_in(4)) add_ornaments(made);
  if (size_.checks && chance_.one_in(8)) made["check"] = true;
  return made;
}

Json Company::upstreams(std::size_t number) {
  Json edges = Json::array();
  for (std::size_t k = number > 8 ? number - 8 : 0; k < number && edges.size() < 4; ++k) {
    if (!chance_.one_in(4)) continue;
    Json edge = tasks_[k];
    if (chance_.one_in(6)) edge = {{"task", tasks_[k]}, {"within", chance_.one_of({"10m", "1h"})}};
    if (chance_.one_in(8)) edge = {{"task", tasks_[k]}, {"require", "finished"}};
    edges.push_back(edge);
  }
  if (chance_.one_in(30)) edges.push_back("nowhere/missing");
  return edges;
}

Json Company::triggers(bool has_upstream) {
  switch (chance_.below(8)) {
    case 0:
      return {{"event", {{"type", chance_.one_of(event_types())}, {"coalesce", chance_.one_in(2)}}}};
    case 1:
      if (chance_.one_in(4)) return {{"event", {{"type", "file.*"}, {"params", "data"}}}};
      return {{"event", {{"type", "order.*"}, {"subject", "eu*"}}}};
    case 2:
      if (!size_.schedules) return nullptr;
      return {{"every", chance_.one_of({"60s", "5m", "17m", "1h"})}};
    case 3:
      if (!size_.schedules) return nullptr;
      return {{"cron", chance_.one_of({"*/10 * * * *", "30 2 * * *", "0 * * * mon-fri", "@hourly", "15 1,3 * * *"})},
              {"timezone", chance_.one_of({"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"})}};
    case 4:
      if (!size_.schedules || !has_upstream) return nullptr;
      return {{"cron", "*/30 * * * *"}, {"and", "upstream"}};
    case 5:
      return has_upstream ? Json{{"upstream", chance_.one_in(2) ? "any" : "all"}} : Json();
    case 6: {
      Json all = Json::array({{{"event", {{"type", "file.arrived"}}}}});
      if (has_upstream) all.push_back({{"upstream", "all"}});
      return all;
    }
    default:
      return "manual";
  }
}

void Company::add_policy(Json& task) {
  if (chance_.one_in(2))
    task["retries"] = {{"max", chance_.below(4)},
                       {"backoff", chance_.one_of({"1s", "10s", "2m"})},
                       {"factor", 2},
                       {"jitter", 0.2},
                       {"cap", "5m"}};
  if (chance_.one_in(3))
    task["timeouts"] = {{"ack", "10s"}, {"start", "2m"}, {"complete", chance_.one_of({"1m", "30m"})}};
  if (chance_.one_in(8)) task["timeouts"]["pending"] = "20m";
  if (chance_.one_in(4)) task["concurrency"] = 1 + chance_.below(2);
  if (chance_.one_in(4)) task["limits"] = {chance_.one_of({"warehouse", "licence"})};
  if (chance_.one_in(4)) task["overlap"] = chance_.one_of({"share", "queue", "skip", "parallel"});
  if (chance_.one_in(4)) task["catchup"] = chance_.one_of({"none", "last", "all"});
  if (chance_.one_in(4)) task["priority"] = static_cast<int>(chance_.below(5)) - 2;
  if (chance_.one_in(5)) task["wait_for_server"] = chance_.one_of({"30s", "1h"});
  if (chance_.one_in(4)) task["idempotent"] = false;
}

/// What happens to instants that were missed or overlap: seldom said, and much goes wrong with it.
void Company::add_schedule_policy(Json& task) {
  if (chance_.one_in(2)) task["catchup"] = chance_.one_of({"none", "last", "all", "all"});
  if (chance_.one_in(2)) task["overlap"] = chance_.one_of({"share", "queue", "skip", "parallel"});
}

void Company::add_ornaments(Json& task) {
  task["description"] = "number " + std::to_string(chance_.below(100));
  task["tags"] = {"nightly"};
  task["labels"] = {{"tier", "gold"}};
  if (chance_.one_in(2))
    task["params"] = {{"type", "object"},
                      {"properties", {{"day", {{"type", "string"}}}, {"n", {{"type", "integer"}}}}}};
  if (chance_.one_in(4))
    task["shell"] = "./job";
  else
    task["run"] = {"./job"};
  task["cwd"] = "/";
  task["environment"] = {{"LEVEL", "debug"}};
  task["grace"] = "2s";
  task["outputs"] = {{"table", "sales.clean"}};
  task["isolation"] = "process";
  task["effects"] = "idempotent";
}

Json Company::document(const Server& server) const {
  Json all{{"server", server.name},
           {"team", server.team},
           {"domain", "shop"},
           {"description", "of a simulation"},
           {"version", "1.0"},
           {"revision", std::to_string(server.revisions.size())},
           {"contacts", Json::array({{{"kind", "email"}, {"to", "team@example.org"}, {"for", "issues"}}})},
           {"slots", server.slots},
           {"defaults", {{"timeouts", {{"start", "5m"}}}}},
           {"tasks", Json::object()}};
  for (std::size_t i = 0; i < server.tasks.size(); ++i) all["tasks"][server.task_names[i]] = server.tasks[i];
  return all;
}

namespace {

/// Keys that a team writes, "retries.max"; names of its own (tasks, labels, variables) are none.
void note_keys(const Json& node, const std::string& above, std::set<std::string>& keys) {
  static const std::set<std::string> own_names{"labels", "environment", "params", "outputs"};
  if (node.is_array())
    for (const Json& one : node) note_keys(one, above, keys);
  if (!node.is_object()) return;
  for (const auto& [name, value] : node.items()) {
    const std::string key = above.empty() ? name : above + '.' + name;
    keys.insert(key);
    if (!own_names.contains(key)) note_keys(value, key, keys);
  }
}

}  // namespace

const Declared& Company::declare(Server& server) {
  Declared made;
  Json all = document(server);
  made.text.json = all.dump();
  for (const Json& task : all["tasks"]) note_keys(task, "", keys_);
  all.erase("tasks");
  note_keys(all, "server", keys_);
  made.text.hash = base::sha256_hex(made.text.json);
  auto read = wire::read_declaration_json(made.text.json);
  base::check(read.declaration != nullptr);
  made.declaration = std::move(read.declaration);
  server.revisions.push_back(std::move(made));
  return server.revisions.back();
}

const Declared& Company::revise(Server& server) {
  const std::uint64_t draw = chance_.below(4);
  if (draw == 0 || server.tasks.empty()) {
    const std::size_t number = tasks_.size();
    server.tasks.push_back(task(number));
    server.task_names.push_back("t" + std::to_string(number));
    tasks_.push_back(server.name + "/t" + std::to_string(number));
  } else if (draw == 1 && server.tasks.size() > 1) {
    server.tasks.pop_back();  // its name stays among tasks(): people still ask for it
    server.task_names.pop_back();
  } else {
    Json& changed = server.tasks[chance_.below(server.tasks.size())];
    changed["description"] = "revision " + std::to_string(server.revisions.size());
    if (chance_.one_in(2)) add_policy(changed);
  }
  return declare(server);
}

const Declared& Company::describe(Server& server, const std::string& description) {
  server.tasks.front()["description"] = description;
  return declare(server);
}

task_server::DeclarationText Company::faulty(const Server& server) {
  Json all = document(server);
  switch (chance_.below(3)) {
    case 0:
      all["tasks"]["round"] = {{"upstream", {"round"}}};
      break;
    case 1:
      all["tasks"]["never"] = {{"when", {{"cron", "61 * * * *"}}}};
      break;
    default:
      all["tasks"]["typo"] = {{"upstraem", Json::array()}};
  }
  std::string json = all.dump();
  std::string hash = base::sha256_hex(json);
  return {std::move(json), std::move(hash)};
}

std::shared_ptr<const model::Declaration> Company::declaration(const std::string& hash) const {
  for (const Server& server : servers_)
    for (const Declared& revision : server.revisions)
      if (revision.text.hash == hash) return revision.declaration;
  return nullptr;
}

}  // namespace cordyna::sim
