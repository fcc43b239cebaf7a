#pragma once
// The record: one batch as bytes, the same in a SQLite row, a backup and any later store. docs/log.md has the layout.
// Each record carries the chain value of the one before it and ends with its own, the hash of everything in front: one
// hash finds a flipped bit in the record, a missing record and a record from another log. The log does not look into
// the events; the keys and the ids of the blobs written with the batch stand beside them.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "log/bytes.h"
#include "log/event_log.h"

namespace cordyna::log {

inline constexpr std::uint16_t record_format = 1;

/// A decoded record; `events` and `bytes` point into what was decoded.
struct Record {
  std::uint16_t level = 0;
  std::uint32_t count = 0;
  Seq first_seq = 0;
  std::uint64_t epoch = 0;
  base::Now now;
  base::Hash128 previous;  // chain value of the record before, or the start of the chain
  base::Hash128 chain;
  std::vector<Key> keys;             // ascending, each once
  std::vector<base::Hash128> blobs;  // rows of the same segment
  std::string_view events;
  std::string_view bytes;  // the whole record

  Seq last_seq() const { return first_seq + count - 1; }
};

struct EncodedRecord {
  std::string bytes;
  base::Hash128 chain;
};

/// Where the chain of a cluster begins, so that records of two logs can never continue each other.
base::Hash128 chain_start(std::string_view cluster);

/// The keys may come in any order and more than once. Precondition: count > 0, sizes within limits.h.
EncodedRecord encode_record(const Batch& batch, std::uint64_t epoch, const base::Hash128& previous);

/// Refuses every input that encode_record cannot have made. Errors: log_corrupt, newer_format (the hash is right and
/// the format is a later one). Not checked here: that `previous` is the chain value of the record before.
base::Result<Record> decode_record(std::string_view bytes);

/// The structure alone, without the hash: what decode_record does after it, apart so that it can be fuzzed.
base::Result<Record> parse_record(std::string_view bytes);

StoredBatch stored_batch(const Record& record);

/// One key after another of the same kind mostly begins alike: written as (kind, length shared with the key before,
/// rest).
void write_key(ByteWriter& out, const Key& key, std::string_view before);
/// Fails the reader when the key is impossible.
Key read_key(ByteReader& in, std::string_view before);

}  // namespace cordyna::log
