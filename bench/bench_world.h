#pragma once
// What the benches share: a real cerebro on a free port and its own data folder, task-servers on the library in threads
// of the bench, and the floor of the same minute (a commit of the same log on the same disk), beside which each figure
// stands.

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "cordyna/task_server.h"

namespace cordyna::bench {

/// The `cerebro` beside this program, stopped and its data removed at the end.
class Cerebro {
 public:
  explicit Cerebro(const std::string& bench_path);
  ~Cerebro();
  Cerebro(const Cerebro&) = delete;
  const std::string& url() const { return url_; }
  double cpu_seconds() const;       // user and system, so far
  double memory_megabytes() const;  // resident
  nlohmann::json get(const std::string& path) const;
  nlohmann::json post(const std::string& path, const nlohmann::json& body) const;
  /// Asks until the run is no longer running; its end state.
  std::string wait_for(const std::string& run) const;
  void wait_for_servers(std::size_t count) const;

 private:
  std::string folder_, url_;
  pid_t pid_ = 0;
  int output_ = -1;
};

/// A task-server in a thread of its own.
class Serving {
 public:
  Serving(const Cerebro& cerebro, const std::string& name, std::uint32_t slots,
          const std::function<void(TaskServer&)>& declare);
  ~Serving();

 private:
  std::unique_ptr<TaskServer> server_;
  std::thread thread_;
};

double now_us();  // monotonic
double quantile(std::vector<double> values, double part);
/// Median time of a commit of 200 bytes to the same log on this disk, now, in microseconds.
double commit_floor_us();
/// "median (min-max)" of the runs.
std::string spread(std::vector<double> values);
double load();

}  // namespace cordyna::bench
