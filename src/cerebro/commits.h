#pragma once
// From decided to durable. The state runs ahead of the disk; what it has decided waits here as one pending batch while
// the batch before it is being written, and everything the outside may see waits until the disk has what it was made
// from.
//
// One batch is in flight. The pending one follows as soon as it may: at once when somebody waits for it, else when it
// is 64 KiB or 2 ms old, but not within 60 us of the last release, so that the answers to commands just sent can join
// it. On a full disk the same bytes are appended again every 5 s.

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "engine/step.h"
#include "log/event_log.h"

namespace cordyna::cerebro {

/// A batch that is durable now.
struct Published {
  base::Seq first_seq = 0;
  base::Time at{};
  std::vector<model::Event> events;
};

/// What becomes of what is durable.
class Outlet {
 public:
  virtual ~Outlet() = default;
  virtual void perform(engine::Effect effect) = 0;
  virtual void publish(const Published& batch) = 0;
};

struct CommitFigures {
  std::uint64_t batches = 0, events = 0, bytes = 0;
  base::Duration last_duration{};
  std::size_t last_events = 0;
};

class Commits {
 public:
  Commits(log::EventLog& log, engine::State& state, base::Clock& clock, Outlet& outlet);

  /// Where this pass decides. All events of one batch have the time at which it began.
  engine::Step& step(base::Now now);
  /// Takes what was emitted since, to be called after each decision: encodes events, queues effects.
  void gather();
  /// Runs `release` when everything decided so far is durable.
  void then(std::function<void()> release);
  /// Somebody waits for the pending batch.
  void hurry() { urgent_ = true; }

  /// Hands the pending batch to the log when it may go; releases what waits for nothing.
  void advance();
  /// When advance() has something to do, as steady time; none: nothing before the log reports.
  std::optional<base::Duration> due() const;
  void on_seal(std::function<void(const CommitFigures&)> told) { sealed_ = std::move(told); }

  bool disk_full() const { return full_since_.has_value(); }
  bool in_flight() const { return in_flight_.has_value(); }
  bool pending() const { return count_ != 0; }
  bool pending_is_large() const;
  /// Nothing is decided that is not durable.
  bool settled() const { return !in_flight_ && count_ == 0; }
  base::Seq durable() const { return durable_; }

 private:
  struct Waiting {
    base::Seq seq = 0;  // released when this one is durable
    std::variant<engine::Effect, std::function<void()>> what;
  };
  void seal();
  void on_result(log::AppendResult result);
  void release();
  bool urgent() const { return urgent_ || step_->urgent(); }

  log::EventLog& log_;
  engine::State& state_;
  base::Clock& clock_;
  Outlet& outlet_;

  // the pending batch
  std::optional<engine::Step> step_;
  std::size_t count_ = 0;  // of its events, encoded in bytes_
  std::string bytes_;
  std::vector<log::Key> keys_;
  bool urgent_ = false;
  base::Duration since_{};

  std::optional<Published> in_flight_;
  base::Duration sealed_at_{};
  std::optional<base::Duration> full_since_, again_at_;
  base::Duration released_at_{};
  base::Seq durable_ = 0;
  std::deque<Waiting> waiting_;
  CommitFigures figures_;
  std::function<void(const CommitFigures&)> sealed_;
};

}  // namespace cordyna::cerebro
