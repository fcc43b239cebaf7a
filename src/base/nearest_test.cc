#include "base/nearest.h"

#include <gtest/gtest.h>

#include <vector>

namespace cordyna::base {
namespace {

TEST(Nearest, counts_inserted_deleted_replaced_and_swapped_characters) {
  EXPECT_EQ(edit_distance("upstream", "upstream", 4), 0U);
  EXPECT_EQ(edit_distance("upstraem", "upstream", 4), 1U);
  EXPECT_EQ(edit_distance("upsteam", "upstream", 4), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting", 9), 3U);
  EXPECT_EQ(edit_distance("", "abc", 3), 3U);
}

TEST(Nearest, says_limit_plus_one_for_whatever_is_further) {
  EXPECT_EQ(edit_distance("abc", "xyz", 2), 3U);
  EXPECT_EQ(edit_distance("abc", "xyzxyzxyz", 2), 3U);
}

TEST(Nearest, names_the_likely_slip_and_nothing_when_all_are_far) {
  const std::vector<std::string> keys{"description", "upstream", "when", "retries"};
  EXPECT_EQ(nearest("descripton", keys), "description");
  EXPECT_EQ(nearest("upsteram", keys), "upstream");
  EXPECT_EQ(nearest("wehn", keys), "when");
  EXPECT_EQ(nearest("colour", keys), std::nullopt);
  EXPECT_EQ(nearest("x", std::vector<std::string>{}), std::nullopt);
}

TEST(Nearest, takes_the_first_of_equally_near_words) {
  EXPECT_EQ(nearest("cat", std::vector<std::string>{"bat", "hat"}), "bat");
}

}  // namespace
}  // namespace cordyna::base
