#pragma once
// Dense indices of tasks, servers and instances. They are given in order of first mention by an event and never used
// for another name, so that an event of any age can be read with today's names.

#include <cstdint>

#include "base/ids.h"

namespace cordyna::model {

using base::RunId;
using base::Seq;
using TaskIndex = base::Id<struct TaskTag>;
using ServerIndex = base::Id<struct ServerTag>;
using InstanceIndex = base::Id<struct InstanceTag>;
using SessionId = base::Id<struct SessionTag, std::uint64_t>;  // a connection of a task-server; 0 = none

inline constexpr std::uint32_t nowhere = 0xffff'ffffU;
inline constexpr InstanceIndex no_instance{nowhere};

/// One task of one run: its position in the run's plan, and which task that is.
struct TaskRunRef {
  RunId run;
  std::uint32_t position = 0;
  auto operator<=>(const TaskRunRef&) const = default;
};

}  // namespace cordyna::model
