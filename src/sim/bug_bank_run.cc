#include "sim/bug_bank_run.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "base/mutant.h"
#include "sim/bug_bank.h"
#include "sim/simulation.h"

namespace cordyna::sim {
namespace {

constexpr unsigned patience = 3600;  // seconds for one mutant; what hangs is not caught

#ifdef CORDYNA_MUTANTS
void switch_on(std::string_view name) {
  base::active_mutant = name;
}
#else
void switch_on(std::string_view) {}
#endif

struct Tried {
  std::uint64_t seed = 0;  // at which it is, or was caught
  char how[200] = {};
};

/// In the child: tries seed after seed. Never returns.
[[noreturn]] void hunt(const Bug& bug, std::uint64_t seeds, Tried& tried) {
  alarm(patience);
  if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(2);
  switch_on(bug.mutant);
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    tried.seed = seed;
    const Outcome outcome = simulate(options_of(seed));
    if (outcome.complaints.empty()) continue;
    outcome.complaints.front().copy(tried.how, sizeof tried.how - 1);
    _exit(1);
  }
  _exit(0);
}

bool is_caught(int status) {
  if (WIFEXITED(status)) return WEXITSTATUS(status) == 1;
  return WTERMSIG(status) == SIGABRT || WTERMSIG(status) == SIGSEGV;
}

void tell(const Bug& bug, const Tried& tried, int status) {
  const std::string how = WIFSIGNALED(status) ? fmt::format("it ended by signal {}", WTERMSIG(status)) : tried.how;
  fmt::print("{} {:30} {:>6}  {}\n", is_caught(status) ? "caught " : "MISSED ", bug.mutant, tried.seed, how);
  std::fflush(stdout);
}

std::vector<Bug> wanted(const std::string& only) {
  std::vector<Bug> bugs;
  const std::string names = ',' + only + ',';
  for (const Bug& bug : bug_bank())
    if (only.empty() || names.find(',' + std::string(bug.mutant) + ',') != std::string::npos) bugs.push_back(bug);
  return bugs;
}

}  // namespace

bool run_bug_bank(const BugBankOptions& options) {
  const std::vector<Bug> bugs = wanted(options.only);
  void* shared = mmap(nullptr, bugs.size() * sizeof(Tried), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return false;
  auto* tried = static_cast<Tried*>(shared);
  std::map<pid_t, std::size_t> running;
  std::size_t next = 0, caught = 0;
  std::vector<std::uint64_t> seeds_needed;
  while (next < bugs.size() || !running.empty()) {
    if (next < bugs.size() && running.size() < options.jobs) {
      const pid_t child = fork();
      if (child == 0) hunt(bugs[next], options.seeds, tried[next]);
      running[child] = next++;
      continue;
    }
    int status = 0;
    const pid_t ended = wait(&status);
    const std::size_t index = running.extract(ended).mapped();
    tell(bugs[index], tried[index], status);
    if (!is_caught(status)) continue;
    ++caught;
    seeds_needed.push_back(tried[index].seed);
  }
  std::sort(seeds_needed.begin(), seeds_needed.end());
  if (!seeds_needed.empty())
    fmt::print("median {} seeds, at most {}\n", seeds_needed[seeds_needed.size() / 2], seeds_needed.back());
  fmt::print("bug bank: {} of {} caught\n", caught, bugs.size());
  return caught == bugs.size() && !bugs.empty();
}

}  // namespace cordyna::sim
