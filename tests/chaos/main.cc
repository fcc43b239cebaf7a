// The real layer: real programs, a real disk, real sockets, and everything that can happen to them, again and again.
// What the simulator checks in virtual time is checked here on the log that is left. `make chaos`.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "chaos/judge.h"
#include "chaos/outsider.h"
#include "chaos/stage.h"

namespace {

using namespace cordyna;

struct Options {
  int rounds = 100;
  std::uint64_t seed = 1;
  std::string folder;  // empty: a new one
};

struct Result {
  std::map<std::string, int> happened;
  chaos::Verdict verdict;
  std::string why_no_full_disk;
};

Result play(const Options& options, const std::string& folder) {
  Result result;
  sim::Ledger promised;
  std::string badly_ended, data, effects;
  {
    chaos::Stage stage(folder, options.seed);
    result.why_no_full_disk = stage.why_no_full_disk();
    data = folder + "/log";
    effects = stage.effects();
    chaos::Outsider outsider(stage.cerebro().url(), options.seed, stage.targets(), "chaos.order");
    for (int round = 0; round < options.rounds; ++round) {
      stage.disturb(result.happened);
      if ((round + 1) % 10 == 0) std::fprintf(stderr, "chaos: %d of %d rounds\n", round + 1, options.rounds);
    }
    outsider.stop();
    promised = outsider.ledger();
    if (!stage.all_ended()) promised.complain("three minutes after all was well a run has not ended");
    badly_ended = stage.stop();
    std::filesystem::copy(stage.data(), data, std::filesystem::copy_options::recursive);  // the mount goes away
  }
  result.verdict = chaos::judge_folder(data, std::move(promised), processes::lines_of(processes::read_file(effects)));
  if (!badly_ended.empty()) result.verdict.complaints.push_back(badly_ended);
  const auto& harness = testing::UnitTest::GetInstance()->ad_hoc_test_result();
  if (harness.Failed()) result.verdict.complaints.push_back("a program did not do what was asked of it, see above");
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Disturbs a real cerebro and its task-servers, then judges the log they leave.", "chaos");
  app.add_option("--rounds", options.rounds, "how often something breaks")->check(CLI::Range(1, 100'000));
  app.add_option("--seed", options.seed, "what breaks, and when, is drawn from it");
  app.add_option("--folder", options.folder, "where everything lies, must not be there yet");
  try {
    app.parse(argc, argv);
    if (!options.folder.empty() && std::filesystem::exists(options.folder))
      throw CLI::ValidationError("--folder", options.folder + " is there already: name a new one, or remove it");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  testing::InitGoogleTest();
  const std::string folder =
      options.folder.empty()
          ? (std::filesystem::temp_directory_path() / "cordyna-chaos-").string() + std::to_string(getpid())
          : options.folder;
  std::filesystem::create_directories(folder);
  const auto began = std::chrono::steady_clock::now();
  const Result result = play(options, folder);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - began);

  int faults = 0;
  for (const auto& [what, count] : result.happened) {
    std::printf("  %4d %s\n", count, what.c_str());
    faults += count;
  }
  if (!result.why_no_full_disk.empty()) std::printf("no full_disk: %s\n", result.why_no_full_disk.c_str());
  for (const std::string& complaint : result.verdict.complaints) std::printf("FAILED: %s\n", complaint.c_str());
  if (result.verdict.complaints.empty())
    std::filesystem::remove_all(folder);
  else
    std::printf("kept: %s\nagain: chaos --rounds %d --seed %llu\n", folder.c_str(), options.rounds,
                static_cast<unsigned long long>(options.seed));
  std::printf("chaos: %d rounds, %d faults, %llu runs, %zu failures, %lld s\n", options.rounds, faults,
              static_cast<unsigned long long>(result.verdict.runs), result.verdict.complaints.size(),
              static_cast<long long>(seconds.count()));
  return result.verdict.complaints.empty() ? 0 : 1;
}
