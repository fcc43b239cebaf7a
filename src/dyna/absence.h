#pragma once
// cerebro may be away for a while: a restart, a new version, a broken connection. What follows something for long asks
// again until it is back.

#include <algorithm>

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

  /// Calls `ask` until it gives something or an error that is no absence; gives up, with its error, after five minutes.
  template <class Ask>
  auto bridge(Ask ask) {
    while (true) {
      auto answer = ask();
      if (!answer && is_absence(answer.error()) && away_ < away_max) {
        wait();
        continue;
      }
      if (answer) end();
      return answer;
    }
  }

 private:
  static constexpr base::Duration first_pause = std::chrono::milliseconds(200);
  static constexpr base::Duration pause_max = std::chrono::seconds(5);

  void wait() {
    if (away_ == base::Duration(0))
      context_.err() << "dyna: lost the connection to cerebro at " << context_.url << ", trying again\n" << std::flush;
    context_.world.pause(pause_);
    away_ += pause_;
    pause_ = std::min(pause_ * 2, pause_max);
  }
  void end() {
    if (away_ > base::Duration(0)) context_.err() << "dyna: cerebro is back\n" << std::flush;
    away_ = base::Duration(0);
    pause_ = first_pause;
  }

  Context& context_;
  base::Duration away_{0}, pause_ = first_pause;
};

}  // namespace cordyna::dyna
