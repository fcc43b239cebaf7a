// What may be commanded, what is blocked and by whom, and what must have happened when an input has been worked
// through.

#include <algorithm>

#include "naive/model.h"

namespace cordyna::naive {

using model::is_final;

void Model::complain(const std::string& what) {
  complaints_.push_back("at event " + std::to_string(seq_) + ": " + what);
}

std::string Model::text(const std::set<std::string>& names) {
  std::string text = "{";
  for (const std::string& name : names) text += (text.size() > 1 ? " " : "") + name;
  return text + "}";
}

/// Whether the in-run upstreams let it run, by naive reading of its edges.
Model::Fit Model::fit(const Run& run, const TaskRun& task_run) const {
  bool waits = false, failed = false, inside = false, some = false;
  for (const Edge& edge : task_run.edges) {
    if (edge.how != model::How::in_run) {
      waits |= edge.how == model::How::awaited && edge.pinned == 0;
      continue;
    }
    inside = true;
    const TaskRun& upstream = run.tasks[edge.upstream];
    if (!is_final(upstream.state))
      waits = true;
    else if (is_completion(upstream.state, upstream.skip) ||
             (edge.finished && upstream.skip != model::SkipReason::not_needed))
      some = true;
    else
      failed = true;
  }
  if (task_run.any) return waits ? Fit::waits : some || !inside ? Fit::fit : Fit::blocked;
  return failed ? Fit::blocked : waits ? Fit::waits : Fit::fit;
}

bool Model::has_credit(const Instance& instance) const {
  if (!instance.connected || !instance.ready) return false;
  std::uint32_t unstarted = 0;
  for (const TaskRunRef ref : instance.attempts) unstarted += at(ref).state != TaskState::started;
  return unstarted < instance.slots;
}

std::uint32_t Model::live_attempts(const std::string& task) const {
  std::uint32_t live = 0;
  for (const auto& [scope, past] : tasks_.at(task).pasts)
    for (const TaskRunRef ref : past.live) live += model::is_invoked(at(ref).state);
  return live;
}

/// The instance runs the task as it is declared now.
bool Model::fits(const Instance& instance, const std::string& name) const {
  const auto server = servers_.find(instance.server);
  const std::optional<model::TaskDeclaration>& now = tasks_.at(name).declared;
  if (server == servers_.end() || !now) return false;
  if (instance.hash == server->second.hash) return true;
  const auto revision = server->second.revisions.find(instance.hash);
  if (revision == server->second.revisions.end()) return false;
  for (const model::TaskDeclaration& one : revision->second->tasks)
    if (one.name == now->name) return one == *now;
  return false;
}

bool Model::is_held(const Run& run) const {
  const auto before = runs_.find(run.head.after);
  return before != runs_.end() && before->second.state == model::RunState::running;
}

void Model::check_command(const model::CommandRun& event, const Fact& fact) {
  const Run& run = runs_.at(event.at.run);
  const TaskRun& one = at(event.at);
  const std::string name = names_.task(event.task);
  if (name != one.task) complain("the command for " + one.task + " names " + name);
  if (one.view) complain("a view of " + name + " was invoked");
  if (run.cancel_requested) complain(name + " was invoked in a run that is cancelled");
  if (one.due && fact.now.wall < *one.due) complain(name + " was invoked before its retry was due");
  if (fit(run, one) != Fit::fit) complain(name + " was invoked before its upstreams are there");
  if (one.policy == nullptr)
    complain(name + " was invoked, but nobody declares it");
  else if (one.policy->concurrency != 0 && live_attempts(name) >= one.policy->concurrency)
    complain(name + " runs more often at one time than its concurrency allows");
  check_instance(one, names_.instance(event.instance));
}

void Model::check_instance(const TaskRun& task_run, const std::string& instance) {
  const std::string& server = tasks_.at(task_run.task).server;
  if (instance.empty()) {
    for (const auto& [name, one] : instances_)
      if (one.server == server && has_credit(one) && fits(one, task_run.task))
        complain(task_run.task + " was sent to nobody, but " + name + " is there");
    return;
  }
  const Instance& chosen = instances_.at(instance);
  if (chosen.server != server) complain(task_run.task + " was sent to " + instance);
  if (!has_credit(chosen)) complain(task_run.task + " was sent to " + instance + ", which has no slot for it");
  for (const auto& [name, one] : instances_)
    if (one.server == server && fits(one, task_run.task) && has_credit(one) &&
        one.attempts.size() < chosen.attempts.size())
      complain(task_run.task + " was sent to " + instance + ", but " + name + " has less to do");
}

/// What cerebro gives up on has had all its retries. What a task-server says may be fatal, which the log does not tell.
void Model::check_gave_up(const model::TaskFailed& event) {
  const TaskRun& one = at(event.at);
  const bool attempt = model::is_invoked(one.state) && event.failure.origin == model::Origin::cerebro;
  if (!attempt || one.policy == nullptr || !one.policy->idempotent || one.cancel_asked) return;
  if (runs_.at(event.at.run).cancel_requested || !tasks_.at(one.task).declared) return;
  if (one.retries < one.policy->retries.max)
    complain(one.task + " is given up after " + std::to_string(one.retries) + " of " +
             std::to_string(one.policy->retries.max) + " retries");
}

void Model::check_root(const model::TaskBlocked& event) {
  const Run& run = runs_.at(event.at.run);
  const TaskRun& one = at(event.at);
  if (fit(run, one) != Fit::blocked) complain(one.task + " was blocked, but nothing it needs has failed");
  std::set<std::string> roots;
  for (const Edge& edge : one.edges) {
    if (edge.how != model::How::in_run) continue;
    const TaskRun& upstream = run.tasks[edge.upstream];
    if (upstream.state == TaskState::blocked) roots.insert(names_.task(upstream.root.task));
    if (upstream.state == TaskState::error || upstream.state == TaskState::cancelled) roots.insert(upstream.task);
  }
  const std::string named = names_.task(event.root.task);
  if (!roots.contains(named)) complain(one.task + " names " + named + " as root cause, not one of " + text(roots));
  if (!runs_.contains(event.root.run)) return complain("the root cause " + named + " is in no run");
  const TaskRun& root = of(event.root.run, named);
  const TaskRun& origin = root.shared_from.run.none() ? root : of(root.shared_from.run, named);
  if (root.state != TaskState::error && root.state != TaskState::cancelled && origin.state != TaskState::error)
    complain("the root cause " + named + " has not failed");
}

void Model::check_run_ended(const model::RunEnded& event) {
  const Run& run = runs_.at(event.run);
  bool bad = false;
  for (const TaskRun& one : run.tasks) {
    if (!is_final(one.state)) complain("a run ended while " + one.task + " goes on");
    bad |= one.state == TaskState::error || one.state == TaskState::blocked || one.state == TaskState::cancelled;
  }
  const model::RunState expected = run.cancel_requested ? model::RunState::cancelled
                                   : bad                ? model::RunState::failed
                                                        : model::RunState::completed;
  if (run.state != model::RunState::running) complain("a run ended twice");
  if (event.state != expected) complain("a run ended " + std::string(model::word(event.state)));
}

/// Nothing that had to join was forgotten.
void Model::check_joins() {
  for (std::size_t i = 0; i < shakes_.size(); ++i) {
    const Shake& shake = shakes_[i];
    // What another setting, or a quiet run, brought later in the batch may look ready now and was not then.
    const auto otherwise = [&](const Shake& later) { return later.quiet || !(later.setting == shake.setting); };
    if (std::any_of(shakes_.begin() + static_cast<std::ptrdiff_t>(i) + 1, shakes_.end(), otherwise)) continue;
    Look look{shake.setting};
    for (const auto& [name, task] : tasks_)
      if (task.declared && task.declared_seq < batch_first_ && shaken(name, shake) && join_due(name, look) &&
          look.doubtful.empty())
        complain("the join of " + name + " was lost in " + shake.setting.env + ' ' + shake.setting.params.dump() +
                 upstreams_seen(name, look));
  }
}

void Model::check_open() {
  const Used used = places_used();
  for (const RunId id : open_) {
    const Run& run = runs_.at(id);
    bool open = false;
    for (const TaskRun& one : run.tasks) {
      open |= !is_final(one.state);
      if (!one.view && !regressed_) check_withheld(run, one, used);
    }
    if (!open) complain("a run with nothing left to do is still running");
  }
}

Model::Used Model::places_used() const {
  Used used;
  for (const RunId id : open_)
    for (const TaskRun& one : runs_.at(id).tasks)
      if (model::is_invoked(one.state) && !one.view && one.policy != nullptr)
        for (const std::string& limit : one.policy->limits) ++used[limit];
  return used;
}

bool Model::has_place(const TaskRun& task_run, const Used& used) const {
  const model::Policy& policy = *task_run.policy;
  if (policy.concurrency != 0 && live_attempts(task_run.task) >= policy.concurrency) return false;
  return std::all_of(policy.limits.begin(), policy.limits.end(), [&](const std::string& limit) {
    const std::optional<std::uint32_t> size = limit_(limit);
    const auto taken = used.find(limit);
    return !size || taken == used.end() || taken->second < *size;
  });
}

/// Nothing that could go on is left lying.
void Model::check_withheld(const Run& run, const TaskRun& one, const Used& used) {
  if (one.state == TaskState::invoked && one.instance.empty()) {
    for (const auto& [name, instance] : instances_)
      if (instance.server == tasks_.at(one.task).server && has_credit(instance) && fits(instance, one.task))
        complain(one.task + " waits for an instance while " + name + " has a free slot");
    return;
  }
  if (one.state != TaskState::pending) return;
  const Fit how = fit(run, one);
  if (how == Fit::blocked) return complain(one.task + " is pending, but can never run");
  if (how == Fit::waits || run.cancel_requested || is_held(run) || !one.needed) return;
  const Task& task = tasks_.at(one.task);
  if (one.due || task.paused) return;  // a retry to come
  if (!task.declared) return complain(one.task + " waits, but nobody declares it");
  if (!has_place(one, used)) return;
  bool connected = false;
  for (const auto& [name, instance] : instances_) {
    if (instance.server != task.server) continue;
    connected |= instance.connected;
    if (has_credit(instance) && fits(instance, one.task))
      complain(one.task + " waits in run " + run.head.run.text() + " while " + name + " has a free slot");
  }
  if (!connected && !one.policy->wait_for_server) complain(one.task + " waits with nobody to run it");
}

}  // namespace cordyna::naive
