// Two ways to keep what tasks print: files, written by one background thread in the order of arrival, and memory.

#include "cerebro/task_logs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

#include "base/limits.h"

namespace cordyna::cerebro {

namespace limits = base::limits;

namespace {

constexpr std::string_view cut_mark = "\n[cordyna: the log ends here, 16 MiB of it are kept]\n";
constexpr std::string_view gap_mark = "[cordyna: output was lost here]\n";

/// The bytes to put between `from` and `to`, of which nothing is known.
std::string filling(std::uint64_t from, std::uint64_t to) {
  std::string text(to - from, ' ');
  const std::size_t shown = std::min<std::size_t>(text.size(), gap_mark.size());
  text.replace(text.size() - shown, shown, gap_mark.substr(gap_mark.size() - shown));
  return text;
}

/// What of a text at `offset` is to be written to a log that has `size` bytes, and where: gaps are filled, what was
/// there is not written again, the end is cut.
struct Write {
  std::uint64_t at = 0;
  std::string text;
};
Write write_of(std::uint64_t size, std::uint64_t offset, std::string text) {
  if (size >= limits::log_bytes_max) return {size, {}};
  offset = std::min<std::uint64_t>(offset, limits::log_bytes_max);
  if (offset > size) text.insert(0, filling(size, offset));
  if (offset < size) text.erase(0, std::min<std::uint64_t>(text.size(), size - offset));
  if (size + text.size() > limits::log_bytes_max) {
    text.resize(limits::log_bytes_max - size);
    text += cut_mark;
  }
  return {size, std::move(text)};
}

class FileTaskLogs final : public TaskLogs {
 public:
  explicit FileTaskLogs(std::string directory) : directory_(std::move(directory)), thread_([this] { serve(); }) {}
  ~FileTaskLogs() override {
    {
      const std::scoped_lock lock(mutex_);
      stopping_ = true;
    }
    more_.notify_all();
    thread_.join();
  }

  void append(const AttemptName& attempt, std::uint64_t offset, std::string text) override {
    {
      const std::scoped_lock lock(mutex_);
      if (queued_bytes_ + text.size() > limits::task_log_queue_bytes_max) return;
      queued_bytes_ += text.size();
      queue_.push_back({attempt, offset, std::move(text)});
    }
    more_.notify_one();
  }

  base::Result<LogPart> read(const AttemptName& attempt, std::uint64_t after, std::size_t limit) const override {
    const std::string path = path_of(attempt);
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT) return LogPart{"", after};
    if (file < 0) return base::Error{"io_error", "cannot read " + path + ": " + std::strerror(errno)};
    std::string text(limit, '\0');
    const ssize_t got = ::pread(file, text.data(), text.size(), static_cast<off_t>(after));
    const int error = errno;
    ::close(file);
    if (got < 0) return base::Error{"io_error", "cannot read " + path + ": " + std::strerror(error)};
    text.resize(static_cast<std::size_t>(got));
    return LogPart{std::move(text), after + static_cast<std::uint64_t>(got)};
  }

  void flush() override {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return queue_.empty() && !writing_; });
  }

 private:
  struct Piece {
    AttemptName attempt;
    std::uint64_t offset = 0;
    std::string text;
  };

  std::string path_of(const AttemptName& attempt) const {
    return directory_ + "/" + attempt.run.text() + "/" + attempt.task + "." + std::to_string(attempt.attempt) + ".log";
  }

  void serve() {
    std::unique_lock lock(mutex_);
    while (true) {
      more_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      auto pieces = std::exchange(queue_, {});
      queued_bytes_ = 0;
      writing_ = true;
      lock.unlock();
      for (auto& piece : pieces) write(std::move(piece));
      lock.lock();
      writing_ = false;
      if (queue_.empty()) idle_.notify_all();
    }
  }

  /// Failures are silent: a log is worth less than the run it belongs to, and shows the gap.
  void write(Piece piece) const {
    const std::string path = path_of(piece.attempt);
    int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    if (file < 0 && errno == ENOENT) {
      std::error_code ignored;
      std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
      file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    }
    if (file < 0) return;
    struct stat status {};
    if (::fstat(file, &status) == 0) {
      const Write write = write_of(static_cast<std::uint64_t>(status.st_size), piece.offset, std::move(piece.text));
      for (std::size_t done = 0; done < write.text.size();) {
        const ssize_t put =
            ::pwrite(file, write.text.data() + done, write.text.size() - done, static_cast<off_t>(write.at + done));
        if (put <= 0) break;
        done += static_cast<std::size_t>(put);
      }
    }
    ::close(file);
  }

  const std::string directory_;
  std::mutex mutex_;  // guards what is below, down to the thread
  std::condition_variable more_, idle_;
  std::deque<Piece> queue_;
  std::size_t queued_bytes_ = 0;
  bool writing_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

class MemoryTaskLogs final : public TaskLogs {
 public:
  void append(const AttemptName& attempt, std::uint64_t offset, std::string text) override {
    const std::scoped_lock lock(mutex_);
    std::string& log = logs_[attempt];
    log += write_of(log.size(), offset, std::move(text)).text;
  }
  base::Result<LogPart> read(const AttemptName& attempt, std::uint64_t after, std::size_t limit) const override {
    const std::scoped_lock lock(mutex_);
    const auto found = logs_.find(attempt);
    if (found == logs_.end() || after >= found->second.size()) return LogPart{"", after};
    std::string text = found->second.substr(after, limit);
    const std::uint64_t next = after + text.size();
    return LogPart{std::move(text), next};
  }
  void flush() override {}

 private:
  mutable std::mutex mutex_;
  std::map<AttemptName, std::string> logs_;
};

}  // namespace

std::unique_ptr<TaskLogs> file_task_logs(std::string directory) {
  return std::make_unique<FileTaskLogs>(std::move(directory));
}

std::unique_ptr<TaskLogs> memory_task_logs() {
  return std::make_unique<MemoryTaskLogs>();
}

}  // namespace cordyna::cerebro
