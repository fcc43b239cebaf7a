#pragma once
// Process: a child process with its own process group, its output on pipes, its end on a descriptor one can poll.
// Started with posix_spawn, which does not copy the memory of a large parent.

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "task_server/descriptor.h"

namespace cordyna::task_server {

struct ProcessPlan {
  std::vector<std::string> argv;         // argv[0] with a slash is a path, else it is looked up in PATH
  std::vector<std::string> environment;  // NAME=VALUE, all of it
  std::string cwd;
};

/// Readable when the process ended; not open when there is no such process.
Descriptor end_of_process(pid_t pid);

struct Exit {
  int code = 0;    // when signal is 0
  int signal = 0;  // that ended it
};

class Process {
 public:
  /// Errors: spawn_failed, naming program and folder.
  static base::Result<Process> start(const ProcessPlan& plan);

  pid_t pid() const { return pid_; }                    // also the id of the process group
  int end_descriptor() const { return end_.number(); }  // readable when the process ended
  Descriptor& out() { return out_; }                    // not blocking
  Descriptor& err() { return err_; }

  void signal_group(int signal) const;
  /// Processes of the group that live, besides this one. Reads all of /proc.
  bool group_has_others() const;
  /// Kills what is left of the group, then reaps. Call it when the process ended (or after SIGKILL): it waits.
  Exit reap();

 private:
  Process(pid_t pid, Descriptor end, Descriptor out, Descriptor err)
      : pid_(pid), end_(std::move(end)), out_(std::move(out)), err_(std::move(err)) {}

  pid_t pid_;
  Descriptor end_;
  Descriptor out_;
  Descriptor err_;
};

}  // namespace cordyna::task_server
