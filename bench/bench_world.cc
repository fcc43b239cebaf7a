#include "bench_world.h"

#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "log/sqlite_log.h"
#include "net/http_client.h"

extern char** environ;

namespace cordyna::bench {
namespace {

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "bench: %s\n", why.c_str());
  std::exit(1);
}

nlohmann::json call(const std::string& method, const std::string& url, const std::string& body) {
  static net::HttpClient client;
  net::HttpCall call;
  call.method = method;
  call.url = url;
  call.body = body;
  if (!body.empty()) call.headers = {{"content-type", "application/json"}};
  const auto answer = client.request(call);
  if (!answer) give_up(answer.error().message);
  if (answer->status >= 300) give_up(method + ' ' + url + ": " + answer->body);
  return nlohmann::json::parse(answer->body);
}

}  // namespace

Cerebro::Cerebro(const std::string& bench_path) {
  folder_ = (std::filesystem::current_path() / fmt::format("bench-data-{}", getpid())).string();
  std::filesystem::remove_all(folder_);
  const std::string program = (std::filesystem::path(bench_path).parent_path() / "cerebro").string();
  int ends[2];
  if (pipe(ends) != 0) give_up("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  std::vector<std::string> words{program, "--data", folder_, "--listen", "127.0.0.1:0", "--log-level", "warn"};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  if (posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), environ) != 0)
    give_up("cannot start " + program);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  output_ = ends[0];
  std::string line;
  for (char c = 0; read(output_, &c, 1) == 1 && c != '\n';) line += c;
  const std::size_t at = line.find("http://");
  if (at == std::string::npos) give_up("cerebro did not start: " + line);
  url_ = line.substr(at);
}

Cerebro::~Cerebro() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
  close(output_);
  std::filesystem::remove_all(folder_);
}

double Cerebro::cpu_seconds() const {
  std::ifstream file(fmt::format("/proc/{}/stat", pid_));
  std::string word;
  double ticks = 0;
  for (int field = 1; field <= 15 && file >> word; ++field)
    if (field == 14 || field == 15) ticks += std::stod(word);
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double Cerebro::memory_megabytes() const {
  std::ifstream file(fmt::format("/proc/{}/statm", pid_));
  double pages = 0;
  file >> pages >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

nlohmann::json Cerebro::get(const std::string& path) const {
  return call("GET", url_ + "/api/v1" + path, "");
}
nlohmann::json Cerebro::post(const std::string& path, const nlohmann::json& body) const {
  return call("POST", url_ + "/api/v1" + path, body.dump());
}

std::string Cerebro::wait_for(const std::string& run) const {
  // The list is short; the run itself may have 100,000 tasks.
  while (true) {
    const nlohmann::json runs = get("/runs?limit=10");
    for (const auto& one : runs.at("runs"))
      if (one["run_id"] == run && one["state"] != "running") return one["state"];
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void Cerebro::wait_for_servers(std::size_t count) const {
  while (true) {
    std::size_t ready = 0;
    const nlohmann::json servers = get("/servers");
    for (const auto& one : servers.at("servers")) ready += one["state"] == "ready" ? 1 : 0;
    if (ready == count) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

Serving::Serving(const Cerebro& cerebro, const std::string& name, std::uint32_t slots,
                 const std::function<void(TaskServer&)>& declare) {
  TaskServerOptions options;
  options.name = name;
  options.team = "bench";
  options.slots = slots;
  options.url = cerebro.url();
  options.handle_signals = false;
  server_ = std::make_unique<TaskServer>(std::move(options));
  declare(*server_);
  thread_ = std::thread([this] {
    if (server_->serve() != 0) give_up("a task-server ended badly");
  });
}

Serving::~Serving() {
  server_->stop();
  thread_.join();
}

double now_us() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::micro>(now).count();
}

double quantile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

double commit_floor_us() {
  const std::string folder = fmt::format("bench-floor-{}", getpid());
  std::filesystem::remove_all(folder);
  auto log = log::SqliteLog::open({.folder = folder});
  if (!log) give_up(log.error().message);
  std::mutex mutex;
  std::condition_variable changed;
  bool ready = false;
  (*log)->on_ready([&] {
    const std::scoped_lock lock(mutex);
    ready = true;
    changed.notify_all();
  });
  std::vector<double> times;
  for (base::Seq seq = 1; seq <= 500; ++seq) {
    log::Batch batch;
    batch.first_seq = seq;
    batch.count = 1;
    batch.events = std::string(200, 'e');
    const double before = now_us();
    (*log)->append(std::move(batch), [](log::AppendResult) {});
    std::unique_lock lock(mutex);
    changed.wait(lock, [&ready] { return ready; });
    ready = false;
    lock.unlock();
    (*log)->poll();
    times.push_back(now_us() - before);
  }
  log->reset();
  std::filesystem::remove_all(folder);
  return quantile(times, 0.5);
}

std::string spread(std::vector<double> values) {
  return fmt::format("{:.4g} ({:.4g}-{:.4g})", quantile(values, 0.5), quantile(values, 0), quantile(values, 1));
}

double load() {
  std::ifstream file("/proc/loadavg");
  double value = 0;
  file >> value;
  return value;
}

}  // namespace cordyna::bench
