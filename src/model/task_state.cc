#include "model/task_state.h"

#include <array>
#include <cstddef>

namespace cordyna::model {

std::string_view word(TaskState state) {
  constexpr std::array<std::string_view, 9> words{"pending", "invoked", "queued",  "started",  "completed",
                                                  "error",   "blocked", "skipped", "cancelled"};
  return words[static_cast<std::size_t>(state)];
}

std::string_view word(SkipReason reason) {
  constexpr std::array<std::string_view, 4> words{"", "check", "not_needed", "nothing_to_do"};
  return words[static_cast<std::size_t>(reason)];
}

std::string_view word(RunState state) {
  constexpr std::array<std::string_view, 4> words{"running", "completed", "failed", "cancelled"};
  return words[static_cast<std::size_t>(state)];
}

std::string_view word(ServerState state) {
  constexpr std::array<std::string_view, 5> words{"unknown", "ready", "draining", "lost", "gone"};
  return words[static_cast<std::size_t>(state)];
}

}  // namespace cordyna::model
