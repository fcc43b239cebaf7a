#pragma once
// What State knows of one task-server and of its instances (replicas): who is connected, with which revision, how full.

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/deadlines.h"
#include "engine/task.h"

namespace cordyna::engine {

struct Instance {
  std::string name;
  ServerIndex server;
  SessionId session;                                // 0: no session now
  std::string hash;                                 // its declaration
  std::shared_ptr<const model::Declaration> block;  // null while unknown
  std::uint32_t slots = 1;
  std::vector<std::string> capabilities;
  bool ready = false, draining = false, over = false;
  std::set<std::string> claimed;  // tokens it listed when it joined, until it is ready
  std::set<TaskRunRef> attempts;  // live ones, checks not included
  std::uint32_t unstarted = 0;    // of these, invoked or queued
  DeadlineId claim = 0;  // its attempts wait to be claimed; or it is there, and its older revision is to come back
  base::Time since{};    // it joined, or its session ended
  bool takes_commands() const { return session.value != 0 && ready && !draining && !over; }
};

/// A task and one of its upstream entries.
using UnresolvedEdge = std::pair<TaskIndex, std::uint32_t>;

/// A declaration and the blobs that are its text.
struct Revision {
  std::shared_ptr<const model::Declaration> block;
  std::vector<base::Hash128> text;
};

struct Server {
  std::string name, team;
  std::shared_ptr<const model::Declaration> block;  // of the current revision; null until declared
  std::uint32_t revision = 0;                       // counts accepted declarations
  std::vector<base::Hash128> text;                  // blobs that are its JSON
  std::vector<Revision> older;                      // superseded ones, newest last, at most revisions_kept_max
  base::Time current_seen{};                        // when an instance of the current revision was last alive
  model::ServerState state = model::ServerState::unknown;
  base::Time state_since{};
  std::vector<InstanceIndex> instances;  // with a session or within their grace
  std::set<ReadyKey> ready;
  std::set<ReadyKey> parked;            // derived: ready, but held at a task or a limit
  std::set<TaskRunRef> unassigned;      // invoked while no instance was there
  std::set<UnresolvedEdge> unresolved;  // derived: edges of its tasks to what nobody declares
  model::Findings findings;             // warnings of the current declaration, or of the last refused one
  /// It has spoken to us; else it is only known because somebody's upstream names it, or it was forgotten.
  bool seen() const { return block != nullptr || state != model::ServerState::unknown || !findings.empty(); }
};

}  // namespace cordyna::engine
