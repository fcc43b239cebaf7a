#include "engine/sending.h"

#include <charconv>

#include "base/mutant.h"
#include "engine/graph.h"
#include "engine/task_runs.h"

namespace cordyna::engine {

std::string token_text(const State& state, Seq seq) {
  const std::uint64_t epoch = seq < state.epoch_began ? state.epoch - 1 : state.epoch;
  return std::to_string(epoch) + '.' + std::to_string(seq);
}

TokenRead read_token(const State& state, std::string_view token) {
  std::uint64_t epoch = 0;
  Seq seq = 0;
  const char* end = token.data() + token.size();
  const auto first = std::from_chars(token.data(), end, epoch);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '.') return {};
  const auto second = std::from_chars(first.ptr + 1, end, seq);
  if (second.ec != std::errc{} || second.ptr != end || seq == 0) return {};
  if (epoch > state.epoch || (epoch == state.epoch && seq > state.seq)) return {0, true};
  if (epoch == state.epoch && seq < state.epoch_began) return {};
  if (epoch < state.epoch && seq >= state.epoch_began) return {};  // of the part that an operator gave up
  return {seq, false};
}

namespace {

/// Whether the instance runs the task as the graph has it: its own revision declares it, and the same way.
bool fits(const State& state, const Instance& instance, TaskIndex index) {
  const Task& task = state.task(index);
  if (!instance.block || !task.declared()) return false;
  if (instance.block == state.server(task.server).block || base::mutant("stale_revision_runs")) return true;
  const auto position = model::position_in(*instance.block, short_name(task.name));
  if (!position) return false;
  const model::TaskList::Shared& its = instance.block->tasks.shared()[*position];
  return its == task.definition || *its == *task.definition;
}

std::string timezone_of(const TaskRun& one) {
  if (!one.declared()) return {};
  for (const model::Trigger& trigger : one.declaration().when)
    if (const auto* cron = std::get_if<model::CronTrigger>(&trigger)) return cron->timezone;
  return {};
}

std::string scheduled_at(const Run& run) {
  return run.head.standing.kind == model::Standing::Kind::instant ? base::format_time(run.head.standing.at)
                                                                  : std::string{};
}

std::string params_of(const State& state, const Run& run, std::uint32_t position) {
  return state.scopes[run.scope[position].value].params;
}

}  // namespace

Placement place_task(const State& state, TaskIndex index) {
  Placement best;
  std::size_t fewest = 0;
  for (const InstanceIndex candidate : state.server(state.task(index).server).instances) {
    const Instance& instance = state.instance(candidate);
    best.connected = best.connected || instance.session.value != 0;
    const bool draining = base::mutant("draining_gets_commands") && instance.draining && instance.ready;
    if (!instance.takes_commands() && !draining) continue;
    if (instance.unstarted >= instance.slots && !base::mutant("slots_ignored")) continue;
    best.credit = true;
    if (!fits(state, instance, index)) continue;
    const bool no_better = instance.attempts.size() >= fewest && !base::mutant("load_is_not_shared");
    if (best.instance != model::no_instance && no_better) continue;
    best.instance = candidate;
    fewest = instance.attempts.size();
  }
  return best;
}

InstanceIndex instance_to_ask(const State& state, TaskIndex index) {
  for (const InstanceIndex candidate : state.server(state.task(index).server).instances)
    if (state.instance(candidate).takes_commands() && fits(state, state.instance(candidate), index)) return candidate;
  return model::no_instance;
}

void send_run(Step& step, TaskRunRef at) {
  const State& state = step.state();
  const Run& run = *state.run(at.run);
  const TaskRun& one = run.tasks[at.position];
  SendRun send;
  send.session = state.instance(one.instance).session;
  send.token = one.token;
  send.command.run_id = run.id.text();
  send.command.task = state.task(run.planned(at.position).task).name;
  send.command.attempt = one.attempt;
  send.command.token = token_text(state, one.token);
  send.command.env = run.head.env;
  send.command.params = params_of(state, run, at.position);
  send.command.scheduled_at = scheduled_at(run);
  send.command.created_at = base::format_time(run.created_at);
  send.command.timezone = timezone_of(one);
  const std::uint32_t first = run.planned(at.position).first_edge;
  const auto edges = run.edges_of(at.position);
  for (std::uint32_t i = 0; i < edges.size(); ++i) {
    const model::Payload* result = nullptr;
    if (edges[i].how == model::How::in_run) {
      const auto detail = run.details.find(edges[i].upstream);
      if (detail != run.details.end()) result = &detail->second.result;
    } else if (const auto outside = run.outside_results.find(first + i); outside != run.outside_results.end()) {
      result = &outside->second;
    }
    if (result != nullptr && !result->empty()) send.inputs.emplace_back(one.declaration().upstream[i].text, *result);
  }
  step.effect(std::move(send));
  step.hurry();
}

void send_check(Step& step, TaskRunRef at) {
  const State& state = step.state();
  const Run& run = *state.run(at.run);
  const TaskRun& one = run.tasks[at.position];
  model::CheckCommand check;
  check.run_id = run.id.text();
  check.task = state.task(run.planned(at.position).task).name;
  check.token = token_text(state, one.token);
  check.env = run.head.env;
  check.params = params_of(state, run, at.position);
  check.scheduled_at = scheduled_at(run);
  check.created_at = base::format_time(run.created_at);
  check.timezone = timezone_of(one);
  step.effect(SendItem{state.instance(one.instance).session, check});
  step.hurry();
}

void send_cancel(Step& step, InstanceIndex instance, Seq seq, std::string reason) {
  if (instance == model::no_instance) return;
  const SessionId session = step.state().instance(instance).session;
  if (session.value == 0) return;
  step.effect(SendItem{session, model::CancelCommand{token_text(step.state(), seq), std::move(reason)}});
  step.hurry();
}

}  // namespace cordyna::engine
