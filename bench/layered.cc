// W5, a large random graph of layers: declared, run once, and read back from its log by a cerebro that was killed.

#include <fmt/format.h>

#include "graph_serving.h"
#include "measure.h"
#include "program.h"

namespace {

using namespace cordyna::bench;

struct Figures {
  std::vector<double> both, declaring, running, cpu, restarting, memory;
};

void measure(const Program& program, const Graph& graph, std::uint32_t slots, Figures& figures) {
  Cerebro cerebro(program.folder());
  GraphServing serving(cerebro, graph, slots);
  figures.declaring.push_back(serving.declaring_seconds());
  const double before = cerebro.cpu_seconds();
  figures.running.push_back(serving.run());
  figures.cpu.push_back((cerebro.cpu_seconds() - before) * 1e6 / static_cast<double>(graph.size()));
  figures.both.push_back(figures.declaring.back() + figures.running.back());
  figures.memory.push_back(cerebro.memory_megabytes());
  const auto runs = cerebro.get("/runs");
  figures.restarting.push_back(cerebro.restart());
  if (cerebro.get("/runs") != runs) give_up("the restarted cerebro remembers another run");
  if (cerebro.count("tasks") != graph.size()) give_up("the restarted cerebro has lost tasks");
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t tasks = 100'000, slots = 256, runs = 5;
  Program program("bench_layered", "W5: a random graph of layers, declared, run, and read back after a kill",
                  {{"tasks", "of the graph; about 4.4 times as many edges", tasks, 2500, 100'000},
                   {"slots", "handler threads of each server", slots, 16, 10'000},
                   {"runs", "times, each with a new cerebro", runs, 1, 1000}},
                  argc, argv);
  const Graph graph = layered(tasks);
  Figures figures;
  for (std::size_t run = 0; run < runs; ++run) measure(program, graph, static_cast<std::uint32_t>(slots), figures);
  const std::string workload = fmt::format("W5 {} tasks, {} edges", graph.size(), graph.edges());
  program.add({workload, "declare and run", "s", figures.both});
  program.add({workload, "declare", "s", figures.declaring});
  program.add({workload, "run", "s", figures.running});
  program.add({workload, "CPU of cerebro a task-run", "us", figures.cpu});
  program.add({workload, "memory of cerebro", "MB", figures.memory});
  program.add({workload, "restart until ready", "s", figures.restarting});
  return program.finish();
}
