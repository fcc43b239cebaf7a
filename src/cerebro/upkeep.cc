// One thing at a time: look, then compact or forget, then wait a minute.

#include "cerebro/upkeep.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "base/limits.h"
#include "cerebro/snapshot.h"
#include "log/snapshot_files.h"

namespace cordyna::cerebro {
namespace {

constexpr auto compactor_asked = std::chrono::milliseconds(250);  // whether it has ended
constexpr unsigned failures_counted_max = 6;                      // then an attempt an hour
constexpr auto forgetting_again = std::chrono::hours(1);          // after it was not possible

std::uint64_t live_size(const engine::State& state) {
  std::uint64_t size = state.tasks.size();
  for (const auto& [id, run] : state.runs) size += run->tasks.size();
  return size;
}

base::Seq oldest_live(const engine::State& state) {
  base::Seq oldest = state.seq + 1;
  for (const auto& [id, run] : state.runs) oldest = std::min(oldest, run->created);
  return oldest;
}

void take(std::vector<base::Hash128>& blobs, const model::Payload& payload) {
  if (payload.blob) blobs.push_back(*payload.blob);
}

void take(std::vector<base::Hash128>& blobs, const engine::History& history) {
  if (history.last) take(blobs, history.last->result);
  if (history.newest) take(blobs, history.newest->result);
}

/// Whether every kept snapshot is as it was written. On the background thread.
base::Result<void> check_snapshots(const std::string& folder) {
  for (const log::SnapshotFile& file : log::snapshot_files(folder)) {
    const auto bytes = log::read_snapshot(file);
    if (!bytes.ok()) return bytes.error();
    if (const auto head = read_snapshot_head(*bytes); !head.ok()) return head.error();
  }
  return {};
}

}  // namespace

std::vector<base::Hash128> blobs_of(const engine::State& state) {
  std::vector<base::Hash128> blobs;
  for (const engine::Server& server : state.servers) {
    blobs.insert(blobs.end(), server.text.begin(), server.text.end());
    for (const engine::Revision& one : server.older) blobs.insert(blobs.end(), one.text.begin(), one.text.end());
  }
  for (const engine::Task& task : state.tasks) {
    if (task.history) take(blobs, *task.history);
    for (const auto& [scope, history] : task.detail().histories) take(blobs, *history);
  }
  for (const auto& [id, run] : state.runs) {
    for (const auto& [position, detail] : run->details) take(blobs, detail.result);
    for (const auto& [edge, result] : run->outside_results) take(blobs, result);
  }
  for (const auto& [token, fenced] : state.fenced)
    if (fenced.late) take(blobs, *fenced.late);
  std::sort(blobs.begin(), blobs.end());
  blobs.erase(std::unique(blobs.begin(), blobs.end()), blobs.end());
  return blobs;
}

Upkeep::Upkeep(UpkeepWorld world) : world_(std::move(world)) {
  due_ = world_.clock.steady() + base::limits::upkeep_period;
}

void Upkeep::advance(const engine::State& state) {
  if (seen_) {
    const Sight sight = std::move(*seen_);
    seen_.reset();
    work_ = Work::none;
    return judge(sight, state);
  }
  if (world_.clock.steady() < due_) return;
  due_ = world_.clock.steady() + base::limits::upkeep_period;
  if (work_ == Work::none) return look(state);
  if (work_ != Work::compacting) return;
  const std::optional<int> code = world_.compactor.ended();
  due_ = world_.clock.steady() + compactor_asked;
  if (!code) return;
  work_ = Work::none;
  failures_ = *code == 0 ? 0 : std::min(failures_ + 1, failures_counted_max);
  if (*code == 0) return spdlog::info("event=snapshot_written");  // and look again soon: segments may go now
  due_ = world_.clock.steady() + base::Duration(base::limits::upkeep_period) * (1U << failures_);
  spdlog::warn("event=snapshot_failed exit_code={} again_in_s={}", *code, (1U << failures_) * 60);
}

void Upkeep::look(const engine::State&) {
  work_ = Work::looking;
  world_.background.run([this]() -> Readers::Then {
    Sight sight;
    sight.sealed = world_.log.sealed();
    const std::vector<log::SnapshotFile> files = log::snapshot_files(world_.folder);
    if (!files.empty()) sight.newest = files.back().last_seq;
    if (files.size() > 1) sight.older = files[files.size() - 2].last_seq;
    return [this, sight = std::move(sight)] { seen_ = sight; };
  });
}

void Upkeep::judge(const Sight& sight, const engine::State& state) {
  if (sight.sealed.empty()) return;
  const log::Extent& oldest = sight.sealed.front();
  const base::Seq sealed_last = sight.sealed.back().last_seq;
  const std::uint64_t since = sealed_last - std::min(sight.newest, sealed_last);
  const base::Time before = world_.clock.wall() - world_.retention;
  const bool expired = oldest.last_wall < before;
  const bool covered = oldest.last_seq <= sight.older;
  if (since > std::max(world_.snapshot_events, live_size(state) / 2) || (expired && !covered && since > 0))
    return compact();
  const base::Seq below = std::min(sight.older + 1, oldest_live(state));
  if (expired && oldest.last_seq < below) forget(state, below, before);
}

void Upkeep::compact() {
  if (const auto started = world_.compactor.start(); !started.ok()) {
    spdlog::warn("event=snapshot_failed reason=\"{}\"", started.error().message);
    return;
  }
  work_ = Work::compacting;
  due_ = world_.clock.steady() + compactor_asked;
}

void Upkeep::forget(const engine::State& state, base::Seq below, base::Time before) {
  work_ = Work::forgetting;
  world_.background.run([this, needed = blobs_of(state), below, before]() -> Readers::Then {
    base::Result<log::Forgotten> forgotten = log::Forgotten{};
    if (const auto intact = check_snapshots(world_.folder); !intact.ok())
      forgotten = intact.error();
    else
      forgotten = world_.log.forget_older_than(
          before, below, [&needed](base::Hash128 id) { return std::binary_search(needed.begin(), needed.end(), id); });
    return [this, forgotten = std::move(forgotten)] {
      work_ = Work::none;
      if (forgotten.ok())
        return spdlog::info("event=history_forgotten segments={} blobs_kept={} first_seq={}", forgotten->segments,
                            forgotten->blobs_carried, forgotten->first_seq);
      spdlog::warn("event=history_kept reason=\"{}\"", forgotten.error().message);
      due_ = world_.clock.steady() + forgetting_again;
    };
  });
}

}  // namespace cordyna::cerebro
