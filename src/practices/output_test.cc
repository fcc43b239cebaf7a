#include "practices/output.h"

#include <gtest/gtest.h>

#include "practices/output_change.h"

namespace cordyna::practices {
namespace {

std::string lines(const model::Findings& findings) {
  std::string text;
  for (const auto& one : findings) text += one.path + " " + one.rule + ": " + one.message + " | " + one.fix + "\n";
  return text;
}

std::vector<Output> read(const char* text, std::string* faults = nullptr) {
  model::Findings findings;
  auto outputs = read_outputs(Json::parse(text), "tasks.build.outputs", findings);
  if (faults != nullptr)
    *faults = lines(findings);
  else
    EXPECT_EQ(lines(findings), "");
  return outputs;
}

Output one(const std::string& members) {
  auto outputs = read(("{\"seller.orders\":{" + members + "}}").c_str());
  return outputs.empty() ? Output() : outputs.front();
}

TEST(Outputs, the_smallest_output_is_a_private_table_of_version_one) {
  const Output output = one("");
  EXPECT_EQ(output.name, "seller.orders");
  EXPECT_EQ(output.version, (Version{1, 0, 0}));
  EXPECT_EQ(output.access, Access::private_);
  EXPECT_EQ(output.kind, Kind::table);
  EXPECT_EQ(output.status, "active");
  EXPECT_EQ(output.schema, nullptr);
}

TEST(Outputs, two_majors_stand_side_by_side) {
  const auto outputs = read(R"({"seller.orders@2":{"version":"2.1.0","access":"public","kind":"document",
    "schema":{"type":"object","required":["id"],"properties":{"id":{"type":"string"}}},
    "promise":{"latency":"2h","frequency":"1d"},"checks":[{"id":"not_empty"},{"id":"fresh","severity":"warning"}]},
    "seller.orders@1":{"version":"1.7.2","deprecated":{"end_of_life":"2027-03-31","replaced_by":"seller.orders@2"}}})");
  ASSERT_EQ(outputs.size(), 2U);
  EXPECT_EQ(outputs[0].version.text(), "1.7.2");
  EXPECT_EQ(outputs[0].status, "deprecated");
  EXPECT_EQ(base::format_time(outputs[0].end_of_life.value()), "2027-03-31T00:00:00Z");
  EXPECT_EQ(outputs[0].replaced_by, "seller.orders@2");
  EXPECT_EQ(outputs[1].version.text(), "2.1.0");
  EXPECT_EQ(outputs[1].access, Access::public_);
  EXPECT_EQ(base::format_duration(outputs[1].promise.latency.value()), "2h");
  EXPECT_EQ(outputs[1].checks, (std::map<std::string, std::string>{{"fresh", "warning"}, {"not_empty", "error"}}));
  ASSERT_NE(outputs[1].schema, nullptr);
  EXPECT_TRUE(outputs[1].schema->fields.at("id").required);
}

TEST(Outputs, everything_that_is_wrong_is_told_with_its_place_and_remedy) {
  std::string faults;
  EXPECT_TRUE(read(R"({"seller.orders@3":{"version":"2.1.0","acces":"public","kind":"tabel","schema":{"type":"text"},
    "promise":{"latency":"soon","age":"1h"},"checks":[{}],"deprecated":{"end_of_life":"spring"}},
    "Bad Name":{"version":"1.0"}})",
                   &faults)
                  .empty());
  EXPECT_EQ(
      faults,
      "tasks.build.outputs.Bad Name bad_name: the output name 'Bad Name' may only have a-z, 0-9, _, . and -, not "
      "'B' | write for example 'bad-name'\n"
      "tasks.build.outputs.Bad Name.version bad_version: '1.0' is no version | write 1.0.0\n"
      "tasks.build.outputs.seller.orders@3.acces unknown_key: an output has no key 'acces' | did you mean 'access'?\n"
      "tasks.build.outputs.seller.orders@3 bad_version: the name says @3, the version 2.1.0 | let both say the same "
      "major\n"
      "tasks.build.outputs.seller.orders@3.kind unknown_word: 'tabel' is not known here | write one of table, "
      "document, topic\n"
      "tasks.build.outputs.seller.orders@3.schema.type bad_schema: \"text\" is no type | write string, integer, "
      "number, boolean, object, array or null\n"
      "tasks.build.outputs.seller.orders@3.promise.age unknown_key: a promise has no key 'age' | write latency or "
      "frequency\n"
      "tasks.build.outputs.seller.orders@3.promise.latency bad_duration: \"soon\" is not a duration | write an integer "
      "with ms, s, m, h or d, for example 90s or 1h30m\n"
      "tasks.build.outputs.seller.orders@3.checks[0] bad_output: a check is an object with an id | write {id: "
      "not_empty, severity: error}\n"
      "tasks.build.outputs.seller.orders@3.deprecated.end_of_life bad_time: 'spring' is no day | write for example "
      "2027-03-31\n");
}

