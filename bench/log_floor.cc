// What a durable commit costs here and now: fdatasync of an appended and of an overwritten block, and a batch of 200
// bytes through SqliteLog, interleaved so that all three see the same minutes. Prints the ratio, which is what may be
// compared.
//
// bench_log_floor [FOLDER] [COMMITS]

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "log/sqlite_log.h"

namespace {

using cordyna::log::AppendResult;
using cordyna::log::Batch;
using cordyna::log::KeyKind;
using cordyna::log::SqliteLog;
using Microseconds = std::chrono::duration<double, std::micro>;

double timed(const auto& call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  return Microseconds(std::chrono::steady_clock::now() - start).count();
}

double at(std::vector<double>& values, double part) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

void print(const char* name, std::vector<double> values, double floor) {
  double sum = 0;
  for (double value : values) sum += value;
  const double mean = sum / static_cast<double>(values.size());
  std::printf("%-34s p50 %6.0f us  p99 %6.0f us  mean %6.0f us  %6.0f/s  ratio of p50 to the floor %.2f\n", name,
              at(values, 0.5), at(values, 0.99), mean, 1e6 / mean, at(values, 0.5) / floor);
}

class Blocks {
 public:
  Blocks(const std::string& path, std::size_t prepared) : file_(::open(path.c_str(), O_RDWR | O_CREAT, 0640)) {
    for (std::size_t i = 0; i < prepared; ++i) write(i);
    ::fsync(file_);
  }
  ~Blocks() { ::close(file_); }
  void write_and_sync(std::size_t block) {
    write(block);
    if (::fdatasync(file_) != 0) std::abort();
  }

 private:
  void write(std::size_t block) {
    const std::string bytes(4096, 'x');
    if (::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(block * bytes.size())) < 0) std::abort();
  }
  int file_;
};

class Waiter {
 public:
  explicit Waiter(SqliteLog& log) : log_(log) {
    log_.on_ready([this] {
      const std::scoped_lock lock(mutex_);
      ready_ = true;
      changed_.notify_all();
    });
  }
  void append(Batch batch) {
    log_.append(std::move(batch), [](AppendResult result) {
      if (result != AppendResult::durable) std::abort();
    });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ready_; });
    ready_ = false;
    lock.unlock();
    log_.poll();
  }

 private:
  SqliteLog& log_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ready_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : "/var/tmp/cordyna-log-floor";
  const std::size_t commits = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 2000;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  auto log = SqliteLog::open({.folder = folder + "/data"});
  if (!log) return std::fprintf(stderr, "%s\n", log.error().message.c_str()), 1;
  (*log)->wait_until_sealed();
  Waiter waiter(**log);
  Blocks appended(folder + "/appended", 0), overwritten(folder + "/overwritten", 1024);
  std::vector<double> append, overwrite, commit;
  for (std::size_t i = 0; i < commits; ++i) {
    Batch batch;
    batch.first_seq = i + 1;
    batch.count = 1;
    batch.events = std::string(200, 'e');
    batch.keys = {{KeyKind::run, "0192f0c8-7a5b-7000-8000-" + std::to_string(100'000'000'000 + i)}};
    append.push_back(timed([&] { appended.write_and_sync(i); }));
    overwrite.push_back(timed([&] { overwritten.write_and_sync(i % 1024); }));
    commit.push_back(timed([&] { waiter.append(std::move(batch)); }));
  }
  const double floor = at(overwrite, 0.5);
  print("fdatasync, 4 KiB appended", append, floor);
  print("fdatasync, 4 KiB overwritten", overwrite, floor);
  print("SqliteLog, a batch of 200 bytes", commit, floor);
  log->reset();
  std::filesystem::remove_all(folder);
  return 0;
}
