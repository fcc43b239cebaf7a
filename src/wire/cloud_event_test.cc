#include "wire/cloud_event.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace cordyna::wire {
namespace {

base::HttpRequest request(std::string content_type, std::string body) {
  return {"POST", "/api/v1/events", {{"content-type", std::move(content_type)}}, std::move(body), "", false};
}

base::HttpRequest structured(std::string body) {
  return request("application/cloudevents+json", std::move(body));
}
base::HttpRequest batch(std::string body) {
  return request("application/cloudevents-batch+json", std::move(body));
}

base::HttpRequest binary(std::vector<std::pair<std::string, std::string>> headers, std::string body) {
  base::HttpRequest made{"POST",
                         "/api/v1/events",
                         {{"ce-specversion", "1.0"}, {"ce-id", "1"}, {"ce-source", "/shop"}, {"ce-type", "t"}},
                         std::move(body),
                         "",
                         false};
  for (auto& header : headers) made.headers.push_back(std::move(header));
  return made;
}

std::string event_text(const std::string& more) {
  return R"({"specversion":"1.0","id":"1","source":"/shop","type":"t")" + more + "}";
}

model::CloudEvent the_event(const base::HttpRequest& from) {
  auto read = read_cloud_events(from);
  for (const auto& finding : read.findings) ADD_FAILURE() << finding.path << ": " << finding.message;
  EXPECT_EQ(read.status, 202);
  return read.events.size() == 1 ? read.events[0] : model::CloudEvent{};
}

// "STATUS path rule; path rule": what a refused request answers.
std::string refusal(const base::HttpRequest& from) {
  const auto read = read_cloud_events(from);
  EXPECT_TRUE(read.events.empty() || read.findings.empty());
  std::string text = std::to_string(read.status);
  for (const auto& finding : read.findings) text += " " + finding.path + " " + finding.rule + ";";
  return text;
}

TEST(CloudEvent, structured_has_all_attributes_in_one_object) {
  const auto event = the_event(structured(event_text(
      R"(,"subject":"order/7","time":"2026-11-24T06:00:00Z","datacontenttype":"application/json","cordynadepth":3,"data":{"b":1,"a":[true]})")));
  EXPECT_EQ(event.id, "1");
  EXPECT_EQ(event.source, "/shop");
  EXPECT_EQ(event.type, "t");
  EXPECT_EQ(event.subject, "order/7");
  EXPECT_EQ(event.time, "2026-11-24T06:00:00Z");
  EXPECT_EQ(event.datacontenttype, "application/json");
  EXPECT_EQ(event.data, R"({"a":[true],"b":1})");
  EXPECT_EQ(event.depth, 3U);
}

TEST(CloudEvent, data_that_is_not_json_becomes_base64_text) {
  EXPECT_EQ(the_event(structured(event_text(R"(,"data_base64":"AAH/")"))).data, R"("AAH/")");
  EXPECT_EQ(
      the_event(structured(event_text(R"(,"datacontenttype":"application/json","data_base64":"eyJhIjoxfQ==")"))).data,
      R"({"a":1})");
  EXPECT_EQ(the_event(binary({{"content-type", "image/png"}}, std::string("\x00\x01\xff", 3))).data, R"("AAH/")");
  EXPECT_EQ(the_event(structured(event_text(""))).data, "");
}

TEST(CloudEvent, binary_has_attributes_in_headers_with_percent_encoding) {
  const auto event = the_event(binary({{"content-type", "application/json; charset=utf-8"},
                                       {"ce-subject", "gr%C3%BC%C3%9Fe 5%25%"},
                                       {"ce-cordynadepth", "2"},
                                       {"ce-zone", "\"a\\\"b\""}},
                                      R"({"a": 1})"));
  EXPECT_EQ(event.subject,
            "gr\xc3\xbc\xc3\x9f"
            "e 5%%");
  EXPECT_EQ(event.datacontenttype, "application/json; charset=utf-8");
  EXPECT_EQ(event.data, R"({"a":1})");
  EXPECT_EQ(event.depth, 2U);
}

TEST(CloudEvent, a_batch_keeps_its_order_and_may_be_empty) {
  const auto read = read_cloud_events(
      batch("[" + event_text("") + "," + R"({"specversion":"1.0","id":"2","source":"/shop","type":"u"})" + "]"));
  ASSERT_EQ(read.events.size(), 2U);
  EXPECT_EQ(read.events[0].id, "1");
  EXPECT_EQ(read.events[1].type, "u");
  EXPECT_EQ(refusal(batch("[]")), "202");
}

TEST(CloudEvent, the_same_event_has_the_same_content_in_every_mode) {
  const auto content = the_event(structured(event_text(R"(,"data":{"a":1},"traceparent":"x")"))).content;
  EXPECT_EQ(the_event(structured(event_text(R"(,"subject":null,"datacontenttype":"application/json","data":{ "a":1})")))
                .content,
            content);
  EXPECT_EQ(the_event(binary({{"content-type", "application/json"}, {"ce-traceparent", "y"}}, R"({"a":1})")).content,
            content);
  EXPECT_NE(the_event(structured(event_text(R"(,"data":{"a":2})"))).content, content);
  EXPECT_NE(the_event(structured(event_text(R"(,"data":{"a":1},"subject":"s")"))).content, content);
}

TEST(CloudEvent, every_missing_or_bad_attribute_is_told) {
  EXPECT_EQ(
      refusal(structured("{}")),
      "422 id missing_attribute; source missing_attribute; type missing_attribute; specversion missing_attribute;");
  EXPECT_EQ(refusal(structured(R"({"specversion":"0.3","id":1,"source":"","type":"t"})")),
            "422 id bad_attribute; source missing_attribute; specversion unknown_version;");
  EXPECT_EQ(refusal(structured(event_text(R"(,"time":"noon","Big":"x","nested":{},"cordynadepth":-1)"))),
            "422 nested bad_attribute; Big bad_attribute; time bad_attribute; cordynadepth bad_attribute;");
  EXPECT_EQ(refusal(structured(event_text(R"(,"subject":"a\nb")"))), "422 subject bad_attribute;");
  EXPECT_EQ(refusal(structured(event_text(R"(,"data":1,"data_base64":"AA==")"))), "422 data_base64 bad_data;");
  EXPECT_EQ(refusal(structured(event_text(R"(,"data_base64":"A")"))), "422 data_base64 bad_data;");
  EXPECT_EQ(refusal(batch("[" + event_text("") + ",{},7]")).substr(0, 29), "400 [1].id missing_attribute;");
  EXPECT_EQ(refusal(binary({{"ce-id", "2"}, {"ce-subject", "%FF"}, {"ce-datacontenttype", "x"}}, "")),
            "422 ce-id bad_attribute; ce-subject bad_attribute; ce-datacontenttype bad_attribute;");
}

TEST(CloudEvent, a_body_that_cannot_be_read_is_refused_as_such) {
  EXPECT_EQ(refusal(structured("{")), "400  bad_json;");
  EXPECT_EQ(refusal(structured("\xff")), "400  bad_json;");
  EXPECT_EQ(refusal(structured(event_text(R"(,"id":"2")"))), "400  duplicate_key;");
  EXPECT_EQ(refusal(batch(event_text(""))), "400  bad_json;");
  EXPECT_EQ(refusal(binary({{"content-type", "application/json"}}, "{")), "400  bad_json;");
  EXPECT_EQ(refusal(binary({{"content-type", "text/\xff"}}, "x")), "202");
}

TEST(CloudEvent, a_content_type_that_carries_no_event_is_refused) {
  EXPECT_EQ(refusal(request("application/json", event_text(""))), "415 content-type unsupported_media_type;");
  EXPECT_EQ(refusal(request("application/cloudevents+avro", "")), "415 content-type unsupported_media_type;");
  EXPECT_EQ(refusal(request("application/cloudevents+json; charset=latin1", event_text(""))),
            "415 content-type unsupported_media_type;");
  EXPECT_EQ(refusal(request("Application/CloudEvents+JSON; charset=UTF-8", event_text(""))), "202");
}

TEST(CloudEvent, sizes_may_be_exactly_at_the_limit) {
  std::string body = event_text("");
  body.resize(base::limits::event_bytes_max, ' ');
  EXPECT_EQ(refusal(structured(body)), "202");
  EXPECT_EQ(refusal(structured(body + " ")), "413  too_large;");
  const std::string long_subject(base::limits::event_attribute_bytes_max, 's');
  EXPECT_EQ(refusal(structured(event_text(",\"subject\":\"" + long_subject + "\""))), "202");
  EXPECT_EQ(refusal(structured(event_text(",\"subject\":\"" + long_subject + "s\""))), "413 subject too_large;");
  std::string many = "[";
  for (std::size_t i = 0; i < base::limits::event_batch_max; ++i) many += (i > 0 ? "," : "") + event_text("");
  EXPECT_EQ(refusal(batch(many + "]")), "202");
  EXPECT_EQ(refusal(batch(many + "," + event_text("") + "]")), "413  too_large;");
}

}  // namespace
}  // namespace cordyna::wire
