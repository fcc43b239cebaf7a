#pragma once
// What the benches talk to: a real cerebro on a free port and its own data folder below the working directory, and
// task-servers on the library in threads of the bench.

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "child.h"
#include "cordyna/task_server.h"

namespace cordyna::bench {

enum class Store { disk, memory };

/// A `cerebro` of its own. Stopped and its data removed at the end; a bench that gives up leaves the data to look at.
class Cerebro {
 public:
  /// `programs` is the folder of the built programs.
  explicit Cerebro(const std::string& programs, Store store = Store::disk);
  ~Cerebro();
  Cerebro(const Cerebro&) = delete;
  Cerebro& operator=(const Cerebro&) = delete;

  const std::string& url() const { return url_; }
  const std::string& data() const { return data_; }
  double cpu_seconds() const;       // user and system, since it was started
  double memory_megabytes() const;  // resident

  /// kill -9, and a new start on the same data and port: seconds from the start of the program until it says that it is
  /// ready.
  double restart();

  /// The answer as JSON; gives up when it is a refusal. From any thread.
  nlohmann::json get(const std::string& path) const;
  nlohmann::json post(const std::string& path, const nlohmann::json& body) const;
  /// Starts a run and asks until it is over; gives up unless it completed. Seconds from the request to the end.
  double run(const std::vector<std::string>& select) const;
  void wait_for_server(const std::string& name) const;
  /// What its metrics count now: seq (the newest event), tasks, runs, sessions.
  std::uint64_t count(const std::string& what) const;

 private:
  void start(const std::string& address);

  std::string program_, data_, url_;
  Store store_;
  std::unique_ptr<Child> child_;
};

/// A task-server in a thread of its own.
class Serving {
 public:
  Serving(const Cerebro& cerebro, const std::string& name, std::uint32_t slots,
          const std::function<void(TaskServer&)>& declare);
  ~Serving();
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

 private:
  std::unique_ptr<TaskServer> server_;
  std::thread thread_;
};

}  // namespace cordyna::bench
