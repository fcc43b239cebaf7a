#pragma once
// The disk under one cerebro, and what is on it: a log in memory whose appends take their time, are lost or kept when
// the process dies, and find the disk full. It outlives every life of cerebro.

#include <functional>
#include <memory>

#include "log/memory_log.h"
#include "sim/chance.h"
#include "sim/timeline.h"

namespace cordyna::sim {

class Disk final : public log::MemoryLog {
 public:
  Disk(Timeline& timeline, Chance chance) : log::MemoryLog("sim"), timeline_(timeline), chance_(chance) { hold(); }

  base::Duration sync_most = std::chrono::milliseconds(3);
  bool full = false;
  /// Called with every batch at the moment from which it is durable.
  std::function<void(const log::StoredBatch&)> on_durable = [](const log::StoredBatch&) {};
  /// Called when an append has begun.
  std::function<void()> on_append = [] {};

  void append(log::Batch batch, std::function<void(log::AppendResult)> done) override;
  void append_again(std::function<void(log::AppendResult)> done) override;
  /// Whoever appends dies; what was in flight may have reached the platter.
  void power_cut();

 private:
  void sync();
  void tell_durable();

  Timeline& timeline_;
  Chance chance_;
  std::uint64_t syncs_ = 0;  // one that is over is known by its number
  base::Seq told_ = 0;
};

}  // namespace cordyna::sim
