#pragma once
// Twelve small companies with a fixed story each, and no fault in it: what the exhaustive part breaks at every point.

#include <string>
#include <variant>
#include <vector>

#include "sim/company.h"
#include "sim/people.h"
#include "sim/server_life.h"

namespace cordyna::sim {

/// cerebro is stopped and started again so much later.
struct RestartCerebro {
  base::Duration away{};
};
/// The task-server with this number is told to end, and is started again so much later.
struct RestartServer {
  std::size_t server = 0;
  base::Duration away{};
};
/// The task-server with this number declares its first task with this text.
struct Redeclare {
  std::size_t server = 0;
  std::string description;
};

struct Act {
  base::Duration at{};  // since the beginning
  std::variant<People::Line, RestartCerebro, RestartServer, Redeclare> what;
};

struct Scenario {
  std::string name;
  std::vector<Company::Server> servers;
  std::vector<WorkWeather> weather;  // a server each
  std::vector<Act> acts;
  std::vector<std::string> shows;  // kinds of events without which it is not what it says
};
inline constexpr base::Duration scenario_duration = std::chrono::minutes(4);

const std::vector<Scenario>& scenarios();
/// nullptr: there is none of that name.
const Scenario* find_scenario(const std::string& name);

}  // namespace cordyna::sim
