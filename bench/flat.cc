// W6, flat: many independent no-op tasks in one run, each durable before its command leaves and before its end counts.
// Task-runs a second, and what each costs cerebro in CPU; of one instance with a wide window, and of many instances
// with narrow ones.

#include <fmt/format.h>

#include <algorithm>

#include "fleet.h"
#include "graph_serving.h"
#include "measure.h"
#include "program.h"

namespace {

using namespace cordyna::bench;

struct Sizes {
  std::size_t tasks = 100'000, window = 2048, instances = 1000, runs = 5;
};

constexpr std::uint32_t fleet_window = 16;
constexpr std::size_t fleet_tasks_max = 20'000;  // each instance keeps the declaration in its memory

void add_rates(Program& program, const std::string& workload, std::vector<double> rates, std::vector<double> cpu) {
  const double fastest_to_slowest = quantile(rates, 1) / quantile(rates, 0);
  program.add({workload, "durable task-runs", "1/s", std::move(rates)});
  program.add({workload, "fastest run to slowest", "x", {fastest_to_slowest}});
  program.add({workload, "CPU of cerebro a task-run", "us", std::move(cpu)});
}

void measure_fleet(Program& program, const Sizes& sizes) {
  const std::size_t tasks = std::min(sizes.tasks, fleet_tasks_max);
  const auto count = static_cast<double>(tasks);
  const Cerebro cerebro(program.folder());
  const Graph graph = flat(tasks);
  Record record(graph);
  const FleetMember member{"even", fleet_window, declaration_text("even", fleet_window, tasks)};
  const Fleet fleet(cerebro, std::vector<FleetMember>(sizes.instances, member),
                    [&](const std::string& task) { record.work(std::stoul(task.substr(task.find("/t") + 2))); });
  fleet.wait_until_ready();
  std::vector<double> rates, cpu;
  for (std::size_t run = 0; run < sizes.runs; ++run) {
    record.clear();
    const double before = cerebro.cpu_seconds();
    rates.push_back(count / cerebro.run(graph.all()));
    cpu.push_back((cerebro.cpu_seconds() - before) * 1e6 / count);
    record.verify();
  }
  const std::string workload = fmt::format("W6 flat, {} x window {}", sizes.instances, fleet_window);
  add_rates(program, workload, rates, cpu);
}

void measure(Program& program, const Sizes& sizes, std::size_t window) {
  const Cerebro cerebro(program.folder());
  GraphServing serving(cerebro, flat(sizes.tasks), static_cast<std::uint32_t>(window));
  const auto count = static_cast<double>(sizes.tasks);
  std::vector<double> rates, cpu;
  for (std::size_t run = 0; run < sizes.runs; ++run) {
    const double before = cerebro.cpu_seconds();
    rates.push_back(count / serving.run());
    cpu.push_back((cerebro.cpu_seconds() - before) * 1e6 / count);
  }
  const std::string workload = fmt::format("W6 flat, window {}", window);
  add_rates(program, workload, rates, cpu);
  program.add({workload, "declare", "s", {serving.declaring_seconds()}});
  program.add({workload, "memory of cerebro", "MB", {cerebro.memory_megabytes()}});
}

}  // namespace

int main(int argc, char** argv) {
  Sizes sizes;
  Program program("bench_flat", "W6: independent tasks of one server, windows 256 and 2,048, and of 1,000 instances",
                  {{"tasks", "of the run", sizes.tasks, 1000, 100'000},
                   {"window", "at most so many handler threads", sizes.window, 256, 10'000},
                   {"instances", "of the server in the last part", sizes.instances, 20, 10'000},
                   {"runs", "runs of each", sizes.runs, 1, 1000}},
                  argc, argv);
  for (const std::size_t window : Program::up_to(sizes.window, {256, 2048})) measure(program, sizes, window);
  measure_fleet(program, sizes);
  return program.finish();
}
