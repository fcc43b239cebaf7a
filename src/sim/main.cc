// cordyna-sim: simulates many companies, each out of one seed, and says which of them came to harm.

#include <fmt/format.h>
#include <malloc.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <thread>
#include <vector>

#include "cerebro/logging.h"
#include "sim/bug_bank_run.h"
#include "sim/exhaustive.h"
#include "sim/scenarios.h"
#include "sim/shrink.h"
#include "sim/simulation.h"

namespace cordyna::sim {
namespace {

constexpr const char* usage = R"(cordyna-sim: a whole cordyna in virtual time, with everything that can go wrong

  cordyna-sim seeds COUNT [--from SEED] [--jobs N]     many simulations, one a seed
  cordyna-sim one --seed SEED [options]                one, with its figures; the options that a failure prints repeat it
  cordyna-sim story --seed SEED [options]              the same with every event, as a line
  cordyna-sim exhaustive [--scenario NAME] [--jobs N] [--once-only] [--crash-only] [--every N]
                                                       fixed scenarios, broken at every point in every way
  cordyna-sim bug-bank COUNT [--jobs N] [--only A,B]   every mutant, at most COUNT seeds each, until it is caught
  cordyna-sim shrink --seed SEED [options]             the smallest one like it that still fails

options: --duration 4h --servers 3 --tasks 12 --pace 5s --trouble 2m --schedules 0|1 --checks 0|1 --sqlite 0|1 --faults a,b|none
         --scenario NAME [--break disk|effect|message:NUMBER:crash|io_error|full|drop|duplicate:once|lasting]
exit: 0 nothing is wrong, 1 something is, 2 usage
)";

struct Totals {
  std::uint64_t seeds = 0, failures = 0, inputs = 0, faults = 0, events = 0;
  base::Duration simulated{};
};

double hours(base::Duration duration) {
  return std::chrono::duration<double, std::ratio<3600>>(duration).count();
}

bool fails(const Options& options) {
  return !simulate(options).complaints.empty();
}

void tell(const Options& options, const Outcome& outcome) {
  fmt::print("seed {} FAILED\n", options.seed);
  for (const std::string& complaint : outcome.complaints) fmt::print("  {}\n", complaint);
  fmt::print("  again: cordyna-sim one {}\n", text(options));
  std::fflush(stdout);
}

int run_seeds(std::uint64_t first, std::uint64_t count, unsigned jobs) {
  const auto began = std::chrono::steady_clock::now();
  std::atomic<std::uint64_t> next = first;
  std::mutex mutex;
  Totals totals;
  const auto work = [&] {
    for (std::uint64_t seed = next++; seed < first + count; seed = next++) {
      const Options options = options_of(seed);
      const Outcome outcome = simulate(options);
      const std::scoped_lock lock(mutex);
      ++totals.seeds;
      totals.inputs += outcome.inputs;
      totals.faults += outcome.faults;
      totals.events += outcome.events;
      totals.simulated += outcome.simulated;
      if (outcome.complaints.empty()) continue;
      if (++totals.failures <= 5) tell(options, outcome);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < jobs; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  fmt::print("sim: {} seeds, {} failures, {:.0f} simulated hours, {} inputs, {} faults, {:.0f} s\n", totals.seeds,
             totals.failures, hours(totals.simulated), totals.inputs, totals.faults, took.count());
  return totals.failures == 0 ? 0 : 1;
}

int run_one(const Options& options, bool with_story) {
  const Outcome outcome =
      with_story ? simulate(options, [](const std::string& line) { fmt::print("{}\n", line); }) : simulate(options);
  fmt::print("{}\n{:.1f} simulated hours, {} inputs, {} faults, {} deaths of cerebro, {} events, log {}\n",
             text(options), hours(outcome.simulated), outcome.inputs, outcome.faults, outcome.crashes, outcome.events,
             outcome.log_hash);
  for (const auto* counts : {&outcome.answers, &outcome.kinds, &outcome.disk})
    for (const auto& [name, count] : *counts) fmt::print("  {:7} {}\n", count, name);
  if (outcome.complaints.empty()) return 0;
  tell(options, outcome);
  return 1;
}

int run_shrink(const Options& options) {
  if (!fails(options)) {
    fmt::print("this one does not fail: cordyna-sim one {}\n", text(options));
    return 0;
  }
  const Options small = shrink(options, fails, 200);
  tell(small, simulate(small));
  return 1;
}

int refuse(const std::string& message) {
  fmt::print(stderr, "cordyna-sim: {}\n  see: cordyna-sim --help\n", message);
  return 2;
}

int run_exhaustive(const std::vector<std::string>& words) {
  ExhaustiveOptions wanted;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--once-only") {
      wanted.once_only = true;
    } else if (words[i] == "--crash-only") {
      wanted.crash_only = true;
    } else if (i + 1 == words.size()) {
      return refuse("there is no option " + words[i] + ", or its value is missing");
    } else if (words[i] == "--scenario") {
      wanted.scenario = words[++i];
      if (find_scenario(wanted.scenario) == nullptr) return refuse("there is no scenario " + wanted.scenario);
    } else if (words[i] == "--jobs" || words[i] == "--every") {
      const std::string& text = words[i + 1];
      std::uint64_t number = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error != std::errc() || end != text.data() + text.size() || number == 0 || number > 1000)
        return refuse(words[i] + ' ' + text + ": write a whole number from 1 to 1000");
      (words[i] == "--every" ? wanted.every : wanted.jobs) = number;
      ++i;
    } else {
      return refuse("there is no option " + words[i]);
    }
  }
  return run_exhaustive(wanted) ? 0 : 1;
}

