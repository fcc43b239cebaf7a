// What makes a task run: its triggers and its upstream edges.

#include <array>
#include <utility>

#include "model/names.h"
#include "wire/declaration_reader.h"

namespace cordyna::wire {
namespace {

using model::Json;
using Words = std::span<const std::string_view>;

constexpr std::array<std::string_view, 4> trigger_kinds{"cron", "every", "event", "upstream"};

std::optional<model::Trigger> read_cron(TreeReader& reader, const Node& node) {
  constexpr std::array<std::string_view, 3> keys{"cron", "timezone", "and"};
  constexpr std::array<std::string_view, 1> partners{"upstream"};
  reader.object(node, keys, "{cron: \"0 2 * * *\"}");
  model::CronTrigger trigger;
  const Json* cron = TreeReader::member(node.json, "cron");
  auto expression = reader.text({*cron, node.path.at("cron")});
  if (const Json* zone = TreeReader::member(node.json, "timezone"))
    trigger.timezone = reader.text({*zone, node.path.at("timezone")}).value_or("UTC");
  if (const Json* partner = TreeReader::member(node.json, "and"))
    trigger.and_upstream = reader.word({*partner, node.path.at("and")}, partners).has_value();
  if (!expression) return std::nullopt;
  trigger.cron = std::move(*expression);
  return trigger;
}

std::optional<model::Trigger> read_every(TreeReader& reader, const Node& node) {
  constexpr std::array<std::string_view, 1> keys{"every"};
  reader.object(node, keys, "{every: 60s}");
  const auto every = reader.duration({*TreeReader::member(node.json, "every"), node.path.at("every")});
  if (!every) return std::nullopt;
  return model::EveryTrigger{*every};
}

std::optional<model::Trigger> read_event_object(TreeReader& reader, const Node& node) {
  constexpr std::array<std::string_view, 4> keys{"type", "subject", "params", "coalesce"};
  constexpr std::array<std::string_view, 1> sources{"data"};
  if (!reader.object(node, keys, "{event: {type: \"shop.order.*\"}}")) return std::nullopt;
  model::EventTrigger trigger;
  const Json* type = TreeReader::member(node.json, "type");
  if (!type) reader.refuse(node.path, "missing_key", "an event trigger needs a type", "write type: \"shop.order.*\"");
  if (const Json* subject = TreeReader::member(node.json, "subject"))
    trigger.subject = reader.text({*subject, node.path.at("subject")}).value_or("");
  if (const Json* params = TreeReader::member(node.json, "params"))
    trigger.params_from_data = reader.word({*params, node.path.at("params")}, sources).has_value();
  if (const Json* coalesce = TreeReader::member(node.json, "coalesce"))
    trigger.coalesce = reader.boolean({*coalesce, node.path.at("coalesce")}).value_or(false);
  auto glob = type ? reader.text({*type, node.path.at("type")}) : std::nullopt;
  if (!glob) return std::nullopt;
  trigger.type = std::move(*glob);
  return trigger;
}

std::optional<model::Trigger> read_event(TreeReader& reader, const Node& node) {
  constexpr std::array<std::string_view, 1> keys{"event"};
  reader.object(node, keys, "{event: {type: \"shop.order.*\"}}");
  const Json& event = *TreeReader::member(node.json, "event");
  if (event.is_string()) return model::EventTrigger{event.get<std::string>(), "", false, false};
  return read_event_object(reader, {event, node.path.at("event")});
}

std::optional<model::Trigger> read_upstream_trigger(TreeReader& reader, const Node& node) {
  constexpr std::array<std::string_view, 1> keys{"upstream"};
  constexpr std::array<std::string_view, 2> words{"all", "any"};
  reader.object(node, keys, "{upstream: all}");
  const auto word = reader.word({*TreeReader::member(node.json, "upstream"), node.path.at("upstream")}, words);
  if (!word) return std::nullopt;
  return model::UpstreamTrigger{*word == 1};
}

std::optional<model::Trigger> read_trigger(TreeReader& reader, const Node& node) {
  constexpr std::array<std::string_view, 1> words{"manual"};
  if (node.json.is_string()) {
    if (!reader.word(node, words)) return std::nullopt;
    return model::ManualTrigger{};
  }
  std::vector<std::string_view> kinds;
  for (const auto kind : trigger_kinds)
    if (TreeReader::member(node.json, kind)) kinds.push_back(kind);
  if (kinds.size() > 1) {
    reader.refuse(node.path, "two_triggers",
                  "one trigger is both " + std::string(kinds[0]) + " and " + std::string(kinds[1]),
                  kinds[0] == "cron" && kinds[1] == "upstream" ? "for both at once write {cron: ..., and: upstream}"
                                                               : "write a list: each item one trigger");
    return std::nullopt;
  }
  if (kinds.empty()) {
    if (reader.object(node, trigger_kinds, "{every: 60s}, or manual"))
      reader.refuse(node.path, "missing_key", "this trigger names no kind",
                    "write manual, or one of cron, every, event, upstream");
    return std::nullopt;
  }
  if (kinds[0] == "cron") return read_cron(reader, node);
  if (kinds[0] == "every") return read_every(reader, node);
  return kinds[0] == "event" ? read_event(reader, node) : read_upstream_trigger(reader, node);
}

std::string completed_name(const std::string& text, std::string_view server) {
  return text.find('/') == std::string::npos ? model::full_name(server, text) : text;
}

std::optional<model::Upstream> read_upstream(TreeReader& reader, const Node& node, std::string_view server) {
  constexpr std::array<std::string_view, 3> keys{"task", "within", "require"};
  constexpr std::array<std::string_view, 2> ends{"completed", "finished"};
  if (!node.json.is_object()) {
    auto text = reader.text(node);
    if (!text) return std::nullopt;
    return model::Upstream{completed_name(*text, server), *text, std::nullopt, model::Require::completed};
  }
  if (TreeReader::member(node.json, "output")) {
    reader.refuse(node.path, "not_supported", "edges to an output are not read yet",
                  "name the task that makes it: {task: SERVER/TASK}");
    return std::nullopt;
  }
  reader.object(node, keys, "{task: crm/customers, within: 24h}");
  model::Upstream upstream;
  if (const Json* within = TreeReader::member(node.json, "within"))
    upstream.within = reader.duration({*within, node.path.at("within")});
  if (const Json* require = TreeReader::member(node.json, "require"))
    if (const auto end = reader.word({*require, node.path.at("require")}, ends))
      upstream.require = *end == 1 ? model::Require::finished : model::Require::completed;
  const Json* task = TreeReader::member(node.json, "task");
  if (!task) reader.refuse(node.path, "missing_key", "an upstream entry needs a task", "write task: SERVER/TASK");
  auto text = task ? reader.text({*task, node.path.at("task")}) : std::nullopt;
  if (!text) return std::nullopt;
  upstream.task = completed_name(*text, server);
  upstream.text = std::move(*text);
  return upstream;
}

}  // namespace

std::vector<model::Trigger> read_triggers(TreeReader& reader, const Node& node) {
  std::vector<model::Trigger> triggers;
  if (!node.json.is_array()) {
    if (auto trigger = read_trigger(reader, node)) triggers.push_back(std::move(*trigger));
    return triggers;
  }
  if (node.json.empty())
    reader.refuse(node.path, "missing_key", "the list of triggers is empty", "leave `when` out, or write manual");
  for (std::size_t i = 0; i < node.json.size(); ++i)
    if (auto trigger = read_trigger(reader, {node.json[i], node.path.at(i)})) triggers.push_back(std::move(*trigger));
  return triggers;
}

std::vector<model::Upstream> read_upstreams(TreeReader& reader, const Node& node, std::string_view server) {
  std::vector<model::Upstream> upstreams;
  if (!node.json.is_array()) {
    reader.refuse(node.path, "wrong_type", "a list of upstream entries is wanted here", "write [TASK, SERVER/TASK]");
    return upstreams;
  }
  upstreams.reserve(node.json.size());
  for (std::size_t i = 0; i < node.json.size(); ++i)
    if (auto upstream = read_upstream(reader, {node.json[i], node.path.at(i)}, server))
      upstreams.push_back(std::move(*upstream));
  return upstreams;
}

}  // namespace cordyna::wire
