#include "model/params.h"

#include <gtest/gtest.h>

namespace cordyna::model {
namespace {

std::string lines(const Findings& findings) {
  std::string text;
  for (const auto& finding : findings)
    text += finding.path + " " + finding.rule + " " + finding.message + " | " + finding.fix + "\n";
  return text;
}

std::string schema_lines(const char* schema) {
  return lines(check_schema(Json::parse(schema), "p"));
}
std::string params_lines(const char* params, const char* schema) {
  return lines(check_params(Json::parse(params), Json::parse(schema)));
}

constexpr const char* schema = R"({"type":"object","required":["day","size"],"properties":{
  "day":{"type":"string","minLength":2,"maxLength":3}, "size":{"type":"integer","minimum":1,"maximum":9,"default":5},
  "mode":{"enum":["fast","slow"]}, "ratio":{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":1},
  "list":{"type":"array","maxItems":2,"items":{"type":["string","null"]}},
  "deep":{"type":"object","required":["x"],"properties":{"x":{"const":1}},"additionalProperties":false}}})";

TEST(Params, a_schema_of_the_judged_keywords_is_usable) {
  EXPECT_EQ(schema_lines(schema), "");
  EXPECT_EQ(schema_lines("null"), "");
  EXPECT_EQ(schema_lines(R"({"properties":{"a":true,"b":{"title":"x","format":"date"}}})"), "");
}

TEST(Params, a_schema_that_is_not_usable_is_refused_with_every_place) {
  EXPECT_EQ(schema_lines(R"({"type":"string"})"),
            "p bad_schema the params are described by a JSON Schema of type object | write {properties: {day: {type: "
            "string}}}\n");
  EXPECT_EQ(
      schema_lines(
          R"({"properties":{"a":{"type":"text"},"b":3,"c":{"minimum":"1"},"d":{"enum":[]},"e":{"type":[]}},"required":"a"})"),
      "p.properties.a.type bad_schema \"text\" is no type | write string, integer, number, boolean, object, array or "
      "null\n"
      "p.properties.b bad_schema a schema is an object | write {type: string}\n"
      "p.properties.c.minimum bad_schema minimum is a number | write minimum: 10\n"
      "p.properties.d.enum bad_schema enum is a list of values | write [a, b]\n"
      "p.properties.e.type bad_schema [] is no type | write string, integer, number, boolean, object, array or null\n"
      "p.required bad_schema required is a list of names | write [day]\n");
}

TEST(Params, a_keyword_that_is_not_judged_is_a_warning) {
  const auto findings = check_schema(Json::parse(R"({"properties":{"a":{"pattern":"^x"}}})"), "p");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].rule, "unsupported_keyword");
  EXPECT_EQ(findings[0].severity, Severity::warning);
}

TEST(Params, values_that_fit_have_no_findings) {
  EXPECT_EQ(
      params_lines(R"({"day":"abc","size":9,"mode":"slow","ratio":0.5,"list":["a",null],"deep":{"x":1}})", schema), "");
  EXPECT_EQ(params_lines(R"({"day":"\u00fc\u00fc","size":1.0})", schema), "");
  EXPECT_EQ(params_lines("{}", "null"), "");
}

TEST(Params, each_value_that_does_not_fit_is_told) {
  EXPECT_EQ(params_lines(R"({"size":10,"mode":"quick","ratio":1,"list":["a",2,"c"],"deep":{"y":1}})", schema),
            "params.day missing_param the param 'day' is missing | give it a value\n"
            "params.deep.x missing_param the param 'x' is missing | give it a value\n"
            "params.deep.y bad_param 'y' is not declared here | leave it out\n"
            "params.list bad_param it has 3 items | give at most 2\n"
            "params.list[1] wrong_type 2 is no string or null | give a value of type string or null\n"
            "params.mode bad_param \"quick\" is not one of [\"fast\",\"slow\"] | give one of them\n"
            "params.ratio bad_param 1 is not below 1 | give another number\n"
            "params.size bad_param 10 is not at most 9 | give another number\n");
  EXPECT_EQ(params_lines(R"({"day":"a","size":1.5})", schema),
            "params.day bad_param it has 1 characters | give at least 2 at most 3\n"
            "params.size wrong_type 1.5 is no integer | give a value of type integer\n");
  EXPECT_EQ(params_lines("[]", schema),
            "params wrong_type the params are an object | write {\"day\": \"2026-01-31\"}\n");
}

TEST(Params, an_unknown_name_is_told_with_the_nearest_known_one) {
  EXPECT_EQ(
      lines(unknown_params(Json::parse(R"({"dya":1,"colour":2,"day":3})"), {"day", "size"})),
      "params.colour unknown_param the param 'colour' is not declared | leave it out: no task of this run declares it\n"
      "params.dya unknown_param the param 'dya' is not declared | did you mean 'day'?\n");
}

TEST(Params, are_projected_to_what_is_declared_with_defaults_filled_in) {
  EXPECT_EQ(declared_params(Json::parse(schema)),
            (std::vector<std::string>{"day", "deep", "list", "mode", "ratio", "size"}));
  EXPECT_EQ(projected_params(Json::parse(R"({"other":1,"day":"x"})"), Json::parse(schema)).dump(),
            R"({"day":"x","size":5})");
  EXPECT_EQ(projected_params(Json::parse(R"({"size":null})"), Json::parse(schema)).dump(), R"({"size":null})");
  EXPECT_EQ(projected_params(nullptr, nullptr).dump(), "{}");
}

}  // namespace
}  // namespace cordyna::model
