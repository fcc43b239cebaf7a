#pragma once
// The operating system's random numbers behind base::Entropy. Not seeded, not buffered: it is asked a few times a
// process, and a forked child can never repeat its parent's numbers.

#include "base/entropy.h"

namespace cordyna::net {

class RealEntropy final : public base::Entropy {
 public:
  std::uint64_t draw() override;
};

}  // namespace cordyna::net
