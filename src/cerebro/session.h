#pragma once
// One connection of a task-server: what was heard, and what is to be sent, in order. Sessions (sessions.h) drives it.

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "base/transport.h"
#include "cerebro/task_logs.h"
#include "engine/engine.h"
#include "model/session.h"
#include "wire/session_codec.h"

namespace cordyna::cerebro {

/// A place in the order of a session's messages; a run command with blobs keeps it until they were read.
struct Outgoing {
  std::vector<model::Item> items;
  bool ready = true;
};

struct Session {
  base::ConnectionId connection;
  wire::Encoding encoding = wire::Encoding::proto;
  std::string remote;

  // heard
  bool greeted = false;  // hello was there
  std::string server, instance;
  base::Duration heard_at{};
  std::uint32_t declare_part = 0;
  std::string declare_json;
  bool reading_declaration = false;
  std::vector<engine::Input> held;  // said while the declaration was being read

  // to be sent
  std::deque<std::shared_ptr<Outgoing>> out;
  std::uint64_t acknowledge = 0, acknowledged = 0;
  std::optional<base::Duration> acknowledge_at;
  base::Duration sent_at{};
  std::optional<base::Duration> slow_since;

  std::map<std::string, AttemptName> attempts;  // by token: whose log a `log` item belongs to

  model::SessionId id() const { return {connection.value}; }
};

}  // namespace cordyna::cerebro
