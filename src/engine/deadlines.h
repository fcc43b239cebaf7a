#pragma once
// Deadlines count uptime and come from few policies, so there is one first-in-first-out list per distinct duration:
// each is sorted by itself, and arming, disarming and expiring are O(1) whatever the number of live attempts.

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/time.h"
#include "model/ids.h"

namespace cordyna::engine {

enum class DeadlineKind : std::uint8_t { ack, start, complete, pending, server_wait, check, cancel, claim, older };
/// Of an instance, not of a task-run.
inline bool is_of_instance(DeadlineKind kind) {
  return kind == DeadlineKind::claim || kind == DeadlineKind::older;
}

/// Handle of an armed deadline; 0 = none.
using DeadlineId = std::uint32_t;

struct Deadline {
  DeadlineKind kind = DeadlineKind::ack;
  base::Uptime at{};
  model::TaskRunRef task_run;  // for all but those of an instance
  model::InstanceIndex instance{};
};

class Deadlines {
 public:
  /// `now` never decreases from call to call.
  DeadlineId arm(base::Uptime now, base::Duration after, Deadline deadline);
  /// Forgets it; 0 is ignored. Sets `id` to 0.
  void disarm(DeadlineId& id);
  /// When the earliest one expires. O(distinct durations).
  std::optional<base::Uptime> next() const;
  /// The earliest one that is at or before `now`, null when there is none. It stays armed until disarmed.
  const Deadline* expired(base::Uptime now) const;
  const Deadline& at(DeadlineId id) const { return entries_[id].deadline; }
  std::size_t size() const { return size_; }
  /// All of them with their durations, in each list in the order of arming: armed again in this order, they expire in
  /// the same.
  std::vector<std::pair<base::Duration, DeadlineId>> armed() const;

 private:
  struct Entry {
    Deadline deadline;
    base::Duration after{};
    DeadlineId previous = 0, next = 0;
  };
  struct List {
    DeadlineId head = 0, tail = 0;
  };
  std::vector<Entry> entries_{Entry{}};  // 0 is no entry
  std::vector<DeadlineId> free_;
  std::map<base::Duration, List> lists_;
  std::size_t size_ = 0;
};

}  // namespace cordyna::engine
