#include "sim/simulation.h"

#include <memory>

#include "base/hash.h"
#include "cerebro/event_document.h"
#include "engine/canonical.h"
#include "engine/why.h"
#include "sim/auditor.h"
#include "sim/cerebro_life.h"
#include "sim/company.h"
#include "sim/memory_disk.h"
#include "sim/people.h"
#include "sim/rogue.h"
#include "sim/scenarios.h"
#include "sim/server_life.h"
#include "sim/sqlite_disk.h"
#include "wire/event_codec.h"

namespace cordyna::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// Work is done in 5 s and nothing breaks any more, but what was begun before may have all its deadlines and retries.
constexpr base::Duration standstill_most = hours(4);
constexpr std::uint64_t steps_a_second_max = 200'000;
constexpr base::Time begin = std::chrono::sys_days(std::chrono::year(2026) / 3 / 28);  // a change of clocks is near

const std::map<std::string, std::uint32_t> limits{{"warehouse", 2}, {"licence", 1}};

class Simulation {
 public:
  using Story = std::function<void(const std::string&)>;
  Simulation(const Options& options, Story story);
  Outcome run();

 private:
  struct Process {
    std::size_t server = 0;
    std::unique_ptr<ServerLife> life;
  };

  void note_names();
  void tell(const log::StoredBatch& batch);
  void start_servers();
  void start(Process& process);
  void go_on(base::Duration how_long);
  void people_act();
  void play(const Act& act);
  void watch_points();
  void trouble();
  Host& some_host();
  void strike(Fault fault);
  void strike_cerebro(Fault fault);
  void strike_server(Fault fault);
  void start_cerebro();
  void restart_cerebro(base::Duration after);
  void heal();
  void await_end(base::Seq healed);
  bool is_over(base::Seq healed);
  void check_presence();
  void explain_open(base::Seq healed);
  void check_replay();
  void complain(const std::string& text) { ledger_.complain(text); }
  bool may(Fault fault) const { return !healed_ && options_.faults.contains(fault); }

  Options options_;
  Story story_;
  Timeline timeline_;
  Chance chance_;
  Ledger ledger_;
  Network network_;
  Clock clock_;
  std::unique_ptr<Disk> disk_;
  cerebro::Zones& zones_;
  const Scenario* scenario_;  // nullptr: everything is drawn
  FaultPoints points_;
  Company company_;
  CerebroLife cerebro_;
  People people_;
  Auditor auditor_;
  std::vector<Process> processes_;
  std::unique_ptr<Rogue> rogue_;
  std::vector<std::string> task_names_, instance_names_, server_names_;
  std::uint64_t inputs_ = 0, faults_ = 0;
  std::map<std::string, std::uint64_t> kinds_;
  std::string log_bytes_hash_;
  bool healed_ = false;
  base::Duration clock_set_most_{};
  std::optional<base::Duration> restart_after_;  // what the scenario says of the next restart
  std::optional<bool> crash_at_append_;          // whether the others are told
};

cerebro::Zones& shared_zones() {
  static cerebro::Zones zones;
  return zones;
}

std::unique_ptr<Disk> make_disk(const Options& options, Timeline& timeline, Clock& clock) {
  const Chance chance(options.seed, "disk");
  if (!options.sqlite) return std::make_unique<MemoryDisk>(timeline, chance);
  auto disk = std::make_unique<SqliteDisk>(timeline, chance, clock);
  if (!options.scenario.empty()) disk->roll_often();
  return disk;
}

Company make_company(const Options& options, const Scenario* scenario) {
  const Chance chance(options.seed, "company");
  if (scenario != nullptr) return {chance, scenario->servers};
  return {chance,
          {options.servers, options.tasks, options.schedules, options.checks, options.faults.contains(Fault::rogue)}};
}

