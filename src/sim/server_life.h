#pragma once
// A task-server in a simulated process: the shipped runtime over the simulated network, with workers whose tasks take
// virtual time and end as chance has it. One object is one instance name's process; start() after die() is a new life
// with a new instance id, start_again() the same one that only stood still.

#include <map>
#include <memory>
#include <string>

#include "sim/ledger.h"
#include "sim/network.h"
#include "sim/passes.h"
#include "task_server/runtime.h"

namespace cordyna::sim {

/// How the work of one server goes.
struct WorkWeather {
  std::uint64_t fail_permille = 50, hang_permille = 5, deaf_permille = 200;  // deaf: does not hear its cancel
  base::Duration work_most = std::chrono::minutes(2);
};

class ServerLife {
 public:
  ServerLife(Timeline& timeline, Host& host, Chance chance, Ledger& ledger);
  ~ServerLife();

  struct Identity {
    std::string server, team;
    task_server::DeclarationText declaration;
    std::uint32_t slots = 1;
    bool redeclares = false;  // redeclare() may come
  };
  void start(Identity identity);
  /// Dies now, with all its work. `told`: the kernel goes on and resets its connections.
  void die(bool told);
  /// SIGTERM.
  void stop();
  void stand_still(base::Duration how_long);
  /// It declares something else from now on, if it lives.
  void redeclare(task_server::DeclarationText declaration, std::uint32_t slots);

  bool alive() const { return runtime_ != nullptr; }
  bool ready() const { return runtime_ && runtime_->ready(); }
  /// Work that ended longer ago than this, and is still not known to be durable.
  std::size_t untold(base::Duration than) const;
  /// The name of the instance, "server#i3".
  std::string instance() const { return identity_.server + '#' + instance_; }
  const Identity& identity() const { return identity_; }

  WorkWeather weather;

 private:
  class Outside;
  class Work;

  void tell(model::Update update);
  void pass();
  void note_told();

  Timeline& timeline_;
  Host& host_;
  Chance chance_;
  Ledger& ledger_;
  Identity identity_;
  std::string instance_;
  std::uint64_t lives_ = 0;
  std::unique_ptr<Outside> outside_;
  std::shared_ptr<task_server::Mailbox> mailbox_;
  std::unique_ptr<Work> work_;
  std::unique_ptr<task_server::Runtime> runtime_;
  std::optional<task_server::Redeclaration> offer_;
  Passes passes_;
  std::map<std::string, base::Duration> untold_;  // tokens of work that ended, since when, not known to be durable yet
};

}  // namespace cordyna::sim
