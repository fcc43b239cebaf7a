#include "child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "measure.h"

namespace cordyna::bench {

Child::Child(std::vector<std::string> words) : name_(words.front()) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) give_up("no pipe for " + name_);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ < 0) give_up("cannot start " + name_);
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(ends[1], 1);
    execvp(argv[0], argv.data());
    _exit(127);
  }
  close(ends[1]);
  output_ = ends[0];
}

Child::~Child() {
  if (!over_) {
    signal(SIGTERM);
    wait();
  }
  close(output_);
}

std::string Child::line_with(const std::string& text) {
  std::string line;
  for (char c = 0; read(output_, &c, 1) == 1;) {
    if (c != '\n') {
      line += c;
      continue;
    }
    if (line.find(text) != std::string::npos) return line;
    line.clear();
  }
  give_up(name_ + " ended without saying \"" + text + '"');
}

void Child::signal(int number) const {
  if (!over_) ::kill(pid_, number);
}

bool Child::is_over() {
  int status = 0;
  if (over_ || waitpid(pid_, &status, WNOHANG) == 0) return over_;
  over_ = true;
  code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return true;
}

int Child::wait() {
  if (over_) return code_;
  int status = 0;
  waitpid(pid_, &status, 0);
  over_ = true;
  code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return code_;
}

}  // namespace cordyna::bench
