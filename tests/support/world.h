#pragma once
// A world for the engine in virtual time: declarations, requests, updates and the clock go in, events and effects come
// out. Used by the golden tests and the mission suite; no sockets, no disk, no sleeps. After every input the invariants
// of the state are checked; restart() rebuilds it from the encoded log and compares.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cerebro/zones.h"
#include "engine/engine.h"

namespace cordyna::testing {

struct LoggedEvent {
  base::Seq seq = 0;
  base::Now now;
  model::Event event;
};

class World {
 public:
  explicit World(std::string_view start = "2026-01-05T00:00:00Z");

  engine::State& state() { return *state_; }
  engine::Settings& settings() { return settings_; }
  base::Now now() const { return now_; }
  const std::vector<LoggedEvent>& log() const { return log_; }
  /// What left since the last call, in order.
  std::vector<engine::Effect> take_effects();
  /// The events since the last call.
  std::vector<LoggedEvent> take_events();

  /// One input in one pass.
  void decide(const engine::Input& input);
  /// Several inputs in one pass, one batch.
  void decide_all(const std::vector<engine::Input>& inputs);
  /// Several inputs in one pass, `later` from now, without a wake-up on the way: the clock and the news come together.
  void decide_at(base::Duration later, const std::vector<engine::Input>& inputs);
  /// Time goes by: every wake-up on the way is a Tick.
  void advance(base::Duration duration);
  void set_checks(bool every_step) { checks_ = every_step; }

  /// Opens a session, declares and reports ready. The instance is "INSTANCE" of the declared server.
  engine::SessionId serve(std::string_view yaml, const std::string& instance = "i1", std::uint32_t slots = 100);
  engine::SessionId serve(std::shared_ptr<const model::Declaration> declaration, const std::string& json,
                          const std::string& instance = "i1", std::uint32_t slots = 100,
                          std::vector<model::LiveAttempt> live = {});
  void redeclare(engine::SessionId session, std::string_view yaml);
  void update(engine::SessionId session, model::Update update);
  /// Answers the request; checks that there was exactly one answer.
  engine::Answer request(engine::RequestBody body, bool person = true);
  /// request() of a run of these targets; the id of the run, which must have been accepted.
  base::RunId run(std::vector<std::string> select);
  /// What the log knows of a run.
  std::shared_ptr<const engine::RunRecord> record(base::RunId run) const;

  /// cerebro dies and comes back: the state is rebuilt from the encoded log and must be equal. Returns what differs
  /// first.
  std::string restart(base::Duration down = {});

 private:
  void pass(const std::function<void(engine::Step&)>& work);

  std::unique_ptr<engine::State> state_;
  engine::Settings settings_;
  base::Now now_;
  std::vector<LoggedEvent> log_;
  std::vector<engine::Effect> effects_;
  std::size_t events_taken_ = 0;
  std::uint64_t next_session_ = 1, next_request_ = 1, next_update_ = 1;
  std::uint64_t epoch_ = 1;
  bool checks_ = true;
};

/// Where two texts differ first, with a little around it; empty when they are equal.
std::string first_difference(const std::string& a, const std::string& b);

}  // namespace cordyna::testing
