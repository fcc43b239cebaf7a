#pragma once
// World: what the runtime needs of the outside: a transport it can poll and sleep on, the time, chance. The real one is
// made in connection.cc, the only file of this folder that knows net/; tests have a false one.

#include <cstdint>
#include <memory>

#include "base/time.h"
#include "base/transport.h"

namespace cordyna::task_server {

class World {
 public:
  virtual ~World() = default;
  virtual base::Transport& transport() = 0;
  /// Delivers everything that has arrived to `events`.
  virtual void poll(base::TransportEvents& events) = 0;
  /// Sleeps until something arrives, wake() was called, or `longest` is over.
  virtual void wait(base::Duration longest) = 0;
  /// From any thread and from a signal handler: ends the present or the next wait().
  virtual void wake() = 0;
  virtual base::Now now() const = 0;
  virtual std::uint64_t draw() = 0;
};

std::unique_ptr<World> real_world();

}  // namespace cordyna::task_server
