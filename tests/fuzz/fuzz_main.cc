// The door of libFuzzer: one program for all targets, CORDYNA_FUZZ_TARGET names the one to run.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "fuzz/target.h"

namespace {

const cordyna::fuzz::Target* chosen = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const char* name = std::getenv("CORDYNA_FUZZ_TARGET");
  for (const cordyna::fuzz::Target& one : cordyna::fuzz::targets())
    if (name != nullptr && std::strcmp(name, one.name) == 0) chosen = &one;
  if (chosen != nullptr) return 0;
  std::fprintf(stderr, "CORDYNA_FUZZ_TARGET names no target; there are:\n");
  for (const cordyna::fuzz::Target& one : cordyna::fuzz::targets()) std::fprintf(stderr, "  %s\n", one.name);
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  chosen->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
