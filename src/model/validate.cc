#include "model/validate.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/limits.h"
#include "model/cron.h"
#include "model/names.h"
#include "model/params.h"
#include "model/path.h"

namespace cordyna::model {
namespace {

namespace limits = base::limits;

// Most tasks have a few upstreams: to look through them is faster than to build an index.
class Seen {
 public:
  explicit Seen(std::size_t size) : few_(size <= 16) {}
  bool is_new(std::string_view text) {
    if (!few_) return many_.insert(text).second;
    if (std::find(list_.begin(), list_.end(), text) != list_.end()) return false;
    list_.push_back(text);
    return true;
  }

 private:
  bool few_;
  std::vector<std::string_view> list_;
  std::set<std::string_view> many_;
};

// The message of a refused name holds its remedy after the last colon; a finding keeps the two apart.
class Validation {
 public:
  Validation(const Declaration& declaration, const CheckZone& check_zone)
      : declaration_(declaration), check_zone_(check_zone) {}

  Findings run() {
    check_server();
    if (declaration_.tasks.empty())
      warn(tasks_, "no_tasks", "the server has no tasks", "declare at least one under `tasks`");
    std::size_t edges = 0;
    for (std::size_t i = 0; i < declaration_.tasks.size(); ++i) {
      const auto& task = declaration_.tasks[i];
      edges += task.upstream.size();
      if (i > 0 && declaration_.tasks[i - 1].name == task.name)
        refuse(tasks_.at(task.name), "duplicate_task", "the task '" + task.name + "' is declared twice", "keep one");
      check_task(task);
    }
    if (declaration_.tasks.size() > limits::declaration_tasks_max) too_many("tasks", limits::declaration_tasks_max);
    if (edges > limits::declaration_edges_max) too_many("upstream entries", limits::declaration_edges_max);
    check_cycles();
    return std::move(findings_);
  }

 private:
  void refuse(const Path& path, std::string rule, std::string message, std::string fix) {
    findings_.push_back({path.text(), std::move(rule), std::move(message), std::move(fix), Severity::error, 0, 0});
  }
  void warn(const Path& path, std::string rule, std::string message, std::string fix) {
    findings_.push_back({path.text(), std::move(rule), std::move(message), std::move(fix), Severity::warning, 0, 0});
  }
  void too_many(const std::string& what, std::size_t max) {
    refuse(tasks_, "too_large", "there are too many " + what,
           "declare at most " + std::to_string(max) + ": split the server");
  }

  void check_server() {
    name(NameKind::server, declaration_.server, root_.at("server"));
    name(NameKind::team, declaration_.team, root_.at("team"));
    if (!declaration_.domain.empty()) name(NameKind::domain, declaration_.domain, root_.at("domain"));
    text(declaration_.description, root_.at("description"));
    text(declaration_.version, root_.at("version"));
    text(declaration_.revision, root_.at("revision"));
    if (declaration_.slots < 1 || declaration_.slots > limits::slots_max)
      refuse(root_.at("slots"), "out_of_range", std::to_string(declaration_.slots) + " slots are out of range",
             "write a whole number from 1 to " + std::to_string(limits::slots_max));
    for (std::size_t i = 0; i < declaration_.contacts.size(); ++i)
      check_contact(declaration_.contacts[i], root_.at("contacts").at(i));
  }

  void check_contact(const Contact& contact, const Path& path) {
    if (contact.kind.empty()) refuse(path.at("kind"), "missing_key", "the contact has no kind", "write kind: email");
    if (contact.to.empty())
      refuse(path.at("to"), "missing_key", "the contact has no address", "write to: team@example.org");
    const auto& purpose = contact.purpose;
    if (!purpose.empty() && purpose != "issues" && purpose != "notifications" && purpose != "announcements")
      refuse(path.at("for"), "unknown_word", "'" + purpose + "' is not known here",
             "write issues, notifications or announcements");
    text(contact.to, path.at("to"));
    text(contact.kind, path.at("kind"));
  }

