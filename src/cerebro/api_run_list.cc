// GET /runs: the newest first, by run id, which sorts by time. Live and recently ended runs are in the state; older
// ones, and which ended runs had a certain task, are found in the log by a reader.
#include <algorithm>
#include <limits>
#include <set>

#include "base/limits.h"
#include "cerebro/api_routes.h"
#include "cerebro/history.h"
#include "cerebro/log_keys.h"
#include "cerebro/run_document.h"

namespace cordyna::cerebro {

namespace limits = base::limits;
using base::RunId;
using engine::State;
using model::Json;

namespace {

struct Wanted {
  std::optional<model::RunState> state;
  std::string task;
  std::optional<model::TaskIndex> task_index;
  std::optional<RunId> below;  // the cursor
  std::size_t limit = limits::page_default;

  bool fits(RunId run) const { return !below || run < *below; }
  bool fits(model::RunState other) const { return !state || *state == other; }
};

/// A run that the log told of; without record it is one that the state knows.
struct Candidate {
  RunId run;
  std::shared_ptr<const engine::RunRecord> record;
};

bool has_task(const engine::Run& run, model::TaskIndex task) {
  const auto& tasks = run.head.plan->tasks;
  return std::any_of(tasks.begin(), tasks.end(), [task](const auto& planned) { return planned.task == task; });
}

void keep_newest(std::vector<RunHead>& heads, std::size_t count) {
  std::sort(heads.begin(), heads.end(), [](const RunHead& a, const RunHead& b) { return b.run < a.run; });
  if (heads.size() > count) heads.resize(count);
}

/// Runs of the state that fit, newest first, one more than asked for. Ended ones only when no task is asked for: the
/// state does not remember which tasks they had.
std::vector<RunHead> heads_in(const State& state, const Wanted& wanted) {
  std::vector<RunHead> heads;
  for (auto live = state.runs.rbegin(); live != state.runs.rend() && heads.size() <= wanted.limit; ++live)
    if (wanted.fits(live->first) && wanted.fits(live->second->state) &&
        (!wanted.task_index || has_task(*live->second, *wanted.task_index)))
      heads.push_back(head_of(state, *live->second));
  if (wanted.task_index) return heads;
  std::vector<const engine::RecentRun*> ended;
  for (const engine::RecentRun& one : state.recent)
    if (wanted.fits(one.id) && wanted.fits(one.state)) ended.push_back(&one);
  const std::size_t most = std::min(ended.size(), wanted.limit + 1);
  std::partial_sort(ended.begin(), ended.begin() + static_cast<std::ptrdiff_t>(most), ended.end(),
                    [](const auto* a, const auto* b) { return b->id < a->id; });
  for (std::size_t i = 0; i < most; ++i) heads.push_back(head_of(state, *ended[i]));
  keep_newest(heads, wanted.limit + 1);
  return heads;
}

/// Runs created later than this are all in the state; nullopt: all are.
std::optional<base::Time> memory_begins(const State& state) {
  if (state.recent.size() < limits::recent_runs_max) return std::nullopt;
  return state.recent.front().ended_at;
}

base::HttpResponse page(std::vector<RunHead> heads, const Wanted& wanted) {
  Json next;
  if (heads.size() > wanted.limit) {
    heads.resize(wanted.limit);
    next = heads.back().run.text();
  }
  Json list = Json::array();
  for (const RunHead& head : heads) list.push_back(run_document(head));
  return json_response(200, {{"runs", std::move(list)}, {"next", std::move(next)}});
}

/// Finds candidates in the log, from its end backwards.
class LogSearch {
 public:
  LogSearch(log::EventLog& log, const Wanted& wanted, const std::map<RunId, model::RunState>& known)
      : log_(log), wanted_(wanted), known_(known) {}

  std::vector<Candidate> run() {
    const bool by_task = wanted_.task_index.has_value();
    const log::Key key =
        by_task ? log::Key{log::KeyKind::task, wanted_.task} : log::Key{log::KeyKind::created, created_key};
    // A run's events come after its creation: only the search by creation may begin at the cursor.
    base::Seq before = std::numeric_limits<std::int64_t>::max();
    if (!by_task && wanted_.below) before = wanted_.below->seq();
    while (true) {
      const auto found = log_.find_backward(key, before, batches_a_read);
      if (!found.ok()) break;
      for (const auto& batch : found->batches) look_at(batch);
      if (!found->next || found->batches.empty()) break;
      before = found->batches.back().first_seq;
      // Every run created at or after `before` has been seen by now.
      if (chosen(before) > wanted_.limit) break;
    }
    fold(0);
    return std::move(candidates_);
  }

 private:
  static constexpr std::size_t batches_a_read = 64;

  void look_at(const log::StoredBatch& batch) {
    const auto events = events_of(batch);
    if (!events.ok()) return;
    for (const LoggedEvent& one : *events) std::visit([this](const auto& body) { note(body); }, one.event.body);
  }
  void note(const model::RunCreated& body) {
    const auto& tasks = body.plan->tasks;
    const auto is_it = [this](const model::PlannedTask& planned) { return planned.task == *wanted_.task_index; };
    if (wanted_.task_index && std::none_of(tasks.begin(), tasks.end(), is_it)) return;
    note(body.run);
  }
  template <class Body>
  void note(const Body& body) {
    if constexpr (requires { body.at.run; }) {
      if constexpr (requires {
                      { body.task } -> std::convertible_to<model::TaskIndex>;
                    })
        if (wanted_.task_index && body.task == *wanted_.task_index) note(body.at.run);
    }
  }
  void note(RunId run) {
    if (!run.none() && wanted_.fits(run) && seen_.insert(run).second) open_.insert(run);
  }

