#pragma once
// Real children of dyna up. Each leads its own process group, so that a Ctrl-C of the terminal reaches dyna alone,
// which then stops them in order; each gets SIGTERM when dyna itself is killed.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dyna/up_plan.h"

namespace cordyna::dyna {

class ChildProcesses final : public Processes {
 public:
  ~ChildProcesses() override;

  /// stdout and stderr go into one pipe: what a child prints keeps its order. stdin is empty.
  base::Result<int> start(const ChildProgram& program) override;
  void send_signal(int child, int signal) override;

  /// The read ends that are open, for poll().
  std::vector<int> pipes() const;
  /// What has happened since: whole lines (the last one of a pipe also without its end), then the children that ended.
  /// All that a child printed is told before its end. What it left behind in its group is killed.
  void collect(const std::function<void(int child, std::string_view line)>& on_line,
               const std::function<void(int child, int code)>& on_end);

 private:
  struct Child {
    int pipe = -1;  // -1: closed
    std::string rest;
  };
  std::vector<std::pair<int, std::string>> lines();

  std::map<int, Child> children_;  // by process id
};

}  // namespace cordyna::dyna
