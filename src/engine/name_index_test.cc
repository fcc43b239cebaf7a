#include "engine/name_index.h"

#include <gtest/gtest.h>

#include <string>

namespace cordyna::engine {
namespace {

struct Thing {
  std::string name;
};

TEST(NameIndex, nothing_is_found_in_an_empty_one) {
  EXPECT_EQ(NameIndex().find("a", std::vector<Thing>{}), std::nullopt);
}

TEST(NameIndex, every_name_is_found_where_it_stands_and_no_other_is) {
  std::vector<Thing> things;
  NameIndex index;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    things.push_back({"server-" + std::to_string(i % 7) + "/task-" + std::to_string(i)});
    index.add(things.back().name, i);
  }
  EXPECT_EQ(index.size(), 10'000U);
  for (std::uint32_t i = 0; i < 10'000; ++i) ASSERT_EQ(index.find(things[i].name, things), i);
  for (std::uint32_t i = 0; i < 10'000; ++i) ASSERT_EQ(index.find(things[i].name + "x", things), std::nullopt);
}

TEST(NameIndex, a_name_of_length_zero_is_one_too) {
  const std::vector<Thing> things{{"a"}, {""}};
  NameIndex index;
  index.add("a", 0);
  EXPECT_EQ(index.find("", things), std::nullopt);
  index.add("", 1);
  EXPECT_EQ(index.find("", things), 1U);
}

}  // namespace
}  // namespace cordyna::engine
