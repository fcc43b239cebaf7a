#include "engine/canonical.h"

#include <algorithm>
#include <cstdint>

#include "engine/task_runs.h"

namespace cordyna::engine {
namespace {

class Text {
 public:
  Text& line(std::string_view word) {
    text_ += '\n';
    text_ += word;
    return *this;
  }
  Text& operator<<(std::string_view value) {
    text_ += ' ';
    text_ += value;
    return *this;
  }
  Text& operator<<(std::uint64_t value) { return *this << std::to_string(value); }
  Text& operator<<(base::Time time) { return *this << std::to_string(time.time_since_epoch().count()); }
  Text& operator<<(const std::optional<base::Time>& time) { return time ? *this << *time : *this << "-"; }
  Text& operator<<(TaskRunRef at) { return *this << at.run.text() << std::uint64_t{at.position}; }
  Text& operator<<(const model::Taken& taken) {
    return *this << taken.run.text() << std::uint64_t{taken.attempt} << taken.seq;
  }
  Text& operator<<(const model::Payload& payload) {
    return *this << (payload.blob ? payload.blob->hex() : payload.json) << std::uint64_t{payload.size};
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void write(Text& text, const Completion& completion) {
  text << completion.taken << completion.at << completion.reach.until << completion.reach.event << completion.result;
  for (const auto& upstream : completion.upstream)
    text << std::uint64_t{upstream.task.value} << upstream.seq << upstream.at;
}

void write(Text& text, const State& state, ScopeIndex scope, const History& history) {
  text.line("  scope") << state.scopes[scope.value].env << state.scopes[scope.value].params;
  if (history.last) write(text.line("    last"), *history.last);
  if (history.newest) write(text.line("    newest"), *history.newest);
  text.line("    finished") << history.finished << history.joining_seq << history.finished_joining_seq;
  if (history.last_run)
    text.line("    last_run") << history.last_run->at << model::word(history.last_run->state)
                              << history.last_run->ended;
  for (const auto& [task, seq] : history.last_taken.ascending)
    text.line("    last_taken") << std::uint64_t{task.value} << seq;
  for (const auto& [task, seq] : history.consumed.ascending)
    text.line("    consumed") << std::uint64_t{task.value} << seq;
  for (const TaskRunRef at : history.live) text.line("    live") << at;
}

void write(Text& text, const State& state, const Task& task) {
  text.line("task") << task.name << (task.declared() ? "declared" : "undeclared") << task.declared_seq
                    << task.detail().newest_due << task.detail().newest_event << std::uint64_t{task.invoked};
  if (task.detail().paused) text.line("  paused") << task.detail().paused->by << task.detail().paused->at;
  for (const TaskIndex one : task.upstream) text.line("  upstream") << std::uint64_t{one.value};
  for (const TaskIndex one : task.downstream) text.line("  downstream") << std::uint64_t{one.value};
  for (const Timer& timer : task.detail().timers)
    text.line("  timer") << std::uint64_t{timer.trigger} << timer.next << timer.previous << timer.before_previous;
  for (const model::Standing& standing : task.detail().waiting) text.line("  waiting") << standing.at << standing.event;
  for (const TaskRunRef at : task.detail().awaiting) text.line("  awaiting") << at;
  if (task.history) write(text, state, ScopeIndex{0}, *task.history);
  for (const auto& [scope, history] : task.detail().histories) write(text, state, scope, *history);
}

void write(Text& text, const State& state, const Run& run) {
  text.line("run") << run.id.text() << run.created << std::uint64_t{run.open} << (run.bad ? "bad" : "well")
                   << (run.cancel_requested ? "cancelling" : "-") << (run.held ? "held" : "-");
  for (std::uint32_t position = 0; position < run.tasks.size(); ++position) {
    const TaskRun& one = run.tasks[position];
    text.line("  ") << state.task(run.planned(position).task).name << model::word(one.state) << model::word(one.skip)
                    << std::uint64_t{one.waiting} << std::uint64_t{one.attempt} << std::uint64_t{one.retries}
                    << one.token << std::uint64_t{one.instance.value} << (one.view ? "view" : "-")
                    << (one.ready ? "ready" : "-") << (one.cancel_requested ? "cancel" : "-")
                    << static_cast<std::uint64_t>(one.need) << one.ended_seq;
    if (one.deadline != 0) {
      const Deadline& deadline = state.deadlines.at(one.deadline);
      text << static_cast<std::uint64_t>(deadline.kind)
           << static_cast<std::uint64_t>(deadline.at.time_since_epoch().count());
    }
    const auto detail = run.details.find(position);
    if (detail == run.details.end()) continue;
    text << detail->second.result << detail->second.retry_at << detail->second.root.code;
    if (detail->second.failure) text << detail->second.failure->code;
    for (const TaskRunRef view : detail->second.followers) text << view;
  }
}

}  // namespace

std::string canonical_text(const State& state) {
  Text text;
  text.line("cluster") << state.cluster << state.epoch << state.seq << (state.regressed ? "regressed" : "-");
  for (const Task& task : state.tasks) write(text, state, task);
  for (const Server& server : state.servers)
    text.line("server") << server.name << server.team << (server.block ? server.block->hash : "-")
                        << model::word(server.state) << std::uint64_t{server.revision};
  for (const Instance& instance : state.instances) {
    text.line("instance") << instance.name << instance.hash << (instance.over ? "over" : "-")
                          << instance.attempts.size() << std::uint64_t{instance.unstarted};
  }
  for (const auto& [id, run] : state.runs) write(text, state, *run);
  for (const auto& [at, ref] : state.retries) text.line("retry") << at << ref;
  for (const auto& [name, limit] : state.limits)
    if (!limit.holders.empty()) text.line("limit") << name << limit.holders.size();
  for (const auto& [at, task] : state.timers) text.line("tick") << at << std::uint64_t{task.value};
  for (const auto& [token, fenced] : state.fenced)
    text.line("fenced") << token << fenced.at << (fenced.late ? "late" : "-");
  for (const RecentRun& run : state.recent) text.line("recent") << run.id.text() << model::word(run.state);
  for (const auto& [key, seen] : state.seen_events) text.line("seen") << key.first << key.second << seen.seq;
  for (const auto& [key, seen] : state.seen_keys) text.line("key") << key << seen.run.text();
  return text.take();
}

namespace {

std::string broken_run(const State& state, const Run& run) {
  std::uint32_t open = 0;
  for (std::uint32_t position = 0; position < run.tasks.size(); ++position) {
    const TaskRun& one = run.tasks[position];
    const std::string where = "run " + run.id.text() + ' ' + state.task(run.planned(position).task).name;
    if (!model::is_final(one.state)) ++open;
    std::uint32_t waiting = 0;
    bool awaits = false;
    for (const model::PlannedEdge& edge : run.edges_of(position)) {
      if (edge.how == model::How::in_run && !model::is_final(run.tasks[edge.upstream].state)) ++waiting;
      awaits = awaits || edge.how == model::How::awaited;
    }
    if (!model::is_final(one.state) && one.waiting != waiting + (awaits ? 1 : 0))
      return where + ": waiting count is wrong";
    if (one.ready && !can_run(run, one)) return where + ": is ready but cannot run";
    if (model::is_invoked(one.state)) {
      const auto attempt = state.attempts.find(one.token);
      if (attempt == state.attempts.end() || attempt->second != TaskRunRef{run.id, position})
        return where + ": its attempt is not among the live ones";
      if (one.instance != model::no_instance && !state.instance(one.instance).attempts.contains({run.id, position}))
        return where + ": its instance does not know it";
      if (run.planned(position).shared_from) continue;  // taken over: it was invoked by the rules of another run
      for (const model::PlannedEdge& edge : run.edges_of(position))
        if (edge.how == model::How::in_run && !model::is_final(run.tasks[edge.upstream].state))
          return where + ": was invoked before an upstream had ended";
    }
  }
  if (open != run.open) return "run " + run.id.text() + ": open count is wrong";
  if (open == 0) return "run " + run.id.text() + ": has ended but is still live";
  return {};
}

std::string broken_task(const State& state, std::uint32_t index) {
  const Task& task = state.tasks[index];
  for (const TaskIndex upstream : task.upstream) {
    if (state.task(upstream).order >= task.order)
      return task.name + ": stands before its upstream " + state.task(upstream).name + " in the order";
    const auto& list = state.task(upstream).downstream;
    if (!std::binary_search(list.begin(), list.end(), TaskIndex{index}))
      return task.name + ": its upstream does not know it";
  }
  const auto& unresolved = state.server(task.server).unresolved;
  for (std::uint32_t edge = 0; edge < task.upstream.size(); ++edge)
    if (state.task(task.upstream[edge]).declared() == unresolved.contains({TaskIndex{index}, edge}))
      return task.name + ": whether its upstream is declared is remembered wrongly";
  const auto broken_live = [&](const History& history) {
    return std::any_of(history.live.begin(), history.live.end(), [&state](TaskRunRef at) {
      const Run* run = state.run(at.run);
      return run == nullptr || model::is_final(run->tasks[at.position].state);
    });
  };
  if (task.history && broken_live(*task.history)) return task.name + ": an ended task-run is listed as live";
  for (const auto& [scope, history] : task.detail().histories)
    if (broken_live(*history)) return task.name + ": an ended task-run is listed as live";
  return {};
}

}  // namespace

std::string broken_invariant(const State& state) {
  std::size_t live_attempts = 0;
  for (const auto& [id, run] : state.runs) {
    if (std::string broken = broken_run(state, *run); !broken.empty()) return broken;
    for (const TaskRun& one : run->tasks)
      if (model::is_invoked(one.state) || one.need == Need::asked) ++live_attempts;
  }
  if (live_attempts != state.attempts.size()) return "an attempt is live that no run knows";
  for (std::uint32_t i = 0; i < state.tasks.size(); ++i)
    if (std::string broken = broken_task(state, i); !broken.empty()) return broken;
  for (const Instance& instance : state.instances) {
    const auto unstarted = std::count_if(instance.attempts.begin(), instance.attempts.end(), [&state](TaskRunRef at) {
      return task_run(state, at).state != model::TaskState::started;
    });
    if (unstarted != instance.unstarted) return instance.name + ": unstarted count is wrong";
  }
  return {};
}

}  // namespace cordyna::engine
