// The whole answer to "why?": from the task asked about to the root cause, with who is responsible and when it is over.
#include <algorithm>

#include "engine/graph.h"
#include "engine/history.h"
#include "engine/planning.h"
#include "engine/sending.h"
#include "engine/task_runs.h"
#include "engine/why.h"

namespace cordyna::engine {

using model::TaskState;

namespace {

std::string ago(base::Time now, base::Time then) {
  return words(now - then) + " ago";
}

const Detail* detail_of(const Run& run, std::uint32_t position) {
  const auto found = run.details.find(position);
  return found == run.details.end() ? nullptr : &found->second;
}

std::string root_text(const State& state, const model::RootCause& root, RunId here) {
  std::string text = with_team(state, root.task);
  if (!root.code.empty()) text += " (" + root.code + ')';
  return root.run == here ? text : text + " in run " + root.run.text();
}

/// Of a live attempt whose instance is away: since when, and how long it has to come back; "" when it is there.
std::string away(const State& state, const TaskRun& one, base::Time now) {
  if (one.instance == model::no_instance) return {};
  const Instance& instance = state.instance(one.instance);
  if (instance.session.value != 0) return {};
  std::string text = "; the connection to that instance is lost since " + ago(now, instance.since);
  if (instance.claim == 0) return text;
  const base::Time until = state.now.wall + (state.deadlines.at(instance.claim).at - state.now.uptime);
  return text + "; unless it comes back within " + words(std::max(until - now, base::Duration(0))) +
         " the attempt ends as instance_lost";
}

/// What a task-run that is not pending does, or how it ended.
std::string happening(const State& state, const Run& run, std::uint32_t position, base::Time now) {
  const TaskRun& one = run.tasks[position];
  const Detail* detail = detail_of(run, position);
  const base::Duration usual = usual_duration(state, run, position);
  const std::string usually = usual > base::Duration(0) ? ", usually takes " + words(usual) : "";
  const Server& server = state.server(state.task(run.planned(position).task).server);
  const std::string on =
      one.instance == model::no_instance ? "" : " on " + server.name + '#' + state.instance(one.instance).name;
  const std::string gone = away(state, one, now);
  const std::string cancel = (one.cancel_requested ? "; it is being cancelled" : "") + gone;
  switch (one.state) {
    case TaskState::invoked:
      return one.instance == model::no_instance
                 ? "invoked " + ago(now, one.invoked_at) + ", no instance of server " + server.name + " is connected" +
                       cancel
                 : "invoked " + ago(now, one.invoked_at) + on + ", not acknowledged yet" + cancel;
    case TaskState::queued:
      return "queued " + ago(now, one.queued_at) + on + ", which is busy" + cancel;
    case TaskState::started:
      return (gone.empty() ? "running since " : "started ") + ago(now, one.started_at) + on + usually + cancel;
    case TaskState::completed:
      return "completed " + ago(now, one.ended_at);
    case TaskState::error:
      return "ended in error " + ago(now, one.ended_at) +
             (detail != nullptr && detail->failure ? ": " + detail->failure->code + ": " + detail->failure->message
                                                   : "");
    case TaskState::blocked:
      return "blocked by " + (detail == nullptr ? "an upstream" : root_text(state, detail->root, run.id));
    case TaskState::skipped:
      return one.skip == model::SkipReason::check ? "skipped: its work was already there"
             : one.skip == model::SkipReason::not_needed
                 ? "skipped: nobody in the run needs it"
                 : "skipped: nothing to do" +
                       (detail == nullptr || detail->skip_text.empty() ? std::string() : ": " + detail->skip_text);
    case TaskState::cancelled:
      return "cancelled " + ago(now, one.ended_at);
    case TaskState::pending:
      break;
  }
  return {};
}

std::string error_code(const Run& run, std::uint32_t position) {
  const TaskRun& one = run.tasks[position];
  const Detail* detail = detail_of(run, position);
  if (one.state == TaskState::error && detail != nullptr && detail->failure) return detail->failure->code;
  if (one.state == TaskState::error || one.state == TaskState::blocked)
    return detail == nullptr ? std::string() : detail->root.code;
  if (one.state == TaskState::skipped) return std::string(model::word(one.skip));
  return {};
}

WhyLink link_of(const State& state, const Run& run, std::uint32_t position, base::Time now) {
  const TaskIndex task = run.planned(position).task;
  WhyLink link{state.task(task).name,
               std::string(model::word(run.tasks[position].state)),
               "",
               team_of(state, task),
               "",
               expected_end(state, run, position, now)};
  if (run.tasks[position].state == TaskState::pending) {
    Why why = why_pending(state, run, position, now);
    link.code = std::move(why.code);
    link.message = std::move(why.message);
  } else {
    link.code = error_code(run, position);
    link.message = happening(state, run, position, now);
  }
  return link;
}

/// Whom a pending task-run waits for most: what is furthest under way, or who has what it lacks.
std::optional<TaskRunRef> next_hop(const State& state, const Run& run, std::uint32_t position, base::Time now) {
  const TaskRun& one = run.tasks[position];
  if (one.state != TaskState::pending) return std::nullopt;
  if (one.view) return state.run(one.shared_from.run) == nullptr ? std::nullopt : std::optional(one.shared_from);
  std::optional<std::uint32_t> best;
  for (const model::PlannedEdge& edge : run.edges_of(position)) {
    if (edge.how == model::How::awaited) {
      const History* past = find_history(state, edge.task, run.scope[position]);
      if (past != nullptr && !past->live.empty()) return past->live.front();
    }
    if (edge.how != model::How::in_run || model::is_final(run.tasks[edge.upstream].state)) continue;
    if (!best || run.tasks[edge.upstream].state > run.tasks[*best].state) best = edge.upstream;
  }
  if (best) return TaskRunRef{run.id, *best};
  const auto lack = shortage(state, run, position, now);
  return lack && !lack->holders.empty() ? std::optional(lack->holders.front()) : std::nullopt;
}

void add_times(const State& state, const std::vector<TaskRunRef>& places, std::vector<WhyLink>& chain) {
  for (std::size_t i = places.size(); i-- > 1;) {
    const base::Duration usual = usual_duration(state, *state.run(places[i - 1].run), places[i - 1].position);
    if (chain[i].expected_at && !chain[i - 1].expected_at && usual > base::Duration(0))
      chain[i - 1].expected_at = *chain[i].expected_at + usual;
  }
}

}  // namespace

WhyLink root_link(const State& state, const model::RootCause& root, const RunRecord* record) {
  WhyLink link{state.task(root.task).name,  "error", root.code, team_of(state, root.task),
               "in run " + root.run.text(), {}};
  const Run* run = state.run(root.run);
  if (run == nullptr && record != nullptr && record->head.run == root.run) {
    for (std::size_t i = 0; i < record->tasks.size(); ++i)
      if (record->head.plan->tasks[i].task == root.task && record->tasks[i].failure)
        link.message = record->tasks[i].failure->code + ": " + record->tasks[i].failure->message;
    return link;
  }
  if (run == nullptr) return link;
  for (const auto& [position, detail] : run->details)
    if (run->planned(position).task == root.task && detail.failure)
      link.message = detail.failure->code + ": " + detail.failure->message;
  return link;
}

Explanation explain(const State& state, const Run& run, std::uint32_t position, base::Time now) {
  Explanation all;
  std::vector<TaskRunRef> places;
  std::optional<TaskRunRef> at = TaskRunRef{run.id, position};
  while (at && all.chain.size() < chain_links_max) {
    const Run& where = *state.run(at->run);
    places.push_back(*at);
    all.chain.push_back(link_of(state, where, at->position, now));
    const Detail* detail = detail_of(where, at->position);
    if (where.tasks[at->position].state == TaskState::blocked && detail != nullptr)
      all.chain.push_back(root_link(state, detail->root, nullptr));
    at = next_hop(state, where, at->position, now);
  }
  add_times(state, places, all.chain);
  all.task = all.chain.front().task;
  all.state = all.chain.front().state;
  all.message = all.chain.front().message;
  return all;
}

namespace {

std::optional<TaskRunRef> oldest_live(const Task& task) {
  if (task.history && !task.history->live.empty()) return task.history->live.front();
  for (const auto& [scope, history] : task.detail().histories)
    if (!history->live.empty()) return history->live.front();
  return std::nullopt;
}

/// The last end in any scope; O(scopes of the task).
const History::LastRun* last_end(const Task& task) {
  const History::LastRun* last = nullptr;
  const auto consider = [&last](const History* history) {
    if (history == nullptr || !history->last_run || history->last_run->ended == 0) return;
    if (last == nullptr || history->last_run->ended > last->ended) last = &*history->last_run;
  };
  consider(task.history.get());
  for (const auto& [scope, history] : task.detail().histories) consider(history.get());
  return last;
}

struct NotRunning {
  const State& state;
  TaskIndex index;
  const RunRecord* root;
  base::Time now;
  Explanation all{};
  std::string code{};

