// The hop: from the end of an upstream's handler to the start of the next task's, over two task-servers, each hop
// through cerebro and its durable log. Shown with 1,000 and with 100,000 unrelated tasks declared, to see that they
// cost nothing.
//
// bench_hop [LENGTH of the chain] [UNRELATED tasks of the second part]

#include <fmt/format.h>

#include <cstdlib>
#include <optional>

#include "bench_world.h"

namespace {

using namespace cordyna;
using namespace cordyna::bench;

struct Times {
  std::vector<double> started, ended;
};

std::string name(std::size_t index) {
  return fmt::format("t{:06}", index);
}

/// Tasks 0, 2, 4 ... are of server "even", the others of "odd"; each needs the one before.
void declare_chain(TaskServer& server, std::size_t length, std::size_t first, Times& times) {
  for (std::size_t i = first; i < length; i += 2) {
    Task& task = server.task(name(i));
    if (i > 0) task.upstream(fmt::format("{}/{}", i % 2 == 1 ? "even" : "odd", name(i - 1)));
    task.run([i, &times](TaskContext&) {
      times.started[i] = now_us();
      times.ended[i] = now_us();
    });
  }
}

void declare_unrelated(TaskServer& server, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    Task& task = server.task(name(i));
    for (const std::size_t distance : {1U, 7U, 31U})
      if (i % 100 >= distance) task.upstream("unrelated/" + name(i - distance));
    task.run([](TaskContext&) {});
  }
}

void measure(const std::string& path, std::size_t length, std::size_t unrelated) {
  Times times{std::vector<double>(length), std::vector<double>(length)};
  Cerebro cerebro(path);
  Serving even(cerebro, "even", 4, [&](TaskServer& server) { declare_chain(server, length, 0, times); });
  Serving odd(cerebro, "odd", 4, [&](TaskServer& server) { declare_chain(server, length, 1, times); });
  std::optional<Serving> other;
  if (unrelated > 0)
    other.emplace(cerebro, "unrelated", 1, [&](TaskServer& server) { declare_unrelated(server, unrelated); });
  cerebro.wait_for_servers(unrelated > 0 ? 3 : 2);
  std::vector<double> p50, p99, floors, cpu;
  for (int run = 0; run < 5; ++run) {
    const double before = cerebro.cpu_seconds();
    const nlohmann::json accepted = cerebro.post("/runs", {{"select", {"even/" + name(0)}}});
    const std::string id = accepted.at("run_id");
    if (cerebro.wait_for(id) != "completed") std::abort();
    cpu.push_back((cerebro.cpu_seconds() - before) * 1e6 / static_cast<double>(length));
    std::vector<double> hops;
    for (std::size_t i = 1; i < length; ++i) hops.push_back(times.started[i] - times.ended[i - 1]);
    p50.push_back(quantile(hops, 0.5));
    p99.push_back(quantile(hops, 0.99));
    floors.push_back(commit_floor_us());
  }
  const double floor = quantile(floors, 0.5);
  fmt::print(
      "hop, {} unrelated tasks: p50 {} us, p99 {} us; floor (one commit) {} us; ratio {:.2f}; CPU of cerebro {} us a "
      "task-run; load {:.1f}\n",
      unrelated, spread(p50), spread(p99), spread(floors), quantile(p50, 0.5) / floor, spread(cpu), load());
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t length = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1000;
  const std::size_t unrelated = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 100'000;
  measure(argv[0], length, 1000);
  measure(argv[0], length, unrelated);
  return 0;
}
