#pragma once
// The log in memory, as a disk whose appends take their time, are lost or kept when the process dies, and find it full.

#include "log/memory_log.h"
#include "sim/chance.h"
#include "sim/disk.h"

namespace cordyna::sim {

class MemoryDisk final : public Disk, private log::MemoryLog {
 public:
  MemoryDisk(Timeline& timeline, Chance chance) : log::MemoryLog("sim"), timeline_(timeline), chance_(chance) {
    hold();
  }

  void set_full(bool full) override { full_ = full; }
  base::Result<engine::State> begin(const model::CheckZone& check_zone) override;
  log::EventLog& log() override { return *this; }
  void tell_durable() override;
  void end(bool power_cut) override;
  std::optional<base::Result<engine::State>> replay() override;

 private:
  void append(log::Batch batch, std::function<void(log::AppendResult)> done) override;
  void append_again(std::function<void(log::AppendResult)> done) override;
  void sync();

  Timeline& timeline_;
  Chance chance_;
  bool full_ = false;
  std::uint64_t syncs_ = 0;  // one that is over is known by its number
  base::Seq told_ = 0;
};

}  // namespace cordyna::sim