Simulation::Simulation(const Options& options, Story story)
    : options_(options),
      story_(std::move(story)),
      chance_(options.seed, "weather"),
      network_(timeline_, Chance(options.seed, "network")),
      clock_(timeline_, begin),
      disk_(make_disk(options, timeline_, clock_)),
      zones_(shared_zones()),
      scenario_(find_scenario(options.scenario)),
      points_(options.breaks),
      company_(make_company(options, scenario_)),
      cerebro_(timeline_, network_.host("cerebro"), *disk_, clock_, zones_, limits),
      people_(timeline_, network_.host("people"), Chance(options.seed, "people"), company_, ledger_),
      auditor_([this](const std::string& hash) { return company_.declaration(hash); }, ledger_, limits,
               {[this](model::TaskIndex task) { return task_names_.at(task.value); },
                [this](model::InstanceIndex instance) {
                  return instance == model::no_instance ? std::string() : instance_names_.at(instance.value);
                },
                [this](model::ServerIndex server) { return server_names_.at(server.value); }}) {}

/// What the indices of the log are called; kept, because cerebro may be dead when somebody asks.
void Simulation::note_names() {
  const engine::State* state = cerebro_.state();
  if (state == nullptr) return;
  while (task_names_.size() < state->tasks.size()) task_names_.push_back(state->tasks[task_names_.size()].name);
  while (server_names_.size() < state->servers.size())
    server_names_.push_back(state->servers[server_names_.size()].name);
  while (instance_names_.size() < state->instances.size()) {
    const engine::Instance& one = state->instances[instance_names_.size()];
    instance_names_.push_back(state->server(one.server).name + '#' + one.name);
  }
}

void Simulation::tell(const log::StoredBatch& batch) {
  if (!cerebro_.alive()) return story_("(durable while nobody lives)");
  const auto events = wire::decode_events(*batch.events);
  if (!events.ok()) return;
  base::Seq seq = batch.first_seq;
  for (const model::Event& event : *events) {
    const model::Json document = cerebro::event_document(event, seq++, batch.now.wall, *cerebro_.state());
    story_(document["seq"].dump() + " (" + document["cause"].dump() + ") " + document["at"].get<std::string>() + ' ' +
           document["kind"].get<std::string>() + ' ' + document["message"].get<std::string>() + ' ' +
           document["run"].dump() + ' ' + document["from"].dump());
  }
}

void Simulation::start_servers() {
  if (options_.faults.contains(Fault::rogue)) {
    rogue_ = std::make_unique<Rogue>(timeline_, network_.host("rogue"), Chance(options_.seed, "rogue"),
                                     company_.servers().back());
    rogue_->start();
  }
  const std::size_t servers = scenario_ != nullptr ? scenario_->servers.size() : options_.servers;
  for (std::size_t i = 0; i < servers; ++i)
    for (std::uint32_t k = 0; k < company_.servers()[i].instances; ++k) {
      Process process{i, nullptr};
      const std::string name = company_.servers()[i].name + 'x' + std::to_string(k);
      process.life = std::make_unique<ServerLife>(timeline_, network_.host(name), Chance(options_.seed, name), ledger_);
      if (!options_.faults.contains(Fault::bad_work)) process.life->weather = {0, 0, 0, seconds(30)};
      if (scenario_ != nullptr) process.life->weather = scenario_->weather[i];
      processes_.push_back(std::move(process));
      start(processes_.back());
    }
}

void Simulation::start(Process& process) {
  const Company::Server& server = company_.servers()[process.server];
  process.life->start({server.name, server.team, server.revisions.back().text, server.slots,
                       scenario_ != nullptr || options_.faults.contains(Fault::redeclare)});
}

void Simulation::go_on(base::Duration how_long) {
  const base::Duration until = timeline_.now() + how_long;
  base::Duration second{};
  for (std::uint64_t steps = 0; ledger_.complaints.empty() && timeline_.step(until); ++steps) {
    if (timeline_.now() - second > seconds(1)) second = timeline_.now(), steps = 0;
    if (steps == steps_a_second_max) complain("somebody never sleeps: time hardly moves any more");
  }
}