  /// How many fit among those created at or after `seq`.
  std::size_t chosen(base::Seq seq) {
    fold(seq);
    return candidates_.size();
  }
  void fold(base::Seq seq) {
    while (!open_.empty() && open_.rbegin()->seq() >= seq && candidates_.size() <= wanted_.limit) {
      const RunId run = *open_.rbegin();
      open_.erase(std::prev(open_.end()));
      if (const auto known = known_.find(run); known != known_.end()) {
        if (wanted_.fits(known->second)) candidates_.push_back({run, nullptr});
        continue;
      }
      const auto record = read_run(log_, run);
      if (record.ok() && *record != nullptr && wanted_.fits((*record)->state)) candidates_.push_back({run, *record});
    }
  }

  log::EventLog& log_;
  const Wanted& wanted_;
  const std::map<RunId, model::RunState>& known_;
  std::set<RunId> seen_, open_;  // open: not folded yet
  std::vector<Candidate> candidates_;
};

/// What the log told and what the state knows, together.
base::HttpResponse merged_page(const State& state, const Wanted& wanted, const std::vector<Candidate>& candidates) {
  std::vector<RunHead> heads = heads_in(state, wanted);
  std::set<RunId> listed;
  for (const RunHead& head : heads) listed.insert(head.run);
  std::map<RunId, const engine::RecentRun*> recent;
  for (const engine::RecentRun& one : state.recent) recent[one.id] = &one;
  for (const Candidate& candidate : candidates) {
    if (listed.contains(candidate.run)) continue;
    const auto ended = recent.find(candidate.run);
    if (const engine::Run* live = state.run(candidate.run)) {
      if (wanted.fits(live->state)) heads.push_back(head_of(state, *live));
    } else if (ended != recent.end()) {
      if (wanted.fits(ended->second->state)) heads.push_back(head_of(state, *ended->second));
    } else if (candidate.record != nullptr) {
      heads.push_back(head_of(state, *candidate.record));
    }
  }
  keep_newest(heads, wanted.limit + 1);
  return page(std::move(heads), wanted);
}

void search_log(const Caller& caller, const State& state, Wanted wanted) {
  std::map<RunId, model::RunState> known;
  for (const auto& [run, live] : state.runs) known[run] = live->state;
  for (const engine::RecentRun& one : state.recent) known[one.id] = one.state;
  caller.host->search(caller.connection, [wanted, known = std::move(known)](log::EventLog& log) -> ApiHost::Read {
    auto candidates = LogSearch(log, wanted, known).run();
    return
        [wanted, candidates = std::move(candidates)](const State& now) { return merged_page(now, wanted, candidates); };
  });
}

std::variant<Wanted, Problem> wanted_of(const Call& call) {
  Wanted wanted;
  const auto limit = page_limit(call);
  if (const auto* problem = std::get_if<Problem>(&limit)) return *problem;
  wanted.limit = std::get<std::uint64_t>(limit);
  wanted.task = call.text("task");
  if (const std::string state = call.text("state"); !state.empty()) {
    using model::RunState;
    for (const RunState one : {RunState::running, RunState::completed, RunState::failed, RunState::cancelled})
      if (model::word(one) == state) wanted.state = one;
    if (!wanted.state)
      return Problem{422,
                     "invalid",
                     "no run is ever in such a state",
                     {{"state",
                       "unknown_word",
                       "\"" + state + "\" is no state of a run",
                       "write running, completed, failed or cancelled",
                       {},
                       0,
                       0}}};
  }
  if (const std::string cursor = call.text("cursor"); !cursor.empty()) {
    wanted.below = RunId::parse(cursor);
    if (!wanted.below) return Problem{400, "bad_query", "the cursor is not one that a list gave; begin without it", {}};
  }
  return wanted;
}

}  // namespace

void serve_run_list(Call& call) {
  auto read = wanted_of(call);
  if (const auto* problem = std::get_if<Problem>(&read)) return call.caller.refuse(*problem);
  call.caller.look([caller = call.caller, wanted = std::get<Wanted>(read)](const State& state) mutable {
    if (!wanted.task.empty()) {
      wanted.task_index = state.find_task(wanted.task);
      if (!wanted.task_index)
        return caller.refuse({404, "unknown_task", "there is no task " + wanted.task + "; see: dyna tasks", {}});
    }
    std::vector<RunHead> heads = heads_in(state, wanted);
    const auto begins = memory_begins(state);
    const bool full = heads.size() > wanted.limit && (!begins || heads.back().created_at > *begins);
    const bool only_live = wanted.state == model::RunState::running;
    if (only_live || full || (!begins && !wanted.task_index))
      return caller.host->read(caller.connection,
                               [wanted, heads = std::move(heads)](const State&) { return page(heads, wanted); });
    search_log(caller, state, wanted);
  });
}

}  // namespace cordyna::cerebro