TEST(Outputs, a_major_is_declared_once) {
  std::string faults;
  read(R"({"a.b@1":{"version":"1.0.0"},"a.b":{"version":"1.2.0"}})", &faults);
  EXPECT_NE(faults.find("the major 1 is declared twice"), std::string::npos) << faults;
}

TEST(Outputs, versions_are_three_numbers_without_leading_zeros) {
  for (const char* text : {"1", "1.2", "1.2.3.4", "01.2.3", "1.2.x", "-1.0.0", "1..0", "99999999999.0.0"}) {
    std::string faults;
    read((std::string(R"({"a.b":{"version":")") + text + "\"}}").c_str(), &faults);
    EXPECT_NE(faults.find("bad_version"), std::string::npos) << text;
  }
}

/// "code bump field; ..." of all changes.
std::string told(const std::string& was, const std::string& is) {
  static const char* const bumps[] = {"none", "patch", "minor", "major"};
  std::string text;
  for (const Change& change : changes(one(was), one(is)))
    text += (text.empty() ? "" : "; ") + change.path + " " + change.code + " " + bumps[static_cast<int>(change.bump)];
  return text;
}

std::string schema(const std::string& fields) {
  return R"("schema":{"type":"object","properties":{)" + fields + "}}";
}

TEST(Changes, a_field_that_is_gone_is_major_and_one_that_is_new_is_minor) {
  const std::string was = schema(R"("a":{"type":"string"},"b":{"type":"string"})");
  EXPECT_EQ(told(was, schema(R"("a":{"type":"string"},"c":{"type":"integer"})")),
            "schema.b field_removed major; schema.c field_added minor");
  EXPECT_EQ(told(was, was), "");
}

TEST(Changes, what_readers_never_see_more_of_is_minor) {
  EXPECT_EQ(told(schema(R"("a":{"type":"number"})"), schema(R"("a":{"type":"integer"})")), "schema.a narrowed minor");
}

TEST(Changes, readers_of_a_topic_meet_old_messages_too) {
  const std::string topic = R"("kind":"topic",)";
  EXPECT_EQ(told(topic + schema(R"("a":{"type":"number"})"), topic + schema(R"("a":{"type":"integer"})")),
            "schema.a type_widened major");
}

TEST(Changes, a_profile_of_none_breaks_nobody_and_a_strict_one_counts_new_fields_of_a_closed_object) {
  const auto closed = [](const std::string& profile, const std::string& fields) {
    return R"("compatibility":")" + profile +
           R"(","schema":{"type":"object","additionalProperties":false,"properties":{)" + fields + "}}";
  };
  const std::string a = R"("a":{"type":"string"})", both = R"("a":{"type":"string"},"b":{"type":"string"})";
  EXPECT_EQ(told(closed("none", both), closed("none", a)), "schema.b field_removed minor");
  EXPECT_EQ(told(closed("compatible", a), closed("compatible", both)), "schema.b field_added minor");
  EXPECT_EQ(told(closed("strict", a), closed("strict", both)), "schema.b field_added major");
}

