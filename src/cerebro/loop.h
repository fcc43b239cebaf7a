#pragma once
// cerebro's one pass, in its fixed order: read the sockets until they are dry, decide each input, settle, hand the
// batch to the log, perform what has become durable. Owns the state; everything here happens on the loop's thread.
//
// Inputs: requests (functions that decide or read), then sessions in turn, then Tick when something is due.

#include <deque>
#include <functional>
#include <map>
#include <optional>

#include "base/clock.h"
#include "cerebro/commits.h"
#include "engine/engine.h"

namespace cordyna::cerebro {

class Loop {
 public:
  Loop(log::EventLog& log, base::Clock& clock, Outlet& outlet, engine::State state, engine::Settings settings);

  /// Decides on the loop in this pass, before what sessions say.
  using Job = std::function<void(engine::Step&)>;
  void request(Job job) { requests_.push_back(std::move(job)); }
  /// Decided in the order in which the session said it. False when too many wait: the session must go.
  [[nodiscard]] bool session_input(model::SessionId session, engine::Input input);

  /// Everything up to deciding and handing over. `poll_sockets` delivers what is ready and says how much that was.
  void pass(const std::function<std::size_t()>& poll_sockets);
  /// The instant (steady) at which the next pass must begin if nothing arrives; none: only when something arrives.
  /// `others` is what sessions and streams want; asked once after each pass.
  std::optional<base::Duration> next(std::optional<base::Duration> others);

  const engine::State& state() const { return state_; }
  const engine::Settings& settings() const { return settings_; }
  Commits& commits() { return commits_; }
  const Commits& commits() const { return commits_; }
  base::Now now() const { return now_; }
  /// Time in which the loop was awake: like uptime, but goes on while the disk is full. For heartbeats.
  base::Duration awake() const { return awake_; }
  std::size_t waiting_inputs() const { return waiting_sessions_; }

  /// First and last event of a life; after the last nothing is decided any more.
  void start(std::uint64_t epoch);
  void stop(const std::string& reason);

 private:
  void advance_clock();
  void read(const std::function<std::size_t()>& poll_sockets);
  void decide_requests();
  void decide_sessions();
  void tick();
  void decide(const engine::Input& input);
  bool may_decide() const { return !commits_.disk_full() && !commits_.pending_is_large(); }
  bool is_due(const engine::Wake& wake, base::Now now) const;
  std::optional<base::Duration> engine_wake() const;

  base::Clock& clock_;
  engine::State state_;
  engine::Settings settings_;
  Commits commits_;

  std::deque<Job> requests_;
  std::map<model::SessionId, std::deque<engine::Input>> sessions_;  // those with undecided inputs
  std::size_t waiting_sessions_ = 0;                                // inputs in them
  model::SessionId last_served_;

  bool stopped_ = false;
  base::Now now_;
  base::Duration steady_{};
  base::Duration awake_{};
  std::optional<base::Duration> asked_;        // when this pass should have begun at the latest
  std::optional<base::Duration> engine_wake_;  // when the engine has something to do, be the disk ready or not
};

}  // namespace cordyna::cerebro
