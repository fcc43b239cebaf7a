#include "sim/exhaustive.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <thread>

#include "sim/scenarios.h"
#include "sim/simulation.h"

namespace cordyna::sim {
namespace {

/// In which ways a point of this kind and name can break.
std::vector<Break> ways(Point point, const std::string& name) {
  switch (point) {
    case Point::effect:
      return {Break::crash};
    case Point::message:
      return {Break::drop, Break::duplicate};
    case Point::disk:
      break;
  }
  if (name == "read") return {Break::io_error};
  if (name == "write" || name == "create") return {Break::crash, Break::io_error, Break::full};
  return {Break::crash, Break::io_error};
}

void tell(const Options& options, const Outcome& outcome) {
  fmt::print("FAILED: {}\n  again: cordyna-sim one {}\n", outcome.complaints.front(), text(options));
  std::fflush(stdout);
}

struct Sum {
  std::size_t scenarios = 0, points = 0, simulations = 0, failures = 0;
};

/// Undisturbed first, then all that is wanted of its broken versions, on as many threads.
Sum run_scenario(const std::string& name, const ExhaustiveOptions& wanted) {
  std::vector<Options> all{options_of_scenario(name, std::nullopt)};
  const std::vector<Options> broken = broken_versions(name, wanted);
  for (std::size_t i = 0; i < broken.size(); i += wanted.every) all.push_back(broken[i]);
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  Sum sum{1, 0, all.size(), 0};
  const auto work = [&] {
    for (std::size_t i = next++; i < all.size(); i = next++) {
      const Outcome outcome = simulate(all[i]);
      const std::scoped_lock lock(mutex);
      if (i == 0)
        for (const auto& points : outcome.points) sum.points += points.size();
      if (outcome.complaints.empty()) continue;
      tell(all[i], outcome);
      ++sum.failures;
    }
  };
  std::vector<std::thread> threads;
  for (std::uint64_t i = 1; i < wanted.jobs; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  return sum;
}

}  // namespace

std::vector<Options> broken_versions(const std::string& scenario, const ExhaustiveOptions& wanted) {
  const auto points = simulate(options_of_scenario(scenario, std::nullopt)).points;
  std::vector<Options> all;
  for (const Point point : {Point::effect, Point::disk, Point::message}) {
    const std::vector<std::string>& names = points[static_cast<std::size_t>(point)];
    for (std::size_t i = 0; i < names.size(); ++i)
      for (const Break what : ways(point, names[i])) {
        if (wanted.crash_only && what != Break::crash) continue;
        all.push_back(options_of_scenario(scenario, BreakAt{point, i + 1, what, false}));
        if (wanted.once_only || wanted.crash_only) continue;
        all.push_back(options_of_scenario(scenario, BreakAt{point, i + 1, what, true}));
      }
  }
  return all;
}

bool run_exhaustive(const ExhaustiveOptions& wanted) {
  const auto began = std::chrono::steady_clock::now();
  Sum sum;
  for (const Scenario& scenario : scenarios()) {
    if (!wanted.scenario.empty() && scenario.name != wanted.scenario) continue;
    const Sum one = run_scenario(scenario.name, wanted);
    fmt::print("{:26} {} points, {} simulations, {} failures\n", scenario.name, one.points, one.simulations,
               one.failures);
    std::fflush(stdout);
    sum = {sum.scenarios + 1, sum.points + one.points, sum.simulations + one.simulations, sum.failures + one.failures};
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  fmt::print("exhaustive: {} scenarios, {} points, {} simulations, {} failures, {:.0f} s\n", sum.scenarios, sum.points,
             sum.simulations, sum.failures, took.count());
  return sum.failures == 0;
}

}  // namespace cordyna::sim
