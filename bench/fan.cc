// W3, fan-out and fan-in: one task, many that need it, one that needs those.

#include <fmt/format.h>

#include "graph_serving.h"
#include "measure.h"
#include "program.h"

namespace {

using namespace cordyna::bench;

struct Sizes {
  std::size_t width = 10'000, runs = 5, slots = 256;
};

void measure(Program& program, const Sizes& sizes, std::size_t width) {
  const Cerebro cerebro(program.folder());
  GraphServing serving(cerebro, fan(width), static_cast<std::uint32_t>(sizes.slots));
  std::vector<double> there_and_back, rates;
  for (std::size_t run = 0; run < sizes.runs; ++run) {
    serving.run();
    const double us = serving.started_us(width + 1) - serving.started_us(0);
    there_and_back.push_back(us / 1e3);
    rates.push_back(static_cast<double>(width) / (us / 1e6));
  }
  const std::string workload = fmt::format("W3 fan of {}", width);
  program.add({workload, "from the first task to the last", "ms", there_and_back});
  program.add({workload, "durable task-runs", "1/s", rates});
}

}  // namespace

int main(int argc, char** argv) {
  Sizes sizes;
  Program program("bench_fan", "W3: one task, 10, 1,000 or 10,000 that need it, one that needs those",
                  {{"width", "at most so many in the middle", sizes.width, 10, 99'000},
                   {"slots", "handler threads of each server", sizes.slots, 4, 10'000},
                   {"runs", "runs of each", sizes.runs, 1, 1000}},
                  argc, argv);
  for (const std::size_t width : Program::up_to(sizes.width, {10, 1000, 10'000})) measure(program, sizes, width);
  return program.finish();
}
