#pragma once
// The two hashes of cordyna: SHA-256 where others must compute the same (declarations), XXH3-128 inside (log chain,
// blob ids), where only accidents matter.

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cordyna::base {

/// 128 bits; also names a blob by its content.
struct Hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const Hash128&) const = default;
  std::string hex() const;  // 32 lower-case digits
};

Hash128 hash128(std::string_view bytes);

/// Lower-case hex SHA-256 of `bytes`, 64 digits.
std::string sha256_hex(std::string_view bytes);

/// A well-mixed 64-bit value from a seed: all the chance the pure code has (splitmix64, Steele et al. 2014).
std::uint64_t mix64(std::uint64_t seed);

}  // namespace cordyna::base
