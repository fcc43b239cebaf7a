// W1, the hop: from the end of an upstream's handler to the start of the next task's, in a chain over two task-servers,
// each hop through cerebro and its durable log. Its floor is a commit and the same hop through a cerebro that keeps its
// log in memory. Shown with 1,000 and with many unrelated tasks declared, to see that they cost nothing.

#include <fmt/format.h>

#include "graph_serving.h"
#include "measure.h"
#include "program.h"

namespace {

using namespace cordyna;
using namespace cordyna::bench;

struct Sizes {
  std::size_t length = 1000, unrelated = 100'000, runs = 5;
};

void declare_unrelated(TaskServer& server, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    Task& task = server.task(task_name(i));
    for (const std::size_t distance : {1U, 7U, 31U})
      if (i % 100 >= distance) task.upstream("unrelated/" + task_name(i - distance));
    task.run([](TaskContext&) {});
  }
}

void measure(Program& program, const Sizes& sizes, std::size_t unrelated) {
  Cerebro cerebro(program.folder()), in_memory(program.folder(), Store::memory);
  const Serving other(cerebro, "unrelated", 1, [&](TaskServer& server) { declare_unrelated(server, unrelated); });
  cerebro.wait_for_server("unrelated");
  GraphServing durable(cerebro, chains(1, sizes.length), 4), floor(in_memory, chains(1, sizes.length), 4);
  std::vector<double> p50, p99, cpu, floors;
  for (std::size_t run = 0; run < sizes.runs; ++run) {
    floor.run();
    floors.push_back(quantile(floor.hops(), 0.5) + commit_floor_us());
    const double before = cerebro.cpu_seconds();
    durable.run();
    cpu.push_back((cerebro.cpu_seconds() - before) * 1e6 / static_cast<double>(sizes.length));
    p50.push_back(quantile(durable.hops(), 0.5));
    p99.push_back(quantile(durable.hops(), 0.99));
  }
  const std::string workload = fmt::format("W1 chain beside {} tasks", unrelated);
  program.add({workload, "hop p50", "us", p50, floors});
  program.add({workload, "hop p99", "us", p99, floors});
  program.add({workload, "CPU of cerebro a task-run", "us", cpu});
}

}  // namespace

int main(int argc, char** argv) {
  Sizes sizes;
  Program program("bench_hop", "W1: hops of a chain, beside few and beside many unrelated tasks",
                  {{"length", "tasks of the chain", sizes.length, 20, 100'000},
                   {"unrelated", "tasks declared beside it in the second part", sizes.unrelated, 2000, 100'000},
                   {"runs", "runs of the chain", sizes.runs, 1, 1000}},
                  argc, argv);
  measure(program, sizes, 1000);
  measure(program, sizes, sizes.unrelated);
  return program.finish();
}
