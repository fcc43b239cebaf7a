// What a task (or `defaults`) says about itself, apart from its upstream edges and triggers.

#include <array>
#include <utility>

#include "base/limits.h"
#include "wire/declaration_reader.h"

namespace cordyna::wire {
namespace {

using model::Json;
namespace limits = base::limits;

// Calls `use(node of the member)` when the member is there.
template <class Use>
void with(const Node& node, std::string_view key, Use use) {
  if (const Json* member = TreeReader::member(node.json, key)) {
    const Path path = node.path.at(key);
    use(Node{*member, path});
  }
}

template <class Value, class Wanted>
void set(Value& value, std::optional<Wanted> wanted) {
  if (wanted) value = static_cast<Value>(std::move(*wanted));
}

void forget(Json& object, const char* key) {
  if (object.is_object()) object.erase(key);
  if (object.is_object() && object.empty()) object = nullptr;  // null is how "nothing said" looks
}

void read_timeouts(TreeReader& reader, const Node& node, model::Timeouts& timeouts) {
  constexpr std::array<std::string_view, 4> keys{"ack", "start", "complete", "pending"};
  if (!reader.object(node, keys, "{start: 10m, complete: 1h}")) return;
  with(node, "ack", [&](const Node& at) { set(timeouts.ack, reader.duration(at)); });
  with(node, "start", [&](const Node& at) { set(timeouts.start, reader.duration(at)); });
  with(node, "complete", [&](const Node& at) { set(timeouts.complete, reader.duration(at)); });
  with(node, "pending", [&](const Node& at) { set(timeouts.pending, reader.duration(at)); });
}

void read_retries(TreeReader& reader, const Node& node, model::Retries& retries) {
  constexpr std::array<std::string_view, 5> keys{"max", "backoff", "factor", "jitter", "cap"};
  if (!reader.object(node, keys, "{max: 3, backoff: 10s}")) return;
  with(node, "max", [&](const Node& at) { set(retries.max, reader.integer(at, {0, limits::retries_max})); });
  with(node, "backoff", [&](const Node& at) { set(retries.backoff, reader.duration(at)); });
  with(node, "factor", [&](const Node& at) { set(retries.factor_permille, reader.permille(at, 100'000)); });
  with(node, "jitter", [&](const Node& at) { set(retries.jitter_permille, reader.permille(at, 1000)); });
  with(node, "cap", [&](const Node& at) { set(retries.cap, reader.duration(at)); });
}

void read_policy(TreeReader& reader, const Node& node, model::Policy& policy) {
  constexpr std::array<std::string_view, 4> overlaps{"share", "queue", "skip", "parallel"};
  constexpr std::array<std::string_view, 3> catchups{"last", "all", "none"};
  with(node, "timeouts", [&](const Node& at) { read_timeouts(reader, at, policy.timeouts); });
  with(node, "retries", [&](const Node& at) { read_retries(reader, at, policy.retries); });
  with(node, "concurrency", [&](const Node& at) {
    set(policy.concurrency, reader.integer(at, {1, limits::slots_max}));
  });
  with(node, "limits", [&](const Node& at) { policy.limits = reader.texts(at, "[warehouse]"); });
  with(node, "overlap", [&](const Node& at) { set(policy.overlap, reader.word(at, overlaps)); });
  with(node, "catchup", [&](const Node& at) { set(policy.catchup, reader.word(at, catchups)); });
  with(node, "priority", [&](const Node& at) {
    set(policy.priority, reader.integer(at, {-limits::priority_max, limits::priority_max}));
  });
  with(node, "wait_for_server", [&](const Node& at) { set(policy.wait_for_server, reader.duration(at)); });
  with(node, "idempotent", [&](const Node& at) { set(policy.idempotent, reader.boolean(at)); });
}

// A mapping of texts; the names are free.
std::map<std::string, std::string> read_texts_by_name(TreeReader& reader, const Node& node, const char* example) {
  std::map<std::string, std::string> texts;
  if (!node.json.is_object()) {
    reader.refuse(node.path, "wrong_type", "a mapping is wanted here", std::string("write for example ") + example);
    return texts;
  }
  for (const auto& [name, value] : node.json.get_ref<const Json::object_t&>())
    if (auto text = reader.text({value, node.path.at(name)})) texts.emplace(name, std::move(*text));
  return texts;
}

void read_argv(TreeReader& reader, const Node& node, Json& command) {
  auto argv = reader.texts(node, "[\"python3\", \"job.py\"]");
  const bool is_empty_list = node.json.is_array() && node.json.empty();
  if (is_empty_list || (!argv.empty() && argv[0].empty()))
    reader.refuse(node.path, "empty_command", "the command has no program",
                  "write for example [\"python3\", \"job.py\"]");
  command[std::string(node.path.key)] = std::move(argv);
}

void read_command(TreeReader& reader, const Node& node, Json& command) {
  const bool has_run = TreeReader::member(node.json, "run") != nullptr;
  const bool has_shell = TreeReader::member(node.json, "shell") != nullptr;
  if (has_run && has_shell)
    reader.refuse(node.path.at("shell"), "two_commands", "the task has both run and shell", "keep one of them");
  if (has_run) forget(command, "shell");  // of the defaults
  with(node, "run", [&](const Node& at) { read_argv(reader, at, command); });
  with(node, "shell", [&](const Node& at) {
    auto text = reader.text(at);
    if (text && text->empty()) reader.refuse(at.path, "empty_command", "the command is empty", "write a shell command");
    if (text) command["shell"] = std::move(*text);
  });
  with(node, "cwd", [&](const Node& at) {
    if (auto text = reader.text(at)) command["cwd"] = std::move(*text);
  });
  with(node, "environment", [&](const Node& at) {
    for (auto& [name, value] : read_texts_by_name(reader, at, "{LEVEL: debug}")) command["environment"][name] = value;
  });
  with(node, "grace", [&](const Node& at) {
    if (const auto grace = reader.duration(at)) command["grace"] = base::format_duration(*grace);
  });
}

// argv of a command that exits 0 when the work is there; `true` from programs that answer in code.
void read_check(TreeReader& reader, const Node& node, TaskDraft& draft) {
  draft.policy.check = true;
  if (node.json.is_boolean()) {
    draft.policy.check = node.json.get<bool>();
    forget(draft.task.command, "check");
    return;
  }
  read_argv(reader, node, draft.task.command);
}

void read_params(TreeReader& reader, const Node& node, Json& params) {
  if (!node.json.is_object())
    reader.refuse(node.path, "bad_schema", "the params are described by a JSON Schema object",
                  "write {properties: {day: {type: string}}}");
  params = node.json;
}

}  // namespace

void read_task_rules(TreeReader& reader, const Node& node, TaskDraft& draft) {
  auto& task = draft.task;
  with(node, "description", [&](const Node& at) { set(task.description, reader.text(at)); });
  read_policy(reader, node, draft.policy);
  read_command(reader, node, task.command);
  with(node, "check", [&](const Node& at) { read_check(reader, at, draft); });
  with(node, "params", [&](const Node& at) { read_params(reader, at, task.params); });
  with(node, "tags", [&](const Node& at) { task.tags = reader.texts(at, "[daily]"); });
  with(node, "labels", [&](const Node& at) {
    for (auto& [name, value] : read_texts_by_name(reader, at, "{tier: gold}")) task.labels[name] = value;
  });
  for (const char* key : {"outputs", "isolation", "effects"})
    with(node, key, [&](const Node& at) { task.practices[key] = at.json; });
}

}  // namespace cordyna::wire
