#pragma once
// A line between task-servers and cerebro that can be broken: bytes go through a port of our own on the loopback, and
// whoever disturbs says what happens to them. One thread of its own; used by the chaos program alone.

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace cordyna::chaos {

class Proxy {
 public:
  /// Towards `port` of 127.0.0.1.
  explicit Proxy(std::uint16_t port);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  /// All lines break now, with what is on its way.
  void cut();
  /// New lines are closed at once, until heal().
  void refuse() { refuses_ = true; }
  /// Bytes towards cerebro, or from it, stand still, until heal().
  void stall(bool towards_cerebro) { stalled_ = towards_cerebro ? 1 : 2; }
  void heal();

 private:
  struct Line {
    int client = -1, server = -1;
  };

  void serve();
  void wake() const;
  void take();
  /// False when the line is over.
  bool pass(int from, int to);
  void close_line(Line& line);

  const std::uint16_t target_;
  std::uint16_t port_ = 0;
  int listener_ = -1, wake_ = -1;
  std::atomic<bool> stopping_ = false, cuts_ = false, refuses_ = false;
  std::atomic<int> stalled_ = 0;  // 1: towards cerebro, 2: from it
  std::vector<Line> lines_;       // of the thread
  std::thread thread_;
};

}  // namespace cordyna::chaos
