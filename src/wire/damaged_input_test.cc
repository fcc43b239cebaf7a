// Damaged input: seeded mutations of good text must be refused or read, never do harm. The seeds are fixed, so a
// failure repeats; it then becomes a case of its own.

#include <gtest/gtest.h>

#include <functional>

#include "base/hash.h"
#include "wire/cloud_event.h"
#include "wire/declaration_json.h"
#include "wire/declaration_yaml.h"
#include "wire/session_codec.h"

namespace cordyna::wire {
namespace {

constexpr const char* yaml = R"(server: shop
team: sales
defaults: &d {timeouts: {ack: 5s}, retries: {max: 2, factor: 1.5}}
tasks:
  a: {run: [x, 1], when: [{cron: "@daily", and: upstream}, {event: {type: "a.*"}}], upstream: [b, {task: c/d, within: 1h}]}
  b: {shell: "y", params: {properties: {n: {type: integer}}}, labels: {k: v}, check: [t]}
)";

// One of: a byte changed, a byte removed, a piece repeated, the end cut off, a special character put in.
std::string damaged(std::string text, std::uint64_t seed) {
  constexpr std::string_view special = "{}[]:,\"'&*!|>%@`#-?\t\n\0\xff~<";
  for (std::uint64_t i = 0; i < 1 + seed % 3 && !text.empty(); ++i) {
    const std::uint64_t chance = base::mix64(seed * 7 + i);
    const std::size_t at = chance % text.size();
    switch (chance >> 32 & 7) {
      case 0:
        text[at] = static_cast<char>(chance >> 40);
        break;
      case 1:
        text.erase(at, 1);
        break;
      case 2:
        text.insert(at, text.substr(at / 2, 20));
        break;
      case 3:
        text.resize(at);
        break;
      default:
        text.insert(at, 1, special[(chance >> 40) % special.size()]);
        break;
    }
  }
  return text;
}

// How many of the mutations were accepted; `read` tells whether one was, and checks what it got.
int accepted(const std::string& good, const std::function<bool(const std::string&)>& read) {
  int count = 0;
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) count += read(damaged(good, seed)) ? 1 : 0;
  return count;
}

TEST(Damaged, yaml_is_read_or_refused_with_a_reason) {
  const int count = accepted(yaml, [](const std::string& text) {
    const auto read = read_declaration_yaml(text);
    EXPECT_NE(read.declaration == nullptr, !model::has_errors(read.findings)) << text;
    EXPECT_TRUE(!read.declaration || read_declaration_json(read.json).declaration) << text;
    return read.declaration != nullptr;
  });
  EXPECT_GT(count, 0);
  EXPECT_LT(count, 1800);
}

TEST(Damaged, json_is_read_or_refused_with_a_reason) {
  const int count = accepted(read_declaration_yaml(yaml).json, [](const std::string& text) {
    const auto read = read_declaration_json(text);
    EXPECT_NE(read.declaration == nullptr, !model::has_errors(read.findings)) << text;
    return read.declaration != nullptr;
  });
  EXPECT_GT(count, 0);
  EXPECT_LT(count, 1000);
}

TEST(Damaged, cloud_events_are_read_or_refused_with_a_reason) {
  const std::string good = R"([{"specversion":"1.0","id":"1","source":"/s","type":"t","x":1,"data":{"a":[1,null]}},)"
                           R"({"specversion":"1.0","id":"2","source":"/s","type":"t","data_base64":"AAH/"}])";
  const int count = accepted(good, [](const std::string& text) {
    base::HttpRequest request;
    request.headers = {{"content-type", "application/cloudevents-batch+json"}};
    request.body = text;
    const auto read = read_cloud_events(request);
    EXPECT_EQ(read.status == 202, read.findings.empty()) << text;
    return read.status == 202;
  });
  EXPECT_GT(count, 0);
  EXPECT_LT(count, 1000);
}

TEST(Damaged, session_messages_are_read_or_refused_with_a_reason) {
  model::Hello hello{1, "shop", "sales", "abcdefgh", 4, "00ff", {"x"}, {{"r", "shop/a", 1, "t", {}}}};
  for (const auto encoding : {Encoding::proto, Encoding::json}) {
    const std::string good = encode({hello, model::Ack{7}, model::Log{"t", 9, "text"}}, encoding);
    const int count = accepted(good, [encoding](const std::string& bytes) {
      const auto decoded = decode(bytes, encoding);
      EXPECT_TRUE(decoded.ok() || decoded.error().code == "bad_message");
      return decoded.ok();
    });
    EXPECT_GT(count, 0);
    EXPECT_LT(count, 1900);
  }
}

}  // namespace
}  // namespace cordyna::wire
