#include "sim/sqlite_disk.h"

#include <atomic>
#include <utility>

#include "base/check.h"
#include "cerebro/compact.h"
#include "cerebro/recovery.h"

namespace cordyna::sim {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// Simulations run on several threads; each has a place of its own.
std::string new_root() {
  static std::atomic<std::uint64_t> made = 0;
  return "/simulated disk " + std::to_string(++made);
}

}  // namespace

/// Steps when the timeline says so; none after it is gone.
class SqliteDisk::TimelineWorker final : public log::Worker {
 public:
  TimelineWorker(SqliteDisk& disk, log::WorkerOf what, Step step)
      : disk_(disk), what_(what), step_(std::move(step)), self_(std::make_shared<TimelineWorker*>(this)) {}

  void wake() override {
    if (what_ == log::WorkerOf::log) disk_.on_append();
    plan(base::Duration(0));
  }
  void wait_until(const std::function<bool()>& done) override {
    while (!done()) base::check(step_().has_value());
    disk_.tell_durable();
  }

 private:
  void plan(base::Duration delay) {
    if (std::exchange(planned_, true)) return;
    const base::Duration most = what_ == log::WorkerOf::log ? disk_.sync_most : base::Duration(seconds(1));
    delay += disk_.chance_.between(base::Duration(100), most);
    disk_.timeline_.after(delay, [self = std::weak_ptr(self_)] {
      if (const auto still = self.lock()) (*still)->run();
    });
  }
  void run() {
    planned_ = false;
    const auto again = step_();
    disk_.tell_durable();
    if (again) plan(*again);
  }

  SqliteDisk& disk_;
  const log::WorkerOf what_;
  const Step step_;
  bool planned_ = false;
  std::shared_ptr<TimelineWorker*> self_;
};

/// `cerebro compact`, at once.
class SqliteDisk::InlineCompactor final : public cerebro::Compactor {
 public:
  explicit InlineCompactor(SqliteDisk& disk) : disk_(disk) {}
  base::Result<void> start() override { return {}; }
  std::optional<int> ended() override {
    const auto report = cerebro::compact(disk_.folder_, disk_.check_zone_);
    if (!report.ok() && report.error().code == "unsound_snapshot") disk_.complain(report.error().message);
    if (!report.ok()) return 1;
    if (report->written) ++disk_.counts["snapshots"];
    return 0;
  }

 private:
  SqliteDisk& disk_;
};