void Simulation::people_act() {
  if (healed_) return;
  people_.do_something();
  ++inputs_;
  timeline_.after(chance_.between(options_.pace / 10, options_.pace * 3), [this] { people_act(); });
}

/// What the scenario says, when its time has come.
void Simulation::play(const Act& act) {
  if (const auto* line = std::get_if<People::Line>(&act.what)) {
    ++inputs_;
    return people_.say(*line);
  }
  if (const auto* restart = std::get_if<RestartCerebro>(&act.what)) {
    restart_after_ = restart->away;
    return cerebro_.die(true);
  }
  if (const auto* restart = std::get_if<RestartServer>(&act.what)) {
    Process& process = processes_[restart->server];
    process.life->stop();
    return timeline_.after(restart->away, [this, &process] {
      if (!process.life->alive()) start(process);
    });
  }
  const auto& change = std::get<Redeclare>(act.what);
  Company::Server& server = company_.servers()[change.server];
  processes_[change.server].life->redeclare(company_.describe(server, change.description).text, server.slots);
}

/// Every fault point asks whether it is its turn.
void Simulation::watch_points() {
  disk_->at_call = [this](const std::string& call) { return points_.pass(Point::disk, call); };
  cerebro_.dies_at_effect = [this] { return points_.pass(Point::effect, "effect").has_value(); };
  network_.before_message = [this] { return points_.pass(Point::message, "message"); };
  for (const Act& act : scenario_->acts) timeline_.at(act.at, [this, &act] { play(act); });
}

void Simulation::trouble() {
  if (healed_ || options_.faults.empty()) return;
  auto fault = options_.faults.begin();
  std::advance(fault, chance_.below(options_.faults.size()));
  strike(*fault);
  timeline_.after(chance_.between(options_.trouble / 10, options_.trouble * 3), [this] { trouble(); });
}

/// cerebro's, or that of a task-server.
Host& Simulation::some_host() {
  if (chance_.one_in(3)) return network_.host("cerebro");
  return network_.host(company_.servers()[chance_.below(options_.servers)].name + "x0");
}

void Simulation::strike(Fault fault) {
  if (fault == Fault::bad_work || fault == Fault::rogue) return;  // they have a chance of their own
  ++faults_;
  switch (fault) {
    case Fault::crash:
    case Fault::crash_effect:
    case Fault::pause:
    case Fault::clock:
    case Fault::disk_full:
    case Fault::slow_disk:
    case Fault::disk_error:
    case Fault::bit_flip:
      return strike_cerebro(fault);
    case Fault::lines:
      if (chance_.one_in(4)) return network_.break_lines(network_.host("people"));
      if (chance_.one_in(2)) return network_.break_lines_at_next_send(some_host());
      return network_.break_lines(some_host());
    case Fault::partition:
    case Fault::stall: {
      Host& host = some_host();
      const base::Duration how_long = chance_.between(std::chrono::milliseconds(100), minutes(2));
      return fault == Fault::stall ? network_.stall_one(host, how_long) : network_.cut_off(host, how_long);
    }
    default:
      return strike_server(fault);
  }
}

void Simulation::strike_cerebro(Fault fault) {
  const bool told = !chance_.one_in(4);
  switch (fault) {
    case Fault::crash:
      if (chance_.one_in(2)) return cerebro_.die(told);
      crash_at_append_ = told;  // while a batch is under way: what has left before it is durable is found out
      return;
    case Fault::crash_effect:
      return cerebro_.die_at_effect(1 + chance_.below(20), told);
    case Fault::pause:
      return cerebro_.stand_still(chance_.between(std::chrono::milliseconds(10), minutes(2)));
    case Fault::clock:
      clock_.set_by += (chance_.one_in(2) ? 1 : -1) * chance_.between(seconds(1), hours(3));
      clock_set_most_ = std::max(clock_set_most_, clock_.set_by);
      return;
    case Fault::disk_full:
      disk_->set_full(true);
      return timeline_.after(chance_.between(seconds(1), minutes(1)), [this] { disk_->set_full(false); });
    case Fault::disk_error:
      return disk_->plan_trouble();
    case Fault::bit_flip:
      disk_->plan_flip();
      return cerebro_.die(true);
    default:
      disk_->sync_most = seconds(2);
      return timeline_.after(seconds(30), [this] { disk_->sync_most = std::chrono::milliseconds(3); });
  }
}