  const Task& task() const { return state.task(index); }

  void say(const std::string& sentence) {
    if (sentence.empty()) return;
    all.message += (all.message.empty() ? "" : "; ") + sentence;
  }
  void say(const char* reason, const std::string& sentence) {
    if (code.empty()) code = reason;
    say(sentence);
  }

  void server() {
    const Server& server = state.server(task().server);
    if (server.state == model::ServerState::ready) return;
    const std::string who = "its server " + server.name + (server.team.empty() ? "" : " of team " + server.team);
    if (server.state == model::ServerState::unknown) return say("no_server", who + " was never seen");
    const std::string word(model::word(server.state));
    say("no_server",
        who + " is " + word + " since " + base::format_time(server.state_since) + ", " + ago(now, server.state_since));
  }

  void next_tick() {
    std::optional<base::Time> next;
    for (const Timer& timer : task().detail().timers)
      if (timer.next && (!next || *timer.next < *next)) next = timer.next;
    if (next) say("tick", "its next tick is at " + base::format_time(*next) + ", in " + words(*next - now));
  }

  void events() {
    std::string types;
    for (const model::Trigger& trigger : task().declaration().when)
      if (const auto* event = std::get_if<model::EventTrigger>(&trigger))
        types += (types.empty() ? "" : ", ") + event->type;
    if (!types.empty()) say("event", "waits for an event of type " + types);
  }

