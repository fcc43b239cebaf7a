// W4, a grid of diamonds: each task needs its neighbours on the left and above, so every join has two racing sides.

#include <fmt/format.h>

#include "graph_serving.h"
#include "measure.h"
#include "program.h"

int main(int argc, char** argv) {
  using namespace cordyna::bench;
  std::size_t side = 100, runs = 5, slots = 100;
  Program program("bench_grid", "W4: a grid in which each task needs its neighbours on the left and above",
                  {{"side", "tasks of a row and of a column", side, 8, 400},
                   {"slots", "handler threads of each server", slots, 4, 10'000},
                   {"runs", "runs of the grid", runs, 1, 1000}},
                  argc, argv);
  const Cerebro cerebro(program.folder());
  GraphServing serving(cerebro, grid(side), static_cast<std::uint32_t>(slots));
  std::vector<double> seconds, rates, hops;
  for (std::size_t run = 0; run < runs; ++run) {
    seconds.push_back(serving.run());
    rates.push_back(static_cast<double>(side * side) / seconds.back());
    hops.push_back(quantile(serving.hops(), 0.5));
  }
  const std::string workload = fmt::format("W4 grid {0}x{0}", side);
  program.add({workload, "run", "s", seconds});
  program.add({workload, "durable task-runs", "1/s", rates});
  program.add({workload, "hop p50", "us", hops});
  return program.finish();
}
