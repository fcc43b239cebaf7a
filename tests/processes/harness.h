#pragma once
// What tests with real processes stand on: programs started and ended by their pid, lines read from their pipes, a
// folder that goes away, and a cerebro that is asked over HTTP. Nothing here sleeps: whoever waits is woken by a line,
// by an event of cerebro or by the end of a process, and gives up at a deadline. Programs die with the test, also when
// it is killed. The scripted session of a task-server is in raw_session.h.

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace cordyna::processes {

using Json = nlohmann::json;
using Seconds = std::chrono::seconds;
using Headers = std::vector<std::pair<std::string, std::string>>;

/// How long anything may take on a machine that is busy with other things; no test relies on it being used up.
inline constexpr Seconds patience{60};

/// A new folder, removed with all in it.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path(const std::string& name = "") const;
  /// Writes a file and returns its path.
  std::string file(const std::string& name, const std::string& text) const;

 private:
  std::string path_;
};

std::string read_file(const std::string& path);
std::vector<std::string> lines_of(const std::string& text);

/// The path of a program of this build, or of those in the folder that CORDYNA_PROGRAMS names.
std::string program(const std::string& name);

struct Exit {
  int code = -1;   // -1 when a signal ended it
  int signal = 0;  // 0 when it ended by itself
  std::string out, err;
};

/// True when the process `pid`, whosever child it is, is gone or a zombie before the deadline.
bool waits_for_death(pid_t pid, Seconds longest = patience);

/// One child process. A thread drains its two pipes, so it never stands still because nobody reads.
class Process {
 public:
  using Environment = std::map<std::string, std::string>;
  explicit Process(std::vector<std::string> arguments, Environment environment = {}, std::string folder = "");
  ~Process();  // kill -9 and wait
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  /// The first line of stdout or stderr, from the beginning, that contains `text`; nullopt when the program ends
  /// without it or the deadline is over.
  std::optional<std::string> line_with(const std::string& text, Seconds longest = patience);
  /// Has it ended, though nobody asked it to?
  bool is_gone() const { return waits_for_death(pid_, Seconds(0)); }
  /// The end of the program and all it wrote; a program that does not end by itself is killed, with signal SIGKILL.
  Exit wait(Seconds longest = patience);
  /// kill -9, and wait for the end.
  Exit kill();
  std::string out() const;
  std::string err() const;

 private:
  void drain(int out, int err);

  pid_t pid_ = -1;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string out_, err_;
  bool closed_ = false;  // both pipes are at their end
  std::optional<Exit> ended_;
  int stop_ = -1;  // eventfd: the drain leaves pipes that a grandchild holds open
  std::thread drain_;
};

/// Runs a program to its end.
Exit run(std::vector<std::string> arguments, Process::Environment environment = {}, std::string folder = "");

struct Answer {
  int status = 0;  // 0: not reachable
  Json body;       // null when the body is no JSON
  std::string text;
  std::map<std::string, std::string> headers;
  std::string failure;  // when not reachable
};

Answer post_to(const std::string& url, const std::string& body, Headers headers);

/// Reads the live stream of the cerebro at `url` behind `after` until an event is the one looked for; nullopt at the
/// deadline, and when cerebro goes away meanwhile.
std::optional<Json> event_of(const std::string& url, const std::function<bool(const Json&)>& is_it,
                             std::uint64_t after = 0, Seconds longest = patience);

/// What comes back for bytes as they are: for requests that no decent client sends. The first `longest` bytes' worth of
/// answer up to the end of the connection or of an HTTP answer.
Answer raw_request(std::uint16_t port, const std::string& bytes);

/// A cerebro on a data folder, on a port the system chose and that it keeps over restarts.
class Cerebro {
 public:
  explicit Cerebro(std::string data);

  void start();  // fails the test when it does not come up
  Exit kill() { return process_->kill(); }
  Exit stop();  // SIGTERM
  Process& process() { return *process_; }
  const std::string& url() const { return url_; }
  std::uint16_t port() const { return port_; }

  Answer get(const std::string& path) const;
  /// `body` as JSON, with what `headers` say on top.
  Answer post(const std::string& path, const Json& body, Headers headers = {}) const;
  Answer send(const std::string& method, const std::string& path, const std::string& body, Headers headers) const;

  /// The whole log, in order.
  std::vector<Json> events() const;
  /// The seq of the newest event.
  std::uint64_t last_seq() const;
  /// event_of() this cerebro.
  std::optional<Json> event(const std::function<bool(const Json&)>& is_it, std::uint64_t after = 0,
                            Seconds longest = patience) const {
    return event_of(url_, is_it, after, longest);
  }
  /// The first event of that kind, of that task if one is named.
  std::optional<Json> event(const std::string& kind, const std::string& task = "", std::uint64_t after = 0) const;
  /// Waits until the run is over and returns its document; fails the test when it does not end.
  Json ended(const std::string& run, Seconds longest = patience) const;
  /// Starts a run and returns its id.
  std::string start_run(const Json& body) const;

 private:
  std::string data_;
  std::string url_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Process> process_;
};

/// One task-run of a run document.
const Json& task_run(const Json& run, const std::string& task);

/// `dyna` with CORDYNA_URL, run to its end.
Exit dyna(const Cerebro& cerebro, std::vector<std::string> arguments);
/// A `dyna serve` that is ready, or the test fails.
std::unique_ptr<Process> serve(const Cerebro& cerebro, const std::string& file, std::vector<std::string> options = {});

/// Reads the frames of a stream of server-sent events, however it is cut into pieces.
class EventFrames {
 public:
  struct Frame {
    std::string id, event, data;
  };
  std::vector<Frame> take(std::string_view bytes);

 private:
  std::string rest_;
};

}  // namespace cordyna::processes
