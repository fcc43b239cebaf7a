// The program: real clock, real network, real disk around the one Cerebro object, and the loop that drives it.

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <sstream>

#include "base/limits.h"
#include "cerebro/cerebro.h"
#include "cerebro/config.h"
#include "cerebro/data_commands.h"
#include "cerebro/logging.h"
#include "cerebro/recovery.h"
#include "cerebro/upkeep.h"
#include "cerebro/version.h"
#include "cerebro/zones.h"
#include "log/memory_log.h"
#include "log/running_backup.h"
#include "log/sqlite_log.h"
#include "net/network.h"
#include "net/real_clock.h"

namespace {

using namespace cordyna;
using namespace cordyna::cerebro;

std::atomic<int> stop_signal{0};
std::atomic<net::Network*> network_to_wake{nullptr};

void on_signal(int signal) {
  stop_signal = signal;
  if (net::Network* network = network_to_wake.load()) network->wake();
}

base::Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return base::Error{"io_error", "cannot read " + path};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

int fail(const base::Error& error) {
  fmt::print(stderr, "cerebro: {}\n", error.message);
  return exit_code_of(error);
}

base::Result<std::unique_ptr<log::EventLog>> open_log(const Config& config, base::Clock& clock) {
  if (config.memory)
    return std::unique_ptr<log::EventLog>(
        std::make_unique<log::MemoryLog>(fmt::format("memory-{:x}", clock.wall().time_since_epoch().count())));
  log::SqliteLogOptions options;
  options.folder = config.data;
  auto opened = log::SqliteLog::open(std::move(options));
  if (!opened.ok()) return opened.error();
  return std::unique_ptr<log::EventLog>(std::move(*opened));
}

/// The state at the end of the log; says how it came about.
base::Result<engine::State> restore(log::EventLog& log, log::SqliteLog* sqlite, const Config& config,
                                    const model::CheckZone& check_zone, base::Clock& clock) {
  const base::Duration began = clock.steady();
  const RecoverySource source = sqlite != nullptr ? source_of(*sqlite, config.data) : source_of(log);
  auto recovered = recover(source, check_zone);
  if (!recovered.ok()) return recovered.error();
  for (const RefusedSnapshot& one : recovered->refused)
    spdlog::warn("event=snapshot_refused file={} reason=\"{}\"", one.file.path, one.error.message);
  const engine::State& state = recovered->state;
  spdlog::info("event=recovered cluster={} epoch={} seq={} snapshot={} tasks={} live_runs={} ms={}", state.cluster,
               log.identity().epoch, state.seq, recovered->snapshot ? recovered->snapshot->last_seq : 0,
               state.tasks.size(), state.runs.size(), (clock.steady() - began).count() / 1000);
  return std::move(recovered->state);
}

/// Snapshots, retention and backups of a log on disk; nothing for one in memory.
class Background {
 public:
  Background(log::SqliteLog* log, const Config& config, base::Clock& clock, net::Network& network) : clock_(clock) {
    if (log == nullptr) return;
    compactor_ = child_compactor(config.data);
    thread_ = std::make_unique<ThreadReaders>(1, [&network] { network.wake(); });
    upkeep_ = std::make_unique<Upkeep>(UpkeepWorld{*log, config.data, clock, *thread_, *compactor_, config.retention,
                                                   base::limits::snapshot_events_min});
    backup_ = std::make_unique<log::RunningBackup>(*log, config.data);
  }
  void advance(const engine::State& state) {
    if (!upkeep_) return;
    thread_->poll();
    upkeep_->advance(state);
  }
  /// `idle`, or less when something is due before.
  std::optional<base::Duration> idle_time(std::optional<base::Duration> idle) const {
    if (!upkeep_) return idle;
    const base::Duration own = std::max(base::Duration{}, upkeep_->due() - clock_.steady());
    return idle ? std::min(*idle, own) : own;
  }

