// Folders, processes and what they print: the first half of harness.h.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "processes/harness.h"

namespace cordyna::processes {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

Folder::Folder() {
  std::string name = (fs::temp_directory_path() / "cordyna-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no folder " << name;
  path_ = name;
}

Folder::~Folder() {
  std::error_code error;
  fs::remove_all(path_, error);
}

std::string Folder::path(const std::string& name) const {
  return name.empty() ? path_ : path_ + "/" + name;
}

std::string Folder::file(const std::string& name, const std::string& text) const {
  std::ofstream(path(name), std::ios::binary) << text;
  return path(name);
}

std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string program(const std::string& name) {
  const char* folder = std::getenv("CORDYNA_PROGRAMS");
  return std::string(folder != nullptr ? folder : CORDYNA_BUILT_PROGRAMS) + "/" + name;
}

namespace {

/// "NAME=VALUE" of our own environment, with `changes` on top.
std::vector<std::string> environment_with(const Process::Environment& changes) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::string name = text.substr(0, text.find('='));
    if (!changes.contains(name) && !name.starts_with("CORDYNA_") && !name.starts_with("GTEST_")) all.push_back(text);
  }
  for (const auto& [name, value] : changes) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

/// In the child: only calls that are safe after fork.
[[noreturn]] void become(char* const* arguments, char* const* environment, const char* folder, int out, int err) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nothing = open("/dev/null", O_RDONLY);
  if ((*folder == 0 || chdir(folder) == 0) && dup2(nothing, 0) >= 0 && dup2(out, 1) >= 0 && dup2(err, 2) >= 0)
    execvpe(arguments[0], arguments, environment);
  _exit(127);
}

int milliseconds_until(Steady::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Steady::now()).count();
  return static_cast<int>(std::max<long>(left, 0));
}

}  // namespace

Process::Process(std::vector<std::string> arguments, Environment environment, std::string folder) {
  std::array<int, 2> out{}, err{};
  stop_ = eventfd(0, EFD_CLOEXEC);
  if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0) {
    ADD_FAILURE() << "no pipes for " << arguments[0];
    return;
  }
  std::vector<std::string> entries = environment_with(environment);
  const auto argument_pointers = pointers(arguments);
  const auto environment_pointers = pointers(entries);
  pid_ = fork();
  if (pid_ == 0) become(argument_pointers.data(), environment_pointers.data(), folder.c_str(), out[1], err[1]);
  close(out[1]);
  close(err[1]);
  drain_ = std::thread([this, out = out[0], err = err[0]] { drain(out, err); });
}

Process::~Process() {
  kill();
  close(stop_);
}

void Process::drain(int out, int err) {
  std::array<pollfd, 3> waits{pollfd{out, POLLIN, 0}, pollfd{err, POLLIN, 0}, pollfd{stop_, POLLIN, 0}};
  std::array<char, 65536> bytes;
  while (waits[0].fd >= 0 || waits[1].fd >= 0) {
    if (poll(waits.data(), waits.size(), -1) < 0) continue;
    bool read_something = false;
    for (std::size_t i = 0; i < 2; ++i) {
      if (waits[i].fd < 0 || waits[i].revents == 0) continue;
      const ssize_t count = read(waits[i].fd, bytes.data(), bytes.size());
      if (count <= 0) {
        waits[i].fd = -1;
        continue;
      }
      read_something = true;
      const std::lock_guard lock(mutex_);
      (i == 0 ? out_ : err_).append(bytes.data(), static_cast<std::size_t>(count));
      changed_.notify_all();
    }
    if (!read_something && waits[2].revents != 0) break;
  }
  close(out);
  close(err);
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

void Process::signal(int number) const {
  if (pid_ > 0 && !ended_) ::kill(pid_, number);
}

std::optional<std::string> Process::line_with(const std::string& text, Seconds longest) {
  const auto deadline = Steady::now() + longest;
  std::unique_lock lock(mutex_);
  while (true) {
    for (const std::string* stream : {&out_, &err_}) {
      const std::size_t found = stream->find(text);
      const std::size_t end = found == std::string::npos ? found : stream->find('\n', found);
      if (end == std::string::npos) continue;
      const std::size_t before = stream->rfind('\n', found);
      const std::size_t begin = before == std::string::npos ? 0 : before + 1;
      return stream->substr(begin, end - begin);
    }
    if (closed_ || changed_.wait_until(lock, deadline) == std::cv_status::timeout) return std::nullopt;
  }
}

Exit Process::wait(Seconds longest) {
  if (ended_) return *ended_;
  if (pid_ <= 0) return {};
  if (!waits_for_death(pid_, longest)) ::kill(pid_, SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  const std::uint64_t one = 1;
  if (write(stop_, &one, sizeof one) < 0) ADD_FAILURE() << "the reader of process " << pid_ << " cannot be stopped";
  drain_.join();
  ended_ = Exit{WIFEXITED(status) ? WEXITSTATUS(status) : -1, WIFSIGNALED(status) ? WTERMSIG(status) : 0, out_, err_};
  return *ended_;
}

Exit Process::kill() {
  signal(SIGKILL);
  return wait();
}

std::string Process::out() const {
  const std::lock_guard lock(mutex_);
  return out_;
}

std::string Process::err() const {
  const std::lock_guard lock(mutex_);
  return err_;
}

Exit run(std::vector<std::string> arguments, Process::Environment environment, std::string folder) {
  Process process(std::move(arguments), std::move(environment), std::move(folder));
  return process.wait();
}

bool waits_for_death(pid_t pid, Seconds longest) {
  const auto deadline = Steady::now() + longest;
  const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (descriptor < 0) return errno == ESRCH;
  pollfd waits{descriptor, POLLIN, 0};
  int count = 0;
  do {
    count = poll(&waits, 1, milliseconds_until(deadline));
  } while (count < 0 && errno == EINTR);
  close(descriptor);
  return count > 0;
}

}  // namespace cordyna::processes
