// Hops while cerebro does what it has to do now and then: checkpoints (every run of hops has some), a new segment of
// the log, a large declaration, a snapshot. The worst hop in a thousand is what counts.

#include <fmt/format.h>

#include <functional>

#include "base/limits.h"
#include "fleet.h"
#include "graph_serving.h"
#include "measure.h"
#include "program.h"

namespace {

using namespace cordyna;
using namespace cordyna::bench;

struct Sizes {
  std::size_t length = 1000, events = base::limits::segment_events_max, tasks = 100'000, hops = 5000;
};

/// Runs the chain until at least `hops` hops were made and `over` says so.
void measure(Program& program, GraphServing& chain, const Sizes& sizes, const std::string& meanwhile,
             const std::function<bool()>& over) {
  std::vector<double> all;
  do {
    chain.run();
    const std::vector<double> hops = chain.hops();
    all.insert(all.end(), hops.begin(), hops.end());
  } while (all.size() < sizes.hops || !over());
  const std::string workload = "hop while " + meanwhile;
  program.add({workload, "p50", "us", {quantile(all, 0.5)}});
  program.add({workload, "p99.9", "us", {quantile(all, 0.999)}});
}

/// Brings the log close to `events` events.
void fill(const Cerebro& cerebro, const Sizes& sizes) {
  const std::size_t chain_events = sizes.length * 10;  // more than one run of the chain makes
  GraphServing serving(cerebro, grid(100), 256);
  while (cerebro.count("seq") + serving.graph().size() * 5 + chain_events < sizes.events) serving.run();
}

void measure_all(Program& program, const Sizes& sizes) {
  Cerebro cerebro(program.folder());
  fill(cerebro, sizes);
  GraphServing chain(cerebro, chains(1, sizes.length), 4);
  measure(program, chain, sizes, "checkpoints run", [] { return true; });
  measure(program, chain, sizes, fmt::format("the log grows beyond {} events", sizes.events),
          [&] { return cerebro.count("seq") > sizes.events; });
  {
    const Fleet fleet(cerebro, {{"large", 1, declaration_text("large", 1, sizes.tasks, {1, 7, 31})}},
                      [](const std::string& task) { give_up(task + " ran unasked"); });
    measure(program, chain, sizes, fmt::format("{} tasks are declared", sizes.tasks),
            [&] { return fleet.ready() == 1; });
  }
  Child compact({program.folder() + "/cerebro", "compact", "--data", cerebro.data()});
  measure(program, chain, sizes, "a snapshot is made", [&] { return compact.is_over(); });
  compact.line_with(sizes.events >= base::limits::segment_events_max ? "written" : "no segment is sealed yet");
  if (compact.wait() != 0) give_up("cerebro compact failed");
}

}  // namespace

int main(int argc, char** argv) {
  Sizes sizes;
  Program program("bench_busy", "the worst hop in a thousand while cerebro seals, declares and makes a snapshot",
                  {{"length", "tasks of the chain", sizes.length, 20, 100'000},
                   {"hops", "at least so many for each figure", sizes.hops, 20, 10'000'000},
                   {"events", "after which a segment is sealed", sizes.events, 1, 10'000'000},
                   {"tasks", "declared meanwhile", sizes.tasks, 2000, 99'000}},
                  argc, argv);
  measure_all(program, sizes);
  return program.finish();
}