 private:
  base::Clock& clock_;
  std::unique_ptr<Compactor> compactor_;
  std::unique_ptr<Upkeep> upkeep_;
  std::unique_ptr<ThreadReaders> thread_;  // ends before what it works for
  std::unique_ptr<log::RunningBackup> backup_;
};

std::string address_of(const Config& config, std::uint16_t port) {
  const bool six = config.host.find(':') != std::string::npos;
  return six ? fmt::format("[{}]:{}", config.host, port) : fmt::format("{}:{}", config.host, port);
}

/// Passes until what was decided is durable and every session has its goodbye; 4 s at most.
void stop(Cerebro& cerebro, net::Network& network, base::Clock& clock, const std::string& reason) {
  const base::Duration until = clock.steady() + std::chrono::seconds(4);
  network.stop_listening();
  cerebro.stop(reason);
  const auto poll = [&] { return network.poll(cerebro); };
  while (!cerebro.stopped() && clock.steady() < until) {
    cerebro.pass(poll);
    network.wait(std::min<base::Duration>(cerebro.idle_time().value_or(std::chrono::milliseconds(50)),
                                          std::chrono::milliseconds(50)));
  }
  network.close_all(1001, reason);
  while (network.connections() > 0 && clock.steady() < until) {
    network.wait(std::chrono::milliseconds(20));
    while (network.poll(cerebro) > 0) {
    }
  }
}

int serve(const Config& config) {
  start_logging(config.log_level);
  net::raise_open_files_limit();
  net::RealClock clock;
  Zones zones;
  const model::CheckZone check_zone = zones.check();

  auto log = open_log(config, clock);
  if (!log.ok()) return fail(log.error());
  auto* sqlite = dynamic_cast<log::SqliteLog*>(log->get());
  auto state = restore(**log, sqlite, config, check_zone, clock);
  if (!state.ok()) return fail(state.error());

  net::NetworkOptions options;
  options.body_bytes_max_of = [](std::string_view target) {
    return target.starts_with("/api/v1/declarations:check") ? base::limits::http_declarations_bytes_max
                                                            : base::limits::http_body_bytes_max;
  };
  net::Network network(options);
  const auto port = network.listen(config.host, config.port);
  if (!port.ok()) return fail(port.error());

  ThreadReaders readers(2, [&network] { network.wake(); });
  (*log)->on_ready([&network] { network.wake(); });
  const auto logs = config.memory ? memory_task_logs() : file_task_logs(config.data + "/logs");
  Cerebro cerebro({network,
                   clock,
                   **log,
                   readers,
                   *logs,
                   check_zone,
                   {zones.source(), config.limits, std::string(version)},
                   {address_of(config, *port), config.host}},
                  std::move(*state));

  network_to_wake = &network;
  std::signal(SIGTERM, on_signal);
  std::signal(SIGINT, on_signal);
  std::signal(SIGPIPE, SIG_IGN);
  cerebro.start();
  fmt::print("cerebro listening on http://{}\n", address_of(config, *port));
  std::fflush(stdout);
  spdlog::info("event=listening address={} version={} tzdata={}", address_of(config, *port), version, zones.version());

  const auto poll = [&] { return network.poll(cerebro); };
  Background background(sqlite, config, clock, network);
  while (stop_signal == 0) {
    cerebro.pass(poll);
    background.advance(cerebro.state());
    network.wait(background.idle_time(cerebro.idle_time()));
  }
  spdlog::info("event=stopping signal={}", stop_signal.load());
  stop(cerebro, network, clock, stop_signal == SIGINT ? "interrupted" : "terminated");
  network_to_wake = nullptr;
  logs->flush();
  spdlog::info("event=stopped seq={}", cerebro.state().seq);
  return exit_code::done;
}

}  // namespace

int main(int argc, char** argv) {
  const auto read = read_config({argv + 1, argv + argc}, read_file);
  if (const auto* stop = std::get_if<ConfigStop>(&read)) {
    fmt::print(stop->code == exit_code::done ? stdout : stderr, "{}\n", stop->text);
    return stop->code;
  }
  const Config& config = std::get<Config>(read);
  return config.command == Command::serve ? serve(config) : run_data_command(config);
}
