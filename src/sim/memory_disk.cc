#include "sim/memory_disk.h"

#include <utility>

#include "base/check.h"
#include "cerebro/recovery.h"

namespace cordyna::sim {

base::Result<engine::State> MemoryDisk::begin(const model::CheckZone& check_zone) {
  return cerebro::recover_state(*this, check_zone);
}

std::optional<base::Result<engine::State>> MemoryDisk::replay() {
  return cerebro::recover_state(*this, {});
}

void MemoryDisk::append(log::Batch batch, std::function<void(log::AppendResult)> done) {
  MemoryLog::append(std::move(batch), std::move(done));
  sync();
}

void MemoryDisk::append_again(std::function<void(log::AppendResult)> done) {
  MemoryLog::append_again(std::move(done));
  sync();
}

void MemoryDisk::sync() {
  on_append();
  timeline_.after(chance_.between(base::Duration(100), sync_most), [this, number = ++syncs_] {
    if (number != syncs_) return;  // its process has died
    if (full_) fill(1);
    release();
    tell_durable();
  });
}

void MemoryDisk::tell_durable() {
  const base::Seq last = identity().last_seq;
  if (last == told_) return;
  base::check(read(std::exchange(told_, last) + 1, [this](const log::StoredBatch& batch) {
                on_durable(batch);
                return true;
              }).ok());
}

/// What was in flight may have arrived, whatever it was that ended the process.
void MemoryDisk::end(bool) {
  ++syncs_;
  abandon(!full_ && chance_.one_in(2));
  tell_durable();
}

}  // namespace cordyna::sim
