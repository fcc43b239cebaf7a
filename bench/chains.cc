// W2, many chains at once: what a hop costs when others hop at the same time, so that their commits are shared.

#include <fmt/format.h>

#include <algorithm>

#include "graph_serving.h"
#include "measure.h"
#include "program.h"

namespace {

using namespace cordyna::bench;

struct Sizes {
  std::size_t chains = 2048, tasks = 40'000, runs = 5;
};

void measure(Program& program, const Sizes& sizes, std::size_t count) {
  const std::size_t length = std::clamp<std::size_t>(sizes.tasks / count, 5, 500);
  const Cerebro cerebro(program.folder());
  GraphServing serving(cerebro, chains(count, length), static_cast<std::uint32_t>(count));
  std::vector<double> p50, p99, rates, floors;
  for (std::size_t run = 0; run < sizes.runs; ++run) {
    floors.push_back(commit_floor_us());
    rates.push_back(static_cast<double>(count * length) / serving.run());
    p50.push_back(quantile(serving.hops(), 0.5));
    p99.push_back(quantile(serving.hops(), 0.99));
  }
  const std::string workload = fmt::format("W2 {} chains", count);
  program.add({workload, "hop p50", "us", p50, floors});
  program.add({workload, "hop p99", "us", p99, floors});
  program.add({workload, "durable task-runs", "1/s", rates});
}

}  // namespace

int main(int argc, char** argv) {
  Sizes sizes;
  Program program("bench_chains", "W2: hops of 1, 16, 256 and 2,048 chains at once",
                  {{"chains", "at most so many chains", sizes.chains, 16, 2048},
                   {"tasks", "of all chains of a run; a chain has 5 to 500", sizes.tasks, 100, 100'000},
                   {"runs", "runs of each", sizes.runs, 1, 1000}},
                  argc, argv);
  for (const std::size_t count : Program::up_to(sizes.chains, {1, 16, 256, 2048})) measure(program, sizes, count);
  return program.finish();
}
