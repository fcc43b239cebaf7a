#include "dyna/up_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <ostream>

namespace cordyna::dyna {
namespace {

constexpr std::string_view listens = "cerebro listening on ";
constexpr const char* drain = "5s";

}  // namespace

std::string server_label(const std::string& file) {
  std::string name = file.substr(file.rfind('/') + 1);
  for (const std::string_view end : {".yaml", ".yml", ".cordyna"})
    if (name.ends_with(end) && name.size() > end.size()) name.resize(name.size() - end.size());
  return name;
}

Up::Up(UpPlan plan, Processes& processes, const Screen& out, const Screen& err)
    : plan_(std::move(plan)), processes_(processes), out_(out), err_(err) {
  for (const std::string& file : plan_.files) name_width_ = std::max(name_width_, columns(server_label(file)));
}

void Up::say(const std::string& what) {
  *err_.stream << "dyna: " << what << '\n' << std::flush;
}

void Up::start() {
  const auto child = processes_.start({{plan_.cerebro, "--data", plan_.data, "--listen", plan_.listen}, {}});
  if (!child) {
    say(child.error().message);
    code_ = 2;
    return;
  }
  cerebro_.number = *child;
  cerebro_.alive = true;
}

void Up::start_servers(const std::string& url) {
  for (const std::string& file : plan_.files) {
    const std::string name = server_label(file);
    const auto child = processes_.start({{plan_.dyna, "serve", file, "--drain", drain}, {"CORDYNA_URL=" + url}});
    if (child)
      servers_.push_back({*child, name, true});
    else
      say(child.error().message);
  }
  say(fmt::format("cerebro is at {} with {} from files; Ctrl-C stops all", url,
                  servers_.size() == 1 ? "1 task-server" : fmt::format("{} task-servers", servers_.size())));
}

const Up::Child* Up::child_of(int number) const {
  if (cerebro_.alive && cerebro_.number == number) return &cerebro_;
  for (const Child& server : servers_)
    if (server.alive && server.number == number) return &server;
  return nullptr;
}

void Up::on_line(int child, std::string_view line) {
  const Child* from = child_of(child);
  if (from == nullptr) return;
  const Ink ink{out_.terminal, out_.colour};
  const std::string label = from->name + std::string(name_width_ - std::min(name_width_, columns(from->name)), ' ');
  *out_.stream << ink.faint(label + " |") << ' ' << (out_.terminal ? tame(line) : std::string(line)) << '\n'
               << std::flush;
  if (from != &cerebro_ || listens_ || !line.starts_with(listens)) return;
  listens_ = true;
  if (stops_ == 0) start_servers(std::string(line.substr(listens.size())));
}

void Up::on_end(int child, int code) {
  for (Child& server : servers_) {
    if (!server.alive || server.number != child) continue;
    server.alive = false;
    if (stops_ == 0)
      say(fmt::format("{} ended with exit code {}; the others go on. Start it again: dyna serve FILE", server.name,
                      code));
  }
  if (cerebro_.alive && cerebro_.number == child) {
    cerebro_.alive = false;
    if (!cerebro_asked_) {
      say(fmt::format("cerebro ended with exit code {}; stopping the task-servers", code));
      code_ = code;
      if (stops_ == 0) {
        stops_ = 1;
        stop_servers(SIGTERM);
      }
    }
  }
  go_on_stopping();
}

void Up::stop_servers(int signal) {
  for (const Child& server : servers_)
    if (server.alive) processes_.send_signal(server.number, signal);
}

bool Up::servers_alive() const {
  return std::any_of(servers_.begin(), servers_.end(), [](const Child& server) { return server.alive; });
}

/// cerebro goes last: what the task-servers report while they drain must still find it.
void Up::go_on_stopping() {
  if (stops_ == 0 || servers_alive() || !cerebro_.alive || cerebro_asked_) return;
  cerebro_asked_ = true;
  processes_.send_signal(cerebro_.number, SIGTERM);
}

void Up::on_stop() {
  ++stops_;
  if (stops_ >= 3) {
    stop_servers(SIGKILL);
    cerebro_asked_ = true;
    if (cerebro_.alive) processes_.send_signal(cerebro_.number, SIGKILL);
    return;
  }
  if (servers_alive()) say(stops_ == 1 ? "stopping the task-servers, then cerebro" : "stopping at once");
  stop_servers(SIGTERM);
  if (stops_ == 2 && cerebro_asked_ && cerebro_.alive) processes_.send_signal(cerebro_.number, SIGTERM);
  go_on_stopping();
}

std::optional<int> Up::finished() const {
  if (cerebro_.alive || servers_alive()) return std::nullopt;
  return code_;
}

}  // namespace cordyna::dyna
