// What the past means for one who asks now: which completion is the last, what is new, fresh, up to date. Section 5 of
// the semantics.

#include "model/declaration.h"
#include "naive/model.h"

namespace cordyna::naive {

namespace {

bool agrees(const model::Json& given, const model::Json& had) {
  for (const auto& [name, value] : given.items())
    if (!had.contains(name) || had[name] != value) return false;
  return true;
}

bool has_own_trigger(const model::TaskDeclaration& task) {
  for (const model::Trigger& trigger : task.when)
    if (!std::holds_alternative<model::UpstreamTrigger>(trigger) &&
        !std::holds_alternative<model::ManualTrigger>(trigger))
      return true;
  return false;
}

}  // namespace

Scope Model::scope_of(const std::string& name, const Setting& setting) const {
  const auto found = tasks_.find(name);
  if (found == tasks_.end() || !found->second.declared || found->second.declared->params.is_null())
    return {setting.env, "{}"};
  return {setting.env, model::projected_params(setting.params, found->second.declared->params).dump()};
}

const Past* Model::own(const std::string& name, const Setting& setting) const {
  const auto found = tasks_.find(name);
  if (found == tasks_.end()) return nullptr;
  const auto past = found->second.pasts.find(scope_of(name, setting));
  return past == found->second.pasts.end() ? nullptr : &past->second;
}

/// Of those that agree on the params that both declare, the one whose completion reaches furthest.
const Past* Model::agreeing(const std::string& name, const std::string& env, Look& look) const {
  const auto found = tasks_.find(name);
  if (found == tasks_.end()) return nullptr;
  const Task& task = found->second;
  if (!task.declared || task.declared->params.is_null()) return own(name, {env, look.setting.params});
  const model::Json given = model::projected_params(look.setting.params, task.declared->params);
  const Past* best = nullptr;
  std::size_t several = 0;
  for (const auto& [scope, past] : task.pasts) {
    if (scope.first != env || !agrees(given, past.params)) continue;
    several += past.newest != 0 || past.last_run != 0;
    const bool further = best != nullptr && best->last != 0 && past.last != 0 &&
                         past.ends.at(past.last).reaches_as_far_as(best->ends.at(best->last));
    const auto newest_end = [](const Past& one) { return one.ends.empty() ? 0 : one.ends.rbegin()->first; };
    const bool tells_more =
        best != nullptr && best->last == 0 && (past.last != 0 || newest_end(past) > newest_end(*best));
    if (best == nullptr || tells_more || further) best = &past;
  }
  if (several > 1) look.doubtful.insert(name);  // whether they are read as one is not said
  return best;
}

const Past* Model::past_read(const std::string& name, Look& look) const {
  const Past* here = agreeing(name, look.setting.env, look);
  if ((here != nullptr && here->last != 0) || look.setting.env == "production") return here;
  const Past* production = agreeing(name, "production", look);
  if (here != nullptr && !here->ends.empty()) look.doubtful.insert(name);  // it has failed here: which is the last end?
  if (production == nullptr) return here;
  // Where an end is all that is asked, an end in production is what an env without one reads.
  const bool nothing_here = here == nullptr || here->ends.empty();
  return production->last != 0 || nothing_here ? production : here;
}

bool Model::is_live(const std::string& name, const Setting& setting) const {
  const Past* past = own(name, setting);
  return past != nullptr && !past->live.empty();
}

const End* Model::last_completion(const std::string& name, Look& look) const {
  const Past* past = past_read(name, look);
  return past == nullptr || past->last == 0 ? nullptr : &past->ends.at(past->last);
}

const End* Model::newest(const std::string& name, bool finished, Look& look) const {
  const Past* past = past_read(name, look);
  if (past == nullptr) return nullptr;
  if (finished) return past->ends.empty() ? nullptr : &past->ends.rbegin()->second;
  return past->newest == 0 ? nullptr : &past->ends.at(past->newest);
}

bool Model::answers_triggers(const Task& task, const End& end) const {
  if (task.newest_due && end.until < *task.newest_due) return false;
  if (task.newest_event == 0) return true;
  return end.instant ? task.newest_event_at <= end.until : task.newest_event <= end.event;
}

bool Model::judged_up_to_date(const std::string& name, Look& look) const {
  const auto found = tasks_.find(name);
  if (found == tasks_.end() || !found->second.declared || is_live(name, look.setting)) return false;
  const Task& task = found->second;
  const Past* past = past_read(name, look);
  if (past != nullptr && past->adopted) look.doubtful.insert(name);  // which was last is a matter of reading
  if (past == nullptr || past->last == 0 || !past->last_run_well) return false;
  const End& last = past->ends.at(past->last);
  if (has_own_trigger(*task.declared)) return answers_triggers(task, last);
  if (task.declared->upstream.empty()) return false;
  for (const model::Upstream& edge : task.declared->upstream) {
    if (!satisfied(edge, look)) return false;
    const auto took = last.took.find(edge.task);
    const Seq taken = took == last.took.end() ? 0 : took->second.first;
    const End* newer = newest(edge.task, false, look);  // for pull the plain rule stays, also with require: finished
    if (newer == nullptr || newer->seq <= taken) continue;
    // Newer, but standing for less: a backfill. Whether it counts is a matter of reading.
    if (const End* furthest = last_completion(edge.task, look); furthest == nullptr || furthest->seq <= taken)
      look.doubtful.insert(edge.task);
    if (!edge.within || taken == 0 || now_.wall - took->second.second > *edge.within) return false;
  }
  return true;
}

bool Model::up_to_date(const std::string& name, Look& look) const {
  const auto [known, added] = look.up_to_date.try_emplace(name, false);
  if (added) look.up_to_date[name] = judged_up_to_date(name, look);
  return look.up_to_date[name];
}

/// Without running the upstream.
bool Model::satisfied(const model::Upstream& edge, Look& look) const {
  return edge.within ? fresh(edge, look) : up_to_date(edge.task, look);
}

bool Model::is_new(const std::string& name, const model::Upstream& edge, Look& look) const {
  const End* end = newest(edge.task, edge.require == model::Require::finished, look);
  if (end == nullptr) return false;
  const Past* past = own(name, look.setting);
  if (past == nullptr) return true;
  const auto found = past->consumed.find(edge.task);
  return found == past->consumed.end() || end->seq > found->second;
}

bool Model::fresh(const model::Upstream& edge, Look& look) const {
  if (!edge.within) return false;
  const bool finished = edge.require == model::Require::finished;
  const End* end = finished ? newest(edge.task, true, look) : last_completion(edge.task, look);
  return end != nullptr && now_.wall - end->at <= *edge.within;
}

/// "A failure is not repeated by machines": nothing has come since that could make a difference.
bool Model::stands_as_failure(const std::string& name, Look& look) const {
  const Task& task = tasks_.at(name);
  const Past* past = own(name, look.setting);
  if (past != nullptr && past->adopted) look.doubtful.insert(name);
  if (past == nullptr || !past->last_run_failed || !past->live.empty()) return false;
  if (task.declared_seq > past->last_run_created || task.newest_event > past->last_run_created) return false;
  if (task.newest_due && *task.newest_due > past->ends.at(past->last_run).until) return false;
  for (const model::Upstream& edge : task.declared->upstream) {
    const End* end = newest(edge.task, edge.require == model::Require::finished, look);
    const auto took = past->last_taken.find(edge.task);
    if (end != nullptr && end->seq > (took == past->last_taken.end() ? 0 : took->second)) return false;
  }
  return true;
}

}  // namespace cordyna::naive
