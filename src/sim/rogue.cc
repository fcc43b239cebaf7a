#include "sim/rogue.h"

#include <utility>

#include "wire/session_codec.h"

namespace cordyna::sim {

using model::UpdateState;
using std::chrono::milliseconds;
using std::chrono::seconds;

Rogue::Rogue(Timeline& timeline, Host& host, Chance chance, const Company::Server& server)
    : timeline_(timeline), host_(host), chance_(chance), server_(server) {}

void Rogue::start() {
  host_.start(false, [this] { timeline_.after(base::Duration(10), [this] { host_.poll(*this); }); });
  dial();
}

void Rogue::polite() {
  polite_ = true;
  if (connection_ != ConnectionId{}) host_.close(connection_, 1000, "a new beginning");
}

void Rogue::dial() {
  connection_ = host_.dial("ws://cerebro:7070/api/v1/connect", "cordyna.v1.proto");
}

void Rogue::on_opened(ConnectionId) {
  ready_ = false;
  model::Hello hello;
  hello.protocol = 1;
  hello.server = server_.name;
  hello.team = server_.team;
  hello.instance = "rogueinstance";
  hello.slots = server_.slots;
  hello.declaration_hash = server_.revisions.back().text.hash;
  for (const Held& one : held_)
    if (polite_ || !chance_.one_in(4)) {
      model::LiveAttempt live;
      live.token = one.token;
      live.state = UpdateState::started;
      hello.live.push_back(live);
    }
  say(hello);
  beat(++lives_);
}

void Rogue::beat(std::uint64_t life) {
  if (life != lives_ || connection_ == ConnectionId{}) return;
  say(model::Heartbeat{});
  timeline_.after(seconds(5), [this, life] { beat(life); });
  if (!polite_ && ready_ && chance_.one_in(3)) misbehave();
}

void Rogue::on_closed(ConnectionId connection, std::string) {
  if (connection != connection_) return;
  connection_ = {};
  ++lives_;
  timeline_.after(chance_.between(milliseconds(200), seconds(5)), [this] { dial(); });
}

void Rogue::say(model::Item item) {
  host_.send(connection_, wire::encode({std::move(item)}, wire::Encoding::proto), true);
}

void Rogue::on_message(ConnectionId, std::string bytes, bool) {
  auto items = wire::decode(bytes, wire::Encoding::proto);
  if (!items.ok()) return;
  for (model::Item& item : *items) {
    if (const auto* welcome = std::get_if<model::Welcome>(&item)) {
      if (welcome->need_declaration) say(model::Declare{0, true, server_.revisions.back().text.json});
    } else if (std::holds_alternative<model::VerdictItem>(item)) {
      if (!std::exchange(ready_, true)) say(model::Ready{});
    } else if (const auto* run = std::get_if<model::RunCommand>(&item)) {
      held_.push_back({run->token, false});
      old_.push_back(run->token);
      timeline_.after(chance_.between(milliseconds(1), polite_ ? seconds(1) : seconds(40)),
                      [this, one = held_.back()] { work(one); });
    } else if (const auto* check = std::get_if<model::CheckCommand>(&item)) {
      update(check->token, chance_.one_in(2) ? UpdateState::check_yes : UpdateState::completed);
    } else if (const auto* cancel = std::get_if<model::CancelCommand>(&item)) {
      if (polite_ || chance_.one_in(2)) update(cancel->token, UpdateState::cancelled);
    }
  }
}

void Rogue::update(const std::string& token, UpdateState state, bool with_message) {
  model::Update made = model::state_update(token, state);
  made.n = ++updates_;
  if (state == UpdateState::error && with_message) made.error = {"task_failed", "rogue", "", "", false, false};
  if (state == UpdateState::completed && !polite_ && chance_.one_in(6))
    made.result = chance_.one_in(2) ? "{" : '"' + std::string(70'000, 'x') + '"';
  say(std::move(made));
}

void Rogue::work(const Held& held) {
  std::erase_if(held_, [&](const Held& one) { return one.token == held.token; });
  if (connection_ == ConnectionId{}) {  // what it did not tell it tells later
    held_.push_back(held);
    return timeline_.after(seconds(3), [this, held] { work(held); });
  }
  if (polite_ || chance_.one_in(3)) {
    update(held.token, UpdateState::started);
    return update(held.token, UpdateState::completed);
  }
  switch (chance_.below(6)) {
    case 0:  // never started
      return update(held.token, UpdateState::completed);
    case 1:  // everything twice and in the wrong order
      for (const UpdateState state :
           {UpdateState::progress, UpdateState::started, UpdateState::queued, UpdateState::started,
            UpdateState::completed, UpdateState::completed, UpdateState::error, UpdateState::started})
        update(held.token, state);
      return;
    case 2:
      return update(held.token, UpdateState::error, false);
    case 3:  // nobody asked it to
      return update(held.token, UpdateState::cancelled);
    case 4:
      update(held.token, UpdateState::started);
      return update(held.token, UpdateState::skipped);
    default:  // silence, for ever
      update(held.token, UpdateState::queued);
  }
}

void Rogue::misbehave() {
  switch (chance_.below(6)) {
    case 0:
      return update("0.5", UpdateState::completed);
    case 1:
      return update("nonsense", UpdateState::started);
    case 2:
      if (!old_.empty()) update(chance_.one_of(old_), UpdateState::completed);
      return;
    case 3:
      return host_.send(connection_, std::string("\xff\xfe nothing"), true);
    case 4:
      return say(model::Ready{});
    default:
      if (chance_.one_in(4)) return host_.close(connection_, 1000, "bored");
      say(model::Draining{});
  }
}

}  // namespace cordyna::sim
