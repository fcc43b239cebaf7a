// Postings: chunks and directory against the plain list they were made from.

#include "log/postings.h"

#include <gtest/gtest.h>

#include "base/hash.h"

namespace cordyna::log {
namespace {

std::vector<Posting> many_postings() {
  std::map<Key, std::vector<Seq>> all;
  for (std::uint64_t i = 0; i < 4000; ++i) {
    const std::uint64_t random = base::mix64(i);
    all[{KeyKind::run, base::hash128(std::to_string(i % 2500)).hex()}].push_back(1000 + 3 * i);
    all[{KeyKind::task, "server/task-" + std::to_string(random % 40)}].push_back(1000 + 3 * i);
  }
  all[{KeyKind::server, "everywhere"}] = std::vector<Seq>(4'000, 0);
  for (Seq i = 0; i < 4'000; ++i) all[{KeyKind::server, "everywhere"}][i] = 1000 + i;
  std::vector<Posting> postings;
  for (auto& [key, batches] : all) postings.push_back({key, batches});
  return postings;
}

TEST(Postings, finds_every_key_in_the_chunk_the_directory_names) {
  const std::vector<Posting> postings = many_postings();
  const std::vector<std::string> rows = encode_postings(postings, 1000);
  EXPECT_GT(rows.size(), 3U);
  const base::Result<std::vector<Key>> directory = decode_directory(rows[0]);
  ASSERT_TRUE(directory.ok());
  EXPECT_EQ(directory->size(), rows.size() - 1);
  for (std::size_t i = 0; i < postings.size(); i += 3) {
    const Posting& posting = postings[i];
    const std::optional<std::size_t> chunk = chunk_of(*directory, posting.key);
    ASSERT_TRUE(chunk.has_value());
    const base::Result<std::vector<Seq>> batches = find_in_chunk(rows[*chunk], 1000, posting.key);
    ASSERT_TRUE(batches.ok());
    EXPECT_EQ(*batches, posting.batches);
  }
}

TEST(Postings, finds_nothing_for_a_key_that_is_not_there) {
  const std::vector<std::string> rows = encode_postings(many_postings(), 1000);
  const base::Result<std::vector<Key>> directory = decode_directory(rows[0]);
  for (const Key& key : {Key{KeyKind::run, ""}, Key{KeyKind::run, "zz"}, Key{KeyKind::created, "x"}}) {
    const std::optional<std::size_t> chunk = chunk_of(*directory, key);
    if (!chunk) continue;
    EXPECT_TRUE(find_in_chunk(rows[*chunk], 1000, key)->empty());
  }
  EXPECT_FALSE(chunk_of(*directory, {KeyKind::run, ""}).has_value());
}

TEST(Postings, of_nothing_are_one_empty_directory) {
  const std::vector<std::string> rows = encode_postings({}, 1);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_TRUE(decode_directory(rows[0])->empty());
}

TEST(Postings, with_any_byte_changed_are_an_error_and_not_another_answer) {
  std::vector<Posting> postings(2);
  postings[0].key = {KeyKind::run, "a"};
  postings[0].batches = {1, 5, 9};
  postings[1].key = {KeyKind::task, "b"};
  postings[1].batches = {2};
  const std::vector<std::string> rows = encode_postings(postings, 1);
  ASSERT_EQ(rows.size(), 2U);
  for (std::size_t bit = 0; bit < 8 * rows[1].size(); ++bit) {
    std::string bad = rows[1];
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    const base::Result<std::vector<Seq>> batches = find_in_chunk(bad, 1, {KeyKind::run, "a"});
    ASSERT_FALSE(batches.ok());
    EXPECT_EQ(batches.error().code, "log_corrupt");
  }
  EXPECT_FALSE(decode_directory("").ok());
  EXPECT_FALSE(decode_directory(rows[0].substr(1)).ok());
}

}  // namespace
}  // namespace cordyna::log
