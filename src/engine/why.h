#pragma once
// "Why is it (not) running?": the reason of a pending task-run, what happened to an ended one, and why a task is in no
// run, each as a code for programs and a sentence for people, with owners and expected times. Rendered when somebody
// asks; nothing of it is kept. Costs follow the edges that are looked at, never the size of the graph.

#include <optional>
#include <string>
#include <vector>

#include "engine/run_record.h"
#include "engine/state.h"

namespace cordyna::engine {

/// Somebody else's work that must come first.
struct AwaitedTask {
  std::string task, state, team;  // state as everybody writes it, or "undeclared"
  std::optional<base::Time> expected_at;
};

struct Why {
  std::string code;  // upstream, checking, retry, no_free_slot, concurrency, limit, no_server, paused, shared, ...
  std::string message;
  std::vector<AwaitedTask> waits_for;  // at most waits_told_max
};
inline constexpr std::size_t waits_told_max = 20;

/// What a ready task-run waits for although its turn has come: others have it.
struct Shortage {
  enum class Kind : std::uint8_t { concurrency, limit, slot };
  Kind kind = Kind::concurrency;
  std::string limit;                // its name
  std::vector<TaskRunRef> holders;  // who has it, those that end first before the others; at most waits_told_max
  std::size_t count = 0;            // of all holders
};
/// nullopt when it lacks nothing that others have. Cost: what is live of the task, the limit or the server.
std::optional<Shortage> shortage(const State& state, const Run& run, std::uint32_t position, base::Time now);

/// Why a task-run that is pending is not invoked.
Why why_pending(const State& state, const Run& run, std::uint32_t position, base::Time now);

/// When a task-run that is not final is likely to be over; nullopt when nobody can say.
std::optional<base::Time> expected_end(const State& state, const Run& run, std::uint32_t position, base::Time now);

/// How long the task took the last time it completed; 0 when nobody knows.
base::Duration usual_duration(const State& state, const Run& run, std::uint32_t position);

struct WhyLink {
  std::string task, state, code, team, message;
  std::optional<base::Time> expected_at;
};
/// The whole answer: `chain` leads from the task itself to the root cause.
struct Explanation {
  std::string task, state, message;
  std::vector<WhyLink> chain;
};
inline constexpr std::size_t chain_links_max = 100;

/// Of a task-run of a live run, through other runs where it shares their work.
Explanation explain(const State& state, const Run& run, std::uint32_t position, base::Time now);
/// Of a task that nobody asked about in a certain run: its oldest live task-run, else why there is none. `root` is the
/// record of the run root_cause() names, null when it is not at hand.
Explanation explain(const State& state, TaskIndex task, const RunRecord* root, base::Time now);
RunId root_cause(const State& state, TaskIndex task);
/// Of a task in an ended run; nullopt when the run has no such task.
std::optional<Explanation> explain(const State& state, const RunRecord& record, const RunRecord* root,
                                   const std::string& task, base::Time now);
/// The run in which a task of an ended run found its root cause, none when there is none.
RunId root_cause(const State& state, const RunRecord& record, const std::string& task);

/// The end of a chain; its sentence comes from the run of the root cause, live or as `record` tells it.
WhyLink root_link(const State& state, const model::RootCause& root, const RunRecord* record);

/// "41 s", "3 min 20 s", "2 h", "4 d 3 h": the two largest units.
std::string words(base::Duration duration);
/// "server-a/extract of team shop".
std::string with_team(const State& state, TaskIndex task);
const std::string& team_of(const State& state, TaskIndex task);

}  // namespace cordyna::engine
