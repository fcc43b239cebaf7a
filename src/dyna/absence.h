#pragma once
// cerebro may be away for a while: a restart, a new version, a broken connection. What follows something for long asks
// again until it is back.

#include <algorithm>
#include <utility>

#include "dyna/context.h"

namespace cordyna::dyna {

inline constexpr base::Duration away_max = std::chrono::minutes(5);

/// Whether the error says that nobody answered, or that cerebro cannot answer yet.
inline bool is_absence(const base::Error& error) {
  return error.code == "not_reachable" || error.code == "broken" || error.code == "unavailable";
}

/// Bridges the absences of a cerebro that answered before. Says on stderr when one begins and when it is over.
class Absence {
 public:
  explicit Absence(Context& context) : context_(context) {}

  /// Waits a little, longer each time; false when cerebro has been away for too long. `said`: whether people are told.
  bool wait(bool said = true) {
    if (away_ >= away_max) return false;
    if (said && !std::exchange(said_, true))
      context_.err() << "dyna: lost the connection to cerebro at " << context_.url << ", trying again\n" << std::flush;
    context_.world.pause(pause_);
    away_ += pause_;
    pause_ = std::min(pause_ * 2, pause_max);
    return true;
  }
  /// It has answered.
  void end() {
    if (std::exchange(said_, false)) context_.err() << "dyna: cerebro is back\n" << std::flush;
    away_ = base::Duration(0);
    pause_ = first_pause;
  }
  /// Calls `ask` until it gives something or an error that is no absence, or cerebro is away for too long.
  template <class Ask>
  auto bridge(Ask ask) {
    while (true) {
      auto answer = ask();
      if (answer) end();
      if (answer || !is_absence(answer.error()) || !wait()) return answer;
    }
  }

 private:
  static constexpr base::Duration first_pause = std::chrono::milliseconds(200);
  static constexpr base::Duration pause_max = std::chrono::seconds(5);

  Context& context_;
  base::Duration away_{0}, pause_ = first_pause;
  bool said_ = false;
};

}  // namespace cordyna::dyna
