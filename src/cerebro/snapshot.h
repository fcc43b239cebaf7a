#pragma once
// A snapshot: the state after one event, as bytes. `cerebro compact` writes them, recovery begins with the newest. A
// snapshot stands by itself: declarations are in it, each once. docs/log.md describes the format.

#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"
#include "engine/state.h"

namespace cordyna::cerebro {

/// What is known of a snapshot without reading its body.
struct SnapshotHead {
  std::string cluster;
  std::uint64_t epoch = 0;
  base::Seq last_seq = 0;
  base::Hash128 chain;  // of the log's record that ends with last_seq: a snapshot of another history is found out
};

std::string save_snapshot(const engine::State& state, const base::Hash128& chain);

/// The head, after head and body were compared with their hashes. Errors: bad_snapshot, newer_format.
base::Result<SnapshotHead> read_snapshot_head(std::string_view bytes);

/// The state, with everything derived rebuilt; canonical_text() is that of the saved one. Strict: any bytes but those
/// that save_snapshot() made are an error. Errors: bad_snapshot, newer_format.
base::Result<engine::State> load_snapshot(std::string_view bytes);

}  // namespace cordyna::cerebro
