// Declarations of a large server that come again: an equal one, which should cost nothing, and one with a changed task;
// and what they do to the hops of others.

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "fleet.h"
#include "graph_serving.h"
#include "measure.h"
#include "program.h"

namespace {

using namespace cordyna::bench;

struct Sizes {
  std::size_t tasks = 100'000, length = 100, runs = 5;
};

struct Figures {
  std::vector<double> ready_ms, longest_hop_ms;
};

/// A new instance of the server comes with `declaration`, while a chain runs again and again.
void declare(const Cerebro& cerebro, GraphServing& chain, const std::string& declaration, Figures& figures) {
  const double before = now_us();
  double ready = 0, longest = 0;
  const Fleet fleet(cerebro, {{"large", 1, declaration}},
                    [](const std::string& task) { give_up(task + " ran unasked"); });
  std::thread watch([&] {
    fleet.wait_until_ready();
    ready = now_us() - before;
  });
  do {
    chain.run();
    longest = std::max(longest, quantile(chain.hops(), 1));
  } while (fleet.ready() == 0);
  watch.join();
  figures.ready_ms.push_back(ready / 1e3);
  figures.longest_hop_ms.push_back(longest / 1e3);
}

}  // namespace

int main(int argc, char** argv) {
  Sizes sizes;
  Program program("bench_redeclare", "an equal declaration again, and one changed task of many",
                  {{"tasks", "of the server that declares again", sizes.tasks, 2000, 99'000},
                   {"length", "tasks of the chain that runs meanwhile", sizes.length, 10, 10'000},
                   {"runs", "declarations of each kind", sizes.runs, 1, 1000}},
                  argc, argv);
  const Cerebro cerebro(program.folder());
  GraphServing chain(cerebro, chains(1, sizes.length), 4);
  const std::string plain = declaration_text("large", 1, sizes.tasks, {1, 7, 31});
  const std::string first_task = "\"" + task_name(0) + "\":{";
  Figures at_first, equal, changed;
  declare(cerebro, chain, plain, at_first);
  std::string declared = plain;
  for (std::size_t run = 0; run < sizes.runs; ++run) {
    declare(cerebro, chain, declared, equal);
    declared = plain;
    declared.insert(plain.find(first_task) + first_task.size(), fmt::format(R"("priority":{})", run + 1));
    declare(cerebro, chain, declared, changed);
  }
  const std::string workload = fmt::format("declaration of {} tasks", sizes.tasks);
  program.add({workload, "ready at first", "ms", at_first.ready_ms});
  program.add({workload, "ready again, equal", "ms", equal.ready_ms});
  program.add({workload, "ready again, one task changed", "ms", changed.ready_ms});
  program.add({workload, "longest hop, equal", "ms", equal.longest_hop_ms});
  program.add({workload, "longest hop, one task changed", "ms", changed.longest_hop_ms});
  return program.finish();
}
