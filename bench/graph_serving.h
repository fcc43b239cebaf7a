#pragma once
// GraphServing: the task-servers of a graph, on the public library, and runs of the whole graph, each verified.

#include <optional>
#include <vector>

#include "cerebro.h"
#include "graph.h"
#include "record.h"

namespace cordyna::bench {

class GraphServing {
 public:
  /// Declares `graph`, with `slots` handler threads at most on each of its servers, and waits until they are ready.
  GraphServing(const Cerebro& cerebro, Graph graph, std::uint32_t slots);

  /// Runs every task once in one run; seconds from the request until the run is over.
  double run();
  /// For runs that the bench started itself: gives up unless each task ran exactly once and in order.
  void verify() const { record_.verify(); }
  /// After run(): from the end of the last upstream's handler to the start of each task's own, in us.
  std::vector<double> hops() const { return record_.hops(); }
  double started_us(std::size_t task) const { return record_.started_us(task); }
  const Graph& graph() const { return graph_; }
  /// What it took to declare: seconds until all servers were ready.
  double declaring_seconds() const { return declaring_seconds_; }
  void wait_until_ready() const;

 private:
  void declare(TaskServer& server, const std::string& name);

  const Cerebro& cerebro_;
  const Graph graph_;
  Record record_;
  double declaring_seconds_ = 0;
  std::optional<Serving> even_, odd_;
};

}  // namespace cordyna::bench
