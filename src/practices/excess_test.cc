#include "practices/excess.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "practices/read_schema.h"

namespace cordyna::practices {
namespace {

Schema schema_of(const Json& text, Kind kind = Kind::document) {
  model::Findings findings;
  const auto schema = read_schema(text, kind, "schema", findings);
  for (const auto& finding : findings) ADD_FAILURE() << finding.path << ": " << finding.message << " in " << text;
  return schema.value_or(Schema());
}

/// "path code, path code": what the first allows and the second does not.
std::string codes(const Json& one, const Json& other, Kind kind = Kind::document,
                  Unknown unknown = Unknown::tolerated) {
  std::string text;
  for (const Excess& found : excess(schema_of(one, kind), schema_of(other, kind), unknown))
    text += (text.empty() ? "" : ", ") + (found.path.empty() ? "" : found.path + " ") + found.code;
  return text;
}

Json object(const std::string& a, const std::string& required = R"(["a"])") {
  return Json::parse(R"({"type":"object","properties":{"a":)" + a + R"(},"required":)" + required + "}");
}

struct Change {
  const char* name;
  const char *was, *is;  // the schema of field `a`, which is required; or of the whole
  const char* readers;   // what breaks the readers of an output
  const char* callers;   // what breaks those who give params
  const char *readers_witness,
      *callers_witness;  // a value that shows it; "" where nothing breaks or `fits` does not judge
};

constexpr Change changes[] = {
    {"an optional field is added", R"({"type":"integer"})",
     R"({"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}},"required":["a"]})", "", "", "",
     ""},
    {"a required field is added", R"({"type":"integer"})",
     R"({"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}},"required":["a","b"]})", "",
     "b field_removed", "", R"({"a":-1})"},
    {"a required field is removed",
     R"({"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}},"required":["a","b"]})",
     R"({"type":"integer"})", "b field_removed", "", R"({"a":-1})", ""},
    {"a required field has another name", R"({"type":"integer","id":"one"})",
     R"({"type":"object","properties":{"c":{"type":"integer","id":"one"}},"required":["c"]})", "a field_renamed",
     "c field_renamed", R"({"c":1})", R"({"a":-1})"},
    {"a required field becomes optional", R"({"type":"integer"})",
     R"({"type":"object","properties":{"a":{"type":"integer"}}})", "a field_optional", "", "{}", ""},
    {"null is allowed", R"({"type":"integer"})", R"({"type":["integer","null"]})", "a null_allowed", "",
     R"({"a":null})", ""},
    {"an integer becomes any number", R"({"type":"integer"})", R"({"type":"number"})", "a type_widened", "",
     R"({"a":1.5})", ""},
    {"a scalar becomes a list", R"({"type":"string"})", R"({"type":"array"})", "a type_changed", "a type_changed",
     R"({"a":[]})", R"({"a":"x"})"},
    {"a value is added", R"({"enum":["x","y"]})", R"({"enum":["x","y","z"]})", "a value_added", "", R"({"a":"z"})", ""},
    {"a value is added to an open list", R"({"enum":["x","y"],"enum_open":true})",
     R"({"enum":["x","y","z"],"enum_open":true})", "", "", "", ""},
    {"a list of values is dropped", R"({"type":"string","enum":["x","y"]})", R"({"type":"string"})", "a values_dropped",
     "", R"({"a":"z"})", ""},
    {"a list of values is introduced", R"({"type":"string"})", R"({"type":"string","enum":["x"]})", "",
     "a values_dropped", "", R"({"a":"z"})"},
    {"the minimum falls", R"({"type":"integer","minimum":1})", R"({"type":"integer","minimum":0})", "a minimum_lowered",
     "", R"({"a":0})", ""},
    {"the minimum becomes inclusive", R"({"type":"integer","exclusiveMinimum":1})", R"({"type":"integer","minimum":1})",
     "a minimum_lowered", "", R"({"a":1})", ""},
    {"the maximum rises", R"({"type":"integer","maximum":1})", R"({"type":"integer","maximum":2})", "a maximum_raised",
     "", R"({"a":2})", ""},
    {"multiples are demanded", R"({"type":"integer"})", R"({"type":"integer","multipleOf":2})", "",
     "a multiple_dropped", "", R"({"a":-1})"},
    {"the greatest length rises", R"({"type":"string","maxLength":1})", R"({"type":"string","maxLength":2})",
     "a length_max_raised", "", R"({"a":"yy"})", ""},
    {"the least length falls", R"({"type":"string","minLength":2})", R"({"type":"string","minLength":1})",
     "a length_min_lowered", "", R"({"a":"y"})", ""},
    {"a pattern is removed", R"({"type":"string","pattern":"^x"})", R"({"type":"string"})", "a pattern_changed", "", "",
     ""},
    {"a pattern is changed", R"({"type":"string","pattern":"^x"})", R"({"type":"string","pattern":"^y"})",
     "a pattern_changed", "a pattern_changed", "", ""},
    {"a date becomes any text", R"({"type":"string","format":"date"})", R"({"type":"string"})", "a format_changed", "",
     "", ""},
    {"fewer items are needed", R"({"type":"array","minItems":1})", R"({"type":"array"})", "a items_min_lowered", "",
     R"({"a":[]})", ""},
    {"more items are allowed", R"({"type":"array","maxItems":0})", R"({"type":"array","maxItems":1})",
     "a items_max_raised", "", R"({"a":[1]})", ""},
    {"items may come twice", R"({"type":"array","uniqueItems":true})", R"({"type":"array"})", "a items_not_unique", "",
     R"({"a":[0,0]})", ""},
    {"the items change", R"({"type":"array","items":{"type":"object","properties":{"p":{"type":"integer"}}}})",
     R"({"type":"array","items":{"type":"object","properties":{"p":{"type":"string"}}}})", "a[].p type_changed",
     "a[].p type_changed", R"({"a":[{"p":"x"}]})", R"({"a":[{"p":1}]})"},
    {"only the description changes", R"({"type":"integer"})", R"({"type":"integer","description":"d"})", "", "", "",
     ""},
};

