// The machine itself: bytes are read as what may come to it, one input a pass, in any order and at any time. After each
// the invariants hold; a restart from the encoded log gives the very same state, and so does the end.

#include "fuzz/engine_step.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>

#include "engine/canonical.h"
#include "engine/engine.h"
#include "engine/graph.h"
#include "wire/event_codec.h"

namespace cordyna::fuzz {
namespace {

using namespace std::chrono_literals;

constexpr std::array servers{"a", "b", "c"};
constexpr std::size_t tasks_most = 4;     // of each server
constexpr std::size_t inputs_most = 120;  // the invariants cost all that lives, after each

void promise(bool kept) {
  if (!kept) std::abort();
}

/// What is broken is said before the end: it is all that a fuzzer keeps beside the input.
void promise_whole(const engine::State& state) {
  const std::string broken = engine::broken_invariant(state);
  if (broken.empty()) return;
  std::fprintf(stderr, "at seq %llu: %s\n", static_cast<unsigned long long>(state.seq), broken.c_str());
  std::abort();
}

void promise_same(const engine::State& one, const engine::State& other) {
  const std::string a = engine::canonical_text(one), b = engine::canonical_text(other);
  if (a == b) return;
  const auto at = static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
  const std::size_t from = at < 150 ? 0 : at - 150;
  std::fprintf(stderr, "lived:\n%s\nread back:\n%s\n", a.substr(from, 300).c_str(), b.substr(from, 300).c_str());
  std::abort();
}

/// Numbers out of the bytes; zero when they are used up.
class Tape {
 public:
  explicit Tape(std::string_view bytes) : rest_(bytes) {}
  bool over() const { return rest_.empty(); }
  std::uint32_t below(std::uint32_t bound) { return next() % bound; }
  bool one_in(std::uint32_t n) { return below(n) == n - 1; }

 private:
  std::uint32_t next() {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }
  std::string_view rest_;
};

class Machine {
 public:
  explicit Machine(Tape& tape) : tape_(tape) {
    settings_.zones = [](std::string_view) -> const engine::ZoneRules* {
      static const engine::ZoneRules utc;
      return &utc;
    };
    settings_.limits["few"] = 1;
    now_.wall = base::Time(std::chrono::hours(24 * 365 * 56));
    begin();
  }

  void live() {
    for (std::size_t i = 0; i < inputs_most && !tape_.over(); ++i) one();
    restart();
  }

 private:
  struct Sent {
    engine::SessionId session;
    std::string token;
    bool check = false;
  };

  void begin() {
    state_ = std::make_unique<engine::State>();
    state_->cluster = "fuzz";
    pass([&](engine::Step& step) { engine::start(step, settings_, 1); });
  }

  /// The log again, as bytes, into a new state.
  void restart() {
    auto again = std::make_unique<engine::State>();
    again->cluster = "fuzz";
    std::size_t declared = 0;
    for (const Logged& one : log_) {
      auto events = wire::decode_events(one.bytes);
      promise(events.ok() && events->size() == one.count);
      base::Seq seq = one.first_seq;
      for (model::Event& event : *events) {
        if (auto* body = std::get_if<model::ServerDeclared>(&event.body)) {
          body->declaration = declarations_[declared++];
          engine::fit_declaration(*again, *body);
        }
        engine::apply(*again, event, seq++, one.now);
      }
    }
    promise_same(*state_, *again);
    promise_whole(*again);
    state_ = std::move(again);
    sessions_.clear();
    pass([&](engine::Step& step) { engine::start(step, settings_, 1); });
  }

