// W7, open loop: requests arrive at a fixed rate whether or not the former ones are done, each a run of its own task.
// Latency counts from the instant at which the request was meant to arrive, so a request that had to wait for its turn
// is not left out (no coordinated omission).

#include <fmt/format.h>

#include <atomic>
#include <thread>

#include "graph_serving.h"
#include "measure.h"
#include "program.h"

namespace {

using namespace cordyna::bench;

constexpr std::size_t callers = 8;  // each with a connection of its own; more than are ever needed at once
constexpr double lead_us = 50'000;  // until the first arrival, so that every caller stands ready

/// Posts one run for each task, task i meant to arrive i / rate after the first. The intended instants.
std::vector<double> post_all(const Cerebro& cerebro, const Graph& graph, double rate) {
  std::vector<double> intended;
  const double first = now_us() + lead_us;
  for (std::size_t i = 0; i < graph.size(); ++i) intended.push_back(first + static_cast<double>(i) * 1e6 / rate);
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> threads;
  for (std::size_t caller = 0; caller < callers; ++caller)
    threads.emplace_back([&] {
      for (std::size_t i = next++; i < graph.size(); i = next++) {
        const auto wait = std::chrono::duration<double, std::micro>(intended[i] - now_us());
        if (wait.count() > 0) std::this_thread::sleep_for(wait);
        cerebro.post("/runs", {{"select", {graph.name(i)}}});
      }
    });
  for (std::thread& thread : threads) thread.join();
  return intended;
}

void measure(Program& program, std::size_t rate, std::size_t seconds) {
  const Cerebro cerebro(program.folder());
  GraphServing serving(cerebro, flat(rate * seconds), 16);
  const std::vector<double> intended = post_all(cerebro, serving.graph(), static_cast<double>(rate));
  while (cerebro.count("runs") > 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  if (!cerebro.get("/runs?state=failed").at("runs").empty()) give_up("a run failed");
  serving.verify();
  std::vector<double> latencies;
  for (std::size_t i = 0; i < intended.size(); ++i) latencies.push_back((serving.started_us(i) - intended[i]) / 1e3);
  const std::string workload = fmt::format("W7 {} runs a second", rate);
  for (const double part : {0.5, 0.99, 0.999})
    program.add({workload, fmt::format("request to start p{:g}", part * 100), "ms", {quantile(latencies, part)}});
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t rate = 1000, seconds = 20;
  Program program(
      "bench_open_loop", "W7: runs that arrive 100, 500 and 1,000 times a second",
      {{"rate", "at most so many a second", rate, 100, 10'000}, {"seconds", "for so long", seconds, 1, 100}}, argc,
      argv);
  for (const std::size_t one : Program::up_to(rate, {100, 500, 1000}))
    measure(program, one, std::min(seconds, 99'000 / one));
  return program.finish();
}
