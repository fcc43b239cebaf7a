#pragma once
// Task: one task of a TaskServer as it is declared, with a setter for every key of a declaration. Setters that may be
// said several times (upstream, when, tag, label, limit) add; the others replace. Nothing is checked here: cerebro
// judges the whole declaration and answers with every finding at once.

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "cordyna/outcome.h"
#include "cordyna/task_context.h"
#include "cordyna/value.h"

namespace cordyna {

using Milliseconds = std::chrono::milliseconds;
using Work = std::function<Outcome(TaskContext&)>;

/// How an upstream edge is satisfied: see within() and finished().
struct Edge {
  std::optional<Milliseconds> within = {};
  bool finished = false;
};
/// A completion that is not older than this will do; the upstream is not run again for it.
inline Edge within(Milliseconds age) {
  return {.within = age};
}
/// The upstream must be over, however it ended.
inline Edge finished() {
  return {.finished = true};
}

/// A trigger; a task may have several, any of which starts it.
struct Cron {
  std::string cron = {};         // "0 2 * * *"
  std::string timezone = "UTC";  // IANA
  bool and_upstream = false;     // fires at the tick, then waits for its upstreams
};
struct Event {
  std::string type = {};     // CloudEvent type, * matches any characters
  std::string subject = {};  // likewise, empty = any
  bool params_from_data = false;
  bool coalesce = false;
};

/// 0 and nothing mean: as cerebro does it by default (10 s, 10 min, 30 min, none).
struct Timeouts {
  Milliseconds ack = {};
  Milliseconds start = {};
  Milliseconds complete = {};
  Milliseconds pending = {};
};

struct Retries {
  std::uint32_t max = 0;
  Milliseconds backoff = std::chrono::seconds(10);
  double factor = 2;
  double jitter = 0.2;
  Milliseconds cap = std::chrono::hours(1);
};

enum class Overlap { share, queue, skip, parallel };
enum class Catchup { last, all, none };

class Task {
 public:
  explicit Task(std::string name);  // made by TaskServer::task()
  ~Task();
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  Task& description(std::string text);
  Task& upstream(std::string task, Edge edge = {});

  Task& cron(std::string expression, std::string timezone = "UTC");
  Task& cron(Cron trigger);
  Task& every(std::chrono::seconds period);
  Task& event(std::string type, std::string subject = {});
  Task& event(Event trigger);
  Task& upstream_any();  // starts when any upstream has completed
  Task& upstream_all();  // when all have: the default of a task with upstreams and no other trigger
  Task& manual();

  Task& timeouts(Timeouts timeouts);
  Task& retries(std::uint32_t max) { return retries(Retries{.max = max}); }
  Task& retries(Retries retries);
  Task& concurrency(std::uint32_t at_once);
  Task& limit(std::string name);  // a limit shared by many tasks; its size is in cerebro's configuration
  Task& overlap(Overlap overlap);
  Task& catchup(Catchup catchup);
  Task& priority(std::int32_t priority);
  Task& wait_for_server(Milliseconds at_most);
  Task& idempotent(bool idempotent);
  Task& params(Value schema);  // JSON Schema
  Task& tag(std::string tag);
  Task& label(std::string key, std::string value);
  Task& outputs(Value outputs);
  Task& isolation(Value isolation);
  Task& effects(Value effects);

  /// Is this task's work already there? Asked before it is run; must answer within 10 s; throwing counts as no.
  Task& check(std::function<bool(TaskContext&)> check);

  /// What the task does: returns nothing, an Error or an Outcome.
  template <class Callable>
  requires std::invocable<Callable&, TaskContext&> Task& run(Callable work) {
    if constexpr (std::is_void_v<std::invoke_result_t<Callable&, TaskContext&>>)
      return run_work([work = std::move(work)](TaskContext& task) mutable {
        work(task);
        return Outcome();
      });
    else
      return run_work([work = std::move(work)](TaskContext& task) mutable { return Outcome(work(task)); });
  }

  struct State;
  State& state() { return *state_; }  // for the library

 private:
  Task& run_work(Work work);

  std::unique_ptr<State> state_;
};

}  // namespace cordyna
