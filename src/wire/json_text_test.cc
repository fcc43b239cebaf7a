#include "wire/json_text.h"

#include <gtest/gtest.h>

namespace cordyna::wire {
namespace {

using model::Json;

std::string refusal(std::string_view text) {
  auto parsed = parse_json(text);
  return parsed ? "accepted" : parsed.error().code + ": " + parsed.error().message;
}

TEST(JsonText, builds_the_tree_that_was_written) {
  for (const char* text : {"null", "true", "-7", "18446744073709551615", "1.5", "\"a\\u00e9\"", "[]", "{}",
                           R"([1,[2,[]],{"a":{"b":[{}]},"c":null}])", " { \"x\" : [ 1 , 2 ] } "}) {
    auto parsed = parse_json(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(*parsed, Json::parse(text));
  }
}

TEST(JsonText, says_line_and_column_of_what_is_no_json) {
  EXPECT_EQ(refusal("{\n  \"a\": nope\n}").substr(0, 18), "bad_json: not JSON");
  EXPECT_NE(refusal("{\n  \"a\": nope\n}").find("line 2, column "), std::string::npos)
      << refusal("{\n  \"a\": nope\n}");
  for (const char* text : {"", " ", "{", "[1,]", "{\"a\":}", "NaN", "[Infinity]", "1e999", "01", "'a'", "{} {}",
                           "\"\t\"", "\xff", "\"\xed\xa0\x80\""})
    EXPECT_EQ(refusal(text).substr(0, 9), "bad_json:") << text;
}

TEST(JsonText, refuses_a_key_that_stands_twice) {
  EXPECT_EQ(refusal(R"({"a":1,"b":{"c":1,"c":2}})"), "duplicate_key: the key \"c\" stands twice in one object");
  EXPECT_EQ(refusal(R"({"a":{"c":1},"b":{"c":2}})"), "accepted");
}

TEST(JsonText, may_be_nested_exactly_as_deep_as_the_limit) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(refusal(nested(json_depth_max)), "accepted");
  EXPECT_EQ(refusal(nested(json_depth_max + 1)), "too_deep: nested deeper than 64 levels");
  EXPECT_EQ(refusal(std::string(1'000'000, '[')), "too_deep: nested deeper than 64 levels");
}

}  // namespace
}  // namespace cordyna::wire
