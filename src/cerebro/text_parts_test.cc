#include "cerebro/text_parts.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/limits.h"

namespace cordyna::cerebro {
namespace {

std::string declaration_of(std::size_t tasks) {
  std::string text = "{\"tasks\":{";
  for (std::size_t i = 0; i < tasks; ++i)
    text += "\"t" + std::to_string(i) + "\":{\"upstream\":[\"other/" + std::to_string(i * 7919 % 1000) + "\"]},";
  return text + "}}";
}

std::string joined(const engine::NewBlobs& parts) {
  std::map<base::Hash128, std::string> blobs;
  std::vector<base::Hash128> ids;
  for (const engine::NewBlob& part : parts) {
    EXPECT_EQ(part.id, base::hash128(part.bytes));
    blobs[part.id] = part.bytes;
    ids.push_back(part.id);
  }
  return *text_of(ids, [&](base::Hash128 id) { return base::Result<std::string>(blobs.at(id)); });
}

TEST(TextParts, the_parts_are_the_text) {
  for (const std::size_t tasks : {0, 1, 500, 50'000})
    EXPECT_EQ(joined(parts_of(declaration_of(tasks))), declaration_of(tasks));
  EXPECT_EQ(joined(parts_of("")), "");
}

TEST(TextParts, no_part_is_larger_than_the_limit_also_where_nothing_ends_one) {
  for (const std::string& text : {declaration_of(50'000), std::string(1U << 20, 'x')})
    for (const engine::NewBlob& part : parts_of(text)) EXPECT_LE(part.bytes.size(), base::limits::text_part_bytes_max);
}

TEST(TextParts, an_edit_changes_the_parts_around_it_and_no_other) {
  const std::string before = declaration_of(50'000);
  std::set<base::Hash128> known;
  for (const engine::NewBlob& part : parts_of(before)) known.insert(part.id);
  ASSERT_GT(known.size(), 10U);
  for (const std::size_t at : {before.find("\"t100\""), before.find("\"t25000\""), before.find("\"t49999\"")}) {
    std::string after = before;
    after.insert(at, "\"t\":{\"priority\":1},");
    std::size_t unknown = 0;
    for (const engine::NewBlob& part : parts_of(after)) unknown += known.contains(part.id) ? 0 : 1;
    EXPECT_GE(unknown, 1U);
    EXPECT_LE(unknown, 3U);
  }
}

TEST(TextParts, a_part_that_is_not_there_is_an_error) {
  const auto text = text_of({base::hash128("gone")}, [](base::Hash128) {
    return base::Result<std::string>(base::Error{"unknown_blob", "gone"});
  });
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(text.error().code, "unknown_blob");
}

}  // namespace
}  // namespace cordyna::cerebro