Json schema_text(const char* text) {
  return std::string_view(text).starts_with(R"({"type":"object","properties")") ? Json::parse(text) : object(text);
}

TEST(Excess, each_kind_of_change_breaks_readers_and_callers_as_its_witness_shows) {
  for (const Change& change : changes) {
    SCOPED_TRACE(change.name);
    const Json was_text = schema_text(change.was), is_text = schema_text(change.is);
    EXPECT_EQ(codes(is_text, was_text), change.readers);
    EXPECT_EQ(codes(was_text, is_text), change.callers);
    const Schema was = schema_of(was_text), is = schema_of(is_text);
    const auto shows = [](std::string_view witness, const Schema& one, const Schema& other) {
      return witness.empty() || (fits(Json::parse(witness), one) && !fits(Json::parse(witness), other));
    };
    EXPECT_TRUE(shows(change.readers_witness, is, was));
    EXPECT_TRUE(shows(change.callers_witness, was, is));
  }
}

TEST(Excess, says_what_was_and_what_is_in_words) {
  const auto found = excess(schema_of(object(R"({"type":["integer","null"],"minimum":0})")),
                            schema_of(object(R"({"type":"integer","minimum":1})")));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0], (Excess{"a", "null_allowed", "integer or null", "integer"}));
  EXPECT_EQ(found[1], (Excess{"a", "minimum_lowered", "at least 0", "at least 1"}));
}

TEST(Excess, a_missing_optional_field_breaks_readers_of_a_table_and_not_of_a_document) {
  const Json was = object(R"({"type":"string"})", "[]"), is = Json::parse(R"({"type":"object"})");
  EXPECT_EQ(codes(is, was, Kind::document), "");
  EXPECT_EQ(codes(is, was, Kind::table), "a field_removed");
}

TEST(Excess, a_column_that_need_not_be_given_any_more_may_be_null) {
  EXPECT_EQ(codes(object(R"({"type":"string"})", "[]"), object(R"({"type":"string"})"), Kind::table), "a null_allowed");
}

TEST(Excess, members_nobody_described_count_only_for_those_who_are_not_tolerant) {
  const Json closed = Json::parse(R"({"type":"object","properties":{"a":{}},"additionalProperties":false})");
  const Json more = Json::parse(R"({"type":"object","properties":{"a":{},"b":{}},"additionalProperties":false})");
  const Json open = Json::parse(R"({"type":"object","properties":{"a":{}}})");
  EXPECT_EQ(codes(more, closed), "");
  EXPECT_EQ(codes(more, closed, Kind::document, Unknown::counted), "b field_added");
  EXPECT_EQ(codes(open, closed, Kind::document, Unknown::counted), "object_opened");
  EXPECT_EQ(codes(closed, open, Kind::document, Unknown::counted), "");
}

TEST(Excess, elements_have_keys_and_uniqueness_that_readers_rely_on) {
  const Json was = Json::parse(R"([{"name":"day","logicalType":"date","primaryKey":true,"primaryKeyPosition":2},
      {"name":"shop","logicalType":"string","primaryKey":true,"primaryKeyPosition":1},
      {"name":"number","logicalType":"integer","required":true,"unique":true}])");
  Json is = was;
  is[2].erase("unique");
  EXPECT_EQ(codes(is, was, Kind::table), "number not_unique");
  EXPECT_EQ(codes(was, is, Kind::table), "");
  is = was;
  is[0]["primaryKey"] = false;
  is[0]["required"] = true;
  const auto found = excess(schema_of(is, Kind::table), schema_of(was, Kind::table));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0], (Excess{"", "key_changed", "one row per shop", "one row per shop, day"}));
}

