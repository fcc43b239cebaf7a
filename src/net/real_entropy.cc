// getrandom(2) without flags: waits once at early boot until the kernel's pool is ready, never fails afterwards.
// Eight bytes are always given whole.

#include "net/real_entropy.h"

#include <sys/random.h>

#include "base/check.h"

namespace cordyna::net {

std::uint64_t RealEntropy::draw() {
  std::uint64_t drawn = 0;
  base::check(getrandom(&drawn, sizeof drawn, 0) == static_cast<ssize_t>(sizeof drawn));
  return drawn;
}

}  // namespace cordyna::net
