#pragma once
// One instance of a Fleet: the runtime of the library over a network, a thread and handlers that it shares with others.

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "net/network.h"
#include "net/real_clock.h"
#include "task_server/runtime.h"

namespace cordyna::bench {

/// Handler threads that work for all instances of a fleet.
class Crew {
 public:
  explicit Crew(std::function<void(const std::string& task)> work);
  ~Crew();  // after the work at hand; what still waits is dropped
  void start(model::RunCommand run, task_server::Mailbox& mailbox);

 private:
  struct Job {
    model::RunCommand run;
    task_server::Mailbox* mailbox;
  };
  void serve();

  std::function<void(const std::string& task)> work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

class FleetInstance final : private task_server::World, private base::Transport, private task_server::Workers {
 public:
  /// What all instances share. `owners` says whose connection it is; `wake` asks for a pass, from any thread.
  struct Shared {
    net::Network& network;
    net::RealClock& clock;
    Crew& crew;
    std::map<base::ConnectionId, FleetInstance*>& owners;
  };
  FleetInstance(Shared shared, task_server::SessionOptions session, std::function<void()> wake);

  /// One pass of the runtime over what has arrived.
  void pass();
  bool ready() const { return runtime_.ready(); }
  base::Duration until_next() const { return runtime_.until_next(); }
  /// What the network told of its connection; delivered in the next pass.
  void arrived(std::function<void(base::TransportEvents&)> event) { arrived_.push_back(std::move(event)); }

 private:
  base::Transport& transport() override { return *this; }
  void poll(base::TransportEvents& events) override;
  void wait(base::Duration) override {}
  void wake() override { wake_(); }
  base::Now now() const override { return {shared_.clock.wall(), base::Uptime(shared_.clock.steady())}; }
  std::uint64_t draw() override { return 0; }

  base::ConnectionId dial(const std::string& url, const std::string& subprotocol) override;
  void send(base::ConnectionId connection, std::string bytes, bool binary) override {
    shared_.network.send(connection, std::move(bytes), binary);
  }
  std::size_t buffered(base::ConnectionId connection) const override { return shared_.network.buffered(connection); }
  void close(base::ConnectionId connection, std::uint16_t code, std::string reason) override {
    shared_.network.close(connection, code, std::move(reason));
  }
  // A task-server listens to nobody.
  void respond(base::ConnectionId, base::HttpResponse) override {}
  void start_stream(base::ConnectionId, base::HttpResponse) override {}
  void write(base::ConnectionId, std::string) override {}
  void accept_websocket(base::ConnectionId, std::string) override {}

  void start(model::RunCommand run) override { shared_.crew.start(std::move(run), mailbox_); }
  void check(model::CheckCommand) override {}
  void cancel(const std::string&, bool) override {}

  Shared shared_;
  std::function<void()> wake_;
  std::vector<std::function<void(base::TransportEvents&)>> arrived_;
  task_server::Mailbox mailbox_;
  task_server::Runtime runtime_;
};

}  // namespace cordyna::bench
