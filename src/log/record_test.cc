// Records: what goes in comes out, and nothing else is accepted. parse_record() is fed with damage that has a right
// hash, so that the structure is tested and not only the hash.

#include "log/record.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "log/log_samples.h"

namespace cordyna::log {
namespace {

Batch full_batch() {
  Batch batch = sample_batch(41, 3);
  batch.blobs = {sample_blob("one"), sample_blob("two")};
  return batch;
}

TEST(Record, comes_back_as_it_was_encoded) {
  const Batch batch = full_batch();
  const base::Hash128 previous = base::hash128("before");
  const EncodedRecord encoded = encode_record(batch, 7, previous);
  const base::Result<Record> record = decode_record(encoded.bytes);
  ASSERT_TRUE(record.ok()) << record.error().message;
  EXPECT_EQ(record->first_seq, 41U);
  EXPECT_EQ(record->last_seq(), 43U);
  EXPECT_EQ(record->count, 3U);
  EXPECT_EQ(record->epoch, 7U);
  EXPECT_EQ(record->level, 0U);
  EXPECT_EQ(record->now.wall, batch.now.wall);
  EXPECT_EQ(record->now.uptime, batch.now.uptime);
  EXPECT_EQ(record->previous, previous);
  EXPECT_EQ(record->chain, encoded.chain);
  EXPECT_EQ(record->events, batch.events);
  EXPECT_EQ(record->bytes, encoded.bytes);
  EXPECT_EQ(record->blobs, (std::vector<base::Hash128>{batch.blobs[0].id, batch.blobs[1].id}));
  std::vector<Key> keys = batch.keys;
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(record->keys, keys);
}

TEST(Record, may_be_without_events_bytes_keys_and_blobs) {
  Batch batch;
  batch.first_seq = 1;
  batch.count = 1;
  const base::Result<Record> record = decode_record(encode_record(batch, 1, {}).bytes);
  ASSERT_TRUE(record.ok());
  EXPECT_TRUE(record->keys.empty() && record->blobs.empty() && record->events.empty());
}

TEST(Record, takes_a_key_at_the_limit_and_no_longer_one) {
  Batch batch = sample_batch(1);
  batch.keys = {{KeyKind::task, std::string(base::limits::log_key_bytes_max, 'k')}};
  EXPECT_TRUE(decode_record(encode_record(batch, 1, {}).bytes).ok());
  batch.keys[0].id += 'k';
  EXPECT_DEATH(encode_record(batch, 1, {}), "");
  ByteWriter longer;
  write_key(longer, batch.keys[0], "");
  ByteReader in(longer.view());
  read_key(in, "");
  EXPECT_FALSE(in.ok());
}

TEST(Record, has_another_chain_value_for_another_past) {
  EXPECT_NE(encode_record(full_batch(), 1, base::hash128("a")).chain,
            encode_record(full_batch(), 1, base::hash128("b")).chain);
  EXPECT_NE(chain_start("cluster-a"), chain_start("cluster-b"));
}

TEST(Record, is_refused_with_any_bit_flipped) {
  const std::string good = encode_record(full_batch(), 1, {}).bytes;
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    const base::Result<Record> record = decode_record(bad);
    ASSERT_FALSE(record.ok()) << bit;
    EXPECT_EQ(record.error().code, "log_corrupt");
  }
}

TEST(Record, is_refused_when_cut_short_or_longer) {
  const std::string good = encode_record(full_batch(), 1, {}).bytes;
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(decode_record(good.substr(0, size)).ok());
    EXPECT_FALSE(parse_record(good.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(decode_record(good + '\0').ok());
  EXPECT_FALSE(parse_record(good + '\0').ok());
}

TEST(Record, of_a_later_format_is_called_newer_and_not_corrupt) {
  std::string body = encode_record(full_batch(), 1, {}).bytes;
  body.resize(body.size() - 16);
  body[0] = 2;
  ByteWriter out;
  out.raw(body);
  out.hash(base::hash128(body));
  const base::Result<Record> record = decode_record(out.view());
  ASSERT_FALSE(record.ok());
  EXPECT_EQ(record.error().code, "newer_format");
}

TEST(Record, parser_survives_damage_at_every_byte) {
  const std::string good = encode_record(full_batch(), 1, {}).bytes;
  int accepted = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      std::string bad = good;
      bad[i] = static_cast<char>(value);
      const base::Result<Record> record = parse_record(bad);
      if (!record) continue;
      ++accepted;
      EXPECT_LE(record->events.size(), bad.size());
      EXPECT_TRUE(std::is_sorted(record->keys.begin(), record->keys.end()));
    }
  }
  EXPECT_GT(accepted, 0);  // event bytes may be anything: that is what the hash is for
}

TEST(Record, parser_survives_random_bytes) {
  std::uint64_t seed = 1;
  const std::string good = encode_record(full_batch(), 1, {}).bytes;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = good.substr(0, base::mix64(++seed) % (good.size() + 1));
    const std::size_t changes = base::mix64(++seed) % 8;
    for (std::size_t i = 0; i < changes && !bytes.empty(); ++i) {
      const std::size_t place = base::mix64(++seed) % bytes.size();
      bytes[place] = static_cast<char>(base::mix64(++seed));
    }
    const base::Result<Record> record = parse_record(bytes);
    if (record) {
      EXPECT_GT(record->count, 0U);
    }
  }
}

TEST(Bytes, varint_refuses_more_than_64_bits) {
  ByteWriter out;
  out.varint(~std::uint64_t{0});
  EXPECT_EQ(out.size(), 10U);
  EXPECT_EQ(ByteReader(out.view()).varint(), ~std::uint64_t{0});
  ByteReader over("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02");
  over.varint();
  EXPECT_FALSE(over.ok());
  ByteReader cut("\xff\xff");
  EXPECT_EQ(cut.varint(), 0U);
  EXPECT_FALSE(cut.ok());
}

}  // namespace
}  // namespace cordyna::log
