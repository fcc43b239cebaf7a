#pragma once
// Upkeep: what keeps restarts short and the disk from filling. Once a minute it looks whether a snapshot is due, has a
// second process make it (compact.h), and lets go of sealed segments that nobody needs any more. A segment goes only
// when it is older than the retention, older than every live run, and covered by both kept snapshots, so that one
// damaged snapshot never costs events.
//
// advance() belongs to the loop's thread; disks are touched on a thread of its own.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cerebro/readers.h"
#include "engine/state.h"
#include "log/sqlite_log.h"

namespace cordyna::cerebro {

/// The process that writes snapshots.
class Compactor {
 public:
  virtual ~Compactor() = default;
  virtual base::Result<void> start() = 0;
  /// Its exit code, once; nullopt while it is at work.
  virtual std::optional<int> ended() = 0;
};
/// This program again, as `cerebro compact`. Ends it when cerebro ends.
std::unique_ptr<Compactor> child_compactor(std::string data_folder);

/// Every blob that the state refers to: what outlives the segment it came in. Sorted. O(state).
std::vector<base::Hash128> blobs_of(const engine::State& state);

struct UpkeepWorld {
  log::SqliteLog& log;
  std::string folder;
  base::Clock& clock;
  Readers& background;  // may be busy for long
  Compactor& compactor;
  base::Duration retention{};
  std::uint64_t snapshot_events = 0;  // limits::snapshot_events_min
};

class Upkeep {
 public:
  explicit Upkeep(UpkeepWorld world);

  /// Cheap unless something is due.
  void advance(const engine::State& state);
  /// When advance() has something to do, as steady time.
  base::Duration due() const { return due_; }

 private:
  enum class Work { none, looking, compacting, forgetting };
  /// What there is, taken off the loop.
  struct Sight {
    std::vector<log::Extent> sealed;
    base::Seq newest = 0, older = 0;  // last seqs of the two kept snapshots; 0 none
  };
  void look(const engine::State& state);
  void judge(const Sight& sight, const engine::State& state);
  void compact();
  void forget(const engine::State& state, base::Seq below, base::Time before);

  UpkeepWorld world_;
  Work work_ = Work::none;
  std::optional<Sight> seen_;  // to be judged in the next advance()
  base::Duration due_{};
  unsigned failures_ = 0;  // of the compactor, in a row
};

}  // namespace cordyna::cerebro
