#include "cerebro.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "measure.h"
#include "net/http_client.h"

namespace cordyna::bench {
namespace {

constexpr auto asking_period = std::chrono::milliseconds(2);

base::Result<base::HttpResponse> ask(const std::string& method, const std::string& url, const std::string& body) {
  thread_local net::HttpClient client;
  net::HttpCall call;
  call.method = method;
  call.url = url;
  call.body = body;
  call.timeout = std::chrono::minutes(2);
  if (!body.empty()) call.headers = {{"content-type", "application/json"}};
  return client.request(call);
}

nlohmann::json call(const std::string& method, const std::string& url, const std::string& body) {
  const auto answer = ask(method, url, body);
  if (!answer) give_up(method + ' ' + url + ": " + answer.error().message);
  if (answer->status >= 300) give_up(method + ' ' + url + ": " + answer->body);
  return nlohmann::json::parse(answer->body);
}

}  // namespace

Cerebro::Cerebro(const std::string& programs, Store store) : program_(programs + "/cerebro"), store_(store) {
  static int count = 0;
  data_ = (std::filesystem::current_path() / fmt::format("bench-data-{}-{}", getpid(), ++count)).string();
  std::filesystem::remove_all(data_);
  start("127.0.0.1:0");
}

Cerebro::~Cerebro() {
  child_.reset();
  std::filesystem::remove_all(data_);
}

void Cerebro::start(const std::string& address) {
  std::vector<std::string> words{program_, "--data", data_, "--listen", address, "--log-level", "warn"};
  if (store_ == Store::memory) words.insert(words.end(), {"--store", "memory"});
  child_ = std::make_unique<Child>(words);
  const std::string line = child_->line_with("http://");
  url_ = line.substr(line.find("http://"));
}

double Cerebro::restart() {
  child_->signal(SIGKILL);
  child_->wait();
  const double before = now_us();
  start(url_.substr(std::string("http://").size()));
  while (true) {
    const auto answer = ask("GET", url_ + "/readyz", "");
    if (answer && answer->status == 200) return (now_us() - before) / 1e6;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

double Cerebro::cpu_seconds() const {
  std::ifstream file(fmt::format("/proc/{}/stat", child_->pid()));
  std::string word;
  double ticks = 0;
  for (int field = 1; field <= 15 && file >> word; ++field)
    if (field == 14 || field == 15) ticks += std::stod(word);
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double Cerebro::memory_megabytes() const {
  std::ifstream file(fmt::format("/proc/{}/statm", child_->pid()));
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

double Cerebro::run(const std::vector<std::string>& select) const {
  const double before = now_us();
  const std::string id = post("/runs", {{"select", select}}).at("run_id");
  while (true) {
    // The list is short; the run itself may have 100,000 tasks.
    const nlohmann::json runs = get("/runs?limit=10");
    for (const auto& one : runs.at("runs")) {
      if (one["run_id"] != id || one["state"] == "running") continue;
      if (one["state"] != "completed") give_up("run " + id + " ended " + std::string(one["state"]));
      return (now_us() - before) / 1e6;
    }
    std::this_thread::sleep_for(asking_period);
  }
}

void Cerebro::wait_for_server(const std::string& name) const {
  while (true) {
    const auto answer = ask("GET", url_ + "/api/v1/servers/" + name, "");
    if (answer && answer->status == 200 && nlohmann::json::parse(answer->body).at("state") == "ready") return;
    std::this_thread::sleep_for(asking_period);
  }
}

std::uint64_t Cerebro::count(const std::string& what) const {
  const auto answer = ask("GET", url_ + "/metrics", "");
  if (!answer) give_up(answer.error().message);
  const std::string name = fmt::format("cordyna_now{{what=\"{}\"}} ", what);
  const std::size_t at = answer->body.find('\n' + name);
  if (at == std::string::npos) give_up("/metrics does not count " + what);
  return static_cast<std::uint64_t>(std::stod(answer->body.substr(at + 1 + name.size())));
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

}  // namespace cordyna::bench
