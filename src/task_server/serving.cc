#include "task_server/serving.h"

#include <fmt/format.h>
#include <signal.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace cordyna::task_server {
namespace {

std::atomic<Runtime*> signalled{nullptr};
struct sigaction former_term {};
struct sigaction former_int {};

void on_signal(int) {
  const int saved = errno;
  if (Runtime* runtime = signalled.load()) runtime->stop();
  errno = saved;
}

std::string finding_line(const model::Finding& finding) {
  const std::string place = finding.path.empty() ? std::string() : finding.path + ": ";
  const std::string fix = finding.fix.empty() ? std::string() : "\n    " + finding.fix;
  return fmt::format("{}{} [{}]{}", place, finding.message, finding.rule, fix);
}

void say(const std::string& server, std::string_view text) {
  std::fputs(fmt::format("{}: {}\n", server, text).c_str(), stderr);
}

}  // namespace

base::Result<std::string> session_url(const std::string& url) {
  std::string_view base_url = url;
  if (base_url.empty()) {
    const char* from_environment = std::getenv("CORDYNA_URL");
    base_url = from_environment != nullptr && *from_environment != '\0' ? from_environment : "http://127.0.0.1:7070";
  }
  const std::string_view given = base_url;
  for (const std::string_view scheme : {"http://", "ws://"})
    if (base_url.starts_with(scheme)) {
      base_url.remove_prefix(scheme.size());
      while (base_url.ends_with('/')) base_url.remove_suffix(1);
      if (base_url.empty() || base_url.find_first_of("/?# ") != std::string_view::npos) break;
      return "ws://" + std::string(base_url) + "/api/v1/connect";
    }
  return base::Error{"bad_url", fmt::format("\"{}\" is not cerebro's address: write http://HOST:PORT", given)};
}

std::string instance_id(World& world) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string id;
  for (std::uint64_t chance = 0; id.size() < 16; chance /= letters.size()) {
    if (id.size() % 8 == 0) chance = world.draw();
    id += letters[chance % letters.size()];
  }
  return id;
}

void speak_on_stderr(RuntimeOptions& options, const std::string& server) {
  options.on_note = [server](std::string_view text) { say(server, text); };
  options.on_ready = [server](const BecameReady& ready) {
    constexpr std::size_t most = 10;  // servers that come up in any order have many unresolved upstreams at first
    for (std::size_t i = 0; i < ready.findings.size() && i < most; ++i)
      say(server, "warning: " + finding_line(ready.findings[i]));
    if (ready.findings.size() > most)
      say(server,
          fmt::format("and {} more warnings: GET /api/v1/servers shows them all", ready.findings.size() - most));
  };
  options.on_refused = [server](const DeclarationRefused& refused) {
    say(server, "the new declaration was refused, the accepted one goes on");
    for (const model::Finding& finding : refused.findings) say(server, finding_line(finding));
  };
}

int exit_code(const Served& served, const std::string& server) {
  if (served.end == ServeEnd::goodbye) return 0;
  if (served.end == ServeEnd::abandoned) {
    say(server, "left before everything was told to cerebro");
    return 1;
  }
  say(server, "cerebro refused the declaration");
  for (const model::Finding& finding : served.findings) say(server, finding_line(finding));
  return 4;
}

void StopSwitch::stop() {
  const std::lock_guard lock(mutex_);
  if (runtime_ != nullptr)
    runtime_->stop();
  else
    ++early_stops_;
}

StopSwitch::Connected::Connected(StopSwitch& stop_switch, Runtime& runtime, bool handle_signals)
    : switch_(stop_switch), handles_signals_(handle_signals) {
  {
    const std::lock_guard lock(switch_.mutex_);
    switch_.runtime_ = &runtime;
    for (; switch_.early_stops_ > 0; --switch_.early_stops_) runtime.stop();
  }
  if (!handles_signals_) return;
  signalled.store(&runtime);
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGTERM, &action, &former_term);
  sigaction(SIGINT, &action, &former_int);
}

StopSwitch::Connected::~Connected() {
  if (handles_signals_) {
    sigaction(SIGTERM, &former_term, nullptr);
    sigaction(SIGINT, &former_int, nullptr);
    signalled.store(nullptr);
  }
  const std::lock_guard lock(switch_.mutex_);
  switch_.runtime_ = nullptr;
}

}  // namespace cordyna::task_server
