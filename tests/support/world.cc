#include "support/world.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/check.h"
#include "base/hash.h"
#include "engine/canonical.h"
#include "engine/graph.h"
#include "wire/declaration_json.h"
#include "wire/declaration_yaml.h"
#include "wire/event_codec.h"

namespace cordyna::testing {
namespace {

cerebro::Zones& zones() {
  static cerebro::Zones all;
  return all;
}

}  // namespace

World::World(std::string_view start) : state_(std::make_unique<engine::State>()) {
  state_->cluster = "test";
  state_->salt = 7;
  settings_.zones = zones().source();
  settings_.version = "test";
  now_.wall = *base::parse_time(start);
  pass([this](engine::Step& step) { engine::start(step, settings_, epoch_); });
  take_events();
}

std::vector<engine::Effect> World::take_effects() {
  return std::exchange(effects_, {});
}

std::vector<LoggedEvent> World::take_events() {
  std::vector<LoggedEvent> events(log_.begin() + static_cast<std::ptrdiff_t>(events_taken_), log_.end());
  events_taken_ = log_.size();
  return events;
}

void World::pass(const std::function<void(engine::Step&)>& work) {
  engine::Step step(*state_, now_);
  base::Seq seq = step.first_seq();
  work(step);
  engine::settle(step, settings_);
  for (model::Event& event : step.events()) log_.push_back({seq++, now_, std::move(event)});
  for (engine::Effect& effect : step.effects()) effects_.push_back(std::move(effect));
  if (!checks_) return;
  const std::string broken = engine::broken_invariant(*state_);
  EXPECT_EQ(broken, "");
}

void World::decide(const engine::Input& input) {
  decide_all({input});
}

void World::decide_all(const std::vector<engine::Input>& inputs) {
  pass([&](engine::Step& step) {
    for (const engine::Input& input : inputs) engine::decide(input, step, settings_);
  });
}

void World::decide_at(base::Duration later, const std::vector<engine::Input>& inputs) {
  now_.wall += later;
  now_.uptime += later;
  decide_all(inputs);
}

void World::advance(base::Duration duration) {
  const base::Time until = now_.wall + duration;
  while (true) {
    const engine::Wake wake = engine::next_wake(*state_);
    base::Duration next = until - now_.wall;
    bool due = false;
    const auto consider = [&](base::Duration after) {
      if (after > next) return;
      next = std::max(after, base::Duration(0));
      due = true;
    };
    if (wake.wall) consider(*wake.wall - now_.wall);
    if (wake.uptime) consider(*wake.uptime - now_.uptime);
    now_.wall += next;
    now_.uptime += next;
    if (!due) return;
    decide(engine::Tick{});
  }
}

engine::SessionId World::serve(std::string_view yaml, const std::string& instance, std::uint32_t slots) {
  const auto read = wire::read_declaration_yaml(yaml);
  for (const model::Finding& finding : read.findings)
    EXPECT_NE(finding.severity, model::Severity::error) << finding.message;
  base::check(read.declaration != nullptr);
  return serve(read.declaration, read.json, instance, slots);
}

engine::SessionId World::serve(std::shared_ptr<const model::Declaration> declaration, const std::string& json,
                               const std::string& instance, std::uint32_t slots, std::vector<model::LiveAttempt> live) {
  const engine::SessionId session{next_session_++};
  model::Hello hello;
  hello.server = declaration->server;
  hello.team = declaration->team;
  hello.instance = instance;
  hello.slots = slots;
  hello.declaration_hash = declaration->hash;
  hello.live = std::move(live);
  decide(engine::SessionOpened{session, hello});
  bool asked = false;
  for (const engine::Effect& effect : effects_)
    if (const auto* send = std::get_if<engine::SendItem>(&effect); send != nullptr && send->session == session)
      if (const auto* welcome = std::get_if<model::Welcome>(&send->item)) asked = welcome->need_declaration;
  if (asked) decide(engine::SessionDeclared{session, std::move(declaration), {}, engine::whole_text(json), {}});
  decide(engine::SessionItem{session, model::Ready{}});
  return session;
}

void World::redeclare(engine::SessionId session, std::string_view yaml) {
  const auto read = wire::read_declaration_yaml(yaml);
  decide(engine::SessionDeclared{session, read.declaration, read.findings, engine::whole_text(read.json), {}});
}

void World::update(engine::SessionId session, model::Update update) {
  update.n = next_update_++;
  decide(engine::SessionItem{session, std::move(update)});
}

engine::Answer World::request(engine::RequestBody body, bool person) {
  const engine::RequestId id{next_request_++};
  decide(engine::Request{id, {"tester", person}, std::move(body)});
  std::optional<engine::Answer> answer;
  for (const engine::Effect& effect : effects_)
    if (const auto* one = std::get_if<engine::Answer>(&effect); one != nullptr && one->request == id) {
      EXPECT_FALSE(answer) << "answered twice";
      answer = *one;
    }
  base::check(answer.has_value());
  return *answer;
}

base::RunId World::run(std::vector<std::string> select) {
  engine::RunRequest body;
  body.select = std::move(select);
  const engine::Answer answer = request(body);
  const auto* accepted = std::get_if<model::Json>(&answer.body);
  if (accepted == nullptr) ADD_FAILURE() << std::get<engine::Refusal>(answer.body).message;
  base::check(accepted != nullptr);
  return *base::RunId::parse(accepted->at("run_id").get<std::string>());
}

std::shared_ptr<const engine::RunRecord> World::record(base::RunId run) const {
  auto record = std::make_shared<engine::RunRecord>();
  bool found = false;
  for (const LoggedEvent& logged : log_) {
    const auto* created = std::get_if<model::RunCreated>(&logged.event.body);
    if (created != nullptr && created->run == run) {
      record->head = *created;
      found = true;
    }
    if (found) record->add(logged.event, logged.seq, logged.now.wall);
  }
  return found ? record : nullptr;
}

std::string World::restart(base::Duration down) {
  const std::string before = engine::canonical_text(*state_);
  auto rebuilt = std::make_unique<engine::State>();
  rebuilt->cluster = state_->cluster;
  rebuilt->salt = state_->salt;
  for (const LoggedEvent& logged : log_) {
    auto decoded = wire::decode_events(wire::encode_events(std::span(&logged.event, 1)));
    if (!decoded) return "event " + std::to_string(logged.seq) + " cannot be decoded: " + decoded.error().message;
    model::Event event = std::move(decoded->front());
    if (auto* declared = std::get_if<model::ServerDeclared>(&event.body)) {
      declared->declaration = std::get<model::ServerDeclared>(logged.event.body).declaration;
      engine::fit_declaration(*rebuilt, *declared);
    }
    engine::apply(*rebuilt, event, logged.seq, logged.now);
  }
  const std::string difference = first_difference(before, engine::canonical_text(*rebuilt));
  state_ = std::move(rebuilt);
  now_.wall += down;
  pass([this](engine::Step& step) { engine::start(step, settings_, epoch_); });
  return difference;
}

std::string first_difference(const std::string& a, const std::string& b) {
  if (a == b) return {};
  std::size_t at = 0;
  while (at < a.size() && at < b.size() && a[at] == b[at]) ++at;
  const std::size_t from = at < 80 ? 0 : at - 80;
  return "..." + a.substr(from, 160) + "\n--- against ---\n..." + b.substr(from, 160);
}

}  // namespace cordyna::testing