SqliteDisk::SqliteDisk(Timeline& timeline, Chance chance, base::Clock& clock)
    : timeline_(timeline),
      chance_(chance),
      clock_(clock),
      platter_(Chance(chance_.draw(), "platter")),
      root_(new_root()),
      folder_(root_ + "/data"),
      mount_(root_ + '/', platter_),
      segment_{std::size_t{16'000} << chance_.below(6), 100U << chance_.below(6), hours(1 + chance_.below(24))},
      retention_(hours(3 + chance_.below(9))),
      snapshot_events_(100U << chance_.below(6)),
      compactor_(std::make_unique<InlineCompactor>(*this)) {
  platter_.before_call = [this](const Platter::Call& call) { return before_call(call); };
  base::check(platter_.make_folder(root_) == 0);
}

SqliteDisk::~SqliteDisk() {
  end(false);
}

void SqliteDisk::roll_often() {
  segment_.events = snapshot_events_ = 8;
}

void SqliteDisk::set_full(bool full) {
  platter_.full = full;
  platter_.every_write = chance_.one_in(2);
}

std::optional<Platter::Trouble> SqliteDisk::before_call(const Platter::Call& call) {
  if (const std::optional<Break> what = at_call(call.name)) return strike(*what);
  if (!plan_ || (!plan_->call.empty() && plan_->call != call.name)) return std::nullopt;
  if (!call.path.ends_with(plan_->suffix) || --plan_->left > 0) return std::nullopt;
  const Plan plan = *std::exchange(plan_, std::nullopt);
  return strike(plan.trouble, plan.power_cut);
}

Platter::Trouble SqliteDisk::strike(Break what) {
  if (what == Break::crash) return strike(Platter::Trouble::end, true);
  return strike(what == Break::full ? Platter::Trouble::full : Platter::Trouble::io_error, false);
}

Platter::Trouble SqliteDisk::strike(Platter::Trouble trouble, bool power_cut) {
  struck_ = true;
  ++counts[trouble == Platter::Trouble::end ? "deaths in a call" : "failed calls"];
  if (trouble == Platter::Trouble::end) {
    power_cut_ = power_cut;
    end_soon(!power_cut);
  }
  return trouble;
}

/// Not now: whoever is at work in the log must first come out of it.
void SqliteDisk::end_soon(bool told) {
  timeline_.after(base::Duration(0), [this, told, life = lives_] {
    if (life == lives_ && log_) on_end(told);
  });
}

base::Result<engine::State> SqliteDisk::begin(const model::CheckZone& check_zone) {
  ++lives_;
  struck_ = power_cut_ = false;
  check_zone_ = check_zone;
  if (std::exchange(flips_, false)) {
    std::vector<std::string> where{".segment", ".snapshot"};
    // After a power cut nothing tells a damaged end of the write-ahead log from one that was never finished.
    if (!power_was_cut_) where.insert(where.end(), {".segment-wal", "/acknowledged"});
    platter_.flip_a_bit(where);
    ++counts["bits turned"];
  }
  platter_.start();
  auto state = open(check_zone);
  if (state.ok()) {
    power_was_cut_ = false;
    return state;
  }
  ++counts[platter_.damaged() ? "starts refused for a turned bit" : "starts that failed"];
  end(power_cut_);
  return state;
}

base::Result<engine::State> SqliteDisk::open(const model::CheckZone& check_zone) {
  log::SqliteLogOptions options;
  options.folder = folder_;
  options.cluster = "sim";
  options.segment = segment_;
  options.fatal = [this](const std::string&) { end_soon(true); };
  options.start_worker = [this](log::WorkerOf what, log::Worker::Step step) {
    return std::make_unique<TimelineWorker>(*this, what, std::move(step));
  };
  auto opened = log::SqliteLog::open(std::move(options));
  if (!opened.ok()) return opened.error();
  log_ = std::move(*opened);
  auto recovered = cerebro::recover(cerebro::source_of(*log_, folder_), check_zone);
  if (!recovered.ok()) return recovered.error();
  check_promises();
  background_ = {};
  upkeep_ = std::make_unique<cerebro::Upkeep>(
      cerebro::UpkeepWorld{*log_, folder_, clock_, background_, *compactor_, retention_, snapshot_events_});
  return std::move(recovered->state);
}

/// Everything that was told of is there and is the same.
void SqliteDisk::check_promises() {
  if (log_->identity().last_seq < told_)
    return complain("the log ends at seq " + std::to_string(log_->identity().last_seq) + ", but everything up to " +
                    std::to_string(told_) + " was durable");
  const auto read = log_->read(1, [this](const log::StoredBatch& batch) {
    const auto promised = promised_.find(batch.first_seq);
    if (batch.first_seq > told_) return false;
    if (promised != promised_.end() && promised->second == base::hash128(*batch.events)) return true;
    complain("the batch at seq " + std::to_string(batch.first_seq) + " is not the one that was durable");
    return false;
  });
  if (!read.ok() && !struck_ && !platter_.damaged()) complain("the log cannot be read: " + read.error().message);
}

void SqliteDisk::tell_durable() {
  if (!log_) return;
  const base::Seq last = log_->identity().last_seq;
  if (last <= told_) return;
  base::check(log_->read(std::exchange(told_, last) + 1,
                         [this](const log::StoredBatch& batch) {
                           promised_[batch.first_seq] = base::hash128(*batch.events);
                           on_durable(batch);
                           return true;
                         })
                  .ok());
}

void SqliteDisk::end(bool power_cut) {
  platter_.stop();
  if (log_ && !log_->sealed().empty()) {
    const base::Seq first = log_->sealed().front().first_seq;
    if (std::exchange(first_, first) < first) ++counts["segments forgotten"];
  }
  upkeep_.reset();
  background_ = {};
  log_.reset();
  if (!power_cut) return;
  power_was_cut_ = true;
  ++counts["power cuts"];
  platter_.power_cut();
}

std::optional<base::Result<engine::State>> SqliteDisk::replay() {
  if (platter_.damaged()) return std::nullopt;
  auto recovered = cerebro::recover(cerebro::source_of(*log_, folder_), {});
  if (!recovered.ok() && struck_) return std::nullopt;
  if (!recovered.ok()) return recovered.error();
  return std::move(recovered->state);
}

bool SqliteDisk::mend() {
  return platter_.mend_bits() > 0 || std::exchange(struck_, false);
}

void SqliteDisk::plan_trouble() {
  using Trouble = Platter::Trouble;
  const std::uint64_t far = 1 + chance_.below(1U << chance_.below(7));
  switch (chance_.below(8)) {
    case 0:
      plan_ = {"read", "", far, Trouble::io_error, false};
      break;
    case 1:
      plan_ = {"write", "", far, Trouble::io_error, false};
      break;
    case 2:
      plan_ = {"sync", "", 1 + chance_.below(8), Trouble::io_error, false};
      break;
    case 3:  // a file that is only just made: it is synced once and never again
      plan_ = {"sync", ".new", 1, Trouble::io_error, false};
      break;
    default:
      plan_ = {chance_.one_in(2) ? "" : "sync", "", far, Trouble::end, !chance_.one_in(4)};
  }
}

bool SqliteDisk::heal() {
  plan_.reset();
  flips_ = false;
  set_full(false);
  return platter_.mend_bits() > 0;
}

std::optional<base::Duration> SqliteDisk::look_after(const engine::State& state) {
  background_.poll();
  upkeep_->advance(state);
  if (background_.waiting() > 0) return base::Duration(0);
  return std::max(base::Duration(0), upkeep_->due() - clock_.steady());
}

}  // namespace cordyna::sim
