// Encoding and decoding of records. Decoding trusts nothing: counts are compared with the bytes that are left before
// anything is reserved, and keys out of order or twice are refused.

#include "log/record.h"

#include <algorithm>

#include "base/limits.h"
#include "base/mutant.h"

namespace cordyna::log {
namespace {

constexpr std::size_t hash_bytes = 16;

base::Error corrupt(std::string what) {
  return {"log_corrupt", "bad record: " + std::move(what)};
}

std::int64_t microseconds(base::Time time) {
  return time.time_since_epoch().count();
}
std::int64_t microseconds(base::Uptime time) {
  return time.time_since_epoch().count();
}

std::vector<Key> sorted_keys(std::vector<Key> keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

}  // namespace

base::Hash128 chain_start(std::string_view cluster) {
  return base::hash128(cluster);
}

void write_key(ByteWriter& out, const Key& key, std::string_view before) {
  const auto shared = static_cast<std::size_t>(
      std::mismatch(key.id.begin(), key.id.end(), before.begin(), before.end()).first - key.id.begin());
  out.varint(static_cast<std::uint64_t>(key.kind));
  out.varint(shared);
  out.varint(key.id.size() - shared);
  out.raw(std::string_view(key.id).substr(shared));
}

Key read_key(ByteReader& in, std::string_view before) {
  const std::uint64_t kind = in.varint();
  const std::uint64_t shared = in.varint();
  const std::uint64_t rest = in.varint();
  if (kind == 0 || kind > 255 || shared > before.size() || rest > base::limits::log_key_bytes_max - shared) in.fail();
  const std::string_view suffix = in.raw(rest);
  Key key;
  if (!in.ok()) return key;
  key.kind = static_cast<KeyKind>(kind);
  key.id = std::string(before.substr(0, shared)).append(suffix);
  return key;
}

EncodedRecord encode_record(const Batch& batch, std::uint64_t epoch, const base::Hash128& previous) {
  base::check(batch.count > 0 && batch.first_seq > 0);
  base::check(batch.events.size() <= base::limits::record_bytes_max);
  const std::vector<Key> keys = sorted_keys(batch.keys);
  ByteWriter out;
  out.reserve(batch.events.size() + 32 * keys.size() + hash_bytes * batch.blobs.size() + 128);
  out.u16(record_format);
  out.u16(0);  // level
  out.u32(batch.count);
  out.u64(batch.first_seq);
  out.u64(epoch);
  out.i64(microseconds(batch.now.wall));
  out.i64(microseconds(batch.now.uptime));
  out.hash(previous);
  out.varint(keys.size());
  std::string_view before;
  for (const Key& key : keys) {
    base::check(key.id.size() <= base::limits::log_key_bytes_max);
    write_key(out, key, before);
    before = key.id;
  }
  out.varint(batch.blobs.size());
  for (const Blob& blob : batch.blobs) out.hash(blob.id);
  out.varint(batch.events.size());
  out.raw(batch.events);
  const base::Hash128 chain = base::hash128(out.view());
  out.hash(chain);
  return {out.take(), chain};
}

base::Result<Record> parse_record(std::string_view bytes) {
  ByteReader in(bytes);
  Record record;
  record.bytes = bytes;
  const std::uint16_t format = in.u16();
  if (in.ok() && format > record_format)
    return base::Error{"newer_format", "the record has format " + std::to_string(format) +
                                           ", this program reads up to " + std::to_string(record_format) +
                                           ": use the newer cerebro"};
  record.level = in.u16();
  record.count = in.u32();
  record.first_seq = in.u64();
  record.epoch = in.u64();
  record.now.wall = base::Time(base::Duration(in.i64()));
  record.now.uptime = base::Uptime(base::Duration(in.i64()));
  record.previous = in.hash();
  const std::uint64_t keys = in.varint();
  if (!in.ok() || format != record_format || record.level != 0) return corrupt("header");
  if (record.count == 0 || record.first_seq == 0 || record.last_seq() < record.first_seq) return corrupt("sequence");
  if (keys > in.left() / 3) return corrupt("number of keys");
  record.keys.reserve(keys);
  for (std::uint64_t i = 0; i < keys; ++i) {
    Key key = read_key(in, record.keys.empty() ? std::string_view() : record.keys.back().id);
    if (!in.ok() || (!record.keys.empty() && key <= record.keys.back())) return corrupt("keys");
    record.keys.push_back(std::move(key));
  }
  const std::uint64_t blobs = in.varint();
  if (blobs > in.left() / hash_bytes) return corrupt("number of blobs");
  record.blobs.reserve(blobs);
  for (std::uint64_t i = 0; i < blobs; ++i) record.blobs.push_back(in.hash());
  record.events = in.raw(in.varint());
  record.chain = in.hash();
  if (!in.ok() || in.left() != 0) return corrupt("length");
  return record;
}

base::Result<Record> decode_record(std::string_view bytes) {
  if (base::mutant("bit_flip_accepted")) return parse_record(bytes);
  if (bytes.size() < hash_bytes) return corrupt("shorter than its hash");
  const std::string_view covered = bytes.substr(0, bytes.size() - hash_bytes);
  if (ByteReader(bytes.substr(covered.size())).hash() != base::hash128(covered))
    return corrupt("the bytes do not have the hash they end with");
  return parse_record(bytes);
}

StoredBatch stored_batch(const Record& record) {
  return {record.first_seq, record.count, record.epoch, record.now, std::make_shared<const std::string>(record.events)};
}

}  // namespace cordyna::log
