#pragma once
// Strong ids: two numbers of different things never mix. RunId is the one id people see.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace cordyna::base {

template <class Tag, class Rep = std::uint32_t>
struct Id {
  Rep value = 0;
  auto operator<=>(const Id&) const = default;
};

/// Position of an event in the log, gap-free from 1; 0 means "none".
using Seq = std::uint64_t;

/// 128 bits in UUIDv7 layout (RFC 9562): time in ms and its fraction, then the seq of the event that
/// created the run, then a salt. Sorts in order of creation; `seq()` tells whether a log can know the run at all (a
/// restored old log does not).
struct RunId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const RunId&) const = default;
  bool none() const { return high == 0 && low == 0; }

  /// The id of the run whose run.created event is `seq` (48 bits are kept); the salt is the cluster's.
  static RunId make(Time created, Seq seq, std::uint64_t salt);
  Seq seq() const { return low >> 14 & 0xffff'ffff'ffffU; }
  Time created() const { return Time(std::chrono::milliseconds(high >> 16)); }
  std::string text() const;  // 8-4-4-4-12 hex
  static std::optional<RunId> parse(std::string_view text);
};

}  // namespace cordyna::base

template <class Tag, class Rep>
struct std::hash<cordyna::base::Id<Tag, Rep>> {
  std::size_t operator()(cordyna::base::Id<Tag, Rep> id) const { return std::hash<Rep>()(id.value); }
};
template <>
struct std::hash<cordyna::base::RunId> {
  std::size_t operator()(cordyna::base::RunId id) const { return id.low * 0x9e3779b97f4a7c15U ^ id.high; }
};
