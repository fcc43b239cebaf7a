#include "sim/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>

#include "sim/chance.h"
#include "sim/scenarios.h"

namespace cordyna::sim {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr std::array<std::string_view, fault_kinds> words{
    "crash",     "crash_effect", "pause", "clock",        "disk_full",    "slow_disk",
    "lines",     "partition",    "stall", "server_crash", "server_pause", "server_stop",
    "redeclare", "bad_work",     "rogue", "disk_error",   "bit_flip"};

std::set<Fault> faults_of(Chance& chance, std::uint64_t preset) {
  std::set<Fault> faults;
  if (preset < 10) return faults;
  constexpr int kinds = fault_kinds - sqlite_fault_kinds;
  if (preset < 40) return {static_cast<Fault>(chance.below(kinds))};
  for (int i = 0; i < kinds; ++i)
    if (preset >= 90 || chance.one_in(2)) faults.insert(static_cast<Fault>(i));
  return faults;
}

base::Result<std::set<Fault>> read_faults(std::string_view text) {
  std::set<Fault> faults;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), one.size() + 1));
    const auto found = std::find(words.begin(), words.end(), one);
    if (found == words.end())
      return base::Error{"usage", fmt::format("there is no fault {}; there are: {}", one, fmt::join(words, ","))};
    faults.insert(static_cast<Fault>(found - words.begin()));
  }
  return faults;
}

base::Result<std::uint64_t> read_number(const std::string& name, const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    return base::Error{"usage", fmt::format("{} {}: write a whole number", name, text)};
  return number;
}

template <std::size_t size>
std::optional<std::size_t> place_of(std::string_view word, const std::array<std::string_view, size>& words) {
  const auto found = std::find(words.begin(), words.end(), word);
  return found == words.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - words.begin()));
}

std::string text(const BreakAt& at) {
  return fmt::format("{}:{}:{}:{}", point_words[static_cast<std::size_t>(at.point)], at.number,
                     break_words[static_cast<std::size_t>(at.what)], at.lasting ? "lasting" : "once");
}

base::Result<BreakAt> read_break(const std::string& given) {
  std::array<std::string, 4> parts;
  std::istringstream stream(given);
  for (std::string& part : parts) std::getline(stream, part, ':');
  const auto point = place_of(parts[0], point_words);
  const auto number = read_number("--break", parts[1]);
  const auto what = place_of(parts[2], break_words);
  if (!point || !number || *number == 0 || !what || (parts[3] != "once" && parts[3] != "lasting"))
    return base::Error{"usage", "--break " + given + ": write for instance disk:17:io_error:once"};
  return BreakAt{static_cast<Point>(*point), *number, static_cast<Break>(*what), parts[3] == "lasting"};
}

base::Result<void> set(Options& options, const std::string& name, const std::string& value) {
  if (name == "--faults") {
    auto faults = read_faults(value == "none" ? "" : value);
    if (!faults) return faults.error();
    options.faults = std::move(*faults);
    return {};
  }
  if (name == "--break") {
    const auto at = read_break(value);
    if (!at) return at.error();
    if (options.scenario.empty()) return base::Error{"usage", "--break goes with --scenario, which comes before it"};
    options.breaks = *at;
    return {};
  }
  for (const auto& [known, target] : {std::pair("--duration", &options.duration), std::pair("--pace", &options.pace),
                                      std::pair("--trouble", &options.trouble)})
    if (name == known) {
      const auto read = base::parse_duration(value);
      if (!read) return read.error();
      if (*read <= base::Duration(0)) return base::Error{"usage", name + ": write a duration above zero"};
      *target = *read;
      return {};
    }
  const auto number = read_number(name, value);
  if (!number) return number.error();
  if (name == "--servers" && *number > 0 && *number <= 100) return options.servers = *number, base::Result<void>();
  if (name == "--tasks" && *number > 0 && *number <= 10'000) return options.tasks = *number, base::Result<void>();
  if (name == "--schedules" && *number < 2) return options.schedules = *number == 1, base::Result<void>();
  if (name == "--checks" && *number < 2) return options.checks = *number == 1, base::Result<void>();
  if (name == "--sqlite" && *number < 2) return options.sqlite = *number == 1, base::Result<void>();
  return base::Error{"usage", fmt::format("{} {} is not possible; see cordyna-sim --help", name, value)};
}

}  // namespace

std::string_view word(Fault fault) {
  return words[static_cast<std::size_t>(fault)];
}

Options options_of(std::uint64_t seed) {
  Chance chance(seed, "options");
  Options options;
  options.seed = seed;
  const std::uint64_t preset = chance.below(100);
  options.faults = faults_of(chance, preset);
  // Busy hours with many inputs, and long days in which little happens but time.
  const bool busy = chance.one_in(2);
  options.duration = busy ? minutes(20 + chance.below(60)) : hours(3 + chance.below(9));
  options.pace = busy ? seconds(2 + chance.below(5)) : minutes(1 + chance.below(5));
  options.trouble = (preset >= 90 ? seconds(30) : minutes(1)) + seconds(chance.below(busy ? 200 : 1800));
  options.servers = 1 + chance.below(5);
  options.tasks = 3 + chance.below(busy ? 25 : 15);
  options.schedules = chance.one_in(2);
  options.checks = chance.one_in(2);
  options.sqlite = chance.one_in(10);
  for (const Fault fault : {Fault::disk_error, Fault::bit_flip})
    if (options.sqlite && preset >= 10 && (preset >= 90 || chance.one_in(2))) options.faults.insert(fault);
  return options;
}

Options options_of_scenario(const std::string& name, std::optional<BreakAt> breaks) {
  Options options;
  options.scenario = name;
  options.duration = scenario_duration;
  options.sqlite = true;
  options.breaks = breaks;
  return options;
}

std::string text(const Options& options) {
  if (!options.scenario.empty())
    return "--scenario " + options.scenario + (options.breaks ? " --break " + text(*options.breaks) : "");
  std::string faults;
  for (const Fault fault : options.faults) faults += (faults.empty() ? "" : ",") + std::string(word(fault));
  return fmt::format(
      "--seed {} --duration {} --servers {} --tasks {} --pace {} --trouble {} --schedules {} --checks {} "
      "--sqlite {} --faults {}",
      options.seed, base::format_duration(options.duration), options.servers, options.tasks,
      base::format_duration(options.pace), base::format_duration(options.trouble), options.schedules ? 1 : 0,
      options.checks ? 1 : 0, options.sqlite ? 1 : 0, faults.empty() ? "none" : faults);
}

base::Result<Options> read_options(const std::vector<std::string>& given) {
  if (given.size() % 2 != 0) return base::Error{"usage", given.back() + ": its value is missing"};
  Options options = options_of(1);
  for (std::size_t i = 0; i < given.size(); i += 2)
    if (given[i] == "--seed") {
      const auto seed = read_number(given[i], given[i + 1]);
      if (!seed) return seed.error();
      options = options_of(*seed);
    } else if (given[i] == "--scenario") {
      if (find_scenario(given[i + 1]) == nullptr) return base::Error{"usage", "there is no scenario " + given[i + 1]};
      options = options_of_scenario(given[i + 1], std::nullopt);
    }
  for (std::size_t i = 0; i < given.size(); i += 2) {
    if (given[i] == "--seed" || given[i] == "--scenario") continue;
    if (const auto done = set(options, given[i], given[i + 1]); !done) return done.error();
  }
  return options;
}

}  // namespace cordyna::sim