  void check_task(const TaskDeclaration& task) {
    const Path path = tasks_.at(task.name);
    name(NameKind::task, task.name, path);
    text(task.description, path.at("description"));
    check_upstreams(task, path.at("upstream"));
    const Path when = path.at("when");
    for (std::size_t i = 0; i < task.when.size(); ++i)
      check_trigger(task, task.when[i], task.when.size() > 1 ? when.at(i) : when);
    if (task.policy) check_policy(*task.policy, path);
    for (std::size_t i = 0; i < task.tags.size(); ++i) name(NameKind::tag, task.tags[i], path.at("tags").at(i));
    for (const auto& [label, value] : task.labels) {
      name(NameKind::label, label, path.at("labels").at(label));
      name(NameKind::label, value, path.at("labels").at(label));
    }
    for (auto& finding : check_schema(task.params, path.at("params").text())) findings_.push_back(std::move(finding));
  }

  void check_upstreams(const TaskDeclaration& task, const Path& path) {
    if (task.upstream.empty()) return;
    const std::string self = full_name(declaration_.server, task.name);
    Seen seen(task.upstream.size());
    for (std::size_t i = 0; i < task.upstream.size(); ++i) {
      const auto& upstream = task.upstream[i];
      const Path at = path.at(i);
      if (const auto split = split_name(upstream.task); !split) add_name_fault(at, split.error(), "write SERVER/TASK");
      if (upstream.task == self)
        refuse(at, "self_upstream", "the task '" + task.name + "' is its own upstream", "leave this entry out");
      else if (!seen.is_new(upstream.task))
        refuse(at, "duplicate_upstream", "'" + upstream.task + "' is listed twice", "keep one entry");
      if (upstream.within) duration(*upstream.within, limits::freshness_max, at.at("within"));
    }
  }

  void check_trigger(const TaskDeclaration& task, const Trigger& trigger, const Path& path) {
    if (const auto* cron = std::get_if<CronTrigger>(&trigger)) return check_cron(task, *cron, path);
    if (const auto* every = std::get_if<EveryTrigger>(&trigger)) return check_every(every->every, path.at("every"));
    if (const auto* event = std::get_if<EventTrigger>(&trigger)) return check_event(*event, path.at("event"));
    if (std::holds_alternative<UpstreamTrigger>(trigger)) need_upstream(task, path.at("upstream"));
  }

  void check_cron(const TaskDeclaration& task, const CronTrigger& trigger, const Path& path) {
    if (trigger.and_upstream) need_upstream(task, path.at("and"));
    if (const auto cron = parse_cron(trigger.cron); !cron)
      refuse(path.at("cron"), cron.error().code, cron.error().message, "for example \"0 2 * * *\", every night at two");
    if (!check_zone_) return;
    if (const auto error = check_zone_(trigger.timezone))
      refuse(path.at("timezone"), "unknown_zone", error->message, "write an IANA name, for example Europe/Berlin");
  }

  void check_every(Duration every, const Path& path) {
    if (every % std::chrono::seconds(1) != Duration(0))
      return refuse(path, "out_of_range", base::format_duration(every) + " is not a whole number of seconds",
                    "write 1s or more");
    duration(every, limits::freshness_max, path);
  }

  void check_event(const EventTrigger& trigger, const Path& path) {
    if (trigger.type.empty())
      refuse(path.at("type"), "bad_glob", "the type of an event trigger is empty",
             "write for example \"shop.order.*\"");
    if (trigger.coalesce && trigger.params_from_data)
      warn(path.at("coalesce"), "no_effect",
           "an event whose data becomes params stands for that data, so no later event can stand for it: each one runs",
           "remove `coalesce`, or remove `params: data`");
    for (const auto& [glob, key] : {std::pair(&trigger.type, "type"), std::pair(&trigger.subject, "subject")})
      if (glob->size() > limits::glob_bytes_max)
        refuse(path.at(key), "too_large", "the glob has " + std::to_string(glob->size()) + " bytes",
               "write at most " + std::to_string(limits::glob_bytes_max));
  }

