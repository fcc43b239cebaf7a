#include "mission/fleet.h"

#include <gtest/gtest.h>

#include "base/check.h"
#include "base/hash.h"
#include "golden/lines.h"
#include "mission/causes.h"
#include "wire/declaration_yaml.h"

namespace cordyna::testing {

using model::UpdateState;

Fleet::Fleet(std::string_view start)
    : world(start),
      naive({[this](model::TaskIndex task) { return name(task); },
             [this](model::InstanceIndex index) -> std::string {
               if (index == model::no_instance) return {};
               const engine::Instance& one = world_state().instance(index);
               return world_state().server(one.server).name + '#' + one.name;
             },
             [this](model::ServerIndex index) { return world_state().server(index).name; }},
            [this](const std::string& limit) -> std::optional<std::uint32_t> {
              const auto& sizes = world.settings().limits;
              const auto size = sizes.find(limit);
              return size == sizes.end() ? std::nullopt : std::optional(size->second);
            }) {}

engine::SessionId Fleet::serve(std::string_view yaml, const std::string& instance, std::uint32_t slots) {
  const auto read = wire::read_declaration_yaml(yaml);
  for (const model::Finding& finding : read.findings)
    EXPECT_NE(finding.severity, model::Severity::error) << finding.message << "\n" << yaml;
  base::check(read.declaration != nullptr);
  const engine::SessionId session = world.serve(read.declaration, read.json, instance, slots);
  served_[read.declaration->server + '#' + instance] = {session, read.declaration, read.json, slots};
  hear();
  return session;
}

engine::SessionId Fleet::serve(std::shared_ptr<const model::Declaration> declaration, const std::string& instance,
                               std::uint32_t slots) {
  const engine::SessionId session = world.serve(declaration, "{}", instance, slots);
  served_[declaration->server + '#' + instance] = {session, declaration, "{}", slots};
  hear();
  return session;
}

void Fleet::redeclare(const std::string& instance, std::string_view yaml) {
  Served& served = served_.at(instance);
  const auto read = wire::read_declaration_yaml(yaml);
  served.declaration = read.declaration;
  served.json = read.json;
  world.decide(
      engine::SessionDeclared{served.session, read.declaration, read.findings, engine::whole_text(read.json), {}});
  hear();
}

void Fleet::leave(const std::string& instance) {
  world.decide(engine::SessionClosed{session(instance), "connection lost"});
  hear();
}

void Fleet::goodbye(const std::string& instance) {
  std::erase_if(commands_, [&](const Command& one) { return one.instance == instance; });
  world.decide(engine::SessionItem{session(instance), model::Goodbye{}});
  world.decide(engine::SessionClosed{session(instance), "goodbye"});
  hear();
}

void Fleet::forget(const std::string& instance, bool all) {
  std::erase_if(commands_, [&](const Command& one) {
    if (one.instance != instance || (!all && (one.queued || one.started))) return false;
    sent_.erase({one.instance, one.token});
    return true;
  });
}

void Fleet::back(const std::string& instance) {
  Served& served = served_.at(instance);
  std::vector<model::LiveAttempt> live;
  for (const Command& one : commands_)
    if (one.instance == instance && !one.check)
      live.push_back(
          {one.run, one.task, one.attempt, one.token, one.started ? UpdateState::started : UpdateState::queued});
  const std::string name = instance.substr(instance.find('#') + 1);
  served.session = world.serve(served.declaration, served.json, name, served.slots, std::move(live));
  for (Command& one : commands_)
    if (one.instance == instance) one.session = served.session;
  hear();
}

base::RunId Fleet::run(std::vector<std::string> select, engine::RunRequest options, bool person) {
  options.select = std::move(select);
  const engine::Answer answer = ask(std::move(options), person);
  const auto* accepted = std::get_if<model::Json>(&answer.body);
  if (accepted == nullptr) ADD_FAILURE() << std::get<engine::Refusal>(answer.body).message;
  base::check(accepted != nullptr);
  return *base::RunId::parse(accepted->at("run_id").get<std::string>());
}

engine::Answer Fleet::ask(engine::RequestBody body, bool person) {
  if (auto* retry = std::get_if<engine::RetryRequest>(&body)) retry->record = world.record(retry->run);
  if (auto* adopt = std::get_if<engine::AdoptRequest>(&body)) adopt->record = world.record(adopt->run);
  engine::Answer answer = world.request(std::move(body), person);
  hear();
  return answer;
}

std::string Fleet::refused(engine::RequestBody body, bool person) {
  const engine::Answer answer = ask(std::move(body), person);
  const auto* refusal = std::get_if<engine::Refusal>(&answer.body);
  return refusal == nullptr ? "" : refusal->code;
}

engine::Answer Fleet::emit(const std::string& type, const std::string& id, const std::string& data,
                           std::uint32_t depth) {
  model::CloudEvent event;
  event.type = type;
  event.source = "test";
  event.id = id;
  event.data = data;
  event.depth = depth;
  event.content = base::hash128(type + '|' + data);
  return ask(engine::EventsRequest{{event}});
}

void Fleet::advance(base::Duration duration) {
  world.advance(duration);
  hear();
}

void Fleet::restart(base::Duration down) {
  const std::string difference = world.restart(down);
  EXPECT_EQ(difference, "") << "the state rebuilt from the log differs";
  hear();
}

void Fleet::hear() {
  for (const engine::Effect& effect : world.take_effects()) take(effect);
  std::vector<naive::Fact> batch;
  for (LoggedEvent& one : world.take_events()) {
    if (!batch.empty() && batch.back().now.uptime != one.now.uptime) naive.batch(std::exchange(batch, {}));
    batch.push_back({one.seq, one.now, std::move(one.event)});
  }
  if (!batch.empty()) naive.batch(batch);
}

void Fleet::take(const engine::Effect& effect) {
  if (const auto* send = std::get_if<engine::SendRun>(&effect)) {
    Command one{.session = send->session, .instance = instance_of(send->session), .task = send->command.task};
    one.run = send->command.run_id;
    one.token = send->command.token;
    one.params = send->command.params;
    one.env = send->command.env;
    one.scheduled_at = send->command.scheduled_at;
    one.attempt = send->command.attempt;
    EXPECT_EQ(one.task.substr(0, one.task.find('/')), one.instance.substr(0, one.instance.find('#')));
    const bool again = !sent_.insert({one.instance, one.token}).second;
    const auto same = [&](const Command& other) { return other.token == one.token && other.instance == one.instance; };
    // A `run` sent again is dropped by an instance that has it; one that has ended it must not get it again.
    if (again && std::any_of(commands_.begin(), commands_.end(), same)) return;
    EXPECT_FALSE(again) << one.task << " was sent twice to " << one.instance;
    commands_.push_back(std::move(one));
  } else if (const auto* item = std::get_if<engine::SendItem>(&effect)) {
    if (const auto* check = std::get_if<model::CheckCommand>(&item->item)) {
      Command one{.session = item->session, .instance = instance_of(item->session), .task = check->task};
      one.run = check->run_id;
      one.token = check->token;
      one.check = true;
      commands_.push_back(std::move(one));
    } else if (const auto* cancel = std::get_if<model::CancelCommand>(&item->item)) {
      for (Command& one : commands_)
        if (one.token == cancel->token && one.session == item->session) {
          one.cancelled = true;
          cancels.push_back(one.task);
        }
    }
  }
}

Command* Fleet::command(const std::string& task) {
  for (auto one = commands_.rbegin(); one != commands_.rend(); ++one)
    if (one->task == task) return &*one;
  return nullptr;
}

Command* Fleet::need(const std::string& task) {
  Command* found = command(task);
  if (found == nullptr) ADD_FAILURE() << "no command for " << task;
  base::check(found != nullptr);
  return found;
}

std::size_t Fleet::open(const std::string& task) const {
  return static_cast<std::size_t>(
      std::count_if(commands_.begin(), commands_.end(), [&](const Command& one) { return one.task == task; }));
}

void Fleet::completed(const std::string& task, const std::string& result) {
  say(*need(task), UpdateState::completed, result);
}

void Fleet::done(const std::string& task, const std::string& result) {
  started(task);
  completed(task, result);
}

void Fleet::failed(const std::string& task, model::TaskError error) {
  say(*need(task), UpdateState::error, {}, std::move(error));
}

void Fleet::say(const Command& command, UpdateState state, const std::string& result, model::TaskError error) {
  model::Update update;
  update.token = command.token;
  update.state = state;
  update.result = result;
  update.error = std::move(error);
  const engine::SessionId session = command.session;
  for (Command& one : commands_)
    if (one.token == command.token) {
      one.queued |= state == UpdateState::queued;
      one.started |= state == UpdateState::started;
    }
  const bool goes_on = state == UpdateState::queued || state == UpdateState::started || state == UpdateState::progress;
  if (!goes_on) std::erase_if(commands_, [token = command.token](const Command& one) { return one.token == token; });
  world.update(session, std::move(update));
  hear();
}

std::string Fleet::state(base::RunId run, const std::string& task) const {
  const naive::TaskRun& one = naive.of(run, task);
  if (one.task != task) return one.task;
  std::string text(model::word(one.state));
  if (one.state == model::TaskState::error) text += ' ' + one.code;
  if (one.state == model::TaskState::blocked) text += " by " + name(one.root.task);
  if (one.state == model::TaskState::skipped) text += ' ' + std::string(model::word(one.skip));
  return text;
}

std::vector<base::RunId> Fleet::runs() const {
  std::vector<base::RunId> runs;
  for (const auto& created : all<model::RunCreated>()) runs.push_back(created.run);
  return runs;
}

std::vector<base::RunId> Fleet::runs_of(const std::string& task) const {
  std::vector<base::RunId> runs;
  for (const auto& created : all<model::RunCreated>())
    for (const model::PlannedTask& one : created.plan->tasks)
      if (name(one.task) == task) runs.push_back(created.run);
  return runs;
}

std::string Fleet::plan(base::RunId run) const {
  std::string text;
  for (const naive::TaskRun& one : naive.runs().at(run).tasks) {
    constexpr const char* roles[] = {"target", "pulled", "follower"};
    constexpr const char* hows[] = {"in_run", "completion", "within", "unsatisfied", "awaited"};
    if (!text.empty()) text += "; ";
    text += one.task + ' ' + roles[static_cast<std::size_t>(one.role)];
    if (!one.shared_from.run.none()) text += " shared";
    for (const naive::Edge& edge : one.edges)
      text += " <- " + edge.task + ' ' + hows[static_cast<std::size_t>(edge.how)];
  }
  return text;
}

void Fleet::expect_no_complaints() const {
  std::string text;
  for (std::size_t i = 0; i < naive.complaints().size() && i < 5; ++i) text += naive.complaints()[i] + '\n';
  const std::vector<std::string> wrong = wrong_causes(world.log());
  for (std::size_t i = 0; i < wrong.size() && i < 5; ++i) text += wrong[i] + '\n';
  if (text.empty()) return;
  ADD_FAILURE() << text << story();
}

std::string Fleet::story() const {
  Lines lines(const_cast<World&>(world));
  std::string story;
  for (const LoggedEvent& one : world.log())
    if (const std::string line = lines.line(one); !line.empty())
      story += std::to_string(one.seq) + " (" + std::to_string(one.event.cause) + ") " + line + '\n';
  return story;
}

std::string Fleet::instance_of(engine::SessionId session) const {
  for (const auto& [name, served] : served_)
    if (served.session == session) return name;
  const auto& state = world_state();  // an effect of the session being opened just now
  const auto found = state.instance_by_session.find(session.value);
  if (found == state.instance_by_session.end()) return {};
  const engine::Instance& one = state.instance(found->second);
  return state.server(one.server).name + '#' + one.name;
}

std::string declaration(const std::string& server, const std::vector<std::string>& tasks) {
  std::string text = "server: " + server + "\nteam: team-" + server + "\ntasks:\n";
  for (const std::string& task : tasks) text += "  " + task + "\n";
  return text;
}

}  // namespace cordyna::testing
