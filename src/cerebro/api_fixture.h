#pragma once
// What the tests of the HTTP API share: a cerebro in a false world with two task-servers that do what the test says.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "cerebro/fake_world.h"

namespace cordyna::cerebro {

using model::Json;

inline const std::string shop_json =
    R"({"server":"shop","team":"sales","slots":4,"tasks":{)"
    R"("extract":{"run":["./e"],"description":"Loads orders","tags":["raw"],"when":{"every":"1h"},)"
    R"("params":{"type":"object","properties":{"day":{"type":"string"}}}},)"
    R"("clean":{"run":["./c"],"upstream":["extract"]},)"
    R"("on_order":{"run":["./o"],"when":{"event":{"type":"order.*"}}}}})";
inline const std::string lab_json =
    R"({"server":"lab","team":"insights","tasks":{)"
    R"("report":{"run":["./r"],"upstream":["shop/clean",{"task":"crm/customers","within":"24h"}]}}})";

class ApiTest : public testing::Test {
 protected:
  struct Told {
    int status = 0;
    Json body;
    base::HttpResponse response;
    std::string code() const { return body.is_object() ? body.value("code", std::string()) : std::string(); }
  };
  using Headers = std::vector<std::pair<std::string, std::string>>;

  void SetUp() override { shop = join("shop", "sales", shop_json); }

  base::ConnectionId join(const std::string& server, const std::string& team, const std::string& json) {
    model::Hello hello;
    hello.server = server;
    hello.team = team;
    hello.instance = "instance1";
    hello.slots = 4;
    hello.declaration_hash = base::sha256_hex(json);
    const auto id = house.connect();
    house.say(id, {hello});
    house.settle();
    house.say(id, {model::Declare{0, true, json}});
    house.settle();
    house.say(id, {model::Ready{}});
    house.settle();
    return id;
  }

  Told ask(const std::string& method, const std::string& target, const std::string& body = {}, Headers headers = {}) {
    const auto id = house.request(method, target, body, std::move(headers));
    house.settle();
    const base::HttpResponse* answer = house.answer(id);
    if (answer == nullptr) return {};
    EXPECT_EQ(house.transport.at(id).responses.size(), 1U) << "one answer a request";
    return {answer->status, Json::parse(answer->body, nullptr, false), *answer};
  }
  Told get(const std::string& target) { return ask("GET", "/api/v1" + target); }
  Told post(const std::string& target, const std::string& body = "{}", Headers headers = {}) {
    return ask("POST", "/api/v1" + target, body, std::move(headers));
  }
  std::string run(const std::string& body = R"({"select":["shop/extract"],"followers":false})") {
    const Told told = post("/runs", body);
    EXPECT_EQ(told.status, 201) << told.response.body;
    return told.body.value("run_id", std::string());
  }

  /// The newest command for the task; reports go to its attempt.
  model::RunCommand command(base::ConnectionId session, const std::string& task) {
    for (auto& item : house.heard(session))
      if (auto* run = std::get_if<model::RunCommand>(&item)) commands[run->task] = *run;
    EXPECT_TRUE(commands.contains(task)) << "no command for " << task;
    return commands[task];
  }
  void report(base::ConnectionId session, const std::string& task, model::UpdateState state, std::string result = {}) {
    model::Update update;
    update.n = ++updates;
    update.token = command(session, task).token;
    update.state = state;
    update.result = std::move(result);
    if (state == model::UpdateState::error)
      update.error = {"task_failed", "no rows", "look", R"({"exit_code":2})", {}, {}};
    house.say(session, {update});
    house.settle();
  }
  void complete(const std::string& task, const std::string& result = {}) {
    report(shop, task, model::UpdateState::started);
    report(shop, task, model::UpdateState::completed, result);
  }
  void fail(const std::string& task) {
    report(shop, task, model::UpdateState::started);
    report(shop, task, model::UpdateState::error);
  }
  base::Seq seq() const { return house.cerebro->state().seq; }

  House house;
  base::ConnectionId shop;
  std::map<std::string, model::RunCommand> commands;
  std::uint64_t updates = 0;
};

}  // namespace cordyna::cerebro
