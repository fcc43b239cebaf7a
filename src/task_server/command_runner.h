#pragma once
// CommandRunner: runs attempts and checks as processes. One thread starts them, reads their output, waits for their
// ends and stops them: SIGTERM to the whole group, after the task's grace SIGKILL. Outcomes go to the runtime's
// mailbox.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "task_server/command_attempt.h"
#include "task_server/command_table.h"
#include "task_server/guardian.h"
#include "task_server/workers.h"

namespace cordyna::task_server {

class CommandRunner final : public Workers {
 public:
  CommandRunner(std::shared_ptr<const CommandTable> table, Guardian& guardian, std::shared_ptr<Mailbox> mailbox);
  ~CommandRunner() override;  // kills what still runs

  void start(model::RunCommand run) override;
  void check(model::CheckCommand check) override;
  void cancel(const std::string& token, bool given_up) override;

  /// From now on commands are taken from `table`; what runs goes on.
  void replace(std::shared_ptr<const CommandTable> table);

 private:
  struct Start {
    model::RunCommand run;
    bool is_check = false;
    std::shared_ptr<const CommandTable> table;
  };
  struct Cancel {
    std::string token;
    bool given_up = false;
  };
  struct End {};
  using Request = std::variant<Start, Cancel, End>;

  void ask(Request request);
  void work();
  void serve(Start& start);
  void serve(Cancel& cancel);
  void serve(End&) { ending_ = true; }
  void wait_and_read();

  Guardian& guardian_;
  std::shared_ptr<Mailbox> mailbox_;
  const std::vector<std::string> environment_;
  Descriptor wake_;  // eventfd

  std::mutex mutex_;
  std::vector<Request> requests_;
  std::shared_ptr<const CommandTable> table_;

  // of the thread alone
  std::map<std::string, std::unique_ptr<CommandAttempt>, std::less<>> attempts_;
  std::uint64_t files_made_ = 0;
  bool ending_ = false;

  std::thread thread_;
};

}  // namespace cordyna::task_server
