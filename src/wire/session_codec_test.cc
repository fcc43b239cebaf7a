#include "wire/session_codec.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/limits.h"

namespace cordyna::wire {
namespace {

using model::Item;

model::Update update(std::uint64_t n, std::string token, model::UpdateState state) {
  model::Update made;
  made.n = n;
  made.token = std::move(token);
  made.state = state;
  return made;
}

std::vector<Item> updates() {
  model::Update completed = update(7, "t1", model::UpdateState::completed);
  completed.at = "2026-11-24T04:00:00Z";
  completed.result = R"({"rows":42})";
  completed.observed = R"({"rows":"integer"})";
  model::Update failed = update(18'446'744'073'709'551'615U, "t2", model::UpdateState::error);
  failed.error = {"task_failed", "disk \"full\"\n", "free some", R"({"exit_code":1})", true, true};
  model::Update progress = update(9, "t3", model::UpdateState::progress);
  progress.progress_permille = 420;
  progress.progress_message = "half";
  model::Update skipped = update(10, "t4", model::UpdateState::skipped);
  skipped.reason = "no news";
  return {completed, failed, progress, skipped};
}

std::vector<Item> commands() {
  model::RunCommand run{"018f",
                        "shop/a",
                        2,
                        "t1",
                        "production",
                        R"({"day":1})",
                        R"({"x/y":{}})",
                        "{}",
                        "2026-11-24T00:00:00Z",
                        "2026-11-24T00:00:01Z",
                        "Europe/Berlin"};
  model::CheckCommand check{"018f", "shop/a", "t1", "staging", "{}", "2026-11-24T00:00:00Z", "2026-11-24T00:00:01Z",
                            "UTC"};
  return {run, model::CancelCommand{"t1", "deadline"}, check};
}

std::vector<Item> one_of_each() {
  model::Hello hello{1, "shop", "sales-data", "abcdefgh", 4, "00ff", {"inputs", "check"}, {}};
  hello.live = {{"018f", "shop/a", 2, "t9", model::UpdateState::started},
                {"018f", "shop/b", 1, "t8", model::UpdateState::queued}};
  model::VerdictItem verdict{model::Verdict::refused, {}};
  verdict.findings = {{"tasks.a", "cycle", "m", "f", model::Severity::error, 0, 0},
                      {"tasks.b", "unresolved", "m2", "", model::Severity::warning, 0, 0}};
  std::vector<Item> items{hello,
                          model::Declare{3, true,
                                         R"({"server":"shop","description":"gr)"
                                         "\xc3\xbc"
                                         R"(n"})"},
                          model::Ready{}};
  for (const auto& item : updates()) items.push_back(item);
  for (const Item& item : std::vector<Item>{model::Log{"t1", 5'000'000'000U, "line\x01\n"}, model::Draining{},
                                            model::Goodbye{}, model::Welcome{"c1", true}, verdict})
    items.push_back(item);
  for (const auto& item : commands()) items.push_back(item);
  for (const Item& item :
       std::vector<Item>{model::Ack{12}, model::InputPart{"t1", "crm/customers", true, "[1,2]"}, model::Heartbeat{}})
    items.push_back(item);
  return items;
}

// The items print as their JSON, so equal text means equal in every field that the wire knows.
std::string printed(const std::vector<Item>& items) {
  return encode(items, Encoding::json);
}

std::string refusal(std::string_view bytes, Encoding encoding) {
  auto decoded = decode(bytes, encoding);
  if (decoded) return "accepted";
  EXPECT_EQ(decoded.error().code, "bad_message");
  return decoded.error().message;
}

TEST(SessionCodec, every_item_comes_back_in_both_encodings) {
  const auto items = one_of_each();
  for (const auto encoding : {Encoding::proto, Encoding::json}) {
    auto decoded = decode(encode(items, encoding), encoding);
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    ASSERT_EQ(decoded->size(), items.size());
    for (std::size_t i = 0; i < items.size(); ++i) EXPECT_EQ((*decoded)[i].index(), items[i].index());
    EXPECT_EQ(printed(*decoded), printed(items));
  }
}

TEST(SessionCodec, every_field_survives_the_way_there_and_back) {
  const auto decoded = decode(encode(one_of_each(), Encoding::proto), Encoding::proto);
  ASSERT_TRUE(decoded.ok());
  const auto& hello = std::get<model::Hello>((*decoded)[0]);
  EXPECT_EQ(hello.capabilities, (std::vector<std::string>{"inputs", "check"}));
  ASSERT_EQ(hello.live.size(), 2U);
  EXPECT_EQ(hello.live[0].state, model::UpdateState::started);
  EXPECT_EQ(hello.live[1].token, "t8");
  const auto& failed = std::get<model::Update>((*decoded)[4]);
  EXPECT_EQ(failed.n, 18'446'744'073'709'551'615U);
  EXPECT_EQ(failed.error.message, "disk \"full\"\n");
  EXPECT_TRUE(failed.error.fatal && failed.error.retry);
  EXPECT_EQ(std::get<model::Update>((*decoded)[5]).progress_permille, 420U);
  EXPECT_EQ(std::get<model::Update>((*decoded)[6]).reason, "no news");
  const auto& verdict = std::get<model::VerdictItem>((*decoded)[11]);
  EXPECT_EQ(verdict.verdict, model::Verdict::refused);
  EXPECT_EQ(verdict.findings[1].severity, model::Severity::warning);
  const auto& run = std::get<model::RunCommand>((*decoded)[12]);
  EXPECT_EQ(run.inputs, R"({"x/y":{}})");
  EXPECT_EQ(run.timezone, "Europe/Berlin");
  EXPECT_EQ(std::get<model::CheckCommand>((*decoded)[14]).env, "staging");
}

TEST(SessionCodec, json_has_the_names_of_the_schema_and_writes_empty_fields_too) {
  const auto json = nlohmann::json::parse(encode({model::Welcome{}, model::Heartbeat{}}, Encoding::json));
  EXPECT_EQ(json, nlohmann::json::parse(
                      R"({"items":[{"welcome":{"cluster":"","need_declaration":false}},{"heartbeat":{}}]})"));
}

TEST(SessionCodec, a_json_client_may_write_numbers_and_fields_of_the_future) {
  const auto decoded =
      decode(R"({"items":[{"update":{"n":7,"token":"t","state":"started","colour":"red"}},{"ready":{}}],"sent":"now"})",
             Encoding::json);
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  EXPECT_EQ(std::get<model::Update>((*decoded)[0]).n, 7U);
  EXPECT_EQ(std::get<model::Update>((*decoded)[0]).state, model::UpdateState::started);
}

TEST(SessionCodec, an_empty_message_has_no_items) {
  EXPECT_EQ(decode("", Encoding::proto)->size(), 0U);
  EXPECT_EQ(decode("{}", Encoding::json)->size(), 0U);
}

TEST(SessionCodec, says_what_is_wrong_with_a_message) {
  const auto has = [](const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; };
  for (const char* bytes :
       {"", "nonsense", "[]", "{\"items\":[{\"ready\":{}}]} x", "{\"items\":", R"({"items":[{"ack":{"n":-1}}]})",
        R"({"items":[{"ack":{"n":"x"}}]})", R"({"items":[{"ack":{"n":1},"ready":{}}]})"})
    EXPECT_TRUE(has(refusal(bytes, Encoding::json), "is not the JSON of cordyna.v1.json")) << bytes;
  EXPECT_TRUE(has(refusal("{\"items\":[{\"log\":{\"text\":\"\xff\"}}]}", Encoding::json), "not UTF-8"));
  EXPECT_TRUE(has(refusal(R"({"items":[{"ready":{}},{}]})", Encoding::json), "items[1] names no known item"));
  EXPECT_TRUE(has(refusal(R"({"items":[{"spawn":{}}]})", Encoding::json), "items[0] names no known item"));
  EXPECT_TRUE(has(refusal(R"({"items":[{"update":{"n":1,"state":"sleeping"}}]})", Encoding::json), "update.state"));
  EXPECT_TRUE(has(refusal(R"({"items":[{"update":{"n":1}}]})", Encoding::json), "update.state"));
  EXPECT_TRUE(has(refusal(R"({"items":[{"update":{"state":77}}]})", Encoding::json), "update.state"));
  EXPECT_TRUE(has(refusal(R"({"items":[{"hello":{"live":[{"token":"t"}]}}]})", Encoding::json), "hello.live[].state"));
  EXPECT_TRUE(has(refusal(R"({"items":[{"verdict":{}}]})", Encoding::json), "verdict.verdict"));
  EXPECT_TRUE(has(refusal("garbage that is no protobuf", Encoding::proto), "is not the protobuf"));
  EXPECT_TRUE(has(refusal("\x0a\x05\x2a\x03\x1a\x01\xff", Encoding::proto), "is not the protobuf"));  // log.text = ff
  EXPECT_TRUE(has(refusal(std::string("\x0a\x00", 2), Encoding::proto), "items[0] names no known item"));
}

TEST(SessionCodec, a_message_may_have_exactly_the_bytes_of_the_limit) {
  std::string message = R"({"items":[]})";
  message.resize(base::limits::message_bytes_max, ' ');
  EXPECT_EQ(refusal(message, Encoding::json), "accepted");
  message += ' ';
  EXPECT_NE(refusal(message, Encoding::json).find("bytes, at most"), std::string::npos);
}

TEST(SessionCodec, cutting_a_message_anywhere_never_does_harm) {
  for (const auto encoding : {Encoding::proto, Encoding::json}) {
    const std::string whole = encode(one_of_each(), encoding);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const auto decoded = decode(std::string_view(whole).substr(0, length), encoding);
      EXPECT_TRUE(decoded.ok() || decoded.error().code == "bad_message");
      EXPECT_FALSE(encoding == Encoding::json && decoded.ok()) << length;
    }
  }
}

TEST(SessionCodec, repairs_text_that_is_not_utf8_when_it_writes) {
  for (const auto encoding : {Encoding::proto, Encoding::json}) {
    const auto decoded = decode(encode({model::Log{"t", 0, "a\xff"}}, encoding), encoding);
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(std::get<model::Log>((*decoded)[0]).text, "a\xef\xbf\xbd");
  }
}

TEST(SessionCodec, a_subprotocol_names_its_encoding) {
  for (const auto encoding : {Encoding::proto, Encoding::json}) EXPECT_EQ(encoding_of(subprotocol(encoding)), encoding);
  EXPECT_EQ(encoding_of("cordyna.v2.json"), std::nullopt);
}

}  // namespace
}  // namespace cordyna::wire
