#include "cordyna/value.h"

#include <gtest/gtest.h>

namespace cordyna {
namespace {

TEST(Value, is_written_as_it_reads) {
  const Value value{{"rows", 42},
                    {"ratio", 0.5},
                    {"name", "north \"x\""},
                    {"done", true},
                    {"nothing", nullptr},
                    {"nested", {{"a", 1}}},
                    {"list", Value::array({1, "two", Value::array()})}};
  EXPECT_EQ(value.json(), R"({"rows":42,"ratio":0.5,"name":"north \"x\"","done":true,"nothing":null,"nested":{"a":1},)"
                          R"("list":[1,"two",[]]})");
  EXPECT_EQ(Value::parse(value.json()), value);
}

TEST(Value, takes_every_kind_of_number_and_text) {
  EXPECT_EQ(Value(std::uint8_t(7)).as_int(), 7);
  EXPECT_EQ(Value(-7L).as_int(), -7);
  EXPECT_EQ(Value(1.5F).as_double(), 1.5);
  EXPECT_EQ(Value(2.0).as_int(), 2);
  EXPECT_EQ(Value(2.5).as_int(), std::nullopt);
  EXPECT_EQ(Value(std::string_view("x")).as_string(), "x");
  EXPECT_EQ(Value(std::string("x")).as_int(), std::nullopt);
  EXPECT_EQ(Value(true).as_bool(), true);
  EXPECT_EQ(Value(1).as_bool(), std::nullopt);
}

TEST(Value, answers_null_for_what_is_not_there) {
  const Value value{{"a", 1}};
  EXPECT_TRUE(value["b"].is_null());
  EXPECT_TRUE(value["a"]["deeper"].is_null());
  EXPECT_TRUE(value.at(0).is_null());
  EXPECT_EQ(value.size(), 1U);
  EXPECT_EQ(Value().size(), 0U);
}

TEST(Value, a_name_said_twice_keeps_the_last) {
  EXPECT_EQ(Value({{"a", 1}, {"a", 2}}).json(), R"({"a":2})");
}

TEST(Value, grows_by_set_and_add) {
  Value value;
  value.set("list", Value().add(1).add(2)).set("a", "b");
  EXPECT_EQ(value.json(), R"({"list":[1,2],"a":"b"})");
}

TEST(Value, refuses_what_is_no_json) {
  EXPECT_EQ(Value::parse("{a: 1}"), std::nullopt);
  EXPECT_EQ(Value::parse(""), std::nullopt);
  EXPECT_EQ(Value::parse("18446744073709551615")->as_double(), 18446744073709551615.0);
  EXPECT_EQ(Value::parse("null")->json(), "null");
}

TEST(Value, repairs_text_that_is_not_utf8) {
  EXPECT_EQ(Value("a\xff").json(), "\"a\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace cordyna
