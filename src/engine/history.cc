#include "engine/history.h"

#include <algorithm>

#include "base/mutant.h"
#include "engine/graph.h"

namespace cordyna::engine {

Setting::Setting(const State& state, std::string env, model::Json params)
    : state_(state), env_(std::move(env)), params_(std::move(params)), plain_(env_ == production && params_.empty()) {}

Scope Setting::scope(const model::TaskDeclaration* task) const {
  if (task == nullptr || task->params.is_null()) return {env_, "{}"};
  if (base::mutant("params_mixed_up")) return {env_, "{}"};
  return {env_, model::projected_params(params_, task->params).dump()};
}

Scope Setting::scope(TaskIndex task) const {
  const Task& known = state_.task(task);
  return scope(known.declared() ? &known.declaration() : nullptr);
}

std::optional<ScopeIndex> find_scope(const State& state, const Scope& scope) {
  const auto found = state.scope_by_value.find(scope);
  return found == state.scope_by_value.end() ? std::nullopt : std::optional(found->second);
}

ScopeIndex intern_scope(State& state, const Scope& scope) {
  const ScopeIndex next{static_cast<std::uint32_t>(state.scopes.size())};
  const auto [found, added] = state.scope_by_value.try_emplace(scope, next);
  if (added) state.scopes.push_back(scope);
  return found->second;
}

const History* find_history(const State& state, TaskIndex task, ScopeIndex scope) {
  const Task& known = state.task(task);
  if (scope.value == 0) return known.history.get();
  const auto found = known.detail().histories.find(scope);
  return found == known.detail().histories.end() ? nullptr : found->second.get();
}

History& history(State& state, TaskIndex task, ScopeIndex scope) {
  Task& known = state.task(task);
  std::unique_ptr<History>& place = scope.value == 0 ? known.history : known.detail_to_change().histories[scope];
  if (!place) place = std::make_unique<History>();
  return *place;
}

const History* own_history(const State& state, TaskIndex task, const Setting& setting) {
  const Task& known = state.task(task);
  if (setting.plain() && (!known.declared() || known.declaration().params.is_null())) return known.history.get();
  const auto scope = find_scope(state, setting.scope(task));
  return scope ? find_history(state, task, *scope) : nullptr;
}

namespace {

bool has_completion(const History* history) {
  return history != nullptr && history->last.has_value();
}

/// Completions first, by what they stand for; where there is none, the newest end, for who asks for no more than that.
bool tells_more(const History& one, const History* best) {
  if (best == nullptr) return true;
  if (has_completion(&one) != has_completion(best)) return has_completion(&one);
  if (has_completion(best)) return best->last->reach.before(one.last->reach);
  return one.finished.seq > best->finished.seq;
}

/// The best history of the task in `env` whose params agree with what the run gives it.
const History* agreeing_history(const State& state, TaskIndex task, const std::string& env, const Setting& setting) {
  const Task& known = state.task(task);
  if (!known.declared() || known.declaration().params.is_null()) {
    const auto scope = find_scope(state, {env, "{}"});
    return scope ? find_history(state, task, *scope) : nullptr;
  }
  const model::Json given = model::projected_params(setting.params(), known.declaration().params);
  const auto declared = model::declared_params(known.declaration().params);
  if (given.size() == declared.size()) {
    const auto scope = find_scope(state, {env, given.dump()});
    return scope ? find_history(state, task, *scope) : nullptr;
  }
  const History* best = nullptr;
  const auto consider = [&](ScopeIndex scope, const History* history) {
    if (history == nullptr || state.scopes[scope.value].env != env) return;
    const model::Json had = model::Json::parse(state.scopes[scope.value].params);
    for (const auto& [name, value] : given.items())
      if (!had.contains(name) || had[name] != value) return;
    if (tells_more(*history, best)) best = history;
  };
  consider(ScopeIndex{0}, known.history.get());
  for (const auto& [scope, history] : known.detail().histories) consider(scope, history.get());
  return best;
}

}  // namespace

const History* read_history(const State& state, TaskIndex task, const Setting& setting) {
  const History* own = setting.plain() && state.task(task).declared() && state.task(task).declaration().params.is_null()
                           ? state.task(task).history.get()
                           : agreeing_history(state, task, setting.env(), setting);
  if (has_completion(own) || setting.env() == production) return own;
  const History* of_production = agreeing_history(state, task, production, setting);
  if (of_production == nullptr) return own;
  const bool nothing_of_its_own = own == nullptr || own->finished.seq == 0;
  return has_completion(of_production) || nothing_of_its_own ? of_production : own;
}

bool is_live(const State& state, TaskIndex task, const Setting& setting) {
  const History* own = own_history(state, task, setting);
  return own != nullptr && !own->live.empty();
}

Offer last_offer(const State& state, const EdgeView& edge, const Setting& setting) {
  const History* history = read_history(state, edge.upstream, setting);
  if (history == nullptr) return {};
  if (edge.declared->require == model::Require::finished) return {history->finished, history->finished_at};
  return history->last ? Offer{history->last->taken, history->last->at} : Offer{};
}

Offer newest_offer(const State& state, const EdgeView& edge, const Setting& setting) {
  const History* history = read_history(state, edge.upstream, setting);
  if (history == nullptr) return {};
  if (edge.declared->require == model::Require::finished) return {history->finished, history->finished_at};
  const Completion* newest = history->newest_completion();
  return newest == nullptr ? Offer{} : Offer{newest->taken, newest->at};
}

Seq joining_seq(const State& state, const EdgeView& edge, const Setting& setting) {
  const History* history = read_history(state, edge.upstream, setting);
  if (history == nullptr) return 0;
  return edge.declared->require == model::Require::finished ? history->finished_joining_seq : history->joining_seq;
}

bool is_fresh(const Offer& offer, base::Duration within, base::Time now) {
  return offer.taken.seq != 0 && (now - offer.at <= within || base::mutant("window_never_ends"));
}

bool Freshness::satisfied(const EdgeView& edge) {
  if (edge.declared->within) {
    const Offer offer = last_offer(state_, edge, setting_);
    return is_fresh(offer, *edge.declared->within, now_);
  }
  return up_to_date(edge.upstream);
}

bool Freshness::answers_triggers(const Task& task, const Completion& last) const {
  const Reach& reach = last.reach;
  if (task.detail().newest_due && reach.until < *task.detail().newest_due) return false;
  if (task.detail().newest_event == 0) return true;
  return reach.instant ? task.detail().newest_event_at <= reach.until : task.detail().newest_event <= reach.event;
}

std::optional<bool> Freshness::decided(TaskIndex index) const {
  const auto found = verdicts_.find(index.value);
  if (found == verdicts_.end() || found->second == Verdict::visiting) return std::nullopt;
  return found->second == Verdict::yes;
}

std::optional<bool> Freshness::edge_holds(const EdgeView& edge, const Completion& last) const {
  const History* history = read_history(state_, edge.upstream, setting_);
  if (history == nullptr || !history->last) return false;
  const auto took = std::find_if(last.upstream.begin(), last.upstream.end(),
                                 [&edge](const Completion::Upstream& one) { return one.task == edge.upstream; });
  const bool newer = took == last.upstream.end() || history->last->taken.seq > took->seq;
  if (edge.declared->within) {
    if (!is_fresh({history->last->taken, history->last->at}, *edge.declared->within, now_)) return false;
    return !newer || (took != last.upstream.end() && now_ - took->at <= *edge.declared->within);
  }
  if (newer && !base::mutant("stale_input_is_up_to_date")) return false;
  return decided(edge.upstream);
}

/// Decides one task, or pushes what must be decided first. No recursion: chains are as long as companies make them.
void Freshness::judge(TaskIndex index, std::vector<TaskIndex>& stack) {
  const auto decide = [&](bool yes) {
    verdicts_[index.value] = yes ? Verdict::yes : Verdict::no;
    stack.pop_back();
  };
  const Task& task = state_.task(index);
  const History* history = read_history(state_, index, setting_);
  if (!task.declared() || history == nullptr || !history->last || is_live(state_, index, setting_))
    return decide(false);
  const auto& last_run = history->last_run;
  if (!base::mutant("failure_counts_as_fresh") && last_run && last_run->state != model::TaskState::completed &&
      last_run->state != model::TaskState::skipped)
    return decide(false);
  if (has_own_trigger(task.declaration())) return decide(answers_triggers(task, *history->last));
  if (task.upstream.empty()) return decide(false);
  verdicts_[index.value] = Verdict::visiting;
  bool waits = false;
  for (std::size_t i = 0; i < task.upstream.size(); ++i) {
    const EdgeView edge{task.upstream[i], &task.declaration().upstream[i]};
    const auto holds = edge_holds(edge, *history->last);
    if (holds && !*holds) return decide(false);
    if (holds) continue;
    stack.push_back(edge.upstream);
    waits = true;
  }
  if (!waits) decide(true);
}

bool Freshness::up_to_date(TaskIndex index) {
  if (const auto known = decided(index)) return *known;
  std::vector<TaskIndex> stack{index};
  while (!stack.empty()) {
    const TaskIndex top = stack.back();
    if (decided(top))
      stack.pop_back();
    else
      judge(top, stack);
  }
  return *decided(index);
}

}  // namespace cordyna::engine
