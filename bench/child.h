#pragma once
// Child: a program that runs beside the bench: cerebro, `dyna serve`, `cerebro compact`. It dies with the bench, also
// when that gives up, so no run leaves a server behind.

#include <sys/types.h>

#include <string>
#include <vector>

namespace cordyna::bench {

class Child {
 public:
  explicit Child(std::vector<std::string> words);
  ~Child();  // SIGTERM, and waits for the end
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  /// The next line of its stdout that contains `text`; gives up when its output ends without one.
  std::string line_with(const std::string& text);
  void signal(int number) const;
  bool is_over();
  /// Waits for its end: the exit code, -1 when a signal ended it.
  int wait();

 private:
  std::string name_;
  pid_t pid_ = -1;
  int output_ = -1;
  bool over_ = false;
  int code_ = -1;
};

}  // namespace cordyna::bench
