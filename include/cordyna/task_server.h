#pragma once
// TaskServer: a process of a team that declares tasks to cerebro and runs them when it is told to.
//
//   cordyna::TaskServer server{{.name = "server-b", .team = "insights", .description = "Reports on sales"}};
//   server.task("report").upstream("server-a/clean_orders").every(60s).run([](cordyna::TaskContext& task) { ... });
//   return server.serve();
//
// It dials cerebro and reconnects for ever; nothing listens here. Handlers run on a pool of `slots` threads, everything
// else stays on the thread that called serve().

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cordyna/outcome.h"
#include "cordyna/task.h"
#include "cordyna/task_context.h"
#include "cordyna/value.h"

namespace cordyna {

/// To whom people turn. `purpose`: issues, notifications or announcements.
struct Contact {
  std::string kind = {};
  std::string to = {};
  std::string purpose = {};
};

struct TaskServerOptions {
  std::string name = {};
  std::string team = {};
  std::string description = {};
  std::string version = {};
  std::string domain = {};
  std::string revision = {};
  std::vector<Contact> contacts = {};
  std::uint32_t slots = 1;  // tasks run at once, each on a thread of its own
  std::string url = {};     // of cerebro; empty: $CORDYNA_URL, else http://127.0.0.1:7070
  std::chrono::milliseconds drain = std::chrono::seconds(30);  // what running tasks get after SIGTERM
  bool handle_signals = true;                                  // SIGTERM and SIGINT stop serve()
};

class TaskServer {
 public:
  explicit TaskServer(TaskServerOptions options);
  ~TaskServer();
  TaskServer(const TaskServer&) = delete;
  TaskServer& operator=(const TaskServer&) = delete;

  /// The task of that name, made when it is asked for the first time. Only before serve().
  Task& task(const std::string& name);

  /// Connects, declares, runs until SIGTERM or stop(), drains. Returns the exit code for main(): 0 after a goodbye, 2
  /// when the options are of no use, 4 when cerebro refused the declaration (every finding is on stderr).
  int serve();

  /// As SIGTERM; a second call cancels at once. From any thread.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cordyna
