#include "model/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace cordyna::model {
namespace {

TEST(Glob, matches_itself_and_any_run_at_a_star) {
  for (const char* glob :
       {"shop.order.created", "shop.*", "*", "*.created", "shop.*.created", "s*p*r*d", "**", "shop.order.created*"})
    EXPECT_TRUE(glob_matches(glob, "shop.order.created")) << glob;
  for (const char* glob : {"", "shop", "shop.*.deleted", "*.create", "hop*", "shop.order.created.*", "s*p*p*"})
    EXPECT_FALSE(glob_matches(glob, "shop.order.created")) << glob;
}

TEST(Glob, knows_no_other_special_characters) {
  EXPECT_FALSE(glob_matches("a?c", "abc"));
  EXPECT_TRUE(glob_matches("a?[b]\\c", "a?[b]\\c"));
}

TEST(Glob, a_star_may_match_nothing_but_pieces_do_not_overlap) {
  EXPECT_TRUE(glob_matches("ab*cd", "abcd"));
  EXPECT_FALSE(glob_matches("ab*ba", "aba"));
  EXPECT_TRUE(glob_matches("*aab*", "aaab"));
}

TEST(Glob, agrees_with_the_obvious_definition_on_all_short_texts) {
  const auto naive = [](auto& self, std::string_view glob, std::string_view text) -> bool {
    if (glob.empty()) return text.empty();
    if (glob[0] == '*') return self(self, glob.substr(1), text) || (!text.empty() && self(self, glob, text.substr(1)));
    return !text.empty() && glob[0] == text[0] && self(self, glob.substr(1), text.substr(1));
  };
  for (int g = 0; g < 729; ++g)
    for (int t = 0; t < 128; ++t) {
      std::string glob, text;
      for (int rest = g; rest > 0; rest /= 3) glob += "ab*"[rest % 3];
      for (int rest = t; rest > 1; rest /= 2) text += "ab"[rest % 2];
      ASSERT_EQ(glob_matches(glob, text), naive(naive, glob, text)) << glob << " " << text;
    }
}

TEST(Glob, hostile_text_costs_no_more_than_its_length) {
  const std::string text(200'000, 'a');
  EXPECT_FALSE(glob_matches("*" + std::string(100'000, 'a') + "b*" + std::string(1000, 'a') + "*", text));
}

}  // namespace
}  // namespace cordyna::model
