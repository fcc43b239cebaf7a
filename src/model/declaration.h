#pragma once
// What a task-server says of itself and its tasks, parsed and checked. Immutable once made and shared by pointer: every
// run keeps the declaration of its tasks as it was when the run was created.

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"

namespace cordyna::model {

using base::Duration;
using Json = nlohmann::json;  // objects are ordered by key, so dump() is canonical

enum class Require { completed, finished };

struct Upstream {
  std::string task;                // full name, server/task
  std::string text;                // as the entry was written; keys the task's inputs
  std::optional<Duration> within;  // satisfied by a completion not older than this
  Require require = Require::completed;
  bool operator==(const Upstream&) const = default;
};

struct CronTrigger {
  std::string cron;
  std::string timezone = "UTC";
  bool and_upstream = false;  // fires at the tick, waits for its upstreams, pulls nothing
  bool operator==(const CronTrigger&) const = default;
};
struct EveryTrigger {
  Duration every{};  // whole seconds, aligned to the Unix epoch
  bool operator==(const EveryTrigger&) const = default;
};
struct EventTrigger {
  std::string type;     // glob: * matches any run of characters
  std::string subject;  // glob, empty = any
  bool params_from_data = false;
  bool coalesce = false;
  bool operator==(const EventTrigger&) const = default;
};
struct UpstreamTrigger {
  bool any = false;
  bool operator==(const UpstreamTrigger&) const = default;
};
struct ManualTrigger {
  bool operator==(const ManualTrigger&) const = default;
};
using Trigger = std::variant<CronTrigger, EveryTrigger, EventTrigger, UpstreamTrigger, ManualTrigger>;

struct Timeouts {
  Duration ack = std::chrono::seconds(10);
  Duration start = std::chrono::minutes(10);
  Duration complete = std::chrono::minutes(30);
  std::optional<Duration> pending;
  bool operator==(const Timeouts&) const = default;
};

struct Retries {
  std::uint32_t max = 0;
  Duration backoff = std::chrono::seconds(10);
  std::uint32_t factor_permille = 2000;
  std::uint32_t jitter_permille = 200;
  Duration cap = std::chrono::hours(1);
  bool operator==(const Retries&) const = default;
};

enum class Overlap { share, queue, skip, parallel };
enum class Catchup { last, all, none };

/// The rules by which cerebro treats a task. A company has dozens of these, so they are shared.
struct Policy {
  Timeouts timeouts;
  Retries retries;
  std::uint32_t concurrency = 0;  // task-runs of this task invoked at once, 0 = no limit
  std::vector<std::string> limits;
  Overlap overlap = Overlap::share;
  Catchup catchup = Catchup::last;
  std::int32_t priority = 0;
  std::optional<Duration> wait_for_server;
  bool idempotent = true;
  bool check = false;  // the server can be asked whether the work is already there
  bool operator==(const Policy&) const = default;
};

struct TaskDeclaration {
  std::string name;  // without the server
  std::string description;
  std::vector<Upstream> upstream;
  std::vector<Trigger> when;  // never empty: `upstream: all` or manual when nothing was said
  std::shared_ptr<const Policy> policy;
  Json params;  // JSON Schema of the params, null when there are none
  std::vector<std::string> tags;
  std::map<std::string, std::string> labels;
  Json command;    // how the task-server runs it (run, shell, cwd, environment, grace, check); opaque to cerebro
  Json practices;  // outputs, isolation, effects: kept, judged by the practices
  bool operator==(const TaskDeclaration& other) const;  // by meaning: policies are compared by value
};

/// The tasks of a declaration, sorted by name. Each is immutable and shared: the next declaration of the same server
/// holds the very same object for what has not changed (declaration_change.h), so taking it over costs its difference.
class TaskList {
 public:
  using Shared = std::shared_ptr<const TaskDeclaration>;

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = TaskDeclaration;
    using difference_type = std::ptrdiff_t;
    using pointer = const TaskDeclaration*;
    using reference = const TaskDeclaration&;

    explicit Iterator(std::vector<Shared>::const_iterator at) : at_(at) {}
    const TaskDeclaration& operator*() const { return **at_; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    std::vector<Shared>::const_iterator at_;
  };

  TaskList() = default;
  TaskList(std::vector<Shared> tasks) : tasks_(std::move(tasks)) {}

  void reserve(std::size_t size) { tasks_.reserve(size); }
  void push_back(TaskDeclaration task) { tasks_.push_back(std::make_shared<const TaskDeclaration>(std::move(task))); }
  void replace(std::size_t position, Shared task) { tasks_[position] = std::move(task); }

  std::size_t size() const { return tasks_.size(); }
  bool empty() const { return tasks_.empty(); }
  const TaskDeclaration& operator[](std::size_t position) const { return *tasks_[position]; }
  const std::vector<Shared>& shared() const { return tasks_; }
  Iterator begin() const { return Iterator(tasks_.begin()); }
  Iterator end() const { return Iterator(tasks_.end()); }
  bool operator==(const TaskList& other) const;  // by value

 private:
  std::vector<Shared> tasks_;
};

struct Contact {
  std::string kind;
  std::string to;
  std::string purpose;  // the key `for`: issues, notifications, announcements
  bool operator==(const Contact&) const = default;
};

struct Declaration {
  std::string server;
  std::string team;
  std::string domain;
  std::string description;
  std::string version;
  std::string revision;  // the team's own word, free text
  std::vector<Contact> contacts;
  std::uint32_t slots = 1;
  TaskList tasks;
  std::string hash;  // SHA-256 of the JSON it was read from, its identity
};

/// Position of a task in a declaration by its short name. O(log tasks).
std::optional<std::uint32_t> position_in(const Declaration& declaration, std::string_view task);

/// Names of the params a schema declares, sorted. Empty for null.
std::vector<std::string> declared_params(const Json& schema);

/// What of `params` the schema declares, defaults filled in: canonical, so equal params are equal text.
Json projected_params(const Json& params, const Json& schema);

}  // namespace cordyna::model