  void upstreams() {
    if (!has_upstream_trigger(task().declaration())) return;
    const Setting setting(state, production, model::Json::object());
    std::string names;
    std::size_t count = 0;
    for (std::size_t i = 0; i < task().upstream.size(); ++i) {
      const EdgeView edge{task().upstream[i], &task().declaration().upstream[i]};
      if (is_new(state, index, edge, setting)) continue;
      const auto& within = edge.declared->within;
      if (within && is_fresh(last_offer(state, edge, setting), *within, now)) continue;
      if (++count <= 3) names += (names.empty() ? "" : ", ") + with_team(state, edge.upstream);
      if (count <= waits_told_max) add_link(edge.upstream);
    }
    if (count == 0)
      return say("upstream", "all its upstreams have completed; it starts with the next completion of one");
    say("upstream",
        "waits for new completions of " + names + (count > 3 ? " and " + std::to_string(count - 3) + " more" : ""));
  }

  void add_link(TaskIndex upstream) {
    const Task& other = state.task(upstream);
    if (const auto live = oldest_live(other)) {
      all.chain.push_back(link_of(state, *state.run(live->run), live->position, now));
      return;
    }
    WhyLink link{other.name, "undeclared", "unknown_task", team_of(state, upstream), "no task-server declares it", {}};
    if (other.declared()) {
      const History::LastRun* last = last_end(other);
      link.state = last == nullptr ? "" : std::string(model::word(last->state));
      link.code = last == nullptr ? "" : last->root.code;
      link.message =
          last == nullptr ? "has never run" : std::string(model::word(last->state)) + ' ' + ago(now, last->ended_at);
      if (other.detail().paused)
        link.message =
            "paused by " + other.detail().paused->by + " since " + base::format_time(other.detail().paused->at);
    }
    all.chain.push_back(std::move(link));
  }

  void last_run() {
    const History::LastRun* last = last_end(task());
    if (last == nullptr) return say("it has never run");
    const std::string word(model::word(last->state));
    std::string text = "its last task-run ended " + word + ' ' + ago(now, last->ended_at);
    const bool caused =
        (last->state == TaskState::error || last->state == TaskState::blocked) && !last->root.run.none();
    if (last->state == TaskState::blocked && caused)
      text += ", because of " + root_text(state, last->root, last->at.run);
    else if (caused)
      text += " (" + last->root.code + ")";
    say(text);
    if (caused) all.chain.push_back(root_link(state, last->root, root));
  }
};

Explanation unresolved(const State& state, TaskIndex index) {
  const Task& task = state.task(index);
  std::string message = "no task-server declares it";
  if (!task.downstream.empty())
    message += "; " + with_team(state, task.downstream.front()) + " needs it" +
               (task.downstream.size() > 1 ? ", and " + std::to_string(task.downstream.size() - 1) + " more" : "");
  return {task.name,
          "undeclared",
          message,
          {{task.name, "undeclared", "unknown_task", team_of(state, index), message, {}}}};
}

}  // namespace

Explanation explain(const State& state, TaskIndex index, const RunRecord* root, base::Time now) {
  const Task& task = state.task(index);
  if (const auto live = oldest_live(task)) return explain(state, *state.run(live->run), live->position, now);
  if (!task.declared()) return unresolved(state, index);
  NotRunning why{state, index, root, now};
  why.all.task = task.name;
  const History::LastRun* last = last_end(task);
  why.all.state = last == nullptr ? "never_run" : std::string(model::word(last->state));
  why.all.chain.push_back({task.name, why.all.state, "", team_of(state, index), "", {}});
  if (task.detail().paused)
    why.say("paused", "paused by " + task.detail().paused->by + " since " +
                          base::format_time(task.detail().paused->at) +
                          (task.detail().paused->reason.empty() ? "" : ": " + task.detail().paused->reason));
  why.server();
  why.next_tick();
  why.events();
  why.upstreams();
  if (why.code.empty()) why.say("manual", "it runs on demand");
  why.last_run();
  why.all.message = "not running: " + why.all.message;
  why.all.chain.front().code = why.code;
  why.all.chain.front().message = why.all.message;
  return why.all;
}

RunId root_cause(const State& state, TaskIndex task) {
  const History::LastRun* last = last_end(state.task(task));
  return last == nullptr || state.run(last->root.run) != nullptr ? RunId{} : last->root.run;
}

}  // namespace cordyna::engine
