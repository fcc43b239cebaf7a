#pragma once
// dyna up as a state machine: cerebro first, the task-servers once it listens, and the other way round at the end. It
// starts and signals through Processes and is told what they print and how they end, so every order can be tested.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dyna/ink.h"
#include "dyna/world.h"

namespace cordyna::dyna {

struct ChildProgram {
  std::vector<std::string> argv;         // argv[0] is a path
  std::vector<std::string> environment;  // "NAME=VALUE", besides our own
};

class Processes {
 public:
  virtual ~Processes() = default;
  /// The number by which the child is known from now on. Errors: not_started.
  virtual base::Result<int> start(const ChildProgram& program) = 0;
  virtual void send_signal(int child, int signal) = 0;
};

struct UpPlan {
  std::string cerebro;             // path of the program
  std::string dyna;                // path of ourselves
  std::vector<std::string> files;  // one task-server each
  std::string listen;
  std::string data;
};

class Up {
 public:
  Up(UpPlan plan, Processes& processes, const Screen& out, const Screen& err);

  /// Starts cerebro; finished() at once when that fails.
  void start();
  /// A line that a child printed, without its end.
  void on_line(int child, std::string_view line);
  /// A child ended; `code` is its exit code, or 128 + the signal.
  void on_end(int child, int code);
  /// Ctrl-C or SIGTERM: the first ends all in order, the second hurries, from the third on nobody is asked.
  void on_stop();
  /// The exit code, once every child has ended.
  std::optional<int> finished() const;

 private:
  struct Child {
    int number = 0;
    std::string name;
    bool alive = false;
  };

  void start_servers(const std::string& url);
  void stop_servers(int signal);
  void go_on_stopping();
  void say(const std::string& what);
  const Child* child_of(int number) const;
  bool servers_alive() const;

  UpPlan plan_;
  Processes& processes_;
  const Screen& out_;
  const Screen& err_;
  Child cerebro_{0, "cerebro", false};
  std::vector<Child> servers_;
  std::size_t name_width_ = 7;
  bool listens_ = false;
  bool cerebro_asked_ = false;
  int stops_ = 0;  // how often somebody asked, or 1 when cerebro died
  int code_ = 0;
};

/// "shop" for "teams/shop.yaml" and "shop.cordyna.yaml": what stands before its lines.
std::string server_label(const std::string& file);

}  // namespace cordyna::dyna
