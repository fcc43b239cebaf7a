#include "sim/auditor.h"

#include <algorithm>
#include <charconv>

#include "model/path.h"
#include "wire/event_codec.h"

namespace cordyna::sim {

using model::TaskRunRef;
using model::TaskState;

Auditor::Auditor(DeclarationOf declaration, Ledger& ledger, std::map<std::string, std::uint32_t> limits,
                 naive::Names names)
    : declaration_(std::move(declaration)),
      ledger_(ledger),
      limits_(std::move(limits)),
      name_(names.task),
      instance_(names.instance),
      planning_(std::move(names), [this](const std::string& limit) -> std::optional<std::uint32_t> {
        const auto size = limits_.find(limit);
        return size == limits_.end() ? std::nullopt : std::optional(size->second);
      }) {}

namespace {
/// Of the command that a token stands for: what is behind its epoch.
base::Seq seq_of(const std::string& token) {
  base::Seq seq = 0;
  std::from_chars(token.data() + token.find('.') + 1, token.data() + token.size(), seq);
  return seq;
}

constexpr base::Duration commit_most = std::chrono::seconds(5);  // longer than any sync takes
constexpr std::size_t thorough_one_in = 16;                      // batches: it costs the open runs
constexpr std::uint32_t free_retries_max = 30;  // of a full instance, of a full server: not counted by the policy
}  // namespace

void Auditor::complain(const std::string& text) {
  ledger_.complain("event " + std::to_string(seq_) + ": " + text);
}

void Auditor::read(const log::StoredBatch& batch, base::Duration awake) {
  awake_ = awake;
  if (batch.first_seq != seq_ + 1) complain("the log goes on at " + std::to_string(batch.first_seq));
  if (batch.now.uptime < now_.uptime || batch.now.wall < now_.wall) complain("time goes back");
  now_ = batch.now;
  auto events = wire::decode_events(*batch.events);
  if (!events.ok()) return complain("the batch cannot be read: " + events.error().message);
  for (const model::Event& event : *events) {
    ++seq_;
    ++kinds_[std::string(model::kind(event.body))];
    if (event.cause >= seq_) complain("its cause comes later");
    std::visit([this](const auto& body) { take(body); }, event.body);
  }
  check_planning(std::move(*events), batch.first_seq);
}

void Auditor::check_planning(std::vector<model::Event> events, base::Seq first) {
  std::vector<naive::Fact> facts;
  bool thorough = ++batches_ % thorough_one_in == 0;
  for (model::Event& event : events) {
    if (auto* declared = std::get_if<model::ServerDeclared>(&event.body))
      declared->declaration = current_[declared->server];
    thorough = thorough || std::holds_alternative<model::CerebroStarted>(event.body);
    facts.push_back({first++, now_, std::move(event)});
  }
  const std::size_t before = planning_.complaints().size();
  planning_.batch(facts, thorough);
  for (std::size_t i = before; i < planning_.complaints().size(); ++i) ledger_.complain(planning_.complaints()[i]);
}

Auditor::TaskRun* Auditor::at(TaskRunRef ref) {
  const auto run = runs_.find(ref.run);
  if (run == runs_.end() || ref.position >= run->second.tasks.size()) {
    complain("it speaks of a task-run that nobody has created");
    return nullptr;
  }
  if (run->second.ended) complain("it speaks of run " + ref.run.text() + ", which has ended");
  return &run->second.tasks[ref.position];
}

void Auditor::take(const model::ServerDeclared& body) {
  if (auto declaration = declaration_(body.hash)) current_[body.server] = std::move(declaration);
}

void Auditor::take(const model::RunCreated& body) {
  if (runs_.contains(body.run)) complain("run " + body.run.text() + " is created twice");
  Run& run = runs_[body.run];
  run.head = body;
  run.created = seq_;
  if (!body.key.empty() && !by_key_.emplace(body.key, body.run).second)
    complain("key " + body.key + " has two runs: " + by_key_[body.key].text() + " and " + body.run.text());
  for (const model::PlannedTask& planned : body.plan->tasks) {
    TaskRun one;
    one.task = planned.task;
    one.run = body.run;
    one.position = static_cast<std::uint32_t>(run.tasks.size());
    one.state = planned.state;
    one.view = planned.shared_from.has_value();
    one.completion = planned.completion.seq != 0;
    const std::string name = name_(planned.task);
    const auto block = current_.find(name.substr(0, name.find('/')));
    if (block != current_.end()) {
      one.block = block->second;
      for (const model::TaskDeclaration& task : block->second->tasks)
        if (name.ends_with('/' + task.name)) one.declared = &task;
    }
    run.tasks.push_back(one);
    if (planned.role != model::Role::target) continue;
    if (body.trigger.kind == model::TriggerKind::event && !fired_.insert({body.standing.event, planned.task}).second)
      complain("event " + std::to_string(body.standing.event) + " fires " + name + " twice");
    if (body.trigger.kind == model::TriggerKind::schedule && !ticks_[planned.task].insert(body.standing.at).second)
      complain("the tick of " + base::format_time(body.standing.at) + " fires " + name + " twice");
  }
}

void Auditor::take(const model::EventReceived& body) {
  if (!received_.emplace(std::pair(body.source, body.id), seq_).second)
    complain("event " + body.source + ' ' + body.id + " is received twice");
}

/// A final state stays; a move is one of the table in semantics section 3.
void Auditor::move(TaskRunRef ref, TaskState to) {
  TaskRun* one = at(ref);
  if (one == nullptr) return;
  const auto legal = [](TaskState from, TaskState next) {
    switch (from) {
      case TaskState::pending:
        return next == TaskState::invoked || model::is_final(next);
      case TaskState::invoked:
        return next != TaskState::invoked && next != TaskState::completed && next != TaskState::blocked;
      case TaskState::queued:
        return next == TaskState::started || next == TaskState::error || next == TaskState::cancelled ||
               next == TaskState::pending;
      case TaskState::started:
        return model::is_final(next) ? next != TaskState::blocked : next == TaskState::pending;
      default:
        return false;
    }
  };
  if (!legal(one->state, to))
    complain(name_(one->task) + " goes from " + std::string(model::word(one->state)) + " to " +
             std::string(model::word(to)));
  if (model::is_invoked(one->state) && !model::is_invoked(to)) end_attempt(*one);
  one->state = to;
}

void Auditor::end_attempt(TaskRun& one) {
  --busy_[one.task];
  instances_[one.instance].unstarted.erase({one.run, one.position});
  if (one.declared == nullptr) return;
  for (const std::string& limit : one.declared->policy->limits) --used_[limit];
}

void Auditor::take(const model::CommandRun& body) {
  move(body.at, TaskState::invoked);
  TaskRun* one = at(body.at);
  if (one == nullptr) return;
  const Run& run = runs_.at(body.at.run);
  const std::string name = name_(body.task);
  if (body.attempt != one->attempt + 1) complain(name + " skips an attempt");
  if (run.cancel_requested) complain(name + " is commanded in a cancelled run");
  if (paused_.contains(body.task)) complain(name + " is commanded although it is paused");
  one->attempt = body.attempt;
  one->timed_elsewhere = false;
  one->instance = body.instance;
  one->token = seq_;
  one->invoked = {now_.uptime, awake_};
  commands_[seq_] = {body.at.run, body.at.position, body.attempt};
  const std::uint32_t busy = ++busy_[body.task];
  if (one->declared != nullptr) {
    const model::Policy& policy = *one->declared->policy;
    if (policy.concurrency != 0 && busy > policy.concurrency) complain(name + " exceeds its concurrency");
    for (const std::string& limit : policy.limits)
      if (++used_[limit] > limits_[limit]) complain("limit " + limit + " is exceeded by " + name);
  }
  check_upstreams(run, body.at.position);
  if (body.instance != model::no_instance) check_instance(body.at, *one);
}

void Auditor::take(const model::CommandAssigned& body) {
  TaskRun* one = at(body.at);
  if (one == nullptr) return;
  one->instance = body.instance;
  check_instance(body.at, *one);
}

void Auditor::take(const model::ScheduleSet& body) {
  if (!body.due) first_set_[body.task] = now_.wall;  // it begins anew: declared, changed, or paused
  if (body.due) last_due_[body.task] = std::max(last_due_[body.task], *body.due);
}

bool Auditor::is_bad(const Run& run, std::uint32_t position) const {
  const TaskState state = run.tasks[position].state;
  return state == TaskState::error || state == TaskState::blocked || state == TaskState::cancelled;
}

/// What it needs in its run has ended well, unless one suffices or any end does.
void Auditor::check_upstreams(const Run& run, std::uint32_t position) {
  const model::PlannedTask& planned = run.head.plan->tasks[position];
  for (std::uint32_t i = 0; i < planned.edge_count; ++i) {
    const model::PlannedEdge& edge = run.head.plan->edges[planned.first_edge + i];
    if (edge.how != model::How::in_run) continue;
    if (!model::is_final(run.tasks[edge.upstream].state))
      complain(name_(planned.task) + " is commanded before " + name_(edge.task) + " has ended");
    else if (is_bad(run, edge.upstream) && !edge.finished && !planned.any)
      complain(name_(planned.task) + " is commanded although " + name_(edge.task) + " has failed");
  }
}

void Auditor::take(const model::TaskQueued& body) {
  move(body.at, TaskState::queued);
  if (TaskRun* one = at(body.at)) one->queued = {now_.uptime, awake_};
}
void Auditor::take(const model::TaskStarted& body) {
  move(body.at, TaskState::started);
  if (TaskRun* one = at(body.at)) {
    one->started = {now_.uptime, awake_};
    instances_[one->instance].unstarted.erase(body.at);
  }
}
void Auditor::take(const model::TaskCompleted& body) {
  move(body.at, TaskState::completed);
  TaskRun* one = at(body.at);
  if (one == nullptr) return;
  one->completion = true;
  if (body.attempt != one->attempt) complain(name_(body.task) + " is completed by another attempt than the live one");
  commands_[one->token].end_heard = true;
}

void Auditor::take(const model::TaskFailed& body) {
  if (TaskRun* one = at(body.at)) {
    if (model::is_invoked(one->state)) check_timeout(*one, body.failure.code);
    if (body.failure.origin == model::Origin::server) commands_[one->token].end_heard = true;
  }
  move(body.at, TaskState::error);
}

void Auditor::take(const model::TaskRetry& body) {
  if (TaskRun* one = at(body.at)) {
    check_timeout(*one, body.failure.code);
    if (one->declared != nullptr) {
      const model::Retries& retries = one->declared->policy->retries;
      if (body.attempt > retries.max + free_retries_max) complain(name_(body.task) + " is retried too often");
      if (body.counted &&
          body.due - now_.wall < std::min(retries.backoff, retries.cap) * (1000 - retries.jitter_permille) / 1000)
        complain(name_(body.task) + " is retried too soon");
    }
    if (body.failure.origin == model::Origin::server) commands_[one->token].end_heard = true;
  }
  move(body.at, TaskState::pending);
}

/// Never before the whole time was given, counted while cerebro was up.
void Auditor::check_timeout(const TaskRun& one, const std::string& code) {
  if (one.declared == nullptr) return;
  const model::Timeouts& limits = one.declared->policy->timeouts;
  // To the microsecond by the log's own clock; roughly by ours, which sees an event only when it is durable.
  const auto early = [&](const Since& since, base::Duration limit) {
    if (now_.uptime - since.uptime < limit || awake_ - since.awake < limit - commit_most)
      complain(name_(one.task) + " ends as " + code + " after " + base::format_duration(now_.uptime - since.uptime) +
               " (" + base::format_duration(awake_ - since.awake) + " awake) of " + base::format_duration(limit));
  };
  const Instance& instance = instances_[one.instance];
  if (code == "instance_lost" && instance.lost && !instance.connected) early(*instance.lost, std::chrono::seconds(10));
  if (one.timed_elsewhere) return;
  if (code == "ack_timeout") early(one.invoked, limits.ack);
  if (code == "start_timeout") early(one.queued, limits.start);
  if (code == "complete_timeout") early(one.started, limits.complete);
}

void Auditor::take(const model::TaskBlocked& body) {
  if (at(body.at) != nullptr) {
    const Run& run = runs_.at(body.at.run);
    const model::PlannedTask& planned = run.head.plan->tasks[body.at.position];
    bool bad = planned.shared_from.has_value();
    for (std::uint32_t i = 0; i < planned.edge_count; ++i) {
      const model::PlannedEdge& edge = run.head.plan->edges[planned.first_edge + i];
      bad = bad || (edge.how == model::How::in_run && is_bad(run, edge.upstream));
    }
    if (!bad) complain(name_(body.task) + " is blocked by nothing");
  }
  move(body.at, TaskState::blocked);
}

void Auditor::take(const model::TaskSkipped& body) {
  if (TaskRun* one = at(body.at); one != nullptr && one->token != 0) commands_[one->token].end_heard = true;
  move(body.at, TaskState::skipped);
}
void Auditor::take(const model::TaskCancelled& body) {
  if (TaskRun* one = at(body.at); one != nullptr && body.how == "confirmed") commands_[one->token].end_heard = true;
  move(body.at, TaskState::cancelled);
}
void Auditor::take(const model::TaskFollowed& body) {
  if (TaskRun* one = at(body.at)) one->completion = body.completion.seq != 0;
  if (body.state == TaskState::cancelled && at(body.at) != nullptr && !runs_.at(body.at.run).cancel_requested)
    complain(name_(body.task) + " is cancelled in a run that nobody has cancelled");
  move(body.at, body.state);
}

void Auditor::take(const model::TaskHandedOver& body) {
  TaskRun* from = at(body.from);
  TaskRun* to = at(body.to);
  if (from == nullptr || to == nullptr) return;
  const TaskRun kept = *to;
  *to = *from;
  *from = kept;
  // What it was declared as when its own run was created counts from now on, for its places too.
  std::swap(to->block, from->block);
  std::swap(to->declared, from->declared);
  if (to->declared != nullptr && from->declared != nullptr) {
    const model::Policy &own = *to->declared->policy, &before = *from->declared->policy;
    to->timed_elsewhere = to->timed_elsewhere || own.timeouts != before.timeouts;
    if (model::is_invoked(to->state)) {
      for (const std::string& limit : before.limits) --used_[limit];
      for (const std::string& limit : own.limits) ++used_[limit];
    }
  }
  std::swap(to->run, from->run);
  std::swap(to->position, from->position);
  if (auto& unstarted = instances_[to->instance].unstarted; unstarted.erase(body.from) > 0) unstarted.insert(body.to);
  from->state = TaskState::pending;
  from->view = true;
  to->view = false;
  if (to->token != 0) commands_[to->token].run = body.to.run, commands_[to->token].position = body.to.position;
}

void Auditor::take(const model::TaskLate& body) {
  const auto command = commands_.find(body.token);
  if (command == commands_.end()) return complain("something late of an attempt nobody has commanded");
  if (body.state == "completed") ledger_.late.emplace_back(body.at.run.text(), name_(body.task));
  if (body.state == "completed" || body.state == "error" || body.state == "cancelled" || body.state == "skipped")
    command->second.end_heard = true;
}

void Auditor::take(const model::RunEnded& body) {
  const auto found = runs_.find(body.run);
  if (found == runs_.end()) return complain("a run ends that nobody has created");
  Run& run = found->second;
  if (run.ended) complain("run " + body.run.text() + " ends twice");
  run.ended = true;
  bool bad = false;
  for (std::uint32_t i = 0; i < run.tasks.size(); ++i) {
    if (!model::is_final(run.tasks[i].state)) complain("the run ends before " + name_(run.tasks[i].task));
    bad = bad || is_bad(run, i);
  }
  const auto state = run.cancel_requested ? model::RunState::cancelled
                     : bad                ? model::RunState::failed
                                          : model::RunState::completed;
  if (body.state != state) complain("run " + body.run.text() + " ends as " + std::string(model::word(body.state)));
}

void Auditor::heard_command(const std::string& token, const std::string& instance, std::uint32_t attempt) {
  const base::Seq seq = seq_of(token);
  const auto command = commands_.find(seq);
  if (command == commands_.end()) return complain(instance + " was told to run " + token + ", which is not durable");
  if (command->second.attempt != attempt) complain(instance + " was told of another attempt than the log");
  const TaskRun& one = runs_.at(command->second.run).tasks[command->second.position];
  if (one.token == seq && one.instance != model::no_instance && instance_(one.instance) != instance)
    complain(instance + " was told to run what " + instance_(one.instance) + " has");
}

void Auditor::heard_told(const std::string& token) {
  const base::Seq seq = seq_of(token);
  const auto command = commands_.find(seq);
  if (command == commands_.end() || command->second.end_heard) return;
  const Ledger::Attempt& attempt = ledger_.attempts[token];
  complain(attempt.instance + " has told that " + attempt.task + " (" + token + ") ended as " + attempt.end +
           ", it was acknowledged, and it is not in the log");
}

std::size_t Auditor::open_runs(base::Seq seq) const {
  return static_cast<std::size_t>(std::count_if(
      runs_.begin(), runs_.end(), [seq](const auto& run) { return !run.second.ended && run.second.created <= seq; }));
}

void Auditor::close(base::Seq seq) {
  batches_ = thorough_one_in - 1;  // look at all that is open, once more
  for (const auto& [id, run] : runs_)
    if (!run.ended && run.created <= seq) {
      std::string open;
      for (const TaskRun& one : run.tasks)
        if (!model::is_final(one.state)) open += ' ' + name_(one.task) + ' ' + std::string(model::word(one.state));
      complain("run " + id.text() + " never ends:" + open);
    }
  check_planning({}, seq_);
  check_schedules();
  check_promises();
}

void Auditor::check_promises() {
  for (const std::string& run : ledger_.runs)
    if (const auto id = base::RunId::parse(run); !id || !runs_.contains(*id))
      complain("run " + run + " was promised and is not in the log");
  for (const auto& [key, runs] : ledger_.keys)
    if (runs.size() > 1) complain("key " + key + " was answered with " + std::to_string(runs.size()) + " runs");
  for (const auto& [source, id] : ledger_.events)
    if (!received_.contains({source, id})) complain("event " + id + " was acknowledged and is not in the log");
  for (const auto& [token, attempt] : ledger_.attempts)
    if (attempt.told) heard_told(token);
}

}  // namespace cordyna::sim
