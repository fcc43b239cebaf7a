// Flat: many independent no-op tasks of one server in one run, each durable before its command leaves and before its
// end counts. Prints task-runs a second and what each costs cerebro in CPU.
//
// bench_flat [TASKS] [SLOTS]

#include <fmt/format.h>

#include <atomic>
#include <cstdlib>

#include "bench_world.h"

namespace {

using namespace cordyna;
using namespace cordyna::bench;

void measure(const std::string& path, std::size_t tasks, std::uint32_t slots) {
  std::atomic<std::size_t> ran = 0;
  Cerebro cerebro(path);
  const double before_declaring = now_us();
  Serving server(cerebro, "flat", slots, [&](TaskServer& one) {
    for (std::size_t i = 0; i < tasks; ++i) one.task(fmt::format("t{:06}", i)).run([&ran](TaskContext&) { ++ran; });
  });
  cerebro.wait_for_servers(1);
  const double declared = (now_us() - before_declaring) / 1e6;
  std::vector<double> rates, cpu, floors;
  for (int run = 0; run < 5; ++run) {
    ran = 0;
    const double cpu_before = cerebro.cpu_seconds(), before = now_us();
    const nlohmann::json accepted = cerebro.post("/runs", {{"select", {"flat/*"}}});
    const std::string id = accepted.at("run_id");
    if (cerebro.wait_for(id) != "completed" || ran != tasks) std::abort();
    const auto count = static_cast<double>(tasks);
    rates.push_back(count / ((now_us() - before) / 1e6));
    cpu.push_back((cerebro.cpu_seconds() - cpu_before) * 1e6 / count);
    floors.push_back(commit_floor_us());
  }
  fmt::print(
      "flat, {} tasks, {} slots: {} task-runs/s; CPU of cerebro {} us a task-run; declared in {:.2f} s; {:.0f} MB; one "
      "commit {} us; load {:.1f}\n",
      tasks, slots, spread(rates), spread(cpu), declared, cerebro.memory_megabytes(), spread(floors), load());
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t tasks = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100'000;
  const auto slots = static_cast<std::uint32_t>(argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 256);
  measure(argv[0], 1000, slots);
  measure(argv[0], tasks, slots);
  return 0;
}
