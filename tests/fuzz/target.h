#pragma once
// Fuzz targets: functions that take any bytes and must come back, having kept what they promise of what they accepted.
// One table, used by libFuzzer (fuzz_main.cc, `make fuzz`) and by the replay of the corpus in every test run.

#include <span>
#include <string_view>

namespace cordyna::fuzz {

struct Target {
  const char* name;  // also the folder of its corpus
  void (*run)(std::string_view bytes);
};

/// The last one is the canary: it has a defect on purpose, to prove that a defect is found.
std::span<const Target> targets();

}  // namespace cordyna::fuzz
