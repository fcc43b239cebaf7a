// What the auditor knows of instances and schedules: who is there, how full, with which declaration, and which timers
// live.
#include <algorithm>

#include "sim/auditor.h"

namespace cordyna::sim {

void Auditor::take(const model::InstanceJoined& body) {
  const std::string name = body.server + '#' + body.instance;
  const auto [found, added] =
      instance_by_name_.try_emplace(name, model::InstanceIndex{static_cast<std::uint32_t>(instance_by_name_.size())});
  Instance& one = instances_[found->second];
  one.name = name;
  one.hash = body.hash;
  one.slots = body.slots;
  one.connected = true;
  one.draining = false;
  one.lost.reset();
}

void Auditor::take(const model::InstanceDeclared& body) {
  instances_[body.instance].hash = body.hash;
}

void Auditor::take(const model::InstanceDraining& body) {
  instances_[body.instance].draining = true;
}

void Auditor::take(const model::InstanceLeft& body) {
  Instance& one = instances_[body.instance];
  one.connected = false;
  if (body.lost)
    one.lost = Since{now_.uptime, awake_};
  else
    one.unstarted.clear();
}

void Auditor::take(const model::CerebroStarted&) {
  for (auto& [index, one] : instances_) {
    one.connected = false;
    one.lost = Since{now_.uptime, awake_};
  }
}

void Auditor::check_instance(model::TaskRunRef at, const TaskRun& one) {
  Instance& instance = instances_[one.instance];
  const std::string name = name_(one.task);
  if (!instance.connected) complain(name + " is given to " + instance.name + ", which is not there");
  if (instance.draining) complain(name + " is given to " + instance.name + ", which takes nothing new");
  instance.unstarted.insert(at);
  if (instance.unstarted.size() > instance.slots) complain(instance.name + " is given more than it has slots for");
  // The run keeps the declaration it began with; what the instance must share is the present one.
  const auto current = current_.find(name.substr(0, name.find('/')));
  if (current == current_.end() || current->second->hash == instance.hash) return;
  const auto of = [&](const model::Declaration& declaration) -> const model::TaskDeclaration* {
    for (const model::TaskDeclaration& task : declaration.tasks)
      if (name.ends_with('/' + task.name)) return &task;
    return nullptr;
  };
  const auto declared = declaration_(instance.hash);
  if (declared == nullptr) return;
  const model::TaskDeclaration* theirs = of(*declared);
  const model::TaskDeclaration* ours = of(*current->second);
  if (theirs == nullptr || ours == nullptr || !(*theirs == *ours))
    complain(name + " is given to " + instance.name + ", which declares it otherwise");
}

/// A task with one plain period has had an instant lately, whatever happened: no timer was lost.
void Auditor::check_schedules() {
  for (const auto& [server, declaration] : current_)
    for (const model::TaskDeclaration& task : declaration->tasks) {
      const auto* every = task.when.size() == 1 ? std::get_if<model::EveryTrigger>(&task.when[0]) : nullptr;
      if (every == nullptr) continue;
      const base::Duration most = every->every + std::chrono::minutes(2);
      for (const auto& [index, due] : last_due_) {
        if (name_(index) != server + '/' + task.name || now_.wall - first_set_[index] < most) continue;
        if (now_.wall - resumed_[index] < most) continue;
        if (now_.wall - due > most)
          complain(name_(index) + " had its last instant at " + base::format_time(due) + ", it is due every " +
                   base::format_duration(every->every));
      }
    }
}

}  // namespace cordyna::sim
