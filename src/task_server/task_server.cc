// cordyna::TaskServer: gathers the declaration, then lets the runtime serve it with a pool of handler threads.

#include "cordyna/task_server.h"

#include <fmt/format.h>

#include <atomic>
#include <cstdio>
#include <map>

#include "base/hash.h"
#include "task_server/runtime.h"
#include "task_server/serving.h"
#include "task_server/task_state.h"
#include "task_server/work_pool.h"

namespace cordyna {

using task_server::DeclarationText;
using Json = nlohmann::json;

struct TaskServer::State {
  TaskServerOptions options;
  std::map<std::string, std::unique_ptr<Task>> tasks;
  task_server::StopSwitch stop;

  Json declaration() const;
  task_server::TaskTable table() const;
};

namespace {

void set_text(Json& object, const char* key, const std::string& value) {
  if (!value.empty()) object[key] = value;
}

}  // namespace

Json TaskServer::State::declaration() const {
  Json json = {{"server", options.name}, {"slots", options.slots}};
  set_text(json, "team", options.team);
  set_text(json, "description", options.description);
  set_text(json, "version", options.version);
  set_text(json, "domain", options.domain);
  set_text(json, "revision", options.revision);
  for (const Contact& contact : options.contacts) {
    Json entry = {{"kind", contact.kind}, {"to", contact.to}};
    set_text(entry, "for", contact.purpose);
    json["contacts"].push_back(std::move(entry));
  }
  json["tasks"] = Json::object();
  for (const auto& [name, task] : tasks) json["tasks"][name] = task->state().declaration;
  return json;
}

task_server::TaskTable TaskServer::State::table() const {
  task_server::TaskTable table;
  for (const auto& [name, task] : tasks) table[name] = {task->state().run, task->state().check};
  return table;
}

TaskServer::TaskServer(TaskServerOptions options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
}
TaskServer::~TaskServer() = default;

Task& TaskServer::task(const std::string& name) {
  std::unique_ptr<Task>& task = state_->tasks[name];
  if (!task) task = std::make_unique<Task>(name);
  return *task;
}

void TaskServer::stop() {
  state_->stop.stop();
}

int TaskServer::serve() {
  const TaskServerOptions& options = state_->options;
  const auto url = task_server::session_url(options.url);
  if (!url) {
    std::fprintf(stderr, "%s\n", url.error().message.c_str());
    return 2;
  }
  const std::unique_ptr<task_server::World> world = task_server::real_world();
  const auto mailbox = std::make_shared<task_server::Mailbox>([&world] { world->wake(); });
  task_server::WorkPool pool(state_->table(), options.slots, mailbox);

  task_server::RuntimeOptions runtime_options;
  const std::string json = state_->declaration().dump(-1, ' ', false, Json::error_handler_t::replace);
  runtime_options.session = {.url = *url,
                             .server = options.name,
                             .team = options.team,
                             .instance = task_server::instance_id(*world),
                             .slots = options.slots,
                             .capabilities = {},
                             .declaration = {json, base::sha256_hex(json)},
                             .seed = world->draw()};
  runtime_options.drain = options.drain;
  task_server::speak_on_stderr(runtime_options, options.name);
  task_server::Runtime runtime(*world, *mailbox, pool, std::move(runtime_options));
  const task_server::StopSwitch::Connected connected(state_->stop, runtime, options.handle_signals);
  const task_server::Served served = runtime.serve();
  mailbox->close();
  if (served.end == task_server::ServeEnd::abandoned) pool.abandon();
  return task_server::exit_code(served, options.name);
}

}  // namespace cordyna
