#pragma once
// WorkPool: runs handlers of C++ task-servers on up to `slots` threads, made when needed, and checks on one more, so
// that a full server still answers "is the work already there?". What a handler throws ends here, as the error of its
// attempt.

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "cordyna/task.h"
#include "task_server/workers.h"

namespace cordyna::task_server {

struct TaskWork {
  Work run;
  std::function<bool(TaskContext&)> check;
};
using TaskTable = std::map<std::string, TaskWork, std::less<>>;  // by name without the server

class WorkPool final : public Workers {
 public:
  /// Threads that abandon() left behind go on using `mailbox`: hence shared.
  WorkPool(TaskTable tasks, std::uint32_t slots, std::shared_ptr<Mailbox> mailbox);
  ~WorkPool() override;  // waits for the handlers

  void start(model::RunCommand run) override;
  void check(model::CheckCommand check) override;
  void cancel(const std::string& token, bool given_up) override;

  /// Asks every handler to stop and leaves threads whose handlers do not to themselves: the process is about to end.
  void abandon();

 private:
  struct Job {
    model::RunCommand run;
    std::stop_source stop;
    bool is_check = false;
  };
  struct Shared;  // with the threads

  void submit(Job job);

  std::shared_ptr<Shared> shared_;
};

}  // namespace cordyna::task_server
