#include "model/names.h"

#include <gtest/gtest.h>

namespace cordyna::model {
namespace {

std::string refusal(NameKind kind, std::string_view name) {
  auto checked = check_name(kind, name);
  return checked ? "" : checked.error().message;
}

TEST(Names, accept_what_the_alphabet_allows) {
  for (const char* name : {"a", "0", "shop", "shop-2", "a--b"}) EXPECT_EQ(refusal(NameKind::server, name), "");
  for (const char* name : {"a", "extract_orders", "v1.2", "a-b_c.d", "2024"}) {
    EXPECT_EQ(refusal(NameKind::task, name), "");
    EXPECT_EQ(refusal(NameKind::team, name), "");
  }
}

TEST(Names, refuse_what_is_hostile_and_propose_a_name) {
  EXPECT_EQ(refusal(NameKind::server, "My Shop"),
            "the server name 'My Shop' may only have a-z, 0-9 and -, not 'M': write for example 'my-shop'");
  EXPECT_EQ(refusal(NameKind::server, "a_b"),
            "the server name 'a_b' may only have a-z, 0-9 and -, not '_': write for example 'a-b'");
  EXPECT_EQ(refusal(NameKind::task, "a..b"), "the task name 'a..b' may not contain \"..\": write for example 'a.b'");
  EXPECT_EQ(refusal(NameKind::tag, "-x"),
            "the tag name '-x' must begin and end with a letter or digit: write for example 'x'");
  EXPECT_EQ(refusal(NameKind::team, ""), "the team name '' is empty: write for example 'my-team'");
  for (const char* name : {"../etc", "a/b", "a\nb", "\xff",
                           "gr\xc3\xbc"
                           "n",
                           "a ", ".", "-", "a\\b", "%2e"})
    EXPECT_NE(refusal(NameKind::task, name), "") << name;
}

TEST(Names, may_be_exactly_as_long_as_the_limit) {
  EXPECT_EQ(refusal(NameKind::server, std::string(63, 'a')), "");
  EXPECT_NE(refusal(NameKind::server, std::string(64, 'a')), "");
  EXPECT_EQ(refusal(NameKind::task, std::string(127, 'a')), "");
  EXPECT_NE(refusal(NameKind::task, std::string(128, 'a')), "");
}

TEST(Names, every_proposal_is_a_valid_name) {
  for (const char* text : {"My Shop", "", "--", "..a..b..", "\xff\xfe", "ABC", "a_b.c"})
    for (const auto kind : {NameKind::server, NameKind::task, NameKind::limit})
      EXPECT_EQ(refusal(kind, proposed_name(kind, text)), "") << text;
  EXPECT_EQ(refusal(NameKind::server, proposed_name(NameKind::server, std::string(500, 'Z') + "-")), "");
}

TEST(Names, a_full_name_has_a_server_and_a_task) {
  const auto name = split_name("shop/extract_orders");
  ASSERT_TRUE(name.ok());
  EXPECT_EQ(name->server, "shop");
  EXPECT_EQ(name->task, "extract_orders");
  EXPECT_EQ(full_name(name->server, name->task), "shop/extract_orders");
  for (const char* bad : {"", "shop", "/", "shop/", "/x", "a/b/c", "Shop/x"})
    EXPECT_EQ(split_name(bad).error().code, "bad_name") << bad;
}

}  // namespace
}  // namespace cordyna::model
