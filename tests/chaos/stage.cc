#include "chaos/stage.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <thread>

namespace cordyna::chaos {

using std::chrono::milliseconds;

namespace {

constexpr std::array words{"kill_cerebro", "kill_server", "pause_cerebro", "pause_server",
                           "cut",          "refuse",      "stall",         "full_disk"};
constexpr const char* disk_size = "size=384m";
constexpr milliseconds shortest_trouble{100}, longest_trouble{2500};

/// Appends who it is in one write, works a little, and fails now and then.
std::string task(const std::string& effects, const std::string& seconds, int fails_of_256) {
  return "    shell: \"echo $CORDYNA_RUN_ID $CORDYNA_TASK $CORDYNA_ATTEMPT >> " + effects + "; sleep " + seconds +
         "; [ $(od -An -N1 -tu1 /dev/urandom) -ge " + std::to_string(fails_of_256) + " ]\"\n";
}

}  // namespace

std::string_view word(Fault fault) {
  return words[static_cast<std::size_t>(fault)];
}

Stage::Stage(std::string folder, std::uint64_t seed) : folder_(std::move(folder)), chance_(seed) {
  mount_data();
  write_files();
  cerebro_ = std::make_unique<processes::Cerebro>(data());
  cerebro_->start();
  for (Server& server : servers_) {
    if (server.name != "gamma") server.proxy = std::make_unique<Proxy>(cerebro_->port());
    start(server);
  }
}

Stage::~Stage() {
  servers_.clear();
  cerebro_.reset();
  if (why_no_full_disk_.empty()) umount2(data().c_str(), MNT_DETACH);
}

void Stage::mount_data() {
  mkdir(data().c_str(), 0755);
  if (mount("tmpfs", data().c_str(), "tmpfs", 0, disk_size) != 0)
    why_no_full_disk_ = std::string("a small file system cannot be mounted here: ") + std::strerror(errno);
}

void Stage::write_files() {
  const std::string head =
      "team: chaos\nslots: 4\ndefaults:\n  timeouts: {ack: 20s, complete: 2m}\n"
      "  retries: {max: 5, backoff: 1s, factor: 1, jitter: 0.2}\ntasks:\n";
  const std::map<std::string, std::string> tasks{
      {"alpha", "  extract:\n" + task(effects(), "0.1", 16) + "  clean:\n" + task(effects(), "0.05", 16) +
                    "    upstream: [extract]\n  tick:\n" + task(effects(), "0.02", 0) + "    when: {every: 5s}\n"},
      {"beta", "  load:\n" + task(effects(), "0.1", 16) + "    upstream: [alpha/clean]\n  report:\n" +
                   task(effects(), "0.05", 16) + "    upstream: [load, {task: gamma/rates, within: 10s}]\n" +
                   "  careful:\n" + task(effects(), "0.05", 32) +
                   "    idempotent: false\n    upstream: [alpha/clean]\n" + "    when: manual\n"},
      {"gamma", "  rates:\n" + task(effects(), "0.05", 16) + "  on-order:\n" + task(effects(), "0.02", 16) +
                    "    when: {event: {type: \"chaos.order\"}}\n  single:\n" + task(effects(), "0.05", 0) +
                    "    concurrency: 1\n    upstream: [on-order]\n"}};
  for (const auto& [name, text] : tasks) {
    servers_.push_back({name, folder_ + "/" + name + ".yaml", nullptr, nullptr});
    std::ofstream(servers_.back().file) << "server: " << name << '\n' << head << text;
  }
}

std::vector<std::string> Stage::targets() const {
  return {"alpha/clean", "beta/load", "beta/report", "beta/careful", "gamma/rates", "gamma/single", "+beta/report"};
}

void Stage::start(Server& server) {
  const std::string url = server.proxy ? server.proxy->url() : cerebro_->url();
  server.process =
      std::make_unique<processes::Process>(std::vector<std::string>{processes::program("dyna"), "serve", server.file},
                                           processes::Process::Environment{{"CORDYNA_URL", url}}, folder_);
}

void Stage::fill_disk() {
  const int file = open((data() + "/filler").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
  const std::string block(1U << 20, 'x');
  for (std::size_t size = block.size(); size > 0; size /= 2)
    while (write(file, block.data(), size) == static_cast<ssize_t>(size)) continue;
  close(file);
}

void Stage::begin(Fault fault) {
  switch (fault) {
    case Fault::kill_cerebro:
      return (void)cerebro_->kill();
    case Fault::kill_server: {
      Server& server = any();
      server.process->kill();
      return start(server);
    }
    case Fault::pause_cerebro:
      return cerebro_->process().signal(SIGSTOP);
    case Fault::pause_server:
      paused_ = &any();
      return paused_->process->signal(SIGSTOP);
    case Fault::cut:
      return any_proxy().cut();
    case Fault::refuse:
      proxy_ = &any_proxy();
      proxy_->refuse();
      return proxy_->cut();
    case Fault::stall:
      proxy_ = &any_proxy();
      return proxy_->stall(chance_() % 2 == 0);
    case Fault::full_disk:
      return fill_disk();
  }
}

void Stage::end(Fault fault) {
  switch (fault) {
    case Fault::kill_cerebro:
      return cerebro_->start();
    case Fault::pause_cerebro:
      return cerebro_->process().signal(SIGCONT);
    case Fault::pause_server:
      return paused_->process->signal(SIGCONT);
    case Fault::refuse:
    case Fault::stall:
      return proxy_->heal();
    case Fault::full_disk:
      return (void)unlink((data() + "/filler").c_str());
    case Fault::kill_server:
    case Fault::cut:
      return;
  }
}

void Stage::disturb(std::map<std::string, int>& happened) {
  const std::uint64_t kinds = why_no_full_disk_.empty() ? words.size() : words.size() - 1;
  std::vector<Fault> faults{static_cast<Fault>(chance_() % kinds)};
  // A second one beside it, of the other kind of thing: a process and a line, or a disk and a process.
  const auto second = static_cast<Fault>(chance_() % kinds);
  const auto is_cerebro = [](Fault one) {
    return one == Fault::kill_cerebro || one == Fault::pause_cerebro || one == Fault::full_disk;
  };
  const auto is_line = [](Fault one) { return one == Fault::refuse || one == Fault::stall; };
  const bool fits = second != faults[0] && !(is_cerebro(second) && is_cerebro(faults[0])) &&
                    !(is_line(second) && is_line(faults[0])) &&
                    !(second == Fault::kill_server && faults[0] == Fault::pause_server) &&
                    !(second == Fault::pause_server && faults[0] == Fault::kill_server);
  if (fits && chance_() % 2 == 0) faults.push_back(second);
  for (const Fault fault : faults) {
    begin(fault);
    ++happened[std::string(word(fault))];
  }
  const auto range = static_cast<std::uint64_t>((longest_trouble - shortest_trouble).count());
  std::this_thread::sleep_for(shortest_trouble + milliseconds(chance_() % range));
  for (const Fault fault : faults) end(fault);
}

bool Stage::all_ended() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(180);
  while (std::chrono::steady_clock::now() < deadline) {
    const processes::Answer live = cerebro_->get("/api/v1/runs?limit=1&state=running");
    if (live.status == 200 && live.body["runs"].empty()) return true;
    const std::uint64_t seq = live.status == 200 ? cerebro_->last_seq() : 0;
    (void)cerebro_->event(
        [](const processes::Json& event) { return event["kind"].get<std::string>().starts_with("run."); }, seq,
        processes::Seconds(2));
  }
  return false;
}

std::string Stage::stop() {
  std::string faults;
  for (Server& server : servers_) server.process->signal(SIGTERM);
  for (Server& server : servers_)
    if (const processes::Exit exit = server.process->wait(); exit.code != 0)
      faults += server.name + " ended with code " + std::to_string(exit.code) + ", signal " +
                std::to_string(exit.signal) + ": " + exit.err + '\n';
  if (const processes::Exit exit = cerebro_->stop(); exit.code != 0)
    faults += "cerebro ended with code " + std::to_string(exit.code) + ", signal " + std::to_string(exit.signal) +
              ": " + exit.err + '\n';
  return faults;
}

}  // namespace cordyna::chaos