/// Somebody looks after it, and after its disk.
void Simulation::start_cerebro() {
  if (cerebro_.alive()) return;
  disk_->set_full(false);
  const std::string refused = cerebro_.start();
  if (!refused.empty() && disk_->mend()) return restart_cerebro(seconds(5));
  if (!refused.empty()) complain("cerebro does not start: " + refused);
  check_replay();
}

void Simulation::restart_cerebro(base::Duration after) {
  timeline_.after(after, [this] { start_cerebro(); });
}

void Simulation::strike_server(Fault fault) {
  Process& process = processes_[chance_.below(processes_.size())];
  ServerLife& life = *process.life;
  const base::Duration away = chance_.between(seconds(1), minutes(5));
  switch (fault) {
    case Fault::server_crash:
      life.die(!chance_.one_in(4));
      break;
    case Fault::server_pause:
      return life.stand_still(chance_.between(seconds(1), minutes(1)));
    case Fault::server_stop:
      life.stop();
      if (chance_.one_in(3)) life.stop();
      break;
    default: {
      Company::Server& server = company_.servers()[process.server];
      if (chance_.one_in(4)) return life.redeclare(company_.faulty(server), server.slots);
      const task_server::DeclarationText& text = company_.revise(server).text;
      for (Process& other : processes_)
        if (other.server == process.server && !chance_.one_in(5)) other.life->redeclare(text, server.slots);
      return;
    }
  }
  timeline_.after(away, [this, &process] {
    if (!process.life->alive()) start(process);
  });
}

/// From now on nothing breaks, everybody is there and does good work.
void Simulation::heal() {
  healed_ = true;
  points_.heal();
  clock_.set_by = clock_set_most_;  // the log has seen that time: a clock behind it would stand still for hours
  network_.latency_most = std::chrono::milliseconds(2);
  disk_->sync_most = std::chrono::milliseconds(3);
  disk_->set_full(false);
  if (disk_->heal()) cerebro_.die(true);
  cerebro_.die_at_effect(0, true);
  crash_at_append_.reset();
  go_on(minutes(6));  // what was cut off, stood still or was to be started again
  for (Process& process : processes_) {
    process.life->weather = {0, 0, 0, seconds(5)};
    if (!process.life->alive()) start(process);
    const Company::Server& server = company_.servers()[process.server];
    if (process.life->identity().declaration.hash != server.revisions.back().text.hash) {
      process.life->die(true);
      start(process);
    }
  }
  if (rogue_) rogue_->polite();
  people_.resume_all();
}

/// Until all that was begun before has ended, or nothing of it has ended for longer than any deadline lasts.
void Simulation::await_end(base::Seq healed) {
  std::size_t open = auditor_.open_runs(healed);
  for (base::Duration since = timeline_.now(); timeline_.now() - since < standstill_most && !is_over(healed);) {
    go_on(seconds(67));  // not always at the full minute, when everybody is busy
    if (!ledger_.complaints.empty()) return;
    if (auditor_.open_runs(healed) < std::exchange(open, auditor_.open_runs(healed))) since = timeline_.now();
  }
}

bool Simulation::is_over(base::Seq healed) {
  return cerebro_.alive() && cerebro_.settled() && people_.open() == 0 && auditor_.open_runs(healed) == 0;
}

