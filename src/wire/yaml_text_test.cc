#include "wire/yaml_text.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace cordyna::wire {
namespace {

using model::Json;

std::string tree(std::string_view text) {
  const auto document = parse_yaml(text);
  for (const auto& finding : document.findings) ADD_FAILURE() << finding.message;
  return document.tree.dump();
}

// "LINE:COLUMN rule message" of the one finding.
std::string refusal(std::string_view text) {
  const auto document = parse_yaml(text);
  if (document.findings.empty()) return "accepted";
  EXPECT_EQ(document.findings.size(), 1U);
  EXPECT_TRUE(document.tree.is_null());
  const auto& finding = document.findings[0];
  return std::to_string(finding.line) + ":" + std::to_string(finding.column) + " " + finding.rule + " " +
         finding.message;
}

TEST(YamlText, resolves_only_what_is_not_text_in_the_core_schema) {
  EXPECT_EQ(tree("[1, -2, +3, 1.5, 1e3, true, False, null, ~, ]"), "[1,-2,3,1.5,1000.0,true,false,null,null]");
  EXPECT_EQ(
      tree("[on, off, yes, no, y, 08, 0x10, 1_000, 10:30, 2026-11-24, .inf, .nan, 1., '1', \"true\", "
           "99999999999999999999]"),
      R"(["on","off","yes","no","y","08","0x10","1_000","10:30","2026-11-24",".inf",".nan","1.","1","true","99999999999999999999"])");
}

TEST(YamlText, keys_are_text_whatever_they_look_like) {
  EXPECT_EQ(tree("on: 1\n2024: 2\ntrue: 3\n"), R"({"2024":2,"on":1,"true":3})");
  EXPECT_EQ(tree("---\n{}\n...\n"), "{}");
}

TEST(YamlText, knows_where_values_stand_and_how_they_were_spelled) {
  const auto document = parse_yaml("a:\n  b: [x, 1.50]\n");
  EXPECT_EQ(document.places.at("a.b").line, 2U);
  EXPECT_EQ(document.places.at("a.b").column, 3U);
  EXPECT_EQ(document.places.at("a.b[1]").column, 10U);
  EXPECT_EQ(document.spellings.at("a.b[1]"), "1.50");
}

TEST(YamlText, expands_anchors_and_aliases) {
  EXPECT_EQ(tree("a: &x {k: [1, 2]}\nb: *x\nc: [*x, &y 7, *y]\n"),
            R"({"a":{"k":[1,2]},"b":{"k":[1,2]},"c":[{"k":[1,2]},7,7]})");
}

TEST(YamlText, refuses_alias_bombs_and_circles) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += (j > 0 ? ", " : "") + last;
    bomb += "]\n";
  }
  EXPECT_NE(refusal(bomb).find("too_large with its aliases expanded"), std::string::npos);
  EXPECT_EQ(refusal("a: &x [1, *x]\n"), "1:11 bad_yaml an alias stands inside the value that it names");
}

TEST(YamlText, refuses_what_the_format_allows_and_people_regret) {
  EXPECT_EQ(refusal("a: 1\nb: 2\na: 3\n"), "3:1 duplicate_key the key 'a' stands twice in one mapping");
  EXPECT_EQ(refusal("a: 1\n---\nb: 2\n"), "3:1 bad_yaml the file has a second document");
  EXPECT_EQ(refusal("? [a]\n: 1\n"), "1:3 bad_yaml a key must be text");
  EXPECT_EQ(refusal("a: !!python/object x\n").substr(0, 13), "1:4 bad_yaml ");
  EXPECT_EQ(refusal("a:\n\tb: 1\n"), "2:3 bad_yaml not YAML: a tab stands where the line is indented");
  EXPECT_EQ(refusal(""), "1:1 bad_yaml the file is empty");
  EXPECT_EQ(refusal("a: \xff\n"), "1:1 bad_yaml the file is not UTF-8 text");
  EXPECT_EQ(refusal(std::string("a: \0\n", 5)), "1:1 bad_yaml the file is not UTF-8 text");
  EXPECT_EQ(refusal("a: [1, 2\nb: 3\n"), "2:2 bad_yaml not YAML: end of sequence flow not found");
  EXPECT_NE(refusal("a: *nobody\n"), "accepted");
}

TEST(YamlText, depth_is_bounded) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(refusal(nested(yaml_depth_max)), "accepted");
  EXPECT_NE(refusal(nested(yaml_depth_max + 1)).find("too_deep"), std::string::npos);
  EXPECT_NE(refusal(std::string(100'000, '[')), "accepted");
  EXPECT_NE(
      refusal("a: &a " + nested(40) + "\nb: " + std::string(30, '[') + "*a" + std::string(30, ']')).find("too_deep"),
      std::string::npos);
}

TEST(YamlText, size_is_bounded) {
  EXPECT_NE(refusal(std::string(base::limits::declaration_bytes_max + 1, ' ')).find("too_large"), std::string::npos);
}

}  // namespace
}  // namespace cordyna::wire
