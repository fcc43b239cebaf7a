// What a durable commit costs here and now: fdatasync of an appended and of an overwritten block, and a batch of 200
// bytes through SqliteLog, in turns so that all three see the same minutes. The ratio is what may be compared.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "measure.h"
#include "program.h"

namespace {

using namespace cordyna::bench;

class Blocks {
 public:
  Blocks(const std::string& path, std::size_t prepared) : file_(::open(path.c_str(), O_RDWR | O_CREAT, 0640)) {
    if (file_ < 0) give_up("cannot write " + path);
    for (std::size_t i = 0; i < prepared; ++i) write(i);
    ::fsync(file_);
  }
  ~Blocks() { ::close(file_); }
  Blocks(const Blocks&) = delete;
  Blocks& operator=(const Blocks&) = delete;

  /// What it takes, in us.
  double write_and_sync(std::size_t block) {
    const double before = now_us();
    write(block);
    if (::fdatasync(file_) != 0) give_up("fdatasync failed");
    return now_us() - before;
  }

 private:
  void write(std::size_t block) {
    const std::string bytes(4096, 'x');
    if (::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(block * bytes.size())) < 0)
      give_up("the disk is full");
  }
  int file_;
};

}  // namespace

int main(int argc, char** argv) {
  std::size_t syncs = 1000, runs = 5;
  Program program("bench_log_floor", "the disk: what a durable write costs here and now",
                  {{"syncs", "of each kind in a run", syncs, 20, 100'000}, {"runs", "runs", runs, 1, 1000}}, argc,
                  argv);
  const std::string folder = fmt::format("bench-blocks-{}", getpid());
  std::filesystem::create_directories(folder);
  std::vector<double> append, overwrite, commit;
  {
    Blocks appended(folder + "/appended", 0), overwritten(folder + "/overwritten", 1024);
    for (std::size_t run = 0; run < runs; ++run) {
      std::vector<double> appends, overwrites;
      for (std::size_t i = 0; i < syncs; ++i) {
        appends.push_back(appended.write_and_sync(run * syncs + i));
        overwrites.push_back(overwritten.write_and_sync(i % 1024));
      }
      append.push_back(quantile(appends, 0.5));
      overwrite.push_back(quantile(overwrites, 0.5));
      commit.push_back(commit_floor_us());
    }
  }
  std::filesystem::remove_all(folder);
  program.add({"disk", "fdatasync of 4 KiB, overwritten", "us", overwrite});
  program.add({"disk", "fdatasync of 4 KiB, appended", "us", append, overwrite});
  program.add({"disk", "commit of 200 bytes", "us", commit, overwrite});
  return program.finish();
}
