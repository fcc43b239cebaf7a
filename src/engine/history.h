#pragma once
// What is remembered of tasks per scope (env and projected params), and the questions planning asks of it: the last
// completion, new, fresh, up to date. semantics section 5.

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/state.h"

namespace cordyna::engine {

/// A run's env and params, as each of its tasks sees them. Remembers the scope of every schema it was asked for.
class Setting {
 public:
  Setting(const State& state, std::string env, model::Json params);
  const std::string& env() const { return env_; }
  const model::Json& params() const { return params_; }
  /// What the task's schema declares of the params.
  Scope scope(const model::TaskDeclaration* task) const;
  Scope scope(TaskIndex task) const;
  bool plain() const { return plain_; }  // production without params

 private:
  const State& state_;
  std::string env_;
  model::Json params_;
  bool plain_;
};

inline const std::string production = "production";

/// The scope's index, nullopt when nothing was ever kept in it.
std::optional<ScopeIndex> find_scope(const State& state, const Scope& scope);
ScopeIndex intern_scope(State& state, const Scope& scope);
const History* find_history(const State& state, TaskIndex task, ScopeIndex scope);
History& history(State& state, TaskIndex task, ScopeIndex scope);

/// The history whose completions an edge reads for this task: its own scope; where the task declares params the run
/// does not give, the best among those that agree on the others; production's where a non-production env has no
/// completion. Cost: O(1), or O(scopes of the task) when it declares params the run does not give.
const History* read_history(const State& state, TaskIndex task, const Setting& setting);
/// The task's own history in exactly the scope the run gives it, null when there is none.
const History* own_history(const State& state, TaskIndex task, const Setting& setting);

/// Live task-runs of the task in exactly that scope.
bool is_live(const State& state, TaskIndex task, const Setting& setting);

struct EdgeView {  // one declared upstream of a task
  TaskIndex upstream;
  const model::Upstream* declared = nullptr;
};
/// What the edge would take now: the last completion (the last end with require: finished), seq 0 when there is none.
struct Offer {
  model::Taken taken;
  base::Time at{};
};
Offer last_offer(const State& state, const EdgeView& edge, const Setting& setting);
/// The one with the greatest seq: what newness is about.
Offer newest_offer(const State& state, const EdgeView& edge, const Setting& setting);
/// Greatest seq of a completion (an end) that may start a later join.
Seq joining_seq(const State& state, const EdgeView& edge, const Setting& setting);

bool is_fresh(const Offer& offer, base::Duration within, base::Time now);

/// "Up to date (like make; once per task and plan, memoised)": semantics section 5.
class Freshness {
 public:
  Freshness(const State& state, const Setting& setting, base::Time now) : state_(state), setting_(setting), now_(now) {}
  bool up_to_date(TaskIndex task);
  /// Whether the edge is satisfied by what there is, without running its upstream.
  bool satisfied(const EdgeView& edge);

 private:
  enum class Verdict : std::uint8_t { no, yes, visiting };
  std::optional<bool> decided(TaskIndex task) const;
  bool answers_triggers(const Task& task, const Completion& last) const;
  /// Rule (b) for one edge of a task whose last completion took `took`; nullopt: the upstream must be judged first.
  std::optional<bool> edge_holds(const EdgeView& edge, const Completion& last) const;
  void judge(TaskIndex task, std::vector<TaskIndex>& stack);

  const State& state_;
  const Setting& setting_;
  base::Time now_;
  std::unordered_map<std::uint32_t, Verdict> verdicts_;  // looked up only
};

}  // namespace cordyna::engine