int run(std::vector<std::string> words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h") {
    fmt::print("{}", usage);
    return words.empty() ? 2 : 0;
  }
  const std::string verb = words[0];
  words.erase(words.begin());
  if (verb == "one" || verb == "story" || verb == "shrink") {
    const auto options = read_options(words);
    if (!options) return refuse(options.error().message);
    return verb == "shrink" ? run_shrink(*options) : run_one(*options, verb == "story");
  }
  if (verb == "exhaustive") return run_exhaustive(words);
  const bool bank = verb == "bug-bank";
#ifndef CORDYNA_MUTANTS
  if (bank) return refuse("this program was built without mutants; make bug-bank builds one with them");
#endif
  if (verb != "seeds" && !bank) return refuse("there is no " + verb);
  std::uint64_t count = 0, from = 1, jobs = 1;
  std::string only;
  try {
    count = std::stoull(words.empty() ? "" : words[0]);
    for (std::size_t i = 1; i + 1 < words.size(); i += 2) {
      if (words[i] == "--only" && bank) {
        only = words[i + 1];
        continue;
      }
      if (words[i] != "--from" && words[i] != "--jobs") return refuse("there is no option " + words[i]);
      (words[i] == "--from" ? from : jobs) = std::stoull(words[i + 1]);
    }
  } catch (const std::exception&) {
    return refuse(verb + " COUNT [--from SEED] [--jobs N]: write whole numbers");
  }
  if (count == 0 || jobs == 0 || jobs > 64) return refuse("COUNT is at least 1, --jobs 1 to 64");
  if (bank) return run_bug_bank({count, static_cast<unsigned>(jobs), only}) ? 0 : 1;
  return run_seeds(from, count, static_cast<unsigned>(jobs));
}

}  // namespace
}  // namespace cordyna::sim

int main(int argc, char** argv) {
  // Disks of bytes come and go with each simulation. What they leave is kept: giving it back to the system and asking
  // for it again costs as much time as everything else.
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  cordyna::cerebro::start_logging("off");
  return cordyna::sim::run({argv + 1, argv + argc});
}
