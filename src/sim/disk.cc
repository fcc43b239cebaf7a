#include "sim/disk.h"

#include <utility>

#include "base/check.h"

namespace cordyna::sim {

void Disk::append(log::Batch batch, std::function<void(log::AppendResult)> done) {
  MemoryLog::append(std::move(batch), std::move(done));
  sync();
}

void Disk::append_again(std::function<void(log::AppendResult)> done) {
  MemoryLog::append_again(std::move(done));
  sync();
}

void Disk::sync() {
  on_append();
  timeline_.after(chance_.between(base::Duration(100), sync_most), [this, number = ++syncs_] {
    if (number != syncs_) return;  // its process has died
    if (full) fill(1);
    release();
    tell_durable();
  });
}

void Disk::tell_durable() {
  const base::Seq last = identity().last_seq;
  if (last == told_) return;
  base::check(read(std::exchange(told_, last) + 1, [this](const log::StoredBatch& batch) {
                on_durable(batch);
                return true;
              }).ok());
}

void Disk::power_cut() {
  ++syncs_;
  abandon(!full && chance_.one_in(2));
  tell_durable();
}

}  // namespace cordyna::sim
