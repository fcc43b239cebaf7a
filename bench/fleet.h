#pragma once
// Fleet: hundreds or thousands of task-server instances in one process. The public library gives each TaskServer its
// threads, which that many would drown this machine in; a fleet drives the same runtime of the library (session,
// outbox, reconnects, heartbeats) for all of them on one thread and one network, and lets a few handler threads work
// for all.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cerebro.h"

namespace cordyna::bench {

struct FleetMember {
  std::string server;
  std::uint32_t slots = 1;
  std::string declaration;  // JSON, with the keys of a YAML file
};

class Fleet {
 public:
  /// What a task does; told its name, server/task. On one of the handler threads.
  using Work = std::function<void(const std::string& task)>;

  Fleet(const Cerebro& cerebro, std::vector<FleetMember> members, Work work);
  /// Drops the connections without a goodbye.
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  /// How many members are connected and ready for commands now.
  std::size_t ready() const { return ready_; }
  /// Seconds until all members were ready, from now.
  double wait_until_ready() const;

 private:
  struct Inside;

  std::size_t size_ = 0;
  std::atomic<std::size_t> ready_ = 0;
  std::unique_ptr<Inside> inside_;
};

/// The declaration of a server whose tasks `t000000` on each need the tasks `distances` before them on the same server.
std::string declaration_text(const std::string& server, std::uint32_t slots, std::size_t tasks,
                             const std::vector<std::size_t>& distances = {});

}  // namespace cordyna::bench
