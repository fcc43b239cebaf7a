// Chunks of postings: key (front-coded), number of batches, distances between their first seqs, all as varints.

#include "log/postings.h"

#include <algorithm>
#include <functional>

#include "log/record.h"

namespace cordyna::log {
namespace {

constexpr std::size_t chunk_bytes = 32U << 10;
constexpr std::size_t hash_size = 16;

base::Error corrupt() {
  return {"log_corrupt",
          "the search index of the segment is damaged: cerebro recover --accept-data-loss rebuilds it "
          "without losing an event"};
}

std::string sealed(ByteWriter& out) {
  out.hash(base::hash128(out.view()));
  return std::exchange(out, {}).take();
}

/// The bytes in front of a good hash.
std::optional<std::string_view> unsealed(std::string_view row) {
  if (row.size() < hash_size) return std::nullopt;
  const std::string_view covered = row.substr(0, row.size() - hash_size);
  if (ByteReader(row.substr(covered.size())).hash() != base::hash128(covered)) return std::nullopt;
  return covered;
}

void write_posting(ByteWriter& out, const Posting& posting, std::string_view before, Seq first_seq) {
  write_key(out, posting.key, before);
  out.varint(posting.batches.size());
  Seq last = first_seq;
  for (Seq batch : posting.batches) {
    out.varint(batch - last);
    last = batch;
  }
}

base::Result<void> each_posting(std::string_view row, Seq first_seq, const std::function<bool(Posting)>& visit) {
  const std::optional<std::string_view> covered = unsealed(row);
  if (!covered) return corrupt();
  ByteReader in(*covered);
  std::string before;
  while (in.left() > 0) {
    Posting posting;
    posting.key = read_key(in, before);
    const std::uint64_t count = in.varint();
    if (!in.ok() || count > in.left()) return corrupt();
    posting.batches.reserve(count);
    Seq last = first_seq;
    for (std::uint64_t i = 0; i < count; ++i) posting.batches.push_back(last += in.varint());
    if (!in.ok()) return corrupt();
    before = posting.key.id;
    if (!visit(std::move(posting))) return {};
  }
  return {};
}

}  // namespace

std::vector<std::string> encode_postings(const std::vector<Posting>& postings, Seq first_seq) {
  std::vector<std::string> rows(1);
  ByteWriter directory, chunk;
  std::string_view before, directory_before;
  for (const Posting& posting : postings) {
    if (chunk.size() == 0) {
      write_key(directory, posting.key, directory_before);
      directory_before = posting.key.id;
      before = {};
    }
    write_posting(chunk, posting, before, first_seq);
    before = posting.key.id;
    if (chunk.size() >= chunk_bytes) rows.push_back(sealed(chunk));
  }
  if (chunk.size() > 0) rows.push_back(sealed(chunk));
  rows[0] = sealed(directory);
  return rows;
}

base::Result<std::vector<Key>> decode_directory(std::string_view row) {
  const std::optional<std::string_view> covered = unsealed(row);
  if (!covered) return corrupt();
  ByteReader in(*covered);
  std::vector<Key> keys;
  while (in.left() > 0) {
    Key key = read_key(in, keys.empty() ? std::string_view() : keys.back().id);
    if (!in.ok()) return corrupt();
    keys.push_back(std::move(key));
  }
  return keys;
}

std::optional<std::size_t> chunk_of(const std::vector<Key>& directory, const Key& key) {
  const auto after = std::upper_bound(directory.begin(), directory.end(), key);
  if (after == directory.begin()) return std::nullopt;
  return static_cast<std::size_t>(after - directory.begin());  // row numbers begin with 1
}

base::Result<std::vector<Posting>> decode_chunk(std::string_view row, Seq first_seq) {
  std::vector<Posting> all;
  const base::Result<void> read = each_posting(row, first_seq, [&](Posting posting) {
    all.push_back(std::move(posting));
    return true;
  });
  if (!read) return read.error();
  return all;
}

base::Result<std::vector<Seq>> find_in_chunk(std::string_view row, Seq first_seq, const Key& key) {
  std::vector<Seq> batches;
  const base::Result<void> read = each_posting(row, first_seq, [&](Posting posting) {
    if (posting.key == key) batches = std::move(posting.batches);
    return posting.key < key;
  });
  if (!read) return read.error();
  return batches;
}

}  // namespace cordyna::log
