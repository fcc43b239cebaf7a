#include "practices/read_schema.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace cordyna::practices {
namespace {

namespace limits = base::limits;

std::string faults(const Json& text, Kind kind = Kind::document) {
  model::Findings findings;
  const auto schema = read_schema(text, kind, "schema", findings);
  EXPECT_EQ(schema.has_value(), findings.empty());
  std::string lines;
  for (const auto& finding : findings) lines += finding.path + " " + finding.rule + ": " + finding.message + "\n";
  return lines;
}

std::string faults(const char* text, Kind kind = Kind::document) {
  return faults(Json::parse(text), kind);
}

TEST(ReadSchema, what_cannot_be_compared_is_refused_by_name_with_the_nearest_that_can) {
  EXPECT_EQ(faults(R"({"properties":{"a":{"oneOf":[{}]}}})"),
            "schema.properties.a.oneOf unsupported_keyword: the keyword 'oneOf' cannot be compared between versions\n");
  model::Findings findings;
  read_schema(Json::parse(R"({"minimun":1})"), Kind::document, "schema", findings);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].fix, "did you mean 'minimum'?");
}

TEST(ReadSchema, everything_that_is_wrong_is_told_at_once) {
  EXPECT_EQ(faults(R"({"type":"text","required":"a","properties":{"a":3},"minLength":-1})"),
            "schema.minLength bad_schema: -1 is no value of minLength\n"
            "schema.type bad_schema: \"text\" is no type\n"
            "schema.required bad_schema: required is a list of names\n");
}

TEST(ReadSchema, limits_that_no_value_satisfies_are_refused) {
  for (const char* text :
       {R"({"minimum":3,"maximum":2})", R"({"minimum":2,"exclusiveMaximum":2})", R"({"minLength":3,"maxLength":2})",
        R"({"minItems":1,"maxItems":0})", R"({"type":"integer","enum":["x"]})"})
    EXPECT_NE(faults(text).find("contradictory_schema"), std::string::npos) << text;
  EXPECT_EQ(faults(R"({"minimum":2,"maximum":2,"minItems":1,"maxItems":1,"type":["string","integer"],"enum":["x",2]})"),
            "");
}

Json nested(std::size_t depth) {
  Json text = {{"type", "string"}};
  for (std::size_t i = 0; i < depth; ++i) text = {{"type", "array"}, {"items", std::move(text)}};
  return text;
}

TEST(ReadSchema, depth_is_limited) {
  EXPECT_EQ(faults(nested(limits::schema_depth_max)), "");
  EXPECT_NE(faults(nested(limits::schema_depth_max + 1)).find("too_deep"), std::string::npos);
  EXPECT_NE(faults(nested(1000)).find("too_deep"), std::string::npos);
}

TEST(ReadSchema, depth_is_limited_in_elements_too) {
  Json element = {{"name", "a"}, {"logicalType", "string"}};
  for (int i = 0; i < 1000; ++i) element = {{"name", "a"}, {"logicalType", "array"}, {"items", std::move(element)}};
  EXPECT_NE(faults(Json::array({element}), Kind::table).find("too_deep"), std::string::npos);
}

TEST(ReadSchema, a_message_shows_a_long_value_in_part) {
  const std::string told = faults({{"type", std::string(100'000, 'x')}});
  EXPECT_NE(told.find("is no type"), std::string::npos);
  EXPECT_LT(told.size(), 200U);
}

TEST(ReadSchema, a_step_is_above_zero_and_fits_a_number_of_64_bits) {
  EXPECT_EQ(faults(R"({"multipleOf":9223372036854775807})"), "");
  for (const char* text : {R"({"multipleOf":0})", R"({"multipleOf":-1})", R"({"multipleOf":18446744073709551615})"})
    EXPECT_NE(faults(text).find("bad_schema"), std::string::npos) << text;
}

Json wide(std::size_t fields) {
  Json text = {{"type", "object"}, {"properties", Json::object()}};
  for (std::size_t i = 0; i < fields; ++i) text["properties"]["f" + std::to_string(i)] = {{"type", "string"}};
  return text;
}

TEST(ReadSchema, the_number_of_fields_is_limited_and_told_once) {
  EXPECT_EQ(faults(wide(limits::schema_fields_max)), "");
  const std::string told = faults(wide(100'000));
  EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 1) << told;
  EXPECT_NE(told.find("too_large"), std::string::npos);
}

TEST(ReadSchema, elements_are_refused_where_they_stand) {
  EXPECT_EQ(faults(R"([{"name":"a","logicalType":"text"},{"logicalType":"string"},
                       {"name":"c","logicalTypeOptions":{"maximun":1,"minLength":"x"}},{"name":"c"}])",
                   Kind::table),
            "schema[0].logicalType bad_schema: 'text' is no logical type\n"
            "schema[1] bad_schema: an element is an object with a name\n"
            "schema[2].logicalTypeOptions.maximun unsupported_keyword: the option 'maximun' cannot be compared between "
            "versions\n"
            "schema[2].logicalTypeOptions.minLength bad_schema: \"x\" is no value of minLength\n"
            "schema[3] contradictory_schema: 'c' is described twice\n");
}

TEST(Fits, the_place_that_does_not_fit_is_named) {
  model::Findings findings;
  const auto schema = read_schema(Json::parse(R"({"type":"object","required":["id"],"additionalProperties":false,
      "properties":{"id":{"type":"integer"},"lines":{"type":"array","items":{"type":"object","properties":{
      "price":{"type":"number","minimum":0}}}}}})"),
                                  Kind::document, "s", findings);
  ASSERT_TRUE(schema);
  const auto place = [&](const char* value) {
    std::string at = "fits";
    return fits(Json::parse(value), *schema, &at) ? "fits" : at;
  };
  EXPECT_EQ(place(R"({"id":1,"lines":[{"price":2}]})"), "fits");
  EXPECT_EQ(place(R"({"id":1.0})"), "fits");
  EXPECT_EQ(place(R"({"id":1,"lines":[{"price":2},{"price":-1}]})"), "lines[1].price");
  EXPECT_EQ(place(R"({"lines":[]})"), "id");
  EXPECT_EQ(place(R"({"id":1,"more":1})"), "more");
  EXPECT_EQ(place("[]"), "");
}

}  // namespace
}  // namespace cordyna::practices