  template <class Work>
  void pass(const Work& work) {
    engine::Step step(*state_, now_);
    work(step);
    engine::settle(step, settings_);
    for (const engine::Effect& effect : step.effects()) {
      if (const auto* run = std::get_if<engine::SendRun>(&effect)) sent_.push_back({run->session, run->command.token});
      if (const auto* item = std::get_if<engine::SendItem>(&effect))
        if (const auto* check = std::get_if<model::CheckCommand>(&item->item))
          sent_.push_back({item->session, check->token, true});
      if (const auto* close = std::get_if<engine::CloseSession>(&effect)) std::erase(sessions_, close->session);
    }
    while (sent_.size() > 64) sent_.pop_front();
    if (!step.events().empty()) {
      for (const model::Event& event : step.events())
        if (const auto* body = std::get_if<model::ServerDeclared>(&event.body))
          declarations_.push_back(body->declaration);
      log_.push_back({step.first_seq(), step.events().size(), now_, wire::encode_events(step.events())});
    }
    promise_whole(*state_);
  }
  void decide(engine::Input input) {
    pass([&](engine::Step& step) { engine::decide(input, step, settings_); });
  }
  void ask(engine::RequestBody body) {
    decide(engine::Request{{++requests_}, {"fuzz", !tape_.one_in(3)}, std::move(body)});
  }

  std::string server() { return servers[tape_.below(servers.size())]; }
  std::string task() { return server() + "/t" + std::to_string(tape_.below(tasks_most)); }
  base::RunId any_run() {
    if (state_->runs.empty()) return {};
    auto found = state_->runs.begin();
    std::advance(found, tape_.below(static_cast<std::uint32_t>(std::min<std::size_t>(state_->runs.size(), 250))));
    return found->first;
  }

  model::TaskDeclaration draw_task(std::size_t number) {
    model::TaskDeclaration task;
    task.name = "t" + std::to_string(number);
    for (std::uint32_t left = tape_.below(3); left > 0; --left) {
      const std::string upstream = this->task();
      const bool known = std::any_of(task.upstream.begin(), task.upstream.end(),
                                     [&](const model::Upstream& one) { return one.task == upstream; });
      if (known) continue;
      task.upstream.push_back({upstream, upstream, {}, {}});
      if (tape_.one_in(3)) task.upstream.back().within = 10min;
      if (tape_.one_in(4)) task.upstream.back().require = model::Require::finished;
    }
    const bool has_upstream = !task.upstream.empty();
    switch (tape_.below(6)) {
      case 0:
        task.when.emplace_back(model::EveryTrigger{10min});
        break;
      case 1:
        task.when.emplace_back(model::EventTrigger{"go.*", "", false, tape_.one_in(2)});
        break;
      case 2:
        if (has_upstream) task.when.emplace_back(model::UpstreamTrigger{true});
        break;
      case 3:
        if (has_upstream) task.when.emplace_back(model::CronTrigger{"*/20 * * * *", "UTC", true});
        break;
      default:
        if (has_upstream) task.when.emplace_back(model::UpstreamTrigger{});
    }
    if (task.when.empty()) task.when.emplace_back(model::ManualTrigger{});
    task.policy = draw_policy();
    return task;
  }

  std::shared_ptr<const model::Policy> draw_policy() {
    model::Policy policy;
    policy.retries.max = tape_.below(3);
    policy.concurrency = tape_.one_in(4) ? 1 : 0;
    if (tape_.one_in(4)) policy.limits.emplace_back("few");
    policy.overlap = static_cast<model::Overlap>(tape_.below(4));
    policy.catchup = static_cast<model::Catchup>(tape_.below(3));
    policy.idempotent = !tape_.one_in(4);
    policy.check = tape_.one_in(5);
    if (tape_.one_in(4)) policy.wait_for_server = 1min;
    if (tape_.one_in(6)) policy.timeouts.pending = 5min;
    return std::make_shared<const model::Policy>(policy);
  }

  void open() {
    model::Hello hello;
    hello.server = server();
    hello.team = "team";
    hello.instance = "i" + std::to_string(tape_.below(3));
    hello.slots = 1 + tape_.below(3);
    for (const Sent& one : sent_)
      if (tape_.one_in(4)) hello.live.push_back({"", "", 1, one.token, {}});
    const engine::SessionId session{++session_numbers_};
    sessions_.push_back(session);
    const std::string name = hello.server;
    decide(engine::SessionOpened{session, std::move(hello)});
    declare(session, name);
    decide(engine::SessionItem{session, model::Ready{}});
  }

