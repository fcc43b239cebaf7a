#pragma once
// A world without network, clock or zone for the tests of dyna: a list of the requests that must come, in order, each
// with its answer, and golden text of what was printed. What was not expected fails the test, and so does what is
// missing.

#include <gmock/gmock.h>

#include <deque>
#include <map>
#include <sstream>

#include "dyna/program.h"

namespace cordyna::dyna {

/// One expected request. For a stream, `frames` are delivered; `breaks` ends it with that error afterwards.
struct Exchange {
  std::string request;  // "GET /api/v1/runs?limit=1"
  std::string body = {};
  int status = 200;
  std::string answer = {};
  std::vector<StreamEvent> frames = {};
  std::string breaks = {};                                        // an error code
  std::vector<std::pair<std::string, std::string>> headers = {};  // that must be among those sent
  std::vector<std::pair<std::string, std::string>> answer_headers = {};
};

struct FakeWorld {
  std::deque<Exchange> expected;
  std::ostringstream out, err;
  World world;
  std::string url;
  base::Duration paused{0};
  std::vector<std::string> served;
  std::map<std::string, std::string> variables;

  FakeWorld() {
    world.connect = [this](const std::string& to) {
      url = to;
      return std::make_unique<FakeApi>(*this);
    };
    world.out.stream = &out;
    world.err.stream = &err;
    world.now = [] { return base::Time(std::chrono::seconds(1'795'500'000)); };  // 2026-11-24T06:00:00Z
    world.pause = [this](base::Duration duration) { paused += duration; };
    world.zone = [](base::Time) { return LocalZone{std::chrono::hours(1), "CET"}; };
    world.random = [] { return std::string("0123456789abcdef0123456789abcdef"); };
    world.environment = [this](const std::string& name) {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    world.disk_free = [] { return std::optional<std::uint64_t>(std::uint64_t(5) << 30); };
    world.serve = [this](const ServeRequest& request) {
      served.push_back(request.file + ' ' + request.url + ' ' +
                       (request.drain ? base::format_duration(*request.drain) : "-") + (request.json ? " json" : ""));
      return 0;
    };
    world.up = [this](const UpRequest& request) {
      std::string line = "up " + request.listen + ' ' + request.data;
      for (const std::string& file : request.files) line += ' ' + file;
      served.push_back(line);
      return 0;
    };
    world.actor = "ann@desk";
  }
  ~FakeWorld() { EXPECT_TRUE(expected.empty()) << "not asked: " << expected.front().request; }

  void on_terminal() { world.out.terminal = world.err.terminal = true; }
  void expect(Exchange exchange) { expected.push_back(std::move(exchange)); }
  void get(const std::string& target, const std::string& answer) {
    expect({.request = "GET " + target, .answer = answer});
  }
  int run(const std::vector<std::string>& words) { return run_program(world, words); }

  struct FakeApi final : Api {
    explicit FakeApi(FakeWorld& of) : fake(of) {}
    FakeWorld& fake;

    base::Result<Exchange> next(const base::HttpRequest& request) {
      const std::string line = request.method + ' ' + request.target;
      if (fake.expected.empty() || fake.expected.front().request != line) {
        ADD_FAILURE() << "unexpected: " << line
                      << "\nexpected:   " << (fake.expected.empty() ? "nothing" : fake.expected.front().request);
        return base::Error{"not_reachable", "unexpected request"};
      }
      Exchange exchange = fake.expected.front();
      fake.expected.pop_front();
      EXPECT_EQ(request.body, exchange.body) << line;
      EXPECT_EQ(request.header("cordyna-actor"), "ann@desk");
      EXPECT_EQ(request.header("content-type").empty(), request.body.empty());
      for (const auto& [name, value] : exchange.headers) EXPECT_EQ(request.header(name), value) << line;
      return exchange;
    }
    static base::HttpResponse response(const Exchange& exchange) {
      return {exchange.status, exchange.answer_headers, exchange.answer};
    }
    base::Result<base::HttpResponse> request(const base::HttpRequest& request) override {
      const auto exchange = next(request);
      if (!exchange) return exchange.error();
      if (!exchange->breaks.empty()) return base::Error{exchange->breaks, "connection refused"};
      return response(*exchange);
    }
    base::Result<base::HttpResponse> stream(const base::HttpRequest& request, const OnStreamEvent& on_event) override {
      const auto exchange = next(request);
      if (!exchange) return exchange.error();
      EXPECT_EQ(request.header("accept"), "text/event-stream");
      for (const StreamEvent& frame : exchange->frames)
        if (!on_event(frame)) return response(*exchange);
      if (!exchange->breaks.empty()) return base::Error{exchange->breaks, "connection reset"};
      return response(*exchange);
    }
  };
};

}  // namespace cordyna::dyna
