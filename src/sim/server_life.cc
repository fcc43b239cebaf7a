#include "sim/server_life.h"

#include <algorithm>
#include <utility>

namespace cordyna::sim {

using model::Update;
using model::UpdateState;
using std::chrono::milliseconds;

/// What the runtime sees of the world.
class ServerLife::Outside final : public task_server::World {
 public:
  Outside(ServerLife& life) : life_(life) {}
  base::Transport& transport() override { return life_.host_; }
  void poll(base::TransportEvents& events) override { life_.host_.poll(events); }
  void wait(base::Duration) override {}
  void wake() override { life_.passes_.soon(); }
  base::Now now() const override {
    const base::Duration now = life_.timeline_.now();
    return {base::Time(std::chrono::hours(500'000)) + now, base::Uptime(now)};
  }
  std::uint64_t draw() override { return life_.chance_.draw(); }

 private:
  ServerLife& life_;
};

/// Tasks that take virtual time. Each attempt's fate is drawn when it starts.
class ServerLife::Work final : public task_server::Workers {
 public:
  explicit Work(ServerLife& life) : life_(life) {}

  void start(model::RunCommand run) override {
    Ledger::Attempt& attempt = life_.ledger_.attempts[run.token];
    if (attempt.starts++ > 0) life_.ledger_.complain("attempt " + run.token + " of " + run.task + " began twice");
    attempt.instance = life_.instance();
    attempt.run = run.run_id;
    attempt.task = run.task;
    life_.ledger_.on_start(run.token, attempt.instance, run.attempt);
    Chance& chance = life_.chance_;
    if (chance.permille(life_.weather.hang_permille)) {
      hanging_[run.token] = !chance.permille(life_.weather.deaf_permille);
      return;
    }
    const base::Duration takes = chance.between(milliseconds(1), life_.weather.work_most);
    if (chance.one_in(4)) progress_later(run.token, takes / 2);
    end_later(std::move(run.token), takes, chance.permille(life_.weather.fail_permille));
  }

  void check(model::CheckCommand check) override {
    const bool yes = life_.chance_.one_in(4);
    if (life_.chance_.one_in(20)) return;  // it never answers
    post_later(base::Duration(milliseconds(50)),
               model::state_update(check.token, yes ? UpdateState::check_yes : UpdateState::check_no));
  }

  void cancel(const std::string& token, bool) override {
    const auto hanging = hanging_.find(token);
    const bool hears =
        hanging != hanging_.end() ? hanging->second : !life_.chance_.permille(life_.weather.deaf_permille);
    if (!hears || !ended_.insert(token).second) return;
    post_later(milliseconds(5), model::state_update(token, UpdateState::cancelled));
  }

 private:
  void progress_later(const std::string& token, base::Duration delay) {
    Update made = model::state_update(token, UpdateState::progress);
    made.progress_permille = 500;
    made.progress_message = "half";
    post_later(delay, std::move(made));
  }

  void end_later(std::string token, base::Duration delay, bool fails) {
    Chance& chance = life_.chance_;
    Update made = model::state_update(token, fails ? UpdateState::error : UpdateState::completed);
    if (fails) {
      made.error.code = "task_failed";
      made.error.message = "it broke";
      made.error.fatal = chance.one_in(5);
      made.error.retry = chance.one_in(5);
    } else if (chance.one_in(3)) {
      made.result = chance.one_in(20) ? '"' + std::string(chance.below(70'000), 'x') + '"' : R"({"rows":7})";
    } else if (chance.one_in(20)) {
      made.state = UpdateState::skipped;
      made.reason = "nothing new";
    }
    life_.timeline_.after(
        delay, [this, life = life_.lives_, token = std::move(token), made = std::move(made), &owner = life_]() mutable {
          if (life != owner.lives_ || !owner.runtime_ || !ended_.insert(token).second) return;
          owner.ledger_.attempts[token].end = made.state == UpdateState::completed ? "completed" : "other";
          owner.untold_[token] = owner.timeline_.now();
          owner.tell(std::move(made));
        });
  }

  void post_later(base::Duration delay, Update made) {
    life_.timeline_.after(delay, [life = life_.lives_, made = std::move(made), &owner = life_]() mutable {
      if (life == owner.lives_ && owner.runtime_) owner.tell(std::move(made));
    });
  }

  ServerLife& life_;
  std::map<std::string, bool> hanging_;  // whether it hears a cancel
  std::set<std::string> ended_;
};

ServerLife::ServerLife(Timeline& timeline, Host& host, Chance chance, Ledger& ledger)
    : timeline_(timeline), host_(host), chance_(chance), ledger_(ledger), passes_(timeline, [this] { pass(); }) {}
ServerLife::~ServerLife() = default;

void ServerLife::start(Identity identity) {
  identity_ = std::move(identity);
  instance_ = host_.name() + "life" + std::to_string(++lives_);
  instance_.erase(std::remove(instance_.begin(), instance_.end(), '.'), instance_.end());
  host_.start(false, [this] { passes_.soon(); });
  outside_ = std::make_unique<Outside>(*this);
  mailbox_ = std::make_shared<task_server::Mailbox>([this] { passes_.soon(); });
  work_ = std::make_unique<Work>(*this);
  task_server::RuntimeOptions options;
  options.session = {"ws://cerebro:7070/api/v1/connect",
                     identity_.server,
                     identity_.team,
                     instance_,
                     identity_.slots,
                     {"logs", "progress"},
                     identity_.declaration,
                     chance_.draw()};
  offer_.reset();
  if (identity_.redeclares) options.redeclaration = [this] { return offer_; };
  // As `dyna serve` does: what is offered stays so until it was judged.
  options.on_ready = [this](const task_server::BecameReady& ready) {
    if (offer_ && offer_->declaration.hash == ready.hash) offer_.reset();
  };
  options.on_refused = [this](const task_server::DeclarationRefused& refused) {
    if (offer_ && offer_->declaration.hash == refused.hash) offer_.reset();
  };
  runtime_ = std::make_unique<task_server::Runtime>(*outside_, *mailbox_, *work_, std::move(options));
  passes_.soon();
}

void ServerLife::die(bool told) {
  if (!runtime_) return;
  ++lives_;
  untold_.clear();
  passes_.stop();
  host_.stop(told);
  mailbox_->close();
  runtime_.reset();
  work_.reset();
}

void ServerLife::stop() {
  if (runtime_) runtime_->stop();
}

void ServerLife::stand_still(base::Duration how_long) {
  passes_.stand_still(how_long);
}

void ServerLife::redeclare(task_server::DeclarationText declaration, std::uint32_t slots) {
  identity_.declaration = declaration;
  identity_.slots = slots;
  offer_ = task_server::Redeclaration{std::move(declaration), slots};
}

void ServerLife::tell(Update update) {
  ++ledger_.updates;
  mailbox_->post(std::move(update));
}

void ServerLife::pass() {
  if (!runtime_) return;
  if (!runtime_->pass()) return die(true);  // it said goodbye, or was refused
  note_told();
  passes_.within(runtime_->until_next());
}

std::size_t ServerLife::untold(base::Duration than) const {
  return static_cast<std::size_t>(std::count_if(untold_.begin(), untold_.end(),
                                                [&](const auto& one) { return timeline_.now() - one.second > than; }));
}

/// What is held no more is acknowledged: it is known to be durable.
void ServerLife::note_told() {
  std::erase_if(untold_, [this](const auto& one) {
    if (runtime_->holds(one.first)) return false;
    ledger_.attempts[one.first].told = true;
    ledger_.on_told(one.first);
    return true;
  });
}

}  // namespace cordyna::sim
