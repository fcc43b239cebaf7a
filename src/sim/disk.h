#pragma once
// What is under one cerebro and outlives each of its lives: the place where its log is. In most simulations that is
// memory (memory_disk.h), which is fast; in one of ten the shipped SQLite log over a disk of bytes (sqlite_disk.h).

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "engine/state.h"
#include "log/event_log.h"
#include "model/validate.h"
#include "sim/fault_points.h"
#include "sim/timeline.h"

namespace cordyna::sim {

class Disk {
 public:
  virtual ~Disk() = default;

  base::Duration sync_most = std::chrono::milliseconds(3);
  /// Called with every batch once it is durable.
  std::function<void(const log::StoredBatch&)> on_durable = [](const log::StoredBatch&) {};
  /// Called when an append has begun.
  std::function<void()> on_append = [] {};
  /// The process ends by itself, or with the power: see CerebroLife::die(). Not called from within the log.
  std::function<void(bool told)> on_end = [](bool) {};
  std::function<void(const std::string&)> complain = [](const std::string&) {};

  /// What has happened to it, for the figures: "snapshots", "power cuts", ...
  std::map<std::string, std::uint64_t> counts;

  /// Asked before each call of a disk of bytes, with its name: what breaks there.
  std::function<std::optional<Break>(const std::string&)> at_call = [](const std::string&) { return std::nullopt; };

  virtual void set_full(bool full) = 0;
  /// A life begins: the log is opened, and this is the state it gives. Errors: those of the shipped log and recovery.
  virtual base::Result<engine::State> begin(const model::CheckZone& check_zone) = 0;
  /// Of the life that has begun.
  virtual log::EventLog& log() = 0;
  /// Tells of what is durable and was not told of yet.
  virtual void tell_durable() = 0;
  /// The life is over. `power_cut`: what was not synced may be gone too.
  virtual void end(bool power_cut) = 0;
  /// The state once more, from what is on the disk; nullopt: that cannot be asked of it now.
  virtual std::optional<base::Result<engine::State>> replay() = 0;

  /// A refusal to begin was the disk's fault; that is put right now. False: it was not.
  virtual bool mend() { return false; }
  /// A call in the near future fails, or the process dies in it.
  virtual void plan_trouble() {}
  /// A bit turns before the next life begins.
  virtual void plan_flip() {}
  /// Nothing fails any more. True: cerebro must be started again to see that.
  virtual bool heal() { return false; }

  /// What cerebro does besides: snapshots, retention. After each pass; answers when it wants to be called again.
  virtual std::optional<base::Duration> look_after(const engine::State&) { return std::nullopt; }
};

}  // namespace cordyna::sim
