#pragma once
// Record: when each task of a graph ran, written by its handler, and the judgement without which no figure is told:
// each ran exactly once, and none before its upstreams had ended.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "graph.h"

namespace cordyna::bench {

class Record {
 public:
  explicit Record(const Graph& graph) : graph_(graph), tasks_(graph.size()) {}

  /// Forgets what ran: another run is about to begin.
  void clear();
  /// The whole work of a task. From any thread, of one task at a time.
  void work(std::size_t task);
  /// Gives up unless each task ran exactly once and in order. To be called when the run is known to be over.
  void verify() const;

  /// Of each task with upstreams: from the end of the last of their handlers to the start of its own, in us.
  std::vector<double> hops() const;
  double started_us(std::size_t task) const { return tasks_[task].started; }

 private:
  struct Task {
    std::atomic<std::uint32_t> times = 0;
    double started = 0, ended = 0;
  };
  double upstreams_ended(std::size_t task) const;

  const Graph& graph_;
  std::vector<Task> tasks_;
};

}  // namespace cordyna::bench
