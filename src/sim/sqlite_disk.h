#pragma once
// The shipped SQLite log, its sealer, snapshots and retention over a disk of bytes (platter.h). What was told to be
// durable is remembered, and looked for at the beginning of every life.

#include <map>
#include <memory>
#include <string>

#include "cerebro/upkeep.h"
#include "log/sqlite_log.h"
#include "sim/chance.h"
#include "sim/disk.h"
#include "sim/platter.h"

namespace cordyna::sim {

class SqliteDisk final : public Disk {
 public:
  SqliteDisk(Timeline& timeline, Chance chance, base::Clock& clock);
  ~SqliteDisk() override;

  /// Segments of a few events and a snapshot for every few, so that little has to happen until all that is done.
  void roll_often();

  void set_full(bool full) override;
  base::Result<engine::State> begin(const model::CheckZone& check_zone) override;
  log::EventLog& log() override { return *log_; }
  void tell_durable() override;
  void end(bool power_cut) override;
  std::optional<base::Result<engine::State>> replay() override;
  bool mend() override;
  void plan_trouble() override;
  void plan_flip() override { flips_ = true; }
  bool heal() override;
  std::optional<base::Duration> look_after(const engine::State& state) override;

 private:
  class TimelineWorker;
  class InlineCompactor;
  struct Plan {
    std::string call;        // "" any
    std::string suffix;      // of the file's name; "" any
    std::uint64_t left = 0;  // until it happens
    Platter::Trouble trouble = Platter::Trouble::io_error;
    bool power_cut = false;
  };

  std::optional<Platter::Trouble> before_call(const Platter::Call& call);
  Platter::Trouble strike(Break what);
  Platter::Trouble strike(Platter::Trouble trouble, bool power_cut);
  void end_soon(bool told);
  base::Result<engine::State> open(const model::CheckZone& check_zone);
  void check_promises();

  Timeline& timeline_;
  Chance chance_;
  base::Clock& clock_;
  Platter platter_;
  const std::string root_, folder_;
  log::Mount mount_;
  log::SegmentLimits segment_;
  base::Duration retention_;
  std::uint64_t snapshot_events_;

  model::CheckZone check_zone_;
  std::unique_ptr<log::SqliteLog> log_;
  cerebro::InlineReaders background_;
  std::unique_ptr<InlineCompactor> compactor_;
  std::unique_ptr<cerebro::Upkeep> upkeep_;

  std::optional<Plan> plan_;
  bool flips_ = false;          // before the next life
  bool struck_ = false;         // trouble has come since this life began, or was to begin
  bool power_cut_ = false;      // the trouble takes the power with it
  bool power_was_cut_ = false;  // since the last life
  std::uint64_t lives_ = 0;
  base::Seq told_ = 0;
  base::Seq first_ = 1;                          // that is left
  std::map<base::Seq, base::Hash128> promised_;  // by first seq: what batches told of had in them
};

}  // namespace cordyna::sim
