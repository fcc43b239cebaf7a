#include "fleet.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>
#include <utility>

#include "base/hash.h"
#include "fleet_instance.h"
#include "graph.h"
#include "measure.h"

namespace cordyna::bench {
namespace {

using Event = std::function<void(base::TransportEvents&)>;

net::NetworkOptions network_options() {
  net::NetworkOptions options;
  options.writable_mark_bytes = 0;  // as the library has it: sessions write again when the last write ended
  options.handshake_timeout = std::chrono::seconds(30);  // thousands dial at once
  return options;
}

}  // namespace

/// The thread of the fleet. Which instances need a pass is known from what arrived for them, from their handlers (by
/// wake) and from their own deadlines, so that thousands of idle ones cost nothing.
struct Fleet::Inside final : base::TransportEvents {
  net::Network network{network_options()};
  net::RealClock clock;
  std::map<base::ConnectionId, FleetInstance*> owners;
  std::map<FleetInstance*, std::size_t> numbers;
  std::vector<std::unique_ptr<FleetInstance>> instances;
  std::set<std::pair<base::Duration, std::size_t>> deadlines;
  std::vector<base::Duration> deadline_of;
  std::vector<bool> was_ready;
  std::set<std::size_t> touched;
  std::mutex mutex;
  std::vector<std::size_t> woken;
  std::atomic<bool> stopping = false;
  std::unique_ptr<Crew> crew;
  std::thread thread;

  void on_request(base::ConnectionId, base::HttpRequest) override {}
  void on_opened(base::ConnectionId connection) override {
    note(connection, [=](base::TransportEvents& events) { events.on_opened(connection); });
  }
  void on_message(base::ConnectionId connection, std::string bytes, bool binary) override {
    note(connection, [=, bytes = std::move(bytes)](base::TransportEvents& events) {
      events.on_message(connection, bytes, binary);
    });
  }
  void on_writable(base::ConnectionId connection) override {
    note(connection, [=](base::TransportEvents& events) { events.on_writable(connection); });
  }
  void on_closed(base::ConnectionId connection, std::string reason) override {
    note(connection, [=](base::TransportEvents& events) { events.on_closed(connection, reason); });
    owners.erase(connection);
  }

  void note(base::ConnectionId connection, Event event) {
    const auto owner = owners.find(connection);
    if (owner == owners.end()) return;
    owner->second->arrived(std::move(event));
    touched.insert(numbers[owner->second]);
  }

  void wake(std::size_t number) {
    {
      const std::lock_guard lock(mutex);
      woken.push_back(number);
    }
    network.wake();
  }

  void work(std::atomic<std::size_t>& ready) {
    while (!stopping) {
      for (int i = 0; i < base::limits::pass_polls_max && network.poll(*this) > 0; ++i) continue;
      {
        const std::lock_guard lock(mutex);
        touched.insert(woken.begin(), woken.end());
        woken.clear();
      }
      for (const auto& [at, number] : deadlines) {
        if (at > clock.steady()) break;
        touched.insert(number);
      }
      for (const std::size_t number : std::exchange(touched, {})) pass(number, ready);
      if (touched.empty()) network.wait(std::max(base::Duration(0), deadlines.begin()->first - clock.steady()));
    }
  }

  void pass(std::size_t number, std::atomic<std::size_t>& ready) {
    FleetInstance& instance = *instances[number];
    instance.pass();
    if (instance.ready() != was_ready[number]) instance.ready() ? ++ready : --ready;
    was_ready[number] = instance.ready();
    deadlines.erase({deadline_of[number], number});
    deadline_of[number] = clock.steady() + instance.until_next();
    deadlines.insert({deadline_of[number], number});
  }
};

Fleet::Fleet(const Cerebro& cerebro, std::vector<FleetMember> members, Work work)
    : size_(members.size()), inside_(std::make_unique<Inside>()) {
  static int fleets = 0;
  ++fleets;
  net::raise_open_files_limit();
  Inside& inside = *inside_;
  inside.crew = std::make_unique<Crew>(std::move(work));
  inside.deadline_of.resize(size_);
  inside.was_ready.resize(size_);
  const std::string url = "ws" + cerebro.url().substr(std::string("http").size()) + "/api/v1/connect";
  for (std::size_t i = 0; i < size_; ++i) {
    task_server::SessionOptions session;
    session.url = url;
    session.server = members[i].server;
    session.team = "bench";
    session.instance = fmt::format("bench{}x{}x{:06}", getpid(), fleets, i);
    session.slots = members[i].slots;
    session.declaration = {members[i].declaration, base::sha256_hex(members[i].declaration)};
    session.seed = i;
    const FleetInstance::Shared shared{inside.network, inside.clock, *inside.crew, inside.owners};
    inside.instances.push_back(
        std::make_unique<FleetInstance>(shared, std::move(session), [&inside, i] { inside.wake(i); }));
    inside.numbers[inside.instances.back().get()] = i;
    inside.deadlines.insert({base::Duration(0), i});
  }
  inside.thread = std::thread([this] { inside_->work(ready_); });
}

Fleet::~Fleet() {
  inside_->stopping = true;
  inside_->network.wake();
  inside_->thread.join();
  inside_->crew.reset();
}

double Fleet::wait_until_ready() const {
  const double before = now_us();
  while (ready_ < size_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return (now_us() - before) / 1e6;
}

std::string declaration_text(const std::string& server, std::uint32_t slots, std::size_t tasks,
                             const std::vector<std::size_t>& distances) {
  std::string text = fmt::format(R"({{"server":"{}","slots":{},"team":"bench","tasks":{{)", server, slots);
  for (std::size_t i = 0; i < tasks; ++i) {
    std::string upstream;
    for (const std::size_t distance : distances)
      if (i >= distance) upstream += fmt::format("{}\"{}\"", upstream.empty() ? "" : ",", task_name(i - distance));
    text += fmt::format("{}\"{}\":{{", i == 0 ? "" : ",", task_name(i));
    if (!upstream.empty()) text += R"("upstream":[)" + upstream + ']';
    text += '}';
  }
  return text + "}}";
}

}  // namespace cordyna::bench
