// A million declared tasks, three edges each, of ten servers: what it takes to declare them, what a task takes in
// memory, a restart, and whether a hop notices them.

#include <fmt/format.h>

#include <algorithm>

#include "fleet.h"
#include "graph_serving.h"
#include "measure.h"
#include "program.h"

namespace {

using namespace cordyna::bench;

constexpr std::size_t tasks_of_a_server = 100'000;  // as many as a declaration may have

struct Sizes {
  std::size_t tasks = 1'000'000, length = 1000, runs = 5;
};

std::vector<FleetMember> servers_of(std::size_t tasks) {
  std::vector<FleetMember> members;
  for (std::size_t done = 0; done < tasks; done += tasks_of_a_server) {
    const std::string name = fmt::format("many-{}", members.size());
    members.push_back({name, 1, declaration_text(name, 1, std::min(tasks_of_a_server, tasks - done), {1, 7, 31})});
  }
  return members;
}

std::vector<double> hop_p50(const Cerebro& cerebro, const Sizes& sizes) {
  GraphServing chain(cerebro, chains(1, sizes.length), 4);
  std::vector<double> p50;
  for (std::size_t run = 0; run < sizes.runs; ++run) {
    chain.run();
    p50.push_back(quantile(chain.hops(), 0.5));
  }
  return p50;
}

}  // namespace

int main(int argc, char** argv) {
  Sizes sizes;
  Program program("bench_million", "a million declared tasks: declare, memory, restart, hop",
                  {{"tasks", "declared, 100,000 on each server", sizes.tasks, 5000, 5'000'000},
                   {"length", "tasks of the chain beside them", sizes.length, 20, 100'000},
                   {"runs", "runs of the chain", sizes.runs, 1, 1000}},
                  argc, argv);
  const Cerebro small(program.folder());
  const std::vector<double> hop_alone = hop_p50(small, sizes);

  Cerebro cerebro(program.folder());
  const double memory_before = cerebro.memory_megabytes();
  const std::vector<FleetMember> members = servers_of(sizes.tasks);
  const Fleet fleet(cerebro, members, [](const std::string& task) { give_up(task + " ran unasked"); });
  const double declaring = fleet.wait_until_ready();
  if (cerebro.count("tasks") != sizes.tasks) give_up("cerebro counts other tasks than were declared");
  const double bytes = (cerebro.memory_megabytes() - memory_before) * 1e6 / static_cast<double>(sizes.tasks);
  const std::vector<double> hop_beside = hop_p50(cerebro, sizes);
  const double restart = cerebro.restart();
  const double back = fleet.wait_until_ready();
  if (cerebro.count("tasks") < sizes.tasks) give_up("the restarted cerebro has lost tasks");

  const std::string workload = fmt::format("{} declared tasks", sizes.tasks);
  program.add({workload, "declare", "s", {declaring}});
  program.add({workload, "memory of cerebro a task", "B", {bytes}});
  program.add({workload, "restart until ready", "s", {restart}});
  program.add({workload, "servers back after that", "s", {back}});
  program.add({workload, "hop p50, floor: without them", "us", hop_beside, hop_alone});
  return program.finish();
}
