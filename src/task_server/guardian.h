#pragma once
// Guardian: a small process beside this one that ends what this one leaves behind, also after kill -9. It is told each
// process group that runs and reads a pipe whose other end only this process holds: when the pipe breaks, it kills
// those groups, every process that carries this process's mark in its environment (one that was just being started, or
// has left its group), and removes the scratch folder. PR_SET_PDEATHSIG would reach children only, not their children.

#include <sys/types.h>

#include <memory>
#include <string>

#include "base/result.h"
#include "task_server/descriptor.h"

namespace cordyna::task_server {

class Guardian {
 public:
  /// Makes the scratch folder and the guarding process. To be called before this process has threads. Errors: io_error.
  static base::Result<std::unique_ptr<Guardian>> start();
  ~Guardian();  // everything guarded dies
  Guardian(const Guardian&) = delete;
  Guardian& operator=(const Guardian&) = delete;

  void guard(pid_t group);
  void release(pid_t group);

  /// NAME=VALUE for the environment of every guarded process.
  const std::string& mark() const { return mark_; }
  /// A folder for files of commands, gone when this process is gone.
  const std::string& folder() const { return folder_; }

 private:
  Guardian(std::string mark, std::string folder, Descriptor pipe, pid_t pid);
  void tell(pid_t word) const;

  std::string mark_;
  std::string folder_;
  Descriptor pipe_;
  pid_t pid_;
};

}  // namespace cordyna::task_server
