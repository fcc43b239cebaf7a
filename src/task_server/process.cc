#include "task_server/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string_view>

#include "base/check.h"

namespace cordyna::task_server {
namespace {

struct Pipe {
  Descriptor read;
  Descriptor write;
};

std::optional<Pipe> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  Pipe made{Descriptor(ends[0]), Descriptor(ends[1])};
  fcntl(made.read.number(), F_SETFL, O_NONBLOCK);
  return made;
}

/// posix_spawnp would search the PATH of this process, but the task may have been given another one.
std::string found_in_path(const std::string& program, const std::vector<std::string>& environment) {
  if (program.find('/') != std::string::npos) return program;
  std::string_view path = "/usr/local/bin:/usr/bin:/bin";
  for (const std::string& entry : environment)
    if (entry.starts_with("PATH=")) path = std::string_view(entry).substr(5);
  while (true) {
    const std::size_t end = path.find(':');
    const std::string candidate = std::string(path.substr(0, end)) + '/' + program;
    struct stat status {};
    if (stat(candidate.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(candidate.c_str(), X_OK) == 0)
      return candidate;
    if (end == std::string_view::npos) return {};
    path.remove_prefix(end + 1);
  }
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

/// The attributes and file actions of every start: own group, default signals, output on the pipes, no other
/// descriptor.
class SpawnSetup {
 public:
  SpawnSetup(const std::string& cwd, int out, int err) {
    posix_spawnattr_init(&attributes_);
    posix_spawn_file_actions_init(&actions_);
    sigset_t none, defaults;
    sigemptyset(&none);
    sigfillset(&defaults);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &defaults);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (!cwd.empty()) posix_spawn_file_actions_addchdir_np(&actions_, cwd.c_str());
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, err, STDERR_FILENO);
    // The session's socket among others: a child that keeps it open would keep the session alive after a kill -9.
    posix_spawn_file_actions_addclosefrom_np(&actions_, 3);
  }
  ~SpawnSetup() {
    posix_spawnattr_destroy(&attributes_);
    posix_spawn_file_actions_destroy(&actions_);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;

  posix_spawnattr_t attributes_;
  posix_spawn_file_actions_t actions_;
};

}  // namespace

// By number, because the C library of Debian 12 forgets to say in its header that pidfd_open() is a C function.
Descriptor end_of_process(pid_t pid) {
  return Descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

base::Result<Process> Process::start(const ProcessPlan& plan) {
  const auto failed = [&](int error) {
    const std::string folder = plan.cwd.empty() ? std::string() : " in " + plan.cwd;
    return base::Error{"spawn_failed",
                       fmt::format("cannot start {}{}: {}", plan.argv[0], folder, std::strerror(error))};
  };
  const std::string program = found_in_path(plan.argv[0], plan.environment);
  if (program.empty())
    return base::Error{"spawn_failed", fmt::format("cannot start {}: no such program in PATH", plan.argv[0])};
  auto out = make_pipe();
  auto err = make_pipe();
  if (!out || !err) return failed(errno);

  const SpawnSetup setup(plan.cwd, out->write.number(), err->write.number());
  pid_t pid = 0;
  const int error = posix_spawn(&pid, program.c_str(), &setup.actions_, &setup.attributes_, pointers(plan.argv).data(),
                                pointers(plan.environment).data());
  if (error != 0) return failed(error);
  Descriptor end = end_of_process(pid);
  base::check(end.is_open());
  return Process(pid, std::move(end), std::move(out->read), std::move(err->read));
}

void Process::signal_group(int signal) const {
  kill(-pid_, signal);
}

bool Process::group_has_others() const {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    if (entry.path().filename().string().find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "stat");
    const std::string stat(std::istreambuf_iterator<char>(file), {});
    const std::size_t name_end = stat.rfind(')');
    if (name_end == std::string::npos) continue;
    char state = 0;
    pid_t parent = 0, group = 0;
    std::istringstream(stat.substr(name_end + 1)) >> state >> parent >> group;
    if (group == pid_ && state != 'Z' && state != 'X') return true;  // this one is a zombie when it matters
  }
  return false;
}

Exit Process::reap() {
  siginfo_t ended{};
  // Not reaped yet, so the id of the group cannot belong to anybody else when it is killed.
  while (waitid(P_PIDFD, static_cast<id_t>(end_.number()), &ended, WEXITED | WNOWAIT) != 0 && errno == EINTR) continue;
  kill(-pid_, SIGKILL);
  while (waitid(P_PIDFD, static_cast<id_t>(end_.number()), &ended, WEXITED) != 0 && errno == EINTR) continue;
  if (ended.si_code == CLD_EXITED) return {.code = ended.si_status, .signal = 0};
  return {.code = 0, .signal = ended.si_status};
}

}  // namespace cordyna::task_server
