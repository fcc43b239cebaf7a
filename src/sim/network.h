#pragma once
// A network in virtual time: hosts with addresses, lines between them that are in order and reliable until they break,
// as TCP is. A line can be slow, stand still in one direction or both, break with what is on its way, or be half-open:
// one end is gone and the other is never told.
//
// A Host is the base::Transport of one process. HTTP clients that are no Transport's user (people) use request().

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/transport.h"
#include "sim/chance.h"
#include "sim/fault_points.h"
#include "sim/timeline.h"

namespace cordyna::sim {

using base::ConnectionId;

class Host;

/// What an HTTP client hears: the answer, parts of a stream, and that the line is gone.
struct HttpListener {
  std::function<void(base::HttpResponse)> answered;
  std::function<void(std::string)> streamed;
  std::function<void()> gone;
};

class Network {
 public:
  Network(Timeline& timeline, Chance chance);
  ~Network();

  /// The host of that name; it is made when first asked for.
  Host& host(const std::string& name);

  /// Asked for each message that leaves: what happens to its line.
  std::function<std::optional<Break>()> before_message = [] { return std::nullopt; };

  // weather
  base::Duration latency_most = std::chrono::milliseconds(2);
  /// Breaks every line of the host.
  void break_lines(Host& host);
  /// Breaks them while the next message of the host is on its way.
  void break_lines_at_next_send(Host& host);
  /// Nothing arrives at the host, or leaves it, for a while; dials to it hang.
  void cut_off(Host& host, base::Duration how_long);
  /// One direction of one line of the host stands still for a while.
  void stall_one(Host& host, base::Duration how_long);

 private:
  friend class Host;
  struct End {
    Host* host = nullptr;
    ConnectionId id;
    bool open = true;  // it was not told of its end yet
    base::Duration last_delivery{}, stalled_until{};
    std::size_t in_flight = 0;  // bytes that the kernel did not take yet
  };
  struct Line {
    End ends[2];  // 0 has dialled
    bool websocket = false, accepted = false, broken = false;
    HttpListener listener;  // of a client at end 0
  };
  using LinePtr = std::shared_ptr<Line>;

  LinePtr connect(Host& from, Host& to);
  /// Brings something to the other end of `from`, behind all that went that way before.
  void deliver(const LinePtr& line, int from, std::size_t bytes, std::function<void(Host&, ConnectionId)> what);
  void end_line(const LinePtr& line, int side, const std::string& reason);
  void break_line(const LinePtr& line, const std::string& reason);
  base::Duration latency();

  Timeline& timeline_;
  Chance chance_;
  std::map<std::string, std::unique_ptr<Host>> hosts_;
};

/// Thrown out of a call of the process under test when it is to die there.
struct Crash : std::runtime_error {
  Crash() : std::runtime_error("the simulated process dies here") {}
};

class Host final : public base::Transport {
 public:
  Host(Network& network, std::string name) : network_(network), name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  /// Somebody runs here, and is told by `wake` that something arrived.
  void start(bool listens, std::function<void()> wake);
  /// Whoever ran here is gone. `told`: the other ends learn it soon; else, as after a power cut, they never do.
  void stop(bool told);
  std::size_t poll(base::TransportEvents& events);
  bool waiting() const { return !arrivals_.empty(); }
  /// Called before each effect of the process on the network; may throw Crash.
  std::function<void()> before_effect = [] {};

  /// A request of a client of this host to the one named in it.
  void request(const std::string& to, base::HttpRequest request, HttpListener listener);

  void respond(ConnectionId id, base::HttpResponse response) override;
  void start_stream(ConnectionId id, base::HttpResponse head) override;
  void write(ConnectionId id, std::string bytes) override;
  void accept_websocket(ConnectionId id, std::string subprotocol) override;
  ConnectionId dial(const std::string& url, const std::string& subprotocol) override;
  void send(ConnectionId id, std::string bytes, bool binary) override;
  std::size_t buffered(ConnectionId id) const override;
  void close(ConnectionId id, std::uint16_t code, std::string reason) override;

 private:
  friend class Network;
  struct Place {
    Network::LinePtr line;
    int side = 0;
  };
  using Arrival = std::function<void(base::TransportEvents&)>;

  void arrive(Arrival arrival);
  Place* place(ConnectionId id);
  void forget(ConnectionId id) { lines_.erase(id.value); }

  Network& network_;
  const std::string name_;
  bool running_ = false, listens_ = false, breaks_at_send_ = false;
  base::Duration cut_until_{};
  std::function<void()> wake_;
  std::deque<Arrival> arrivals_;
  std::map<std::uint64_t, Place> lines_;
  std::uint64_t last_id_ = 0;
};

}  // namespace cordyna::sim
