// The same questions for every kind of event: which run, which task, which server? Members answer, by their usual
// names.

#include "cerebro/log_keys.h"

#include <optional>
#include <type_traits>

#include "base/limits.h"

namespace cordyna::cerebro {
namespace {

class KeyWriter {
 public:
  KeyWriter(const engine::State& state, std::vector<log::Key>& keys) : state_(state), keys_(keys) {}

  template <class Body>
  void operator()(const Body& body) {
    if constexpr (requires { body.at.position; }) run(body.at.run);
    if constexpr (requires { body.run.high; }) run(body.run);
    if constexpr (requires {
                    { body.task } -> std::convertible_to<model::TaskIndex>;
                  })
      task(body.task);
    if constexpr (requires {
                    { body.server } -> std::convertible_to<model::ServerIndex>;
                  })
      server(body.server);
    if constexpr (requires {
                    { body.server } -> std::convertible_to<std::string>;
                  })
      add(log::KeyKind::server, body.server);
    if constexpr (requires {
                    { body.instance } -> std::convertible_to<model::InstanceIndex>;
                  })
      instance(body.instance);
  }
  void operator()(const model::RunCreated& body) {
    run(body.run);
    add(log::KeyKind::created, created_key);
    for (const auto& task_run : body.plan->tasks)
      if (task_run.role == model::Role::target) task(task_run.task);
  }
  void operator()(const model::TaskHandedOver& body) {
    run(body.from.run);
    run(body.to.run);
    task(body.task);
  }
  void operator()(const model::TaskFault& body) {
    if (!body.at.run.none()) run(body.at.run);
    if (body.task) task(*body.task);
    instance(body.instance);
  }

 private:
  void add(log::KeyKind kind, std::string id) {
    if (!id.empty() && id.size() <= base::limits::log_key_bytes_max) keys_.push_back({kind, std::move(id)});
  }
  // Most events of a batch are about the run and the server of the one before: a key that was just written is not
  // again.
  void run(base::RunId run) {
    if (run == last_run_) return;
    last_run_ = run;
    add(log::KeyKind::run, run_key(run));
  }
  void task(model::TaskIndex index) {
    if (index.value >= state_.tasks.size()) return;
    add(log::KeyKind::task, state_.task(index).name);
    server(state_.task(index).server);
  }
  void server(model::ServerIndex index) {
    if (index.value >= state_.servers.size() || index == last_server_) return;
    last_server_ = index;
    add(log::KeyKind::server, state_.server(index).name);
  }
  void instance(model::InstanceIndex index) {
    if (index.value < state_.instances.size()) server(state_.instance(index).server);
  }

  const engine::State& state_;
  std::vector<log::Key>& keys_;
  base::RunId last_run_;
  std::optional<model::ServerIndex> last_server_;
};

}  // namespace

std::string run_key(base::RunId run) {
  std::string key(16, '\0');
  for (std::size_t i = 0; i < 8; ++i) {
    key[i] = static_cast<char>(run.high >> (56 - 8 * i));
    key[8 + i] = static_cast<char>(run.low >> (56 - 8 * i));
  }
  return key;
}

void add_keys(std::span<const model::Event> events, const engine::State& state, std::vector<log::Key>& keys) {
  KeyWriter writer(state, keys);
  for (const model::Event& event : events) std::visit(writer, event.body);
}

void add_keys(const model::Event& event, const engine::State& state, std::vector<log::Key>& keys) {
  add_keys(std::span(&event, 1), state, keys);
}

}  // namespace cordyna::cerebro
