// W9, restart: how long a cerebro that was killed takes to be ready again, after runs of many tasks in its log.

#include <fmt/format.h>

#include "graph_serving.h"
#include "measure.h"
#include "program.h"

int main(int argc, char** argv) {
  using namespace cordyna::bench;
  std::size_t tasks = 100'000, runs = 5;
  Program program(
      "bench_restart", "W9: from the start of a killed cerebro until it is ready",
      {{"tasks", "in the log, each of which has run", tasks, 1000, 100'000}, {"runs", "restarts", runs, 1, 1000}}, argc,
      argv);
  Cerebro cerebro(program.folder());
  GraphServing serving(cerebro, flat(tasks), 256);
  serving.run();
  const auto before = cerebro.get("/runs");
  std::vector<double> seconds, rates;
  for (std::size_t run = 0; run < runs; ++run) {
    const auto events = static_cast<double>(cerebro.count("seq"));
    seconds.push_back(cerebro.restart());
    rates.push_back(events / seconds.back());
    if (cerebro.get("/runs") != before) give_up("the restarted cerebro remembers another run");
    if (cerebro.count("tasks") != tasks) give_up("the restarted cerebro has lost tasks");
  }
  const std::string workload = fmt::format("W9 log of {} tasks", tasks);
  program.add({workload, "restart until ready", "s", seconds});
  program.add({workload, "events read back", "1/s", rates});
  return program.finish();
}
