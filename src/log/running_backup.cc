// See running_backup.h. The order that keeps both sides from waiting for ever: the answer is there before the request
// goes, and an asker looks after it began to watch.

#include "log/running_backup.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <stop_token>
#include <thread>

#include "log/data_folder.h"
#include "log/files.h"

namespace cordyna::log {
namespace {

constexpr std::string_view prefix = "backup.", request_suffix = ".request", answer_suffix = ".answer";
constexpr int look_again_ms = 1000;  // whether anybody uses the folder still

bool is_named(std::string_view name, std::string_view suffix) {
  return name.starts_with(prefix) && name.ends_with(suffix);
}

/// Whether the process that made the file is there.
bool is_asking(std::string_view name) {
  pid_t process = 0;
  std::from_chars(name.data() + prefix.size(), name.data() + name.size(), process);
  return process > 0 && (::kill(process, 0) == 0 || errno != ESRCH);
}

/// Says when something in a folder was renamed or removed.
class FolderWatch {
 public:
  explicit FolderWatch(const std::string& folder) : watch_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    good_ = watch_ >= 0 && ::inotify_add_watch(watch_, folder.c_str(), IN_MOVED_TO | IN_DELETE) >= 0;
  }
  ~FolderWatch() {
    if (watch_ >= 0) ::close(watch_);
  }
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  bool good() const { return good_; }
  /// Until something happened, `stop` (a descriptor, or -1) is readable, or the time is up (-1: never).
  void wait(int stop, int timeout_ms) const {
    std::array<pollfd, 2> ready{pollfd{watch_, POLLIN, 0}, pollfd{stop, POLLIN, 0}};
    ::poll(ready.data(), ready.size(), timeout_ms);
    alignas(inotify_event) std::array<char, 4096> news;  // which file it was does not matter
    while (::read(watch_, news.data(), news.size()) > 0) {
    }
  }

 private:
  int watch_;
  bool good_ = false;
};

void answer(const SqliteLog::BackupMade& made, const std::string& request) {
  const std::string path = request.substr(0, request.size() - request_suffix.size()) + std::string(answer_suffix);
  const std::string text =
      made.ok() ? fmt::format("ok {}", *made) : fmt::format("{} {}", made.error().code, made.error().message);
  const base::Result<void> told = write_file(path, text);
  (void)told;  // on a full disk nobody can be told more than that the request is gone
  remove_file(request);
}

base::Result<std::optional<Seq>> read_answer(const std::string& text) {
  const std::size_t space = text.find(' ');
  if (space == std::string::npos) return base::Error{"io_error", "cerebro did not say how the backup ended: " + text};
  const std::string code = text.substr(0, space), rest = text.substr(space + 1);
  if (code != "ok") return base::Error{code, rest};
  Seq seq = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), seq);
  return std::optional(seq);
}

}  // namespace

struct RunningBackup::Parts {
  Parts(SqliteLog& used, std::string path)
      : log(used), folder(std::move(path)), watch(folder), wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    for (const std::string& name : names_in(folder))
      if ((is_named(name, request_suffix) || is_named(name, answer_suffix)) && !is_asking(name))
        remove_file(folder + "/" + name);
    if (watch.good() && wake >= 0) thread = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  ~Parts() {
    thread.request_stop();
    const std::uint64_t one = 1;
    const auto written = ::write(wake, &one, sizeof one);
    (void)written;
    if (thread.joinable()) thread.join();
    if (wake >= 0) ::close(wake);
  }

  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      for (const std::string& name : names_in(folder)) {
        if (!is_named(name, request_suffix)) continue;
        const std::string request = folder + "/" + name;
        const base::Result<std::string> target = read_file(request);
        answer(target.ok() ? log.backup(*target, stop) : target.error(), request);
      }
      watch.wait(wake, -1);
    }
  }

  SqliteLog& log;
  const std::string folder;
  FolderWatch watch;
  int wake;
  std::jthread thread;
};

RunningBackup::RunningBackup(SqliteLog& log, std::string folder)
    : parts_(std::make_unique<Parts>(log, std::move(folder))) {}

RunningBackup::~RunningBackup() = default;

base::Result<std::optional<Seq>> request_backup(const std::string& folder, const std::string& target) {
  const std::string own = fmt::format("{}/{}{}", folder, prefix, ::getpid());
  const std::string request = own + std::string(request_suffix), answer = own + std::string(answer_suffix);
  const FolderWatch watch(folder);
  if (!watch.good())
    return base::Error{"io_error", "cannot watch " + folder + " for the answer: " + std::strerror(errno)};
  remove_file(answer);
  const std::string path = std::filesystem::absolute(target).lexically_normal().string();
  if (base::Result<void> done = write_file(request, path); !done) return done.error();
  while (file_exists(request)) {
    if (const auto free = DataFolder::open(folder); free.ok() || free.error().code != "data_in_use") {
      if (!remove_file(request)) break;  // answered after all
      return std::optional<Seq>();
    }
    watch.wait(-1, look_again_ms);
  }
  const base::Result<std::string> text = read_file(answer);
  remove_file(answer);
  if (!text) return base::Error{"io_error", "cerebro ended the backup without saying how; see its log"};
  return read_answer(*text);
}

}  // namespace cordyna::log
