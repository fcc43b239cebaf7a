#include "graph_serving.h"

#include "measure.h"

namespace cordyna::bench {

GraphServing::GraphServing(const Cerebro& cerebro, Graph graph, std::uint32_t slots)
    : cerebro_(cerebro), graph_(std::move(graph)), record_(graph_) {
  const double before = now_us();
  even_.emplace(cerebro_, "even", slots, [this](TaskServer& server) { declare(server, "even"); });
  if (graph_.all().size() > 1)
    odd_.emplace(cerebro_, "odd", slots, [this](TaskServer& server) { declare(server, "odd"); });
  wait_until_ready();
  declaring_seconds_ = (now_us() - before) / 1e6;
}

void GraphServing::declare(TaskServer& server, const std::string& name) {
  for (std::size_t i = 0; i < graph_.size(); ++i) {
    if (graph_.server(i) != name) continue;
    Task& task = server.task(task_name(i));
    for (const std::uint32_t upstream : graph_.nodes[i].upstreams) task.upstream(graph_.name(upstream));
    task.run([this, i](TaskContext&) { record_.work(i); });
  }
}

void GraphServing::wait_until_ready() const {
  cerebro_.wait_for_server("even");
  if (odd_) cerebro_.wait_for_server("odd");
}

double GraphServing::run() {
  record_.clear();
  const double seconds = cerebro_.run(graph_.all());
  record_.verify();
  return seconds;
}

}  // namespace cordyna::bench
