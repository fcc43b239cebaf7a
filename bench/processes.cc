// W11, tasks that are processes, through `dyna serve`: a chain of 20, and many that need nobody. Each appends its name
// to a file, by which it is judged. The floor is what the same shell commands cost one after the other without an
// orchestrator.

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include "cerebro.h"
#include "graph.h"
#include "measure.h"
#include "program.h"

namespace {

using namespace cordyna::bench;

constexpr std::size_t slots = 8;

/// The commands that ran, in order.
class Ran {
 public:
  explicit Ran(std::string path) : path_(std::move(path)) { clear(); }
  void clear() const { std::ofstream(path_, std::ios::trunc); }
  std::string command(std::size_t task) const { return fmt::format("echo {} >> {}", task_name(task), path_); }
  /// Gives up unless each ran exactly once, in the order of their numbers if that is asked for.
  void verify(std::size_t tasks, bool in_order) const {
    std::map<std::string, int> times;
    std::string last;
    std::ifstream file(path_);
    for (std::string name; std::getline(file, name); last = name) {
      ++times[name];
      if (in_order && name <= last) give_up(name + " ran after " + last);
    }
    for (std::size_t i = 0; i < tasks; ++i)
      if (times[task_name(i)] != 1) give_up(fmt::format("{} ran {} times", task_name(i), times[task_name(i)]));
  }

 private:
  std::string path_;
};

std::string served_file(const Graph& graph, const Ran& ran) {
  std::string text = fmt::format("server: even\nteam: bench\nslots: {}\ntasks:\n", slots);
  for (std::size_t i = 0; i < graph.size(); ++i) {
    text += fmt::format("  {}:\n    shell: {}\n", task_name(i), ran.command(i));
    for (const std::uint32_t upstream : graph.nodes[i].upstreams)
      text += fmt::format("    upstream: [{}]\n", task_name(upstream));
  }
  return text;
}

double floor_seconds(std::size_t tasks, const Ran& ran) {
  ran.clear();
  const double before = now_us();
  for (std::size_t i = 0; i < tasks; ++i)
    if (Child({"/bin/sh", "-c", ran.command(i)}).wait() != 0) give_up("a command failed");
  const double seconds = (now_us() - before) / 1e6;
  ran.verify(tasks, true);
  return seconds;
}

void measure(Program& program, const std::string& workload, const Graph& graph, std::size_t runs) {
  const Cerebro cerebro(program.folder());
  const std::string folder = cerebro.data() + "-processes";
  std::filesystem::create_directories(folder);
  const Ran ran(folder + "/ran");
  std::ofstream(folder + "/served.yaml") << served_file(graph, ran);
  std::optional<Child> serving(
      std::in_place,
      std::vector<std::string>{program.folder() + "/dyna", "serve", folder + "/served.yaml", "--url", cerebro.url()});
  cerebro.wait_for_server("even");
  const bool is_chain = graph.edges() > 0;
  std::vector<double> seconds, floors;
  for (std::size_t run = 0; run < runs; ++run) {
    floors.push_back(floor_seconds(graph.size(), ran));
    ran.clear();
    seconds.push_back(cerebro.run({"even/*"}));
    ran.verify(graph.size(), is_chain);
  }
  serving.reset();
  std::filesystem::remove_all(folder);
  program.add({workload, "run", "s", seconds, floors});
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t length = 20, tasks = 1000, runs = 5;
  Program program("bench_processes", "W11: a chain of processes, and many at once",
                  {{"length", "tasks of the chain", length, 3, 10'000},
                   {"tasks", "that need nobody", tasks, 20, 100'000},
                   {"runs", "runs of each", runs, 1, 1000}},
                  argc, argv);
  measure(program, fmt::format("W11 chain of {} processes", length), chains(1, length), runs);
  measure(program, fmt::format("W11 {} processes", tasks), flat(tasks), runs);
  return program.finish();
}
