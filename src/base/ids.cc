#include "base/ids.h"

#include <fmt/format.h>

#include "base/hash.h"

namespace cordyna::base {

RunId RunId::make(Time created, Seq seq, std::uint64_t salt) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(created.time_since_epoch()).count();
  const auto fraction = static_cast<std::uint64_t>(created.time_since_epoch().count() % 1000) * 4096 / 1000;
  RunId id;
  id.high = static_cast<std::uint64_t>(ms) << 16 | 0x7000U | fraction;
  id.low = 0x8000'0000'0000'0000U | (seq & 0xffff'ffff'ffffU) << 14 | (mix64(salt ^ mix64(seq)) & 0x3fffU);
  return id;
}

std::string RunId::text() const {
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffffU, high & 0xffffU,
                     low >> 48, low & 0xffff'ffff'ffffU);
}

std::optional<RunId> RunId::parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  RunId id;
  int digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (c != '-') return std::nullopt;
      continue;
    }
    int digit = 0;
    if (c >= '0' && c <= '9')
      digit = c - '0';
    else if (c >= 'a' && c <= 'f')
      digit = c - 'a' + 10;
    else
      return std::nullopt;
    std::uint64_t& half = digits < 16 ? id.high : id.low;
    half = half << 4 | static_cast<std::uint64_t>(digit);
    ++digits;
  }
  return id;
}

}  // namespace cordyna::base
