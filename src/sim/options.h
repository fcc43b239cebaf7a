#pragma once
// What one simulation is made of: its seed, its size, and which faults may happen. Everything not said is drawn from
// the seed, so a seed alone names a simulation; a shrunk one names what was taken away too.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "sim/fault_points.h"

namespace cordyna::sim {

/// Kinds of faults, each with a chance stream of its own.
enum class Fault : std::uint8_t {
  crash,         // cerebro dies between two passes
  crash_effect,  // cerebro dies between two effects of one pass
  pause,         // cerebro stands still
  clock,         // somebody sets the wall clock
  disk_full,     // appends find no room
  slow_disk,     // syncs take up to seconds
  lines,         // all lines of a host break
  partition,     // a host is cut off
  stall,         // one direction of one line stands still
  server_crash,  // a task-server dies, and comes back as another instance
  server_pause,  // a task-server stands still
  server_stop,   // a task-server is stopped by SIGTERM and started again
  redeclare,     // a server declares another revision
  bad_work,      // tasks fail, hang, do not hear their cancel
  rogue,         // one task-server breaks every rule of the protocol
  disk_error,    // a call of the disk fails, or the process or the power ends in it; on SQLite only
  bit_flip,      // a bit turns while cerebro is down; on SQLite only
};
inline constexpr int fault_kinds = 17;
inline constexpr int sqlite_fault_kinds = 2;  // the last ones
std::string_view word(Fault fault);

struct Options {
  std::uint64_t seed = 1;
  base::Duration duration{};  // of the safety phase
  std::size_t servers = 0, tasks = 0;
  base::Duration pace{};     // mean time between two verbs of people
  base::Duration trouble{};  // mean time between two faults
  std::set<Fault> faults;
  bool schedules = true, checks = true;
  std::string scenario;           // of scenarios.h, instead of a company and people who are drawn
  std::optional<BreakAt> breaks;  // the one thing that breaks in it
  bool sqlite = false;            // the log is SQLite's, over a simulated disk; else in memory
};

/// Calm 10 %, one kind of fault 30 %, each kind with p = 1/2 50 %, all of them and often 10 %. One in ten
/// is on SQLite.
Options options_of(std::uint64_t seed);
/// The scenario as it is told, with at most one thing that breaks.
Options options_of_scenario(const std::string& name, std::optional<BreakAt> breaks);
/// "--seed 7 --duration 4h --servers 3 ... --faults crash,lines": what repeats the simulation exactly.
std::string text(const Options& options);
/// Reads text(); what is not said stays as the seed has it. Errors: usage.
base::Result<Options> read_options(const std::vector<std::string>& words);

}  // namespace cordyna::sim