TEST(Excess, json_schema_and_elements_that_mean_the_same_are_the_same) {
  const Json elements = Json::parse(R"([{"name":"a","logicalType":"integer","required":true,
      "logicalTypeOptions":{"minimum":1}},{"name":"b","logicalType":"string","quality":[{"metric":"invalidValues",
      "mustBe":0,"arguments":{"validValues":["x"]}}]}])");
  const Json schema = Json::parse(R"({"type":"object","required":["a"],"properties":{
      "a":{"type":"integer","minimum":1},"b":{"type":"string","enum":["x"]}}})");
  EXPECT_EQ(codes(elements, schema, Kind::table), "");
  EXPECT_EQ(codes(schema, elements, Kind::table), "");
}

// Random schemas of two fields and random values: no value may show that something was overlooked.
class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {}
  int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }

  Json schema(int depth) {
    Json text = Json::object();
    static const std::array<const char*, 7> types{"null", "boolean", "integer", "number", "string", "array", "object"};
    if (below(5) != 0) text["type"] = below(4) == 0 ? Json{types[pick()], types[pick()]} : Json(types[pick()]);
    if (below(6) == 0) text["enum"] = {value(1), value(1), value(1), below(2), "x", nullptr, Json::object()};
    if (below(3) == 0) text[below(2) == 0 ? "minimum" : "exclusiveMinimum"] = below(3);
    if (below(3) == 0) text[below(2) == 0 ? "maximum" : "exclusiveMaximum"] = 2 + below(3);
    if (below(6) == 0) text["multipleOf"] = below(2) == 0 ? Json(2) : Json(0.5);
    if (below(4) == 0) text["minLength"] = below(2);
    if (below(4) == 0) text["maxLength"] = 1 + below(2);
    if (below(4) == 0) text["minItems"] = below(2);
    if (below(4) == 0) text["maxItems"] = 1 + below(2);
    if (below(5) == 0) text["uniqueItems"] = true;
    if (depth == 0) return text;
    if (below(2) == 0) text["items"] = schema(depth - 1);
    for (const char* name : {"a", "b"})
      if (below(2) == 0) text["properties"][name] = schema(depth - 1);
    if (below(3) == 0) text["required"] = {below(2) == 0 ? "a" : "b"};
    if (below(3) == 0) text["additionalProperties"] = below(2) == 0 ? Json(false) : schema(0);
    return text;
  }

  Json value(int depth) {
    switch (below(depth > 0 ? 7 : 5)) {
      case 0:
        return nullptr;
      case 1:
        return below(2) == 0;
      case 2:
        return below(6) - 1;
      case 3:
        return below(9) / 2.0;
      case 4:
        return std::string(static_cast<std::size_t>(below(4)), 'x');
      case 5: {
        Json list = Json::array();
        for (int i = below(4); i > 0; --i) list.push_back(value(depth - 1));
        return list;
      }
      default: {
        Json object = Json::object();
        for (const char* name : {"a", "b", "c"})
          if (below(2) == 0) object[name] = value(depth - 1);
        return object;
      }
    }
  }

 private:
  std::size_t pick() { return static_cast<std::size_t>(below(7)); }
  std::mt19937 random_;
};

TEST(Excess, none_is_told_only_where_no_value_shows_one) {
  Chance chance(20261127);
  int included = 0, checked = 0;
  for (int round = 0; round < 6000; ++round) {
    const Json texts[2] = {chance.schema(1), chance.schema(1)};
    model::Findings findings;
    const auto one = read_schema(texts[0], Kind::document, "one", findings);
    const auto other = read_schema(texts[1], Kind::document, "other", findings);
    if (!one || !other || !excess(*one, *other, Unknown::counted).empty()) continue;
    ++included;
    for (int i = 0; i < 60; ++i) {
      const Json value = chance.value(2);
      if (!fits(value, *one)) continue;
      ++checked;
      ASSERT_TRUE(fits(value, *other)) << value << "\nfits    " << texts[0] << "\nand not " << texts[1];
    }
  }
  EXPECT_GT(included, 100);
  EXPECT_GT(checked, 1000);
}

TEST(Excess, nothing_exceeds_itself) {
  Chance chance(7);
  for (int round = 0; round < 2000; ++round) {
    const Json text = chance.schema(2);
    model::Findings findings;
    const auto schema = read_schema(text, Kind::document, "s", findings);
    ASSERT_TRUE(!schema || excess(*schema, *schema, Unknown::counted).empty()) << text;
  }
}

}  // namespace
}  // namespace cordyna::practices
