#pragma once
// The places at which a simulation can break something, counted one by one: each effect of cerebro on the outside, each
// call of the disk, each message on a line. The exhaustive part takes them one after the other.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cordyna::sim {

enum class Point : std::uint8_t { effect, disk, message };
inline constexpr std::array<std::string_view, 3> point_words{"effect", "disk", "message"};

enum class Break : std::uint8_t {
  crash,      // cerebro dies there; at the disk the power goes too
  io_error,   // the call fails
  full,       // the call finds no room
  drop,       // the line breaks under the message
  duplicate,  // the line breaks right behind the message: who sent it does not know, and sends it again
};
inline constexpr std::array<std::string_view, 5> break_words{"crash", "io_error", "full", "drop", "duplicate"};

/// One thing to break: the number-th point of its kind, from 1 on, or that one and all after it until the healing.
struct BreakAt {
  Point point = Point::effect;
  std::uint64_t number = 1;
  Break what = Break::crash;
  bool lasting = false;
  bool operator==(const BreakAt&) const = default;
};

class FaultPoints {
 public:
  explicit FaultPoints(std::optional<BreakAt> plan) : plan_(plan) {}

  /// This is the next point of its kind; what breaks there.
  std::optional<Break> pass(Point point, const std::string& name) {
    auto& names = passed_[static_cast<std::size_t>(point)];
    if (healed_) return std::nullopt;
    names.push_back(name);
    if (!plan_ || plan_->point != point) return std::nullopt;
    const bool hit = plan_->lasting ? names.size() >= plan_->number : names.size() == plan_->number;
    const bool needs_room = name == "write" || name == "create";
    if (!hit || (plan_->what == Break::full && !needs_room)) return std::nullopt;
    ++hits_;
    return plan_->what;
  }
  void heal() { healed_ = true; }
  std::uint64_t hits() const { return hits_; }
  /// The names of all points passed until the healing, by kind.
  const std::array<std::vector<std::string>, 3>& passed() const { return passed_; }

 private:
  const std::optional<BreakAt> plan_;
  std::array<std::vector<std::string>, 3> passed_;
  std::uint64_t hits_ = 0;
  bool healed_ = false;
};

}  // namespace cordyna::sim
