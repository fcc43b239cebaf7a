#pragma once
// All the chance of a simulation, out of one seed. Every part draws from a stream of its own, so that one more draw
// here does not move what happens there, and a failing seed can be made smaller part by part.

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "base/hash.h"
#include "base/time.h"

namespace cordyna::sim {

class Chance {
 public:
  Chance(std::uint64_t seed, std::string_view stream) : state_(seed ^ base::hash128(stream).low) {}

  std::uint64_t draw() { return base::mix64(state_ += 0x9e37'79b9'7f4a'7c15U); }
  /// 0 to bound - 1.
  std::uint64_t below(std::uint64_t bound) { return draw() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  bool permille(std::uint64_t p) { return below(1000) < p; }
  /// Anything between, each order of magnitude as likely as the other: short times and long ones both happen.
  base::Duration between(base::Duration least, base::Duration most) {
    std::int64_t low = least.count(), high = most.count();
    if (low >= high) return least;
    while (high / 2 > low && one_in(2)) high /= 2;
    return base::Duration(low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low))));
  }
  template <class T>
  const T& one_of(const std::initializer_list<T>& all) {
    return all.begin()[below(all.size())];
  }
  template <class List>
  const auto& one_of(const List& all) {
    return all[below(all.size())];
  }

 private:
  std::uint64_t state_;
};

}  // namespace cordyna::sim
