#pragma once
// A cerebro reduced to what its log sees: one task-server that answers everything, virtual time, and every pass a
// durable batch of a real SqliteLog with segments of a few events. Tests of snapshots and retention live in it.

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

#include "cerebro/recovery.h"
#include "engine/engine.h"
#include "log/log_samples.h"
#include "log/sqlite_log.h"
#include "wire/declaration_yaml.h"
#include "wire/event_codec.h"

namespace cordyna::testing {

using namespace std::chrono_literals;

/// A log in a folder of its own that begins a new segment every `segment_events`.
inline std::unique_ptr<log::SqliteLog> open_log(const std::string& folder, std::uint64_t segment_events = 12) {
  log::SqliteLogOptions options;
  options.folder = folder;
  options.segment.events = segment_events;
  auto opened = log::SqliteLog::open(std::move(options));
  EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().message);
  return opened.ok() ? std::move(*opened) : nullptr;
}

class Life {
 public:
  /// Goes on from `state`, which is what the log tells.
  Life(log::SqliteLog& log, engine::State state) : log_(log), state_(std::move(state)) {
    now_ = state_.now;
    if (now_.wall == base::Time{}) now_.wall = *base::parse_time("2026-01-05T00:00:00Z");
    settings_.zones = [](std::string_view) { return nullptr; };
    settings_.version = "test";
    pass([this](engine::Step& step) { engine::start(step, settings_, log_.identity().epoch); });
  }

  const engine::State& state() const { return state_; }
  base::Now now() const { return now_; }
  void advance(base::Duration by) {
    now_.wall += by;
    now_.uptime += by;
    decide(engine::Tick{});
  }

  /// A task-server connects and declares.
  void serve(const std::string& yaml) {
    const auto read = wire::read_declaration_yaml(yaml);
    ASSERT_NE(read.declaration, nullptr);
    session_ = {session_.value + 1};
    model::Hello hello;
    hello.server = read.declaration->server;
    hello.team = read.declaration->team;
    hello.instance = "i1";
    hello.slots = 10;
    hello.declaration_hash = read.declaration->hash;
    decide(engine::SessionOpened{session_, hello});
    decide(engine::SessionDeclared{session_, read.declaration, {}, engine::whole_text(read.json), {}});
    decide(engine::SessionItem{session_, model::Ready{}});
  }

  void pause(const std::string& task) {
    decide(engine::Request{{++requests_}, {"tester", true}, engine::PauseRequest{task, true, {}}});
  }
  /// A run; everything it commands completes with `result`. With `answer` false its commands stay open.
  void run(const std::string& target, const std::string& result = {}, bool answer = true) {
    engine::RunRequest request;
    request.select = {target};
    decide(engine::Request{{++requests_}, {"tester", true}, request});
    while (answer && !commands_.empty()) {
      model::Update update;
      update.n = ++updates_;
      update.token = std::exchange(commands_, {commands_.begin() + 1, commands_.end()}).front();
      update.state = model::UpdateState::completed;
      update.result = result;
      decide(engine::SessionItem{session_, update});
    }
  }

 private:
  void decide(const engine::Input& input) {
    pass([&](engine::Step& step) { engine::decide(input, step, settings_); });
  }
  void pass(const std::function<void(engine::Step&)>& work) {
    engine::Step step(state_, now_);
    work(step);
    engine::settle(step, settings_);
    for (const engine::Effect& effect : step.effects())
      if (const auto* send = std::get_if<engine::SendRun>(&effect)) commands_.push_back(send->command.token);
    if (step.events().empty()) return;
    log::Batch batch;
    batch.first_seq = step.first_seq();
    batch.count = static_cast<std::uint32_t>(step.events().size());
    batch.now = step.now();
    batch.events = wire::encode_events(step.events());
    for (engine::NewBlob& blob : step.blobs()) batch.blobs.push_back({blob.id, std::move(blob.bytes)});
    ASSERT_EQ(log::append_and_wait(log_, std::move(batch)), log::AppendResult::durable);
  }

  log::SqliteLog& log_;
  engine::State state_;
  engine::Settings settings_;
  base::Now now_;
  model::SessionId session_;
  std::vector<std::string> commands_;  // tokens
  std::uint64_t requests_ = 0, updates_ = 0;
};

}  // namespace cordyna::testing