  void need_upstream(const TaskDeclaration& task, const Path& path) {
    if (task.upstream.empty())
      refuse(path, "no_upstream", "the task '" + task.name + "' waits for upstreams but has none",
             "list them under `upstream`, or choose another trigger");
  }

  void check_policy(const Policy& policy, const Path& path) {
    const auto& timeouts = policy.timeouts;
    duration(timeouts.ack, limits::timeout_max, path.at("timeouts").at("ack"));
    duration(timeouts.start, limits::timeout_max, path.at("timeouts").at("start"));
    duration(timeouts.complete, limits::timeout_max, path.at("timeouts").at("complete"));
    if (timeouts.pending) duration(*timeouts.pending, limits::timeout_max, path.at("timeouts").at("pending"));
    if (policy.wait_for_server) duration(*policy.wait_for_server, limits::timeout_max, path.at("wait_for_server"));
    check_retries(policy.retries, path.at("retries"));
    number(policy.concurrency, 0, limits::slots_max, path.at("concurrency"));
    number(policy.priority, -limits::priority_max, limits::priority_max, path.at("priority"));
    for (std::size_t i = 0; i < policy.limits.size(); ++i)
      name(NameKind::limit, policy.limits[i], path.at("limits").at(i));
    const std::set<std::string_view> distinct(policy.limits.begin(), policy.limits.end());
    if (distinct.size() < policy.limits.size())
      refuse(path.at("limits"), "duplicate_limit", "a limit is named twice", "name each limit once");
  }

  void check_retries(const Retries& retries, const Path& path) {
    number(retries.max, 0, limits::retries_max, path.at("max"));
    duration(retries.backoff, limits::timeout_max, path.at("backoff"));
    duration(retries.cap, limits::timeout_max, path.at("cap"));
    if (retries.factor_permille < 1000 || retries.factor_permille > 100'000)
      refuse(path.at("factor"), "out_of_range", "the factor is out of range", "write a number from 1 to 100");
    if (retries.jitter_permille > 1000)
      refuse(path.at("jitter"), "out_of_range", "the jitter is out of range", "write a number from 0 to 1");
  }

  void check_cycles() {
    constexpr std::size_t cycles_max = 10;
    for (const auto& cycle : cycles(declaration_, cycles_max)) {
      std::string shown;
      for (const auto& name : cycle) shown += (shown.empty() ? "" : " -> ") + full_name(declaration_.server, name);
      refuse(tasks_.at(cycle.back()).at("upstream"), "cycle", "these tasks wait for each other: " + shown,
             "take one of these upstream entries out");
    }
  }

  void name(NameKind kind, std::string_view value, const Path& path) {
    if (const auto checked = check_name(kind, value); !checked)
      add_name_fault(path, checked.error(), "write for example '" + proposed_name(kind, value) + "'");
  }

  void add_name_fault(const Path& path, const base::Error& error, std::string fix) {
    const std::size_t remedy = error.message.rfind(": write ");
    refuse(path, error.code, error.message.substr(0, remedy), std::move(fix));
  }

  void text(const std::string& value, const Path& path) {
    if (value.size() > limits::text_bytes_max)
      refuse(path, "too_large", "the text has " + std::to_string(value.size()) + " bytes",
             "write at most " + std::to_string(limits::text_bytes_max));
  }

  void duration(Duration value, Duration max, const Path& path) {
    if (value < limits::timeout_min || value > max)
      refuse(path, "out_of_range", base::format_duration(value) + " is out of range",
             "write a duration from 1s to " + base::format_duration(max));
  }

  void number(std::int64_t value, std::int64_t min, std::int64_t max, const Path& path) {
    if (value < min || value > max)
      refuse(path, "out_of_range", std::to_string(value) + " is out of range",
             "write a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  }

  const Path root_;
  const Path tasks_ = root_.at("tasks");
  const Declaration& declaration_;
  const CheckZone& check_zone_;
  Findings findings_;
};

}  // namespace

Findings validate(const Declaration& declaration, const CheckZone& check_zone) {
  return Validation(declaration, check_zone).run();
}

}  // namespace cordyna::model
