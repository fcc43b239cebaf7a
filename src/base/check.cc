#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace cordyna::base {

void check(bool condition, std::source_location where) {
  if (condition) return;
  std::fprintf(stderr, "check failed: %s:%u in %s\n", where.file_name(), static_cast<unsigned>(where.line()),
               where.function_name());
  std::abort();
}

}  // namespace cordyna::base
