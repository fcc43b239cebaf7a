// Golden tests of the engine: each file of tests/golden/cases is a story in virtual time. Lines of input, and below
// each the events and commands that follow, in order, all of them. Run with --update to rewrite the files, then read
// the difference.
//
//   # comment                          serve [i2] [slots=N]     (then a declaration in YAML, indented by two spaces)
//   run SELECTOR... [only] [no-followers] [force] [automated] [env=E] [params={...}]
//   SERVER/TASK queued|started|progress|completed|error|cancelled|skipped|check_yes|check_no [TEXT] [fatal] [retry]
//   late TOKENOWNER...                 see `again`               wait 10s
//   leave SERVER[#i] | goodbye SERVER[#i] | draining SERVER[#i]  | back SERVER[#i] [with SERVER/TASK ...]
//   cancel R1 | retry R1 [accept-fresh] | adopt R1 TASK | pause TASK | resume TASK | forget SERVER
//   event TYPE [id=I] [subject=S] [data={...}] [depth=N] | backfill SELECTOR from A to B [every D] [parallel N]
//   restart [DURATION]                 cerebro is down for so long; the state must be what it was
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "golden/story.h"

namespace cordyna::testing {
namespace {

bool update_files = false;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class Golden : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(Golden, tells_the_same_story) {
  const std::string before = read_file(GetParam());
  const std::string now = tell(before);
  if (update_files)
    std::ofstream(GetParam()) << now;
  else
    EXPECT_EQ(before, now);
}

std::vector<std::filesystem::path> cases() {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(CORDYNA_GOLDEN_CASES))
    if (entry.path().extension() == ".txt") found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

INSTANTIATE_TEST_SUITE_P(, Golden, ::testing::ValuesIn(cases()),
                         [](const auto& one) { return one.param.stem().string(); });

}  // namespace
}  // namespace cordyna::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i)
    if (std::string(argv[i]) == "--update") cordyna::testing::update_files = true;
  return RUN_ALL_TESTS();
}
