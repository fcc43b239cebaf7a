// The real World: net's Network, the machine's clocks and random numbers. The only file of the library that includes
// net.

#include <memory>

#include "net/network.h"
#include "net/real_clock.h"
#include "net/real_entropy.h"
#include "task_server/world.h"

namespace cordyna::task_server {
namespace {

class RealWorld final : public World {
 public:
  RealWorld() : network_(options()) {}

  base::Transport& transport() override { return network_; }
  void poll(base::TransportEvents& events) override {
    // Bounded, so that a peer that never stops talking cannot keep the runtime from its own work.
    for (int pass = 0; pass < base::limits::pass_polls_max && network_.poll(events) > 0; ++pass) continue;
  }
  void wait(base::Duration longest) override { network_.wait(longest); }
  void wake() override { network_.wake(); }
  base::Now now() const override { return {clock_.wall(), base::Uptime(clock_.steady())}; }
  std::uint64_t draw() override { return entropy_.draw(); }

 private:
  // The session writes again when the last write ended, so it wants to hear of an empty buffer, not of a low one.
  static net::NetworkOptions options() {
    net::NetworkOptions options;
    options.writable_mark_bytes = 0;
    return options;
  }

  net::Network network_;
  net::RealClock clock_;
  net::RealEntropy entropy_;
};

}  // namespace

std::unique_ptr<World> real_world() {
  return std::make_unique<RealWorld>();
}

}  // namespace cordyna::task_server
