#pragma once
// What the tests of net/ stand on: a recorder of everything a Transport tells, a served Network on a free port of the
// loopback, and a raw peer that can send any bytes, right or wrong. One thread; nothing sleeps, everything waits for a
// fact. Tests only.

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/network.h"

namespace cordyna::net {

struct Told {
  std::string what;  // request, opened, message, writable, closed
  base::ConnectionId connection;
  std::string text;  // method and target, the message, or the reason
  base::HttpRequest request;
  bool binary = false;
};

/// Keeps all events in order; reactions are set per test and run inside the event.
class Recorder final : public base::TransportEvents {
 public:
  std::function<void(base::ConnectionId, const base::HttpRequest&)> request = [](auto, const auto&) {};
  std::function<void(base::ConnectionId)> opened = [](auto) {};
  std::function<void(base::ConnectionId, const std::string&, bool)> message = [](auto, const auto&, bool) {};
  std::vector<Told> told;

  void on_request(base::ConnectionId id, base::HttpRequest given) override {
    told.push_back({"request", id, given.method + " " + given.target, given, false});
    request(id, given);
  }
  void on_opened(base::ConnectionId id) override {
    told.push_back({"opened", id, {}, {}, false});
    opened(id);
  }
  void on_message(base::ConnectionId id, std::string bytes, bool binary) override {
    told.push_back({"message", id, bytes, {}, binary});
    message(id, bytes, binary);
  }
  void on_writable(base::ConnectionId id) override { told.push_back({"writable", id, {}, {}, false}); }
  void on_closed(base::ConnectionId id, std::string reason) override {
    told.push_back({"closed", id, reason, {}, false});
  }

  std::size_t count(std::string_view what) const {
    std::size_t found = 0;
    for (const Told& one : told) found += one.what == what ? 1U : 0U;
    return found;
  }
  /// The `index`-th event of that kind.
  const Told& at(std::string_view what, std::size_t index = 0) const {
    for (const Told& one : told)
      if (one.what == what && index-- == 0) return one;
    static const Told none;
    ADD_FAILURE() << "no such event: " << what;
    return none;
  }
  /// All events in short, "request closed".
  std::string summary() const {
    std::string all;
    for (const Told& one : told) all += (all.empty() ? "" : " ") + one.what;
    return all;
  }
};

/// A guard against tests that would hang, not a time that anything is measured by.
inline std::chrono::steady_clock::time_point patience() {
  return std::chrono::steady_clock::now() + std::chrono::seconds(20);
}

/// A Network that listens on a free port, and its recorder.
class Served {
 public:
  explicit Served(NetworkOptions options = {}) : network(std::move(options)) {
    auto listening = network.listen("127.0.0.1", 0);
    EXPECT_TRUE(listening.ok());
    port = listening.ok() ? *listening : std::uint16_t{0};
  }
  std::string url(std::string_view path) const { return "ws://127.0.0.1:" + std::to_string(port) + std::string(path); }

  /// Drives until `done`, waiting for readiness in between.
  bool until(const std::function<bool()>& done) {
    const auto end = patience();
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) return false;
      if (network.poll(events) == 0 && !done()) network.wait(std::chrono::milliseconds(1));
    }
    return true;
  }
  bool until_told(std::string_view what, std::size_t count = 1) {
    return until([&] { return events.count(what) >= count; });
  }
  /// Drives until nothing is ready any more, to see that nothing else was told.
  void settle() {
    while (network.poll(events) > 0) {
    }
  }

  Network network;
  Recorder events;
  std::uint16_t port = 0;
};

/// A plain non-blocking socket; all that was received is in `received`.
class RawPeer {
 public:
  explicit RawPeer(std::uint16_t port);
  ~RawPeer();
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;

  /// Sends what the kernel takes now and returns how much that was; 0 also when the peer is gone.
  std::size_t offer(std::string_view bytes);
  /// Sends all, driving `served` while the kernel takes nothing. Stops when the server closed.
  void send(Served& served, std::string_view bytes);
  void finish_sending();  // half-close
  void reset();           // RST
  void close();
  /// Reads what is there.
  void read();
  /// Drives `served` and reads until `text` was received that many times; false when the end came first.
  bool receive(Served& served, std::string_view text, std::size_t times = 1);
  /// Drives and reads until the server closed.
  bool receive_end(Served& served);

  std::string received;
  bool ended = false;

 private:
  int socket_ = -1;
};

std::size_t occurrences(std::string_view text, std::string_view part);

}  // namespace cordyna::net
