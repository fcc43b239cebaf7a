#include "task_server/serve_file.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "task_server/command_runner.h"
#include "task_server/guardian.h"
#include "task_server/served_file.h"
#include "task_server/serving.h"

namespace cordyna::task_server {
namespace {

/// What changes when somebody writes the file, also by renaming another one over it.
using FileStamp = std::tuple<dev_t, ino_t, off_t, std::int64_t>;

FileStamp stamp_of(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
}

/// One `dyna serve`: what it says, and the file it watches.
class FileServer {
 public:
  FileServer(const ServeOptions& options, ServedFile file, FileStamp stamp)
      : options_(options), accepted_(std::move(file)), stamp_(stamp), server_(accepted_.declaration->server) {}

  const ServedFile& accepted() const { return accepted_; }
  void say(model::Findings findings, bool are_local);
  void on_ready(const BecameReady& ready, CommandRunner& runner);
  void on_refused(const DeclarationRefused& refused);
  std::optional<Redeclaration> redeclaration();

 private:
  void read_again();

  const ServeOptions& options_;
  ServedFile accepted_;
  std::optional<ServedFile> offered_;  // until cerebro has judged it
  FileStamp stamp_;
  std::string server_;
  bool ready_told_ = false;
};

void FileServer::say(model::Findings findings, bool are_local) {
  if (!are_local) add_places(findings, options_.file);
  for (const model::Finding& finding : findings) {
    const std::string line =
        options_.json ? finding_json(finding, options_.file) : finding_text(finding, options_.file);
    std::fputs((line + '\n').c_str(), options_.json ? stdout : stderr);
  }
  std::fflush(stdout);
}

void FileServer::on_ready(const BecameReady& ready, CommandRunner& runner) {
  say(ready.findings, false);
  if (offered_ && offered_->text.hash == ready.hash) {
    accepted_ = *std::exchange(offered_, std::nullopt);
    runner.replace(accepted_.commands);
    std::fputs(fmt::format("{}: the changed file is accepted\n", server_).c_str(), stderr);
  }
  if (std::exchange(ready_told_, true)) return;
  const nlohmann::json json = {{"server", server_}, {"state", "ready"}};
  std::fputs((options_.json ? json.dump() + '\n' : server_ + " ready\n").c_str(), stdout);
  std::fflush(stdout);
}

void FileServer::on_refused(const DeclarationRefused& refused) {
  if (offered_ && offered_->text.hash == refused.hash) offered_.reset();  // else it was changed again meanwhile
  std::fputs(fmt::format("{}: cerebro refused the changed file, the accepted one goes on\n", server_).c_str(), stderr);
  say(refused.findings, false);
}

std::optional<Redeclaration> FileServer::redeclaration() {
  const FileStamp stamp = stamp_of(options_.file);
  if (stamp != stamp_ && stamp != FileStamp()) {
    stamp_ = stamp;
    read_again();
  }
  if (!offered_) return std::nullopt;
  return Redeclaration{offered_->text, offered_->declaration->slots};
}

void FileServer::read_again() {
  auto file = read_served_file(options_.file);
  if (!file.ok()) return;
  if (!file->declaration || file->declaration->server != server_) {
    std::fputs(fmt::format("{}: the changed file cannot be used, the accepted one goes on\n", server_).c_str(), stderr);
    if (file->declaration)
      file->findings.push_back({"server", "server_renamed", "a running task-server keeps its name",
                                "stop it, then serve the file under the new name"});
    say(file->findings, file->declaration == nullptr);
    return;
  }
  offered_.reset();
  if (file->text.hash != accepted_.text.hash) offered_ = std::move(*file);
}

int serve(const ServeOptions& options, FileServer& file, const std::string& url, Guardian& guardian) {
  const model::Declaration& declaration = *file.accepted().declaration;
  const std::unique_ptr<World> world = real_world();
  const auto mailbox = std::make_shared<Mailbox>([&world] { world->wake(); });
  CommandRunner runner(file.accepted().commands, guardian, mailbox);

  RuntimeOptions runtime_options;
  runtime_options.session = {.url = url,
                             .server = declaration.server,
                             .team = declaration.team,
                             .instance = instance_id(*world),
                             .slots = declaration.slots,
                             .capabilities = {},
                             .declaration = file.accepted().text,
                             .seed = world->draw()};
  runtime_options.drain = options.drain;
  speak_on_stderr(runtime_options, declaration.server);
  runtime_options.on_ready = [&](const BecameReady& ready) { file.on_ready(ready, runner); };
  runtime_options.on_refused = [&](const DeclarationRefused& refused) { file.on_refused(refused); };
  runtime_options.redeclaration = [&] { return file.redeclaration(); };
  Runtime runtime(*world, *mailbox, runner, std::move(runtime_options));
  StopSwitch stop;
  const StopSwitch::Connected connected(stop, runtime, true);
  Served served = runtime.serve();
  mailbox->close();
  if (served.end == ServeEnd::refused) file.say(std::exchange(served.findings, {}), false);
  return exit_code(served, declaration.server);
}

}  // namespace

int serve_file(const ServeOptions& options) {
  const FileStamp stamp = stamp_of(options.file);
  auto read = read_served_file(options.file);
  if (!read) {
    std::fputs((read.error().message + '\n').c_str(), stderr);
    return 2;
  }
  if (!read->declaration) {
    for (const model::Finding& finding : read->findings)
      std::fputs(
          ((options.json ? finding_json(finding, options.file) : finding_text(finding, options.file)) + '\n').c_str(),
          options.json ? stdout : stderr);
    return 2;
  }
  const auto url = session_url(options.url);
  if (!url) {
    std::fputs((url.error().message + '\n').c_str(), stderr);
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  auto guardian = Guardian::start();
  if (!guardian) {
    std::fputs((guardian.error().message + '\n').c_str(), stderr);
    return 2;
  }
  FileServer file(options, std::move(*read), stamp);
  return serve(options, file, *url, **guardian);
}

}  // namespace cordyna::task_server
