// Both sides of the guardian: the pipe's writer, and the process that reads it. A word on the pipe is a group's id, to
// guard when positive, to release when negative.

#include "task_server/guardian.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string_view>

namespace cordyna::task_server {
namespace {

bool carries_mark(pid_t pid, std::string_view mark) {
  const Descriptor file(open(fmt::format("/proc/{}/environ", pid).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return false;
  std::string environment;
  char buffer[4096];
  for (ssize_t size = 0; (size = read(file.number(), buffer, sizeof buffer)) > 0;)
    environment.append(buffer, static_cast<std::size_t>(size));
  return environment.find(mark) != std::string::npos;
}

/// How many there were.
int kill_marked(std::string_view mark) {
  DIR* processes = opendir("/proc");
  if (processes == nullptr) return 0;
  int killed = 0;
  while (const dirent* entry = readdir(processes)) {
    pid_t pid = 0;
    const std::string_view name = entry->d_name;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc() || end != name.data() + name.size() || pid == getpid()) continue;
    if (carries_mark(pid, mark) && kill(pid, SIGKILL) == 0) ++killed;
  }
  closedir(processes);
  return killed;
}

/// Gives this process another command line, in the memory where the kernel looks for it (proc(5), arg_start and
/// arg_end): whoever kills "dyna serve" by name means that one, and needs its guardian most then.
void rename_command_line(std::string_view name) {
  std::ifstream file("/proc/self/stat");
  std::string stat(std::istreambuf_iterator<char>(file), {});
  std::istringstream fields(stat.substr(stat.rfind(')') + 1));
  std::string field;
  std::uintptr_t begin = 0, end = 0;
  for (int i = 3; i < 48 && fields >> field; ++i) continue;
  if (!(fields >> begin >> end) || begin == 0 || end <= begin) return;
  auto* const text = reinterpret_cast<char*>(begin);  // NOLINT: the kernel tells it as a number
  const std::size_t size = end - begin;
  std::memset(text, 0, size);
  std::memcpy(text, name.data(), std::min(name.size(), size - 1));
}

[[noreturn]] void guard_until_broken(int pipe, const std::string& mark, const std::string& folder) {
  setsid();  // Ctrl-C is for the others
  for (const int polite : {SIGTERM, SIGINT, SIGHUP}) signal(polite, SIG_IGN);
  prctl(PR_SET_NAME, "cordyna-guard");
  rename_command_line("cordyna-guard");
  // Whoever reads the output of this program must see its end when the program ends, not when its guardian does.
  const int null = open("/dev/null", O_RDWR);
  for (int standard = 0; standard <= 2; ++standard) dup2(null, standard);
  dup2(pipe, 3);
  close_range(4, ~0U, 0);

  std::set<pid_t> groups;
  for (pid_t word = 0; true;) {
    const ssize_t size = read(3, &word, sizeof word);
    if (size < 0 && errno == EINTR) continue;
    if (size != sizeof word) break;
    if (word > 0)
      groups.insert(word);
    else
      groups.erase(-word);
  }
  for (const pid_t group : groups) kill(-group, SIGKILL);
  // Again while there are any: one may have made another meanwhile. Killed ones lose their environment at once.
  for (int pass = 0; pass < 100 && kill_marked(mark) > 0; ++pass) continue;
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  _exit(0);
}

base::Error failed(std::string_view what) {
  return {"io_error", fmt::format("{}: {}", what, std::strerror(errno))};
}

}  // namespace

Guardian::Guardian(std::string mark, std::string folder, Descriptor pipe, pid_t pid)
    : mark_(std::move(mark)), folder_(std::move(folder)), pipe_(std::move(pipe)), pid_(pid) {}

base::Result<std::unique_ptr<Guardian>> Guardian::start() {
  const char* temporary = std::getenv("TMPDIR");
  std::string folder = std::string(temporary != nullptr && *temporary != '\0' ? temporary : "/tmp") + "/cordyna-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return failed("cannot make a scratch folder " + folder);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return failed("cannot make a pipe");
  Descriptor reader(ends[0]), writer(ends[1]);
  // The folder's name is new and of this process alone: so is the mark.
  std::string mark = "CORDYNA_SCRATCH=" + folder;
  const pid_t pid = fork();
  if (pid < 0) return failed("cannot start the guardian process");
  if (pid == 0) guard_until_broken(reader.number(), mark, folder);
  return std::unique_ptr<Guardian>(new Guardian(std::move(mark), std::move(folder), std::move(writer), pid));
}

Guardian::~Guardian() {
  pipe_.close();
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
}

void Guardian::guard(pid_t group) {
  tell(group);
}

void Guardian::release(pid_t group) {
  tell(-group);
}

void Guardian::tell(pid_t word) const {
  while (write(pipe_.number(), &word, sizeof word) < 0 && errno == EINTR) continue;
}

}  // namespace cordyna::task_server
