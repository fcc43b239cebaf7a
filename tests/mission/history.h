#pragma once
// Random companies and random days in them: graphs over several servers, runs, events, answers, failures, broken
// sessions, all out of one seed. The naive model reads along; what it complains about is told with the seed.

#include <memory>
#include <string>
#include <vector>

#include "mission/fleet.h"

namespace cordyna::testing {

struct Weather {
  int servers_max = 5, tasks_min = 6, tasks_max = 22;
  bool events = true, fail = false, silence = false, sessions = false, restarts = false, cancels = false,
       retries = false;
  bool windows = true, finished = true, any = true, busy = true;
};

class History {
 public:
  History(std::uint64_t seed, Weather weather);
  void live(int steps);
  /// cerebro dies and comes back; all sessions are broken.
  void fall();
  /// Everybody answers until nothing is left to do.
  void calm_down();
  Fleet fleet;
  const std::vector<std::string>& tasks() const { return tasks_; }

 private:
  void found();
  std::string task_line(std::size_t i);
  void step();
  void start_something();
  void answer_something();
  void shake_a_session();
  void cancel_or_retry();

  Dice dice_;
  Weather weather_;
  std::vector<std::string> tasks_;  // full names, upstreams first
  std::vector<std::size_t> server_of_;
  std::vector<std::string> instances_;  // "s0#i1"
  std::set<std::string> away_;
  std::uint64_t events_ = 0;
};

}  // namespace cordyna::testing
