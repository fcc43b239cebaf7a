// The server's own keys, its defaults and its tasks, put together and validated.

#include "wire/declaration_tree.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/limits.h"
#include "wire/declaration_policies.h"
#include "wire/declaration_reader.h"

namespace cordyna::wire {
namespace {

using model::Declaration;
using model::Json;

constexpr std::array<std::string_view, 10> server_keys{"server",   "team",     "domain", "description", "version",
                                                       "revision", "contacts", "slots",  "defaults",    "tasks"};
constexpr std::array<std::string_view, 24> task_keys{
    "description", "run",        "shell",       "cwd",    "environment", "grace",   "upstream",  "when",
    "timeouts",    "retries",    "concurrency", "limits", "overlap",     "catchup", "priority",  "wait_for_server",
    "check",       "idempotent", "params",      "tags",   "labels",      "outputs", "isolation", "effects"};

void read_text(TreeReader& reader, const Node& node, std::string_view key, std::string& value) {
  if (const Json* member = TreeReader::member(node.json, key))
    if (auto text = reader.text({*member, node.path.at(key)})) value = std::move(*text);
}

void need_text(TreeReader& reader, const Node& node, std::string_view key, std::string fix, std::string& value) {
  if (TreeReader::member(node.json, key)) return read_text(reader, node, key, value);
  reader.refuse(node.path.at(key), "missing_key", "the " + std::string(key) + " is missing", std::move(fix));
}

void read_contacts(TreeReader& reader, const Node& node, std::vector<model::Contact>& contacts) {
  constexpr std::array<std::string_view, 3> keys{"kind", "to", "for"};
  if (!node.json.is_array())
    return reader.refuse(node.path, "wrong_type", "a list of contacts is wanted here",
                         "write [{kind: email, to: team@example.org, for: issues}]");
  for (std::size_t i = 0; i < node.json.size(); ++i) {
    const Path path = node.path.at(i);
    const Node item{node.json[i], path};
    if (!reader.object(item, keys, "{kind: email, to: team@example.org, for: issues}")) continue;
    model::Contact contact;
    need_text(reader, item, "kind", "write kind: email", contact.kind);
    need_text(reader, item, "to", "write to: team@example.org", contact.to);
    read_text(reader, item, "for", contact.purpose);
    contacts.push_back(std::move(contact));
  }
}

TaskDraft read_defaults(TreeReader& reader, const Node& root) {
  TaskDraft defaults;
  const Json* node = TreeReader::member(root.json, "defaults");
  if (!node) return defaults;
  const Path path = root.path.at("defaults");
  for (const char* own : {"upstream", "when", "run", "outputs"})
    if (TreeReader::member(*node, own))
      reader.refuse(path.at(own), "not_a_default", std::string("`") + own + "` has no default",
                    "write it in each task");
  if (reader.object({*node, path}, task_keys, "{timeouts: {complete: 1h}}")) {
    read_task_rules(reader, {*node, path}, defaults);
  }
  return defaults;
}

model::TaskDeclaration read_task(TreeReader& reader, const Node& node, std::string_view server, TaskDraft draft,
                                 PolicyPool& policies) {
  auto& task = draft.task;
  task.name = node.path.key;
  bool has_triggers = false;
  if (!node.json.is_null() && reader.object(node, task_keys, "{run: [\"./job\"]}")) {
    read_task_rules(reader, node, draft);
    if (const Json* upstream = TreeReader::member(node.json, "upstream"))
      task.upstream = read_upstreams(reader, {*upstream, node.path.at("upstream")}, server);
    if (const Json* when = TreeReader::member(node.json, "when")) {
      task.when = read_triggers(reader, {*when, node.path.at("when")});
      has_triggers = true;
    }
  }
  if (!has_triggers && !task.upstream.empty()) task.when.emplace_back(model::UpstreamTrigger{});
  if (task.when.empty()) task.when.emplace_back(model::ManualTrigger{});
  task.policy = policies.shared(std::move(draft.policy));
  return std::move(task);
}

void read_tasks(TreeReader& reader, const Node& node, const TaskDraft& defaults, Declaration& declaration) {
  if (!node.json.is_object())
    return reader.refuse(node.path, "wrong_type", "a mapping of tasks is wanted here", "write {extract: {run: [...]}}");
  if (node.json.size() > base::limits::declaration_tasks_max)
    return reader.refuse(node.path, "too_large", "there are " + std::to_string(node.json.size()) + " tasks",
                         "declare at most " + std::to_string(base::limits::declaration_tasks_max));
  PolicyPool policies;
  declaration.tasks.reserve(node.json.size());
  for (const auto& [name, task] : node.json.get_ref<const Json::object_t&>()) {  // sorted by name
    const Path path = node.path.at(name);
    declaration.tasks.push_back(read_task(reader, {task, path}, declaration.server, defaults, policies));
  }
}

void read_server(TreeReader& reader, const Node& root, Declaration& declaration) {
  need_text(reader, root, "server", "write server: NAME", declaration.server);
  need_text(reader, root, "team", "write team: NAME, who answers for this server", declaration.team);
  read_text(reader, root, "domain", declaration.domain);
  read_text(reader, root, "description", declaration.description);
  read_text(reader, root, "version", declaration.version);
  read_text(reader, root, "revision", declaration.revision);
  if (const Json* contacts = TreeReader::member(root.json, "contacts"))
    read_contacts(reader, {*contacts, root.path.at("contacts")}, declaration.contacts);
  if (const Json* slots = TreeReader::member(root.json, "slots"))
    if (const auto count = reader.integer({*slots, root.path.at("slots")}, {1, base::limits::slots_max}))
      declaration.slots = static_cast<std::uint32_t>(*count);
  const TaskDraft defaults = read_defaults(reader, root);
  if (const Json* tasks = TreeReader::member(root.json, "tasks"))
    read_tasks(reader, {*tasks, root.path.at("tasks")}, defaults, declaration);
}

}  // namespace

DeclarationDraft read_declaration(const Document& document, const model::CheckZone& check_zone) {
  TreeReader reader(document);
  const Path root;
  auto declaration = std::make_shared<Declaration>();
  if (reader.object({document.tree, root}, server_keys, "{server: shop, team: sales, tasks: {...}}")) {
    read_server(reader, {document.tree, root}, *declaration);
    for (auto& finding : model::validate(*declaration, check_zone)) reader.take(std::move(finding));
  }
  DeclarationDraft read{nullptr, declaration, std::move(reader).findings()};
  if (!model::has_errors(read.findings)) read.declaration = std::move(declaration);
  return read;
}

}  // namespace cordyna::wire