/// Everybody is back and has been answered.
void Simulation::check_presence() {
  if (!cerebro_.alive()) return complain("cerebro is not back");
  if (people_.open() > 0) complain(std::to_string(people_.open()) + " requests are never answered");
  for (const Process& process : processes_)
    if (!process.life->ready())
      complain("task-server " + process.life->instance() + " is not back");
    else if (process.life->untold(minutes(2)) > 0)
      complain("task-server " + process.life->instance() + " never gets rid of what it has to tell");
  if (people_.followed_up_to() + 1000 < auditor_.last())
    complain("who follows the events has seen " + std::to_string(people_.followed_up_to()) + " of " +
             std::to_string(auditor_.last()));
}

/// In cerebro's own words.
void Simulation::explain_open(base::Seq healed) {
  if (!cerebro_.alive() || auditor_.open_runs(healed) == 0) return;
  const engine::State& state = *cerebro_.state();
  for (const auto& [id, run] : state.runs)
    for (std::uint32_t i = 0; i < run->tasks.size() && run->created <= healed; ++i)
      if (!model::is_final(run->tasks[i].state))
        complain("why: " + state.task(run->planned(i).task).name + ": " +
                 engine::explain(state, *run, i, clock_.wall()).message);
}

/// The state is what the log says, whatever way it came about.
void Simulation::check_replay() {
  if (!cerebro_.alive() || !cerebro_.settled()) return;
  const auto replayed = disk_->replay();
  if (!replayed) return;
  if (!replayed->ok()) return complain("the log cannot be read: " + replayed->error().message);
  const std::string here = engine::canonical_text(*cerebro_.state()), there = engine::canonical_text(**replayed);
  if (here != there) complain("the state differs from its own log");
  if (const std::string broken = engine::broken_invariant(*cerebro_.state()); !broken.empty()) complain(broken);
}

Outcome Simulation::run() {
  disk_->on_durable = [this](const log::StoredBatch& batch) {
    log_bytes_hash_ = base::hash128(log_bytes_hash_ + *batch.events).hex();
    note_names();
    if (story_) tell(batch);
    auditor_.read(batch, cerebro_.awake());
  };
  disk_->on_append = [this] {
    if (!crash_at_append_) return;
    timeline_.after(chance_.between(base::Duration(10), base::Duration(500)),
                    [this, told = *crash_at_append_] { cerebro_.die(told); });
    crash_at_append_.reset();
  };
  disk_->on_end = [this](bool told) { cerebro_.die(told); };
  disk_->complain = [this](const std::string& text) { complain(text); };
  ledger_.on_start = [this](const std::string& token, const std::string& instance, std::uint32_t attempt) {
    auditor_.heard_command(token, instance, attempt);
  };
  ledger_.on_told = [this](const std::string& token) { auditor_.heard_told(token); };
  cerebro_.on_death = [this] {
    restart_cerebro(std::exchange(restart_after_, {}).value_or(chance_.between(seconds(1), minutes(3))));
  };
  if (scenario_ != nullptr) watch_points();
  start_cerebro();
  start_servers();
  people_.follow_events();
  if (scenario_ == nullptr) {
    people_act();
    timeline_.after(options_.trouble, [this] { trouble(); });
  }
  go_on(options_.duration);
  heal();
  const base::Seq healed = auditor_.last();
  await_end(healed);
  if (ledger_.complaints.empty()) {
    check_replay();
    check_presence();
    explain_open(healed);
    auditor_.close(healed);
  }
  Outcome outcome;
  outcome.complaints = ledger_.complaints;
  outcome.log_hash = log_bytes_hash_;
  outcome.inputs = inputs_ + ledger_.updates;
  outcome.faults = faults_;
  outcome.events = auditor_.last();
  outcome.crashes = cerebro_.deaths();
  outcome.simulated = timeline_.now();
  outcome.verbs = ledger_.verbs;
  outcome.answers = ledger_.answers;
  outcome.kinds = auditor_.kinds();
  outcome.keys = company_.keys();
  outcome.disk = disk_->counts;
  outcome.points = points_.passed();
  outcome.broken = points_.hits();
  return outcome;
}

}  // namespace

Outcome simulate(const Options& options, const std::function<void(const std::string&)>& story) {
  return Simulation(options, story).run();
}

}  // namespace cordyna::sim
