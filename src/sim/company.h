#pragma once
// The teams of a simulation and what their task-servers declare: graphs over several servers with every key that a
// declaration knows, drawn from chance. Upstreams always come from tasks declared before, so there is no cycle unless
// one is asked for.

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "model/declaration.h"
#include "sim/chance.h"
#include "task_server/session.h"

namespace cordyna::sim {

struct CompanySize {
  std::size_t servers = 3, tasks = 12;
  bool schedules = true, checks = true;
  bool rogue = false;  // one more server, the last, has the first two tasks
};

/// One revision of what a server declares.
struct Declared {
  std::shared_ptr<const model::Declaration> declaration;
  task_server::DeclarationText text;
};

class Company {
 public:
  Company(Chance chance, CompanySize size);

  struct Server {
    std::string name, team;
    std::vector<model::Json> tasks;  // by tasks_names
    std::vector<std::string> task_names;
    std::uint32_t slots = 1, instances = 1;
    std::vector<Declared> revisions;
  };
  /// Exactly these.
  Company(Chance chance, std::vector<Server> servers);
  std::vector<Server>& servers() { return servers_; }
  /// What a server has declared under this hash, null when none has.
  std::shared_ptr<const model::Declaration> declaration(const std::string& hash) const;
  /// Full names of all tasks ever declared.
  const std::vector<std::string>& tasks() const { return tasks_; }
  /// Another revision: a task changed, added or taken away.
  const Declared& revise(Server& server);
  /// One that must be refused: a cycle, a bad cron, an unknown key.
  task_server::DeclarationText faulty(const Server& server);
  /// The first task with another description.
  const Declared& describe(Server& server, const std::string& description);

  /// Every key that a declaration of it has had: "retries.max", "server.slots".
  const std::set<std::string>& keys() const { return keys_; }

  static const std::vector<std::string>& event_types();

 private:
  model::Json task(std::size_t number);
  model::Json upstreams(std::size_t number);
  model::Json triggers(bool has_upstream);
  void add_policy(model::Json& task);
  void add_schedule_policy(model::Json& task);
  void add_ornaments(model::Json& task);
  model::Json document(const Server& server) const;
  const Declared& declare(Server& server);

  Chance chance_;
  CompanySize size_;
  std::vector<Server> servers_;
  std::vector<std::string> tasks_;
  std::set<std::string> keys_;
};

}  // namespace cordyna::sim
