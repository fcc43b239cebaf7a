#pragma once
// What cerebro measures of itself, in Prometheus' text format at GET /metrics. Counting costs some nanoseconds; what is
// a property of the state is read when somebody asks.

#include <memory>
#include <string>

#include "cerebro/commits.h"
#include "engine/state.h"

namespace cordyna::cerebro {

/// Looked at when the text is made.
struct Gauges {
  std::size_t sessions = 0, streams = 0, waiting_inputs = 0, readers_waiting = 0;
  bool disk_full = false;
};

class Metrics {
 public:
  Metrics();
  ~Metrics();

  void count_event(std::string_view kind);
  void count_input(std::string_view kind);
  void committed(const CommitFigures& figures);
  /// From run to started, as cerebro saw it.
  void passed(base::Duration duration);

  std::string text(const engine::State& state, const Gauges& gauges);

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace cordyna::cerebro