  void declare(engine::SessionId session, const std::string& name) {
    auto declaration = std::make_shared<model::Declaration>();
    declaration->server = name;
    declaration->team = "team";
    for (std::size_t i = 0; i < tasks_most; ++i)
      if (!tape_.one_in(4)) declaration->tasks.push_back(draw_task(i));
    declaration->hash = "hash " + std::to_string(++hashes_);
    decide(engine::SessionDeclared{session, declaration, {}, engine::whole_text("{}"), {}});
  }

  void update() {
    static constexpr std::array ends{
        model::UpdateState::queued,   model::UpdateState::started,   model::UpdateState::completed,
        model::UpdateState::error,    model::UpdateState::cancelled, model::UpdateState::skipped,
        model::UpdateState::progress, model::UpdateState::check_yes, model::UpdateState::check_no};
    if (sent_.empty()) return;
    const Sent& one = sent_[sent_.size() - 1 - tape_.below(static_cast<std::uint32_t>(sent_.size()))];
    model::Update update;
    update.n = ++updates_;
    update.token = tape_.one_in(16) ? "1." + std::to_string(tape_.below(200)) : one.token;
    update.state = ends[tape_.below(ends.size())];
    update.error.message = "it broke";
    update.error.retry = tape_.one_in(4);
    update.error.fatal = tape_.one_in(8);
    decide(engine::SessionItem{one.session, update});
  }

  void request() {
    engine::RunRequest run;
    run.select = {(tape_.one_in(4) ? "+" : "") + task() + (tape_.one_in(4) ? "+" : "")};
    run.only = tape_.one_in(5);
    run.followers = !tape_.one_in(4);
    run.force = tape_.one_in(6);
    if (tape_.one_in(5)) run.env = "test";
    ask(std::move(run));
  }

  void emit() {
    model::CloudEvent event;
    event.source = "/fuzz";
    event.id = std::to_string(tape_.below(50));
    event.type = "go.now";
    event.content = base::hash128(event.id);
    ask(engine::EventsRequest{{event}});
  }

  void advance(base::Duration by) {
    now_.wall += by;
    now_.uptime += by;
    decide(engine::Tick{});
  }

  void one() {
    switch (tape_.below(16)) {
      case 0:
        return open();
      case 1:
        if (!sessions_.empty())
          decide(engine::SessionClosed{sessions_[tape_.below(static_cast<std::uint32_t>(sessions_.size()))], "gone"});
        return;
      case 2:
        return ask(engine::CancelRequest{any_run(), "no"});
      case 3:
        return ask(engine::PauseRequest{task(), tape_.one_in(2), "why not"});
      case 4:
        return emit();
      case 5:
        return ask(engine::ForgetRequest{server(), ""});
      case 6:
        return advance(1h);
      case 7:
        return advance(base::Duration(tape_.below(60)) * 1'000'000);
      case 8:
        return tape_.one_in(4) ? restart() : advance(11s);
      case 9:
        if (!sessions_.empty()) decide(engine::SessionItem{sessions_.back(), model::Draining{}});
        return;
      case 10:
      case 11:
        return request();
      default:
        return update();
    }
  }

  struct Logged {
    base::Seq first_seq;
    std::size_t count;
    base::Now now;
    std::string bytes;
  };

  Tape& tape_;
  std::unique_ptr<engine::State> state_;
  engine::Settings settings_;
  base::Now now_;
  std::vector<Logged> log_;
  std::vector<std::shared_ptr<const model::Declaration>> declarations_;  // of the log, in order
  std::vector<engine::SessionId> sessions_;
  std::deque<Sent> sent_;
  std::uint64_t session_numbers_ = 0, requests_ = 0, updates_ = 0, hashes_ = 0;
};

}  // namespace

void engine_step(std::string_view bytes) {
  Tape tape(bytes);
  Machine(tape).live();
}

std::vector<std::string> engine_step_seeds() {
  std::vector<std::string> seeds;
  for (std::uint64_t seed = 1; seed <= 24; ++seed) {
    std::string tape;
    for (std::uint64_t i = 0; i < 400; ++i) tape += static_cast<char>(base::mix64(seed * 1'000'003 + i) >> 24);
    tape[0] = 0;  // somebody is there
    seeds.push_back(std::move(tape));
  }
  return seeds;
}

}  // namespace cordyna::fuzz
