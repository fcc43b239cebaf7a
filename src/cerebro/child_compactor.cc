// `cerebro compact` as a child: posix_spawn copies no page tables, so it costs the loop little whatever the state
// weighs. The child keeps no descriptor of ours: an inherited listening socket would hold the port after our end.

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <cstring>

#include "cerebro/upkeep.h"

namespace cordyna::cerebro {
namespace {

class ChildCompactor final : public Compactor {
 public:
  explicit ChildCompactor(std::string folder) : folder_(std::move(folder)) {}

  ~ChildCompactor() override {
    if (child_ <= 0) return;
    ::kill(child_, SIGTERM);
    ::waitpid(child_, nullptr, 0);
  }

  base::Result<void> start() override {
    base::check(child_ <= 0);
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_adddup2(&files, 2, 1);  // what it says belongs to our log
    ::posix_spawn_file_actions_addclosefrom_np(&files, 3);
    std::string program = "cerebro", verb = "compact", option = "--data";
    std::array<char*, 5> arguments{program.data(), verb.data(), option.data(), folder_.data(), nullptr};
    const int error = ::posix_spawn(&child_, "/proc/self/exe", &files, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    if (error == 0) return {};
    child_ = 0;
    return base::Error{"io_error", std::string("cannot start cerebro compact: ") + std::strerror(error)};
  }

  std::optional<int> ended() override {
    int status = 0;
    if (child_ <= 0 || ::waitpid(child_, &status, WNOHANG) == 0) return std::nullopt;
    child_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  std::string folder_;
  pid_t child_ = 0;
};

}  // namespace

std::unique_ptr<Compactor> child_compactor(std::string data_folder) {
  return std::make_unique<ChildCompactor>(std::move(data_folder));
}

}  // namespace cordyna::cerebro
