// What a run must contain by sections 5 to 7 of the semantics, found by walking until nothing changes.

#include <algorithm>

#include "naive/model.h"

namespace cordyna::naive {

using model::How;
using model::Role;

std::set<std::string> Plan::all() const {
  std::set<std::string> all = targets;
  all.insert(pulled.begin(), pulled.end());
  all.insert(followers.begin(), followers.end());
  return all;
}

bool Model::follows(const std::string& name) const {
  const auto found = tasks_.find(name);
  if (found == tasks_.end() || !found->second.declared || found->second.paused) return false;
  for (const model::Trigger& trigger : found->second.declared->when)
    if (std::holds_alternative<model::UpstreamTrigger>(trigger)) return true;
  return false;
}

namespace {

bool is_any(const model::TaskDeclaration& task) {
  for (const model::Trigger& trigger : task.when)
    if (const auto* one = std::get_if<model::UpstreamTrigger>(&trigger)) return one->any;
  return false;
}

/// Whether the fact with this seq, one of the batch, is the end of a task-run.
bool is_end(const std::vector<Fact>& facts, Seq seq) {
  if (seq < facts.front().seq || seq > facts.back().seq) return false;
  const model::EventBody& body = facts[seq - facts.front().seq].event.body;
  return !std::holds_alternative<model::ScheduleSet>(body) && !std::holds_alternative<model::EventReceived>(body);
}

}  // namespace

bool Model::joins_by_push(const std::string& name, const std::set<std::string>& running, Look& look) const {
  if (!follows(name) || is_live(name, look.setting)) return false;
  const model::TaskDeclaration& task = *tasks_.at(name).declared;
  bool touched = false, all = true;
  for (const model::Upstream& edge : task.upstream) {
    const bool inside = running.contains(edge.task);
    touched |= inside;
    all &= inside || is_new(name, edge, look) || fresh(edge, look);
  }
  return touched && (all || is_any(task));
}

/// Ready to start by a later join: something came since its last task-run, and nothing is missing.
bool Model::join_due(const std::string& name, Look& look) const {
  if (!follows(name) || is_live(name, look.setting)) return false;
  const Past* past = own(name, look.setting);
  bool came = false, all = true;
  for (const model::Upstream& edge : tasks_.at(name).declared->upstream) {
    Seq taken = 0;
    if (past != nullptr)
      if (const auto last = past->last_taken.find(edge.task); last != past->last_taken.end()) taken = last->second;
    const Past* upstream = past_read(edge.task, look);
    const bool finished = edge.require == model::Require::finished;
    if (upstream != nullptr) came |= (finished ? upstream->joining_end : upstream->joining) > taken;
    all &= is_new(name, edge, look) || fresh(edge, look);
  }
  return came && (all || is_any(*tasks_.at(name).declared));
}

/// For people: of each upstream the newest end that may start a join, and the one that was taken last.
std::string Model::upstreams_seen(const std::string& name, Look& look) const {
  std::string text;
  const Past* past = own(name, look.setting);
  for (const model::Upstream& edge : tasks_.at(name).declared->upstream) {
    const Past* upstream = past_read(edge.task, look);
    const auto last = past == nullptr ? 0 : past->last_taken.contains(edge.task) ? past->last_taken.at(edge.task) : 0;
    text += ", " + edge.task + (edge.require == model::Require::finished ? " (finished)" : "") + ": joins " +
            std::to_string(upstream == nullptr ? 0 : upstream->joining) + " or end " +
            std::to_string(upstream == nullptr ? 0 : upstream->joining_end) + ", taken " + std::to_string(last);
  }
  return text;
}

/// Joins are looked at when a completion of an upstream is recorded that is not quiet, or the task itself ends.
bool Model::shaken(const std::string& name, const Shake& shake) const {
  const std::optional<model::TaskDeclaration>& declared = tasks_.at(name).declared;
  if (!declared) return false;
  if (shake.task == name) return shake.of_itself;
  if (shake.quiet) return false;
  for (const model::Upstream& edge : declared->upstream)
    if (edge.task == shake.task && (shake.completion || (shake.end && edge.require == model::Require::finished)))
      return true;
  return false;
}

/// A tick of it waits for its upstreams and pulls none.
bool Model::awaits(const std::string& name) const {
  for (const model::Trigger& trigger : tasks_.at(name).declared->when)
    if (const auto* cron = std::get_if<model::CronTrigger>(&trigger); cron != nullptr && cron->and_upstream)
      return true;
  return false;
}

Plan Model::plan(const model::RunCreated& event, const std::set<std::string>& targets, Look& look) const {
  using Kind = model::TriggerKind;
  const bool machine = !event.person && !event.force;
  Plan plan;
  plan.targets = targets;
  std::set<std::string> in_run = targets, running = targets;
  for (bool grown = event.trigger.kind != Kind::join; grown;) {
    grown = false;
    for (const std::string& name : std::set(running)) {
      if (event.trigger.kind == Kind::schedule && targets.contains(name) && awaits(name)) continue;
      for (const model::Upstream& edge : tasks_.at(name).declared->upstream) {
        if (in_run.contains(edge.task) || satisfied(edge, look)) continue;
        in_run.insert(edge.task);
        plan.pulled.insert(edge.task);
        grown = true;
        const auto found = tasks_.find(edge.task);
        if (found == tasks_.end() || !found->second.declared) continue;
        if (machine && stands_as_failure(edge.task, look))
          plan.standing.insert(edge.task);
        else
          running.insert(edge.task);
      }
    }
  }
  for (bool grown = !event.quiet; grown;) {
    grown = false;
    for (const auto& [name, task] : tasks_)
      if (!in_run.contains(name) && joins_by_push(name, running, look)) {
        in_run.insert(name);
        running.insert(name);
        plan.followers.insert(name);
        grown = true;
      }
  }
  return plan;
}

/// What was planned together: what fires at one instant, by one event, or joins after one end.
Model::Group Model::group_of(const std::vector<Fact>& facts, std::size_t at) const {
  using Kind = model::TriggerKind;
  const auto& first = std::get<model::RunCreated>(facts[at].event.body);
  const bool ticks = first.trigger.kind == Kind::schedule && ticks_.contains(facts[at].event.cause);
  Group group{&facts[at]};
  const bool alone = first.trigger.kind != Kind::join && first.trigger.kind != Kind::schedule &&
                     (first.trigger.kind != Kind::event || first.params != "{}");
  for (std::size_t i = at + 1; i < facts.size() && !alone; ++i) {
    const auto* next = std::get_if<model::RunCreated>(&facts[i].event.body);
    if (next == nullptr || next->trigger.kind != first.trigger.kind) continue;
    if (next->trigger.kind == Kind::event && next->params != "{}") continue;
    const bool together = ticks ? next->standing == first.standing && !is_end(facts, facts[i].event.cause)
                                : facts[i].event.cause == facts[at].event.cause;
    if (together) group.push_back(&facts[i]);
  }
  return group;
}

/// What had to be planned for: what was asked for or fired, or the joins that are ready.
std::set<std::string> Model::expected_targets(const Group& group, Look& look) {
  using Kind = model::TriggerKind;
  std::set<std::string> targets;
  for (const Fact* fact : group) {
    const auto& event = std::get<model::RunCreated>(fact->event.body);
    for (const model::PlannedTask& one : event.plan->tasks) {
      if (event.trigger.kind == Kind::join && event.trigger.task == one.task)
        complain("a join of " + names_.task(one.task) + " names itself as its cause");
      if (one.role == Role::target) targets.insert(names_.task(one.task));
    }
  }
  if (std::get<model::RunCreated>(group.front()->event.body).trigger.kind != Kind::join) return targets;
  std::size_t settings = 0;
  for (const Shake& shake : shakes_) {
    if (shake.seq != group.front()->event.cause) continue;
    if (settings++ == 0) look.setting = shake.setting;
    for (const auto& [name, task] : tasks_)
      if (shaken(name, shake) && join_due(name, look)) targets.insert(name);
  }
  if (settings > 1) look.doubtful.insert("joins in several envs");
  return targets;
}

void Model::check_plans(const Group& group) {
  const auto& first = std::get<model::RunCreated>(group.front()->event.body);
  using Kind = model::TriggerKind;
  if (first.trigger.kind == Kind::retry || first.trigger.kind == Kind::adopt) return;
  Look look{{first.env, model::Json::parse(first.params)}};
  const std::set<std::string> targets = expected_targets(group, look);
  ++plans_checked_;
  const Plan expected = plan(first, targets, look);
  // Where the semantics have two readings, the plan is only checked for what holds under both.
  if (look.doubtful.empty())
    check_plan(expected, group);
  else
    ++plans_doubtful_;
  check_parts(group);
  for (const Fact* fact : group) {
    const auto& event = std::get<model::RunCreated>(fact->event.body);
    const bool join = event.trigger.kind == Kind::join;
    if (join && !look.doubtful.empty()) continue;
    // A join may be recorded with other params than it was planned with: those of its cause.
    const Setting setting = join ? look.setting : Setting{event.env, model::Json::parse(event.params)};
    check_edges(event, setting);
    check_sharing(event, setting);
  }
}

void Model::check_plan(const Plan& expected, const Group& group) {
  Plan found;
  for (const Fact* fact : group)
    for (const model::PlannedTask& one : std::get<model::RunCreated>(fact->event.body).plan->tasks) {
      const std::string name = names_.task(one.task);
      std::set<std::string>& where = one.role == Role::target   ? found.targets
                                     : one.role == Role::pulled ? found.pulled
                                                                : found.followers;
      if (found.all().contains(name)) complain(name + " was planned twice at one time");
      where.insert(name);
      if (one.shared_from && is_final(one.state)) found.standing.insert(name);
    }
  const auto& first = std::get<model::RunCreated>(group.front()->event.body);
  if (first.trigger.kind == model::TriggerKind::join) {
    // What is ready joins whoever made it so: their runs together hold all of it, and each is a follower.
    if (found.all() != expected.all())
      complain("joins: planned " + text(found.all()) + ", expected " + text(expected.all()));
    return;
  }
  const bool only = first.quiet && first.trigger.kind == model::TriggerKind::manual && found.pulled.empty();
  if (found.pulled != expected.pulled && !only)
    complain("pulled " + text(found.pulled) + ", expected " + text(expected.pulled));
  if (found.standing != expected.standing && !only)
    complain("old failures " + text(found.standing) + ", expected " + text(expected.standing));
  if (found.followers != expected.followers)
    complain("pushed " + text(found.followers) + ", expected " + text(expected.followers));
}

/// Runs planned together are parts without an edge between them, and each is in one piece.
void Model::check_parts(const Group& group) {
  const model::TriggerKind kind = std::get<model::RunCreated>(group.front()->event.body).trigger.kind;
  if (kind == model::TriggerKind::manual || kind == model::TriggerKind::backfill) return;
  for (const Fact* fact : group) {
    const model::RunPlan& plan = *std::get<model::RunCreated>(fact->event.body).plan;
    std::set<std::uint32_t> reached{0};
    for (bool grown = true; grown;) {
      grown = false;
      for (std::uint32_t i = 0; i < plan.tasks.size(); ++i)
        for (std::uint32_t k = 0; k < plan.tasks[i].edge_count; ++k) {
          const model::PlannedEdge& edge = plan.edges[plan.tasks[i].first_edge + k];
          if (edge.how != How::in_run || reached.contains(i) == reached.contains(edge.upstream)) continue;
          reached.insert(i);
          reached.insert(edge.upstream);
          grown = true;
        }
    }
    if (reached.size() != plan.tasks.size()) complain("a run of a machine is not in one piece");
  }
}

}  // namespace cordyna::naive
