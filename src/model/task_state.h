#pragma once
// The states of a task-run, a run and a task-server, with the words everybody uses for them.

#include <cstdint>
#include <string_view>

namespace cordyna::model {

enum class TaskState : std::uint8_t {
  pending,
  invoked,
  queued,
  started,
  completed,
  error,
  blocked,
  skipped,
  cancelled
};
enum class SkipReason : std::uint8_t { none, check, not_needed, nothing_to_do };
enum class RunState : std::uint8_t { running, completed, failed, cancelled };
enum class ServerState : std::uint8_t { unknown, ready, draining, lost, gone };

constexpr bool is_final(TaskState state) {
  return state >= TaskState::completed;
}
constexpr bool is_invoked(TaskState state) {
  return state > TaskState::pending && state < TaskState::completed;
}

std::string_view word(TaskState state);
std::string_view word(SkipReason reason);
std::string_view word(RunState state);
std::string_view word(ServerState state);

}  // namespace cordyna::model