TEST(Changes, everything_around_the_schema_is_classified) {
  EXPECT_EQ(told(R"("access":"public")", R"("access":"protected")"), "access access_lowered major");
  EXPECT_EQ(told(R"("access":"private")", R"("access":"public")"), "access access_raised minor");
  EXPECT_EQ(told(R"("kind":"table")", R"("kind":"topic")"), "kind kind_changed major");
  EXPECT_EQ(told(schema(""), ""), "schema schema_removed major");
  EXPECT_EQ(told("", schema("")), "schema schema_added minor");
  EXPECT_EQ(told(R"("promise":{"latency":"1h"})", R"("promise":{"latency":"2h"})"),
            "promise.latency promise_loosened major");
  EXPECT_EQ(told(R"("promise":{"latency":"2h"})", R"("promise":{"latency":"1h"})"),
            "promise.latency promise_tightened minor");
  EXPECT_EQ(told(R"("promise":{"frequency":"1d"})", ""), "promise.frequency promise_loosened major");
  EXPECT_EQ(told("", R"("status":"draft")"), "status status_changed minor");
  EXPECT_EQ(told("", R"("status":"retired")"), " output_removed major");
  EXPECT_EQ(told(R"("location":"a")", R"("location":"b")"), "location location_moved minor");
  EXPECT_EQ(told(R"("description":"a")", R"("description":"b")"), "description description_changed patch");
  EXPECT_EQ(told(R"("checks":[{"id":"x"}])", ""), "checks.x check_weakened minor");
  EXPECT_EQ(told("", R"("checks":[{"id":"x"}])"), "checks.x check_added minor");
  const auto until = [](const std::string& day) { return R"("deprecated":{"end_of_life":")" + day + "\"}"; };
  EXPECT_EQ(told(until("2027-02-01"), until("2027-01-31")), "deprecated.end_of_life end_of_life_shortened major");
  EXPECT_EQ(told(until("2027-02-01"), until("2027-02-02")), "deprecated.end_of_life end_of_life_extended patch");
}

TEST(Changes, the_version_must_rise_by_the_largest_of_them) {
  EXPECT_EQ(required_bump(changes(one(R"("description":"a")"), one(R"("description":"b","location":"x")"))),
            Bump::minor);
  EXPECT_EQ(required_bump({}), Bump::none);
  EXPECT_EQ(bump_between({1, 2, 3}, {2, 0, 0}), Bump::major);
  EXPECT_EQ(bump_between({1, 2, 3}, {1, 3, 0}), Bump::minor);
  EXPECT_EQ(bump_between({1, 2, 3}, {1, 2, 4}), Bump::patch);
  EXPECT_EQ(bump_between({1, 2, 3}, {1, 2, 3}), Bump::none);
  EXPECT_EQ(bump_between({1, 2, 3}, {1, 1, 9}), Bump::none);
}

TEST(Changes, break_those_who_use_what_changed) {
  const Output was = one(schema(R"("a":{"type":"string"},"b":{"type":"string"})") + R"(,"promise":{"latency":"1h"})");
  const Output is = one(schema(R"("a":{"type":"string"})") + R"(,"promise":{"latency":"2h"})");
  const auto found = changes(was, is);
  ASSERT_EQ(found.size(), 2U);
  const Change &field = found[0], &promise = found[1];
  EXPECT_TRUE(breaks(field, is, {}));
  EXPECT_TRUE(breaks(field, is, {.fields = {{"b"}}, .needs = {}}));
  EXPECT_FALSE(breaks(field, is, {.fields = {{"a"}}, .needs = {}}));
  EXPECT_FALSE(breaks(promise, is, {}));
  EXPECT_FALSE(breaks(promise, is, {.fields = {}, .needs = {.latency = std::chrono::hours(2), .frequency = {}}}));
  EXPECT_TRUE(breaks(promise, is, {.fields = {}, .needs = {.latency = std::chrono::hours(1), .frequency = {}}}));
}

}  // namespace
}  // namespace cordyna::practices
