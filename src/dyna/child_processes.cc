#include "dyna/child_processes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace cordyna::dyna {
namespace {

constexpr std::size_t line_bytes_max = 64U << 10;  // a longer line is shown in parts

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

/// Our environment with the additions in front: the first of two equal names wins for getenv and for exec'd shells.
std::vector<std::string> environment_with(const std::vector<std::string>& additions) {
  std::vector<std::string> all = additions;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    bool replaced = false;
    for (const std::string& addition : additions)
      replaced = replaced || text.starts_with(addition.substr(0, addition.find('=') + 1));
    if (!replaced) all.emplace_back(text);
  }
  return all;
}

/// What happens between fork and exec: only calls that are safe there.
[[noreturn]] void become(char* const* argv, char* const* environment, int output, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(125);  // it died before the line above
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execve(argv[0], argv, environment);
  constexpr std::string_view text = "cannot be executed\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
  _exit(126);
}

}  // namespace

ChildProcesses::~ChildProcesses() {
  for (const auto& [pid, child] : children_)
    if (child.pipe >= 0) close(child.pipe);
}

base::Result<int> ChildProcesses::start(const ChildProgram& program) {
  std::vector<std::string> texts = program.argv, variables = environment_with(program.environment);
  const std::vector<char*> argv = pointers(texts), environment = pointers(variables);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    return base::Error{"not_started", fmt::format("{} cannot be started: {}", program.argv[0], std::strerror(errno))};
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) become(argv.data(), environment.data(), ends[1], parent);
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return base::Error{"not_started", fmt::format("{} cannot be started: {}", program.argv[0], std::strerror(errno))};
  }
  setpgid(pid, pid);  // here and in the child: whoever comes first
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  children_[pid] = {ends[0], {}};
  return static_cast<int>(pid);
}

void ChildProcesses::send_signal(int child, int signal) {
  if (children_.contains(child)) kill(signal == SIGKILL ? -child : child, signal);
}

std::vector<int> ChildProcesses::pipes() const {
  std::vector<int> all;
  for (const auto& [pid, child] : children_)
    if (child.pipe >= 0) all.push_back(child.pipe);
  return all;
}

std::vector<std::pair<int, std::string>> ChildProcesses::lines() {
  std::vector<std::pair<int, std::string>> lines;
  for (auto& [pid, child] : children_) {
    std::array<char, 16384> bytes{};
    ssize_t count = 0;
    while (child.pipe >= 0 && (count = read(child.pipe, bytes.data(), bytes.size())) > 0)
      child.rest.append(bytes.data(), static_cast<std::size_t>(count));
    const bool ended = child.pipe >= 0 && (count == 0 || (errno != EAGAIN && errno != EINTR));
    std::size_t end = 0;
    while ((end = child.rest.find('\n')) != std::string::npos) {
      lines.emplace_back(pid, child.rest.substr(0, end));
      child.rest.erase(0, end + 1);
    }
    if (!child.rest.empty() && (ended || child.rest.size() > line_bytes_max))
      lines.emplace_back(pid, std::exchange(child.rest, {}));
    if (ended) {
      close(child.pipe);
      child.pipe = -1;
    }
  }
  return lines;
}

void ChildProcesses::collect(const std::function<void(int child, std::string_view line)>& on_line,
                             const std::function<void(int child, int code)>& on_end) {
  std::vector<std::pair<int, int>> ended;  // first, so that what they printed last is read below
  for (const auto& [pid, child] : children_) {
    int status = 0;
    if (waitpid(pid, &status, WNOHANG) != pid) continue;
    kill(-pid, SIGKILL);
    ended.emplace_back(pid, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
  }
  for (const auto& [pid, line] : lines()) on_line(pid, line);  // may start further children
  for (const auto& [pid, code] : ended) {
    if (const int pipe = children_[pid].pipe; pipe >= 0) close(pipe);
    children_.erase(pid);
    on_end(pid, code);
  }
}

}  // namespace cordyna::dyna
