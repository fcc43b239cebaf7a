#pragma once
// Simulated task-servers around a World: they keep the commands they get and answer when the test says so, in virtual
// time. The naive model reads along. Every mission test tells its story with this.

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "naive/model.h"
#include "support/world.h"

// Designated initialisers name what a test is about; all else has its default.
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace cordyna::testing {

using namespace std::chrono_literals;

/// A command an instance has got and not yet answered for good.
struct Command {
  engine::SessionId session;
  std::string instance, task, run, token, params, env, scheduled_at;
  std::uint32_t attempt = 0;
  bool check = false, cancelled = false, queued = false, started = false;
};

class Fleet {
 public:
  explicit Fleet(std::string_view start = "2026-01-05T00:00:00Z");

  World world;
  naive::Model naive;

  engine::SessionId serve(std::string_view yaml, const std::string& instance = "i1", std::uint32_t slots = 100);
  engine::SessionId serve(std::shared_ptr<const model::Declaration> declaration, const std::string& instance,
                          std::uint32_t slots);
  void redeclare(const std::string& instance, std::string_view yaml);  // "a#i1"
  /// The session breaks; what the instance works on, it keeps.
  void leave(const std::string& instance);
  void goodbye(const std::string& instance);
  /// What was sent to it and not acknowledged never arrived (or, `all`: the process is another one that knows nothing).
  void forget(const std::string& instance, bool all = false);
  /// The same process again, with what it works on.
  void back(const std::string& instance);
  engine::SessionId session(const std::string& instance) const { return served_.at(instance).session; }

  base::RunId run(std::vector<std::string> select, engine::RunRequest options = {}, bool person = true);
  engine::Answer ask(engine::RequestBody body, bool person = true);
  /// Refusal's code, empty when it was taken.
  std::string refused(engine::RequestBody body, bool person = true);
  engine::Answer emit(const std::string& type, const std::string& id, const std::string& data = {},
                      std::uint32_t depth = 0);
  void advance(base::Duration duration);
  void restart(base::Duration down = {});

  /// The newest unanswered command of the task; null when there is none.
  Command* command(const std::string& task);
  std::size_t open(const std::string& task) const;
  void queued(const std::string& task) { say(*need(task), model::UpdateState::queued); }
  void started(const std::string& task) { say(*need(task), model::UpdateState::started); }
  void completed(const std::string& task, const std::string& result = {});
  void done(const std::string& task, const std::string& result = {});  // started and completed
  void failed(const std::string& task, model::TaskError error = {.message = "it broke"});
  void answer(const std::string& task, model::UpdateState state) { say(*need(task), state); }
  /// An update about the command; a final one ends it.
  void say(const Command& command, model::UpdateState state, const std::string& result = {},
           model::TaskError error = {});

  /// "completed", "error ack_timeout", "blocked by a/x", "skipped check", "pending"...
  std::string state(base::RunId run, const std::string& task) const;
  std::string run_state(base::RunId run) const { return std::string(model::word(naive.runs().at(run).state)); }
  /// Runs in the order of their creation.
  std::vector<base::RunId> runs() const;
  base::RunId last_run() const { return runs().back(); }
  /// Runs that hold the task, oldest first.
  std::vector<base::RunId> runs_of(const std::string& task) const;
  std::string plan(base::RunId run) const;  // "a/x target; a/y follower <- a/x in_run"

  template <class Body>
  std::vector<Body> all() const {
    std::vector<Body> found;
    for (const LoggedEvent& one : world.log())
      if (const auto* body = std::get_if<Body>(&one.event.body)) found.push_back(*body);
    return found;
  }
  std::string name(model::TaskIndex task) const { return world_state().task(task).name; }
  std::vector<Command>& commands() { return commands_; }
  /// What left and what happened since the last call is read; every verb above does it.
  void hear();
  /// Else they are told with the whole story.
  void expect_no_complaints() const;
  std::string story() const;
  std::vector<std::string> cancels;  // tasks whose cancel was sent, in order

 private:
  struct Served {
    engine::SessionId session;
    std::shared_ptr<const model::Declaration> declaration;
    std::string json;
    std::uint32_t slots = 1;
  };
  Command* need(const std::string& task);
  const engine::State& world_state() const { return const_cast<World&>(world).state(); }
  std::string instance_of(engine::SessionId session) const;
  void take(const engine::Effect& effect);

  std::map<std::string, Served> served_;
  std::vector<Command> commands_;
  std::set<std::pair<std::string, std::string>> sent_;  // instance, token: what it was told to run
};

/// Text of a server's declaration: `tasks` are lines of YAML, "x: {upstream: [y]}".
std::string declaration(const std::string& server, const std::vector<std::string>& tasks);

/// The same numbers on every machine.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace cordyna::testing
