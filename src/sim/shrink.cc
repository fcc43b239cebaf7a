#include "sim/shrink.h"

#include <optional>
#include <vector>

namespace cordyna::sim {

Options shrink(Options options, const std::function<bool(const Options&)>& fails, int tries) {
  // Each makes one thing smaller, or answers nothing when there is nothing to be made smaller.
  using Step = std::function<std::optional<Options>(Options)>;
  std::vector<Step> steps;
  for (int i = 0; i < fault_kinds; ++i)
    steps.push_back(
        [i](Options one) { return one.faults.erase(static_cast<Fault>(i)) > 0 ? std::optional(one) : std::nullopt; });
  const auto less = [&steps](auto Options::*size, auto least, int numerator) {
    steps.push_back([=](Options one) -> std::optional<Options> {
      auto smaller = one.*size * numerator / 4;
      if (smaller < least) smaller = least;
      if (!(smaller < one.*size)) return std::nullopt;
      one.*size = smaller;
      return one;
    });
  };
  for (const int numerator : {1, 2, 3}) {
    less(&Options::duration, base::Duration(std::chrono::minutes(1)), numerator);
    less(&Options::tasks, std::size_t{1}, numerator);
    less(&Options::servers, std::size_t{1}, numerator);
  }
  for (bool Options::*part : {&Options::schedules, &Options::checks})
    steps.push_back(
        [part](Options one) { return std::exchange(one.*part, false) ? std::optional(one) : std::nullopt; });
  for (bool progress = true; progress && tries > 0;) {
    progress = false;
    for (const Step& step : steps) {
      const auto smaller = step(options);
      if (!smaller || tries-- <= 0 || !fails(*smaller)) continue;
      options = *smaller;
      progress = true;
    }
  }
  return options;
}

}  // namespace cordyna::sim
