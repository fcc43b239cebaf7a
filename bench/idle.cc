// W8, idle servers: what task-servers cost that are connected and have nothing to do; how soon all are back after
// cerebro was killed; and what hops take beside them, and while they come back.

#include <fmt/format.h>

#include <thread>

#include "fleet.h"
#include "graph_serving.h"
#include "measure.h"
#include "program.h"

namespace {

using namespace cordyna::bench;

struct Sizes {
  std::size_t servers = 10'000, seconds = 10, length = 500;
};

std::vector<FleetMember> idle_servers(std::size_t count) {
  std::vector<FleetMember> members;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = fmt::format("idle-{:05}", i);
    members.push_back({name, 1, declaration_text(name, 1, 1)});
  }
  return members;
}

/// Hops from now until the whole fleet is there; at least one chain.
std::vector<double> hops_until_ready(GraphServing& chain, const Fleet& fleet, std::size_t count) {
  std::vector<double> all;
  do {
    chain.run();
    const std::vector<double> hops = chain.hops();
    all.insert(all.end(), hops.begin(), hops.end());
  } while (fleet.ready() < count);
  return all;
}

void measure(Program& program, const Sizes& sizes, std::size_t count) {
  Cerebro cerebro(program.folder());
  GraphServing chain(cerebro, chains(1, sizes.length), 4);
  const Fleet fleet(cerebro, idle_servers(count), [](const std::string& task) { give_up(task + " ran unasked"); });
  const double arriving = fleet.wait_until_ready();

  const double cpu_before = cerebro.cpu_seconds(), idle_before = now_us();
  std::this_thread::sleep_for(std::chrono::seconds(sizes.seconds));
  const double idle_share = (cerebro.cpu_seconds() - cpu_before) / ((now_us() - idle_before) / 1e6);
  const double memory = cerebro.memory_megabytes();
  chain.run();
  const std::vector<double> beside = chain.hops();

  const double before = now_us();
  cerebro.restart();
  chain.wait_until_ready();
  const std::vector<double> meanwhile = hops_until_ready(chain, fleet, count);
  const double back = (now_us() - before) / 1e6;
  if (cerebro.count("sessions") < count) give_up("cerebro counts fewer sessions than there are servers");

  const std::string workload = fmt::format("W8 {} idle servers", count);
  program.add({workload, "CPU of cerebro", "% of a core", {idle_share * 100}});
  program.add({workload, "memory of cerebro", "MB", {memory}});
  program.add({workload, "all there at first", "s", {arriving}});
  program.add({workload, "all back after a kill", "s", {back}});
  program.add({workload, "hop p50", "us", {quantile(beside, 0.5)}});
  program.add({workload, "hop p99", "us", {quantile(beside, 0.99)}});
  program.add({workload, "hop p99 while they come back", "us", {quantile(meanwhile, 0.99)}});
}

}  // namespace

int main(int argc, char** argv) {
  Sizes sizes;
  Program program(
      "bench_idle", "W8: 10, 1,000 and 10,000 connected servers with nothing to do",
      {{"servers", "at most so many; each takes an open file here and in cerebro", sizes.servers, 20, 15'000},
       {"seconds", "how long they are watched", sizes.seconds, 1, 3600},
       {"length", "tasks of the chain beside them", sizes.length, 10, 10'000}},
      argc, argv);
  for (const std::size_t count : Program::up_to(sizes.servers, {10, 1000, 10'000})) measure(program, sizes, count);
  return program.finish();
}
