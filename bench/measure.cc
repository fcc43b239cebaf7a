#include "measure.h"

#include <fmt/format.h>
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

namespace cordyna::bench {

void give_up(const std::string& why) {
  std::fprintf(stderr, "bench: %s\n", why.c_str());
  std::exit(1);
}

double now_us() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::micro>(now).count();
}

double quantile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

double load() {
  std::ifstream file("/proc/loadavg");
  double value = 0;
  file >> value;
  return value;
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
    (*log)->append(std::move(batch), [](log::AppendResult result) {
      if (result != log::AppendResult::durable) give_up("a commit of the floor failed");
    });
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

}  // namespace cordyna::bench
