#include "wire/declaration_json.h"

#include <utility>

#include "base/hash.h"
#include "base/limits.h"
#include "wire/json_text.h"

namespace cordyna::wire {
namespace {

using model::Json;

template <class Value>
void write(Json& object, const char* key, const Value& value, const Value& preset) {
  if (value != preset) object[key] = value;
}

void write(Json& object, const char* key, base::Duration value, base::Duration preset) {
  if (value != preset) object[key] = base::format_duration(value);
}

void write(Json& object, const char* key, const std::optional<base::Duration>& value) {
  if (value) object[key] = base::format_duration(*value);
}

void write_permille(Json& object, const char* key, std::uint32_t value, std::uint32_t preset) {
  if (value == preset) return;
  if (value % 1000 == 0)
    object[key] = value / 1000;
  else
    object[key] = value / 1000.0;
}

Json json_of(const model::Upstream& upstream) {
  if (!upstream.within && upstream.require == model::Require::completed) return upstream.text;
  Json entry{{"task", upstream.text}};
  write(entry, "within", upstream.within);
  if (upstream.require == model::Require::finished) entry["require"] = "finished";
  return entry;
}

struct TriggerWriter {
  Json operator()(const model::CronTrigger& trigger) const {
    Json json{{"cron", trigger.cron}};
    write(json, "timezone", trigger.timezone, std::string("UTC"));
    if (trigger.and_upstream) json["and"] = "upstream";
    return json;
  }
  Json operator()(const model::EveryTrigger& trigger) const {
    return {{"every", base::format_duration(trigger.every)}};
  }
  Json operator()(const model::EventTrigger& trigger) const {
    Json event{{"type", trigger.type}};
    write(event, "subject", trigger.subject, std::string());
    if (trigger.params_from_data) event["params"] = "data";
    if (trigger.coalesce) event["coalesce"] = true;
    return {{"event", std::move(event)}};
  }
  Json operator()(const model::UpstreamTrigger& trigger) const { return {{"upstream", trigger.any ? "any" : "all"}}; }
  Json operator()(const model::ManualTrigger&) const { return "manual"; }
};

void write_triggers(Json& json, const model::TaskDeclaration& task) {
  const model::Trigger preset =
      task.upstream.empty() ? model::Trigger(model::ManualTrigger{}) : model::Trigger(model::UpstreamTrigger{});
  if (task.when.empty() || (task.when.size() == 1 && task.when[0] == preset)) return;
  if (task.when.size() == 1) {
    json["when"] = std::visit(TriggerWriter{}, task.when[0]);
    return;
  }
  for (const auto& trigger : task.when) json["when"].push_back(std::visit(TriggerWriter{}, trigger));
}

void write_policy(Json& json, const model::Policy& policy) {
  constexpr const char* overlaps[] = {"share", "queue", "skip", "parallel"};
  constexpr const char* catchups[] = {"last", "all", "none"};
  const model::Policy preset;
  Json timeouts, retries;
  write(timeouts, "ack", policy.timeouts.ack, preset.timeouts.ack);
  write(timeouts, "start", policy.timeouts.start, preset.timeouts.start);
  write(timeouts, "complete", policy.timeouts.complete, preset.timeouts.complete);
  write(timeouts, "pending", policy.timeouts.pending);
  write(retries, "max", policy.retries.max, preset.retries.max);
  write(retries, "backoff", policy.retries.backoff, preset.retries.backoff);
  write_permille(retries, "factor", policy.retries.factor_permille, preset.retries.factor_permille);
  write_permille(retries, "jitter", policy.retries.jitter_permille, preset.retries.jitter_permille);
  write(retries, "cap", policy.retries.cap, preset.retries.cap);
  if (!timeouts.is_null()) json["timeouts"] = std::move(timeouts);
  if (!retries.is_null()) json["retries"] = std::move(retries);
  write(json, "concurrency", policy.concurrency, preset.concurrency);
  write(json, "limits", policy.limits, preset.limits);
  if (policy.overlap != preset.overlap) json["overlap"] = overlaps[static_cast<int>(policy.overlap)];
  if (policy.catchup != preset.catchup) json["catchup"] = catchups[static_cast<int>(policy.catchup)];
  write(json, "priority", policy.priority, preset.priority);
  write(json, "wait_for_server", policy.wait_for_server);
  write(json, "idempotent", policy.idempotent, preset.idempotent);
  write(json, "check", policy.check, preset.check);
}

Json json_of(const model::TaskDeclaration& task) {
  Json json = Json::object();
  write(json, "description", task.description, std::string());
  for (const auto& upstream : task.upstream) json["upstream"].push_back(json_of(upstream));
  write_triggers(json, task);
  if (task.policy) write_policy(json, *task.policy);
  if (!task.params.is_null()) json["params"] = task.params;
  write(json, "tags", task.tags, {});
  write(json, "labels", task.labels, {});
  if (task.command.is_object()) json.update(task.command);  // its check, the argv, wins over `true`
  if (task.practices.is_object()) json.update(task.practices);
  return json;
}

Json json_of(const model::Contact& contact) {
  Json json{{"kind", contact.kind}, {"to", contact.to}};
  write(json, "for", contact.purpose, std::string());
  return json;
}

}  // namespace

ReadDeclaration read_declaration_json(std::string_view bytes, const model::CheckZone& check_zone) {
  const auto refused = [](std::string rule, std::string message, std::string fix) {
    return ReadDeclaration{nullptr, {{"", std::move(rule), std::move(message), std::move(fix), {}, 0, 0}}};
  };
  if (bytes.size() > base::limits::declaration_bytes_max)
    return refused("too_large", "the declaration has " + std::to_string(bytes.size()) + " bytes",
                   "send at most " + std::to_string(base::limits::declaration_bytes_max) + " bytes: split the server");
  auto parsed = parse_json(bytes);
  if (!parsed) return refused(parsed.error().code, parsed.error().message, "send one JSON object");
  Document document;
  document.tree = std::move(*parsed);
  DeclarationDraft read = read_declaration(document, check_zone);
  if (read.declaration) read.declaration->hash = base::sha256_hex(bytes);
  return {std::move(read.declaration), std::move(read.findings)};
}

std::string declaration_to_json(const model::Declaration& declaration) {
  Json json{{"server", declaration.server}, {"team", declaration.team}};
  write(json, "domain", declaration.domain, std::string());
  write(json, "description", declaration.description, std::string());
  write(json, "version", declaration.version, std::string());
  write(json, "revision", declaration.revision, std::string());
  for (const auto& contact : declaration.contacts) json["contacts"].push_back(json_of(contact));
  write(json, "slots", declaration.slots, std::uint32_t{1});
  json["tasks"] = Json::object();
  for (const auto& task : declaration.tasks) json["tasks"][task.name] = json_of(task);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace cordyna::wire
