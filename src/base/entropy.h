#pragma once
// The seam to chance: instance ids, cluster salts, reconnect jitter. Real programs draw from the operating system, the
// simulator from its seed.

#include <cstdint>

namespace cordyna::base {

class Entropy {
 public:
  virtual ~Entropy() = default;
  /// 64 bits nobody can predict (in the simulator: nobody but the seed).
  virtual std::uint64_t draw() = 0;
};

}  // namespace cordyna::base
