#pragma once
// Postings of a sealed segment: which batches carry a key. Written once, in chunks of about 32 KiB in key order with a
// directory of first keys; a search reads the directory (kept by the open file) and one chunk. Every chunk ends with
// its hash: a flipped bit is an error and never "nothing found", which is why this is not a table with an index of its
// own.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "log/segment_memory.h"

namespace cordyna::log {

/// Row 0 is the directory, row n the n-th chunk. `postings` ascends by key; their seqs are >= first_seq.
std::vector<std::string> encode_postings(const std::vector<Posting>& postings, Seq first_seq);

/// First key of each chunk. Errors: log_corrupt.
base::Result<std::vector<Key>> decode_directory(std::string_view row);
/// The row that holds `key` if any does; nullopt when it sorts before all.
std::optional<std::size_t> chunk_of(const std::vector<Key>& directory, const Key& key);
/// Errors: log_corrupt.
base::Result<std::vector<Posting>> decode_chunk(std::string_view row, Seq first_seq);
/// The batches of one key in a chunk; empty when the key is not there. Errors: log_corrupt.
base::Result<std::vector<Seq>> find_in_chunk(std::string_view row, Seq first_seq, const Key& key);

}  // namespace cordyna::log
