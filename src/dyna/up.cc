#include "dyna/up.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <ostream>

#include "dyna/child_processes.h"
#include "dyna/up_plan.h"

namespace cordyna::dyna {
namespace {

namespace fs = std::filesystem;

int refused(const Screen& err, const std::string& what) {
  *err.stream << "dyna: " << what << '\n';
  return 2;
}

/// Reads the pending signals; true when one of them asks us to stop.
int stops_pending(int signals) {
  int stops = 0;
  signalfd_siginfo one{};
  while (read(signals, &one, sizeof one) == static_cast<ssize_t>(sizeof one))
    if (one.ssi_signo != SIGCHLD) ++stops;
  return stops;
}

int loop(Up& up, ChildProcesses& children, int signals) {
  up.start();
  while (!up.finished()) {
    std::vector<pollfd> waits = {{signals, POLLIN, 0}};
    for (const int pipe : children.pipes()) waits.push_back({pipe, POLLIN, 0});
    if (poll(waits.data(), waits.size(), -1) < 0) continue;  // interrupted: look again
    for (int stop = stops_pending(signals); stop > 0; --stop) up.on_stop();
    children.collect([&up](int child, std::string_view line) { up.on_line(child, line); },
                     [&up](int child, int code) { up.on_end(child, code); });
  }
  return *up.finished();
}

}  // namespace

std::vector<std::string> files_here(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name == "cordyna.yaml" || (name.ends_with(".cordyna.yaml") && !name.starts_with('.')))
      files.push_back((fs::path(folder) / name).lexically_normal().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string found_program(const std::string& name, const std::string& self, const std::string& path) {
  std::string folders = fs::path(self).parent_path().string() + ':' + path;
  for (std::size_t begin = 0; begin <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', begin), folders.size());
    const fs::path candidate = fs::path(folders.substr(begin, end - begin)) / name;
    std::error_code error;
    if (end > begin && fs::is_regular_file(candidate, error) && access(candidate.c_str(), X_OK) == 0)
      return candidate.string();
    begin = end + 1;
  }
  return {};
}

int run_up(const UpRequest& request, const Screen& out, const Screen& err) {
  std::error_code error;
  const std::string self = fs::read_symlink("/proc/self/exe", error).string();
  const char* path = std::getenv("PATH");
  UpPlan plan{found_program("cerebro", self, path == nullptr ? "" : path), self, request.files, request.listen,
              request.data};
  if (plan.cerebro.empty())
    return refused(err, "there is no program cerebro beside dyna or in $PATH: install it, or build it");
  if (plan.files.empty()) plan.files = files_here(".");
  for (const std::string& file : plan.files)
    if (access(file.c_str(), R_OK) != 0)
      return refused(err, file + ": cannot be read; name a YAML file of a task-server");

  sigset_t ours;
  sigemptyset(&ours);
  for (const int signal : {SIGINT, SIGTERM, SIGCHLD}) sigaddset(&ours, signal);
  sigprocmask(SIG_BLOCK, &ours, nullptr);
  const int signals = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0) return refused(err, "no file descriptor is left for signals: raise the limit (ulimit -n)");
  ChildProcesses children;
  Up up(std::move(plan), children, out, err);
  const int code = loop(up, children, signals);
  close(signals);
  return code;
}

}  // namespace cordyna::dyna
