// The corpus and some thousand damaged copies of it through every fuzz target, in every test run. `make fuzz` looks
// further. With --write-seeds FOLDER it writes the seeds for libFuzzer instead.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "base/hash.h"
#include "fuzz/seeds.h"
#include "fuzz/target.h"

namespace cordyna::fuzz {
namespace {

/// A byte changed, removed or doubled, or the end cut off; the same for the same `chance`.
std::string damaged(std::string bytes, std::uint64_t chance) {
  if (bytes.empty()) return bytes;
  const std::uint64_t drawn = base::mix64(chance);
  const std::size_t at = drawn % bytes.size();
  switch (drawn >> 40 & 3) {
    case 0:
      bytes[at] = static_cast<char>(drawn >> 48);
      return bytes;
    case 1:
      return bytes.erase(at, 1);
    case 2:
      return bytes.insert(at, bytes.substr(at / 2, 20));
    default:
      return bytes.substr(0, at);
  }
}

class Fuzz : public testing::TestWithParam<Target> {};

TEST_P(Fuzz, keeps_its_promise_for_the_corpus_and_damaged_copies_of_it) {
  const std::vector<std::string> corpus = seeds(GetParam().name);
  ASSERT_FALSE(corpus.empty()) << "put a good input into corpus/" << GetParam().name;
  GetParam().run("");
  std::uint64_t chance = 0;
  for (const std::string& good : corpus) {
    GetParam().run(good);
    for (int i = 0; i < 50; ++i) GetParam().run(damaged(good, ++chance));
  }
}

INSTANTIATE_TEST_SUITE_P(, Fuzz, testing::ValuesIn(targets().begin(), targets().end() - 1),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(FuzzDeathTest, the_canary_dies_of_its_defect) {
  const Target& canary = targets().back();
  canary.run("live");
  EXPECT_DEATH(canary.run("die"), "");
}

void write_seeds(const std::filesystem::path& folder) {
  for (const Target& target : targets()) {
    std::filesystem::create_directories(folder / target.name);
    std::size_t number = 0;
    for (const std::string& seed : seeds(target.name))
      std::ofstream(folder / target.name / std::to_string(++number), std::ios::binary) << seed;
  }
}

}  // namespace
}  // namespace cordyna::fuzz

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--write-seeds") {
    cordyna::fuzz::write_seeds(argv[2]);
    return 0;
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
