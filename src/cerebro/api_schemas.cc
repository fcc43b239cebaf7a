// JSON Schemas of the answers. A test holds them against the documents that are really made.
#include "cerebro/api_routes.h"

namespace cordyna::cerebro {
namespace {

using model::Json;

constexpr const char* schemas_text = R"json({
"RunId": {"type": "object", "required": ["run_id"], "properties": {"run_id": {"$ref": "#/components/schemas/Id"}}},
"RunIds": {"type": "object", "required": ["runs"],
  "properties": {"runs": {"type": "array", "items": {"$ref": "#/components/schemas/Id"}}}},
"RunState": {"type": "object", "required": ["run_id", "state"],
  "properties": {"run_id": {"$ref": "#/components/schemas/Id"}, "state": {"type": "string"}}},
"Id": {"type": "string", "format": "uuid"},
"Time": {"type": ["string", "null"], "format": "date-time"},
"Text": {"type": ["string", "null"]},
"Problem": {"type": "object", "required": ["type", "title", "status", "detail", "code"], "properties": {
  "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
  "detail": {"type": "string"}, "code": {"type": "string"},
  "errors": {"type": "array", "items": {"type": "object", "properties": {
    "path": {"type": "string"}, "rule": {"type": "string"}, "message": {"type": "string"},
    "fix": {"type": "string"}}}}}},
"Trigger": {"type": "object", "required": ["kind", "task", "by", "event", "of"], "properties": {
  "kind": {"enum": ["manual", "schedule", "event", "join", "retry", "adopt", "backfill"]},
  "task": {"$ref": "#/components/schemas/Text"}, "by": {"$ref": "#/components/schemas/Text"},
  "reason": {"$ref": "#/components/schemas/Text"},
  "event": {"type": ["object", "null"]}, "of": {"$ref": "#/components/schemas/Text"}}},
"RunHead": {"type": "object",
  "required": ["run_id", "state", "env", "trigger", "created_at", "scheduled_at", "ended_at", "targets"],
  "properties": {"run_id": {"$ref": "#/components/schemas/Id"},
  "state": {"enum": ["running", "completed", "failed", "cancelled"]}, "cancel_requested": {"type": "boolean"},
  "env": {"$ref": "#/components/schemas/Text"}, "trigger": {"$ref": "#/components/schemas/Trigger"},
  "created_at": {"$ref": "#/components/schemas/Time"}, "scheduled_at": {"$ref": "#/components/schemas/Time"},
  "ended_at": {"$ref": "#/components/schemas/Time"}, "targets": {"type": "array", "items": {"type": "string"}}}},
"Runs": {"type": "object", "required": ["runs", "next"], "properties": {
  "runs": {"type": "array", "items": {"$ref": "#/components/schemas/RunHead"}},
  "next": {"$ref": "#/components/schemas/Text"}}},
"Run": {"allOf": [{"$ref": "#/components/schemas/RunHead"}, {"type": "object",
  "required": ["params", "task_runs"], "properties": {"params": {"type": "object"}, "force": {"type": "boolean"},
  "person": {"type": "boolean"}, "after": {"$ref": "#/components/schemas/Text"},
  "task_runs": {"type": "array", "items": {"$ref": "#/components/schemas/TaskRun"}}}}]},
"TaskRun": {"type": "object", "required": ["task", "state", "attempt", "reason", "error", "root_cause", "invoked_at",
  "queued_at", "started_at", "ended_at", "progress", "instance", "result", "shared_from", "upstream"], "properties": {
  "task": {"type": "string"},
  "state": {"enum": ["pending", "invoked", "queued", "started", "completed", "error", "blocked", "skipped",
    "cancelled"]},
  "attempt": {"type": "integer"}, "cancel_requested": {"type": "boolean"},
  "reason": {"type": ["object", "null"], "properties": {"code": {"type": "string"}, "message": {"type": "string"},
    "waits_for": {"type": "array", "items": {"type": "object", "properties": {"task": {"type": "string"},
      "state": {"type": "string"}, "team": {"$ref": "#/components/schemas/Text"},
      "expected_at": {"$ref": "#/components/schemas/Time"}}}}}},
  "error": {"type": ["object", "null"], "properties": {"code": {"type": "string"}, "message": {"type": "string"},
    "origin": {"enum": ["cerebro", "server"]}, "hint": {"$ref": "#/components/schemas/Text"}, "detail": {}}},
  "root_cause": {"type": ["object", "null"], "properties": {"run": {"$ref": "#/components/schemas/Id"},
    "task": {"type": "string"}, "team": {"$ref": "#/components/schemas/Text"}, "code": {"type": "string"}}},
  "invoked_at": {"$ref": "#/components/schemas/Time"}, "queued_at": {"$ref": "#/components/schemas/Time"},
  "started_at": {"$ref": "#/components/schemas/Time"}, "ended_at": {"$ref": "#/components/schemas/Time"},
  "progress": {"type": ["object", "null"], "properties": {"fraction": {"type": "number"},
    "message": {"type": "string"}}},
  "instance": {"$ref": "#/components/schemas/Text"}, "result": {}, "shared_from": {"type": ["object", "null"]},
  "upstream": {"type": "array", "items": {"type": "object", "properties": {"task": {"type": "string"},
    "state": {"$ref": "#/components/schemas/Text"},
    "how": {"enum": ["in_run", "completion", "within", "shared", "unsatisfied"]},
    "by": {"type": ["object", "null"]}}}}}},
"Task": {"type": "object", "required": ["task", "server", "team", "description", "revision", "unresolved", "paused",
  "upstream", "when", "last", "next_at"], "properties": {
  "task": {"type": "string"}, "server": {"type": "string"}, "team": {"$ref": "#/components/schemas/Text"},
  "description": {"type": "string"}, "revision": {"type": "integer"},
  "unresolved": {"type": "boolean", "description": "an upstream of it is declared by nobody"},
  "paused": {"type": ["object", "null"]}, "upstream": {"type": "array"}, "when": {"type": "array"},
  "last": {"type": ["object", "null"]}, "next_at": {"$ref": "#/components/schemas/Time"},
  "params": {"type": ["object", "null"], "description": "JSON Schema of the params"},
  "tags": {"type": "array"}, "labels": {"type": "object"}, "downstream_count": {"type": "integer"},
  "undeclared_upstream": {"type": "array"}, "timeouts": {"type": "object"}, "retries": {"type": "object"}}},
"Tasks": {"type": "object", "required": ["tasks", "next"], "properties": {
  "tasks": {"type": "array", "items": {"$ref": "#/components/schemas/Task"}},
  "next": {"$ref": "#/components/schemas/Text"}}},
"Why": {"type": "object", "required": ["task", "state", "message", "chain"], "properties": {
  "task": {"type": "string"}, "state": {"type": "string"}, "message": {"type": "string"},
  "chain": {"type": "array", "items": {"type": "object", "properties": {"task": {"type": "string"},
    "state": {"$ref": "#/components/schemas/Text"}, "code": {"$ref": "#/components/schemas/Text"},
    "team": {"$ref": "#/components/schemas/Text"}, "message": {"type": "string"},
    "expected_at": {"$ref": "#/components/schemas/Time"}}}}}},
"Graph": {"type": "object", "required": ["revision", "nodes", "edges"], "properties": {
  "revision": {"type": "integer"},
  "nodes": {"type": "array", "items": {"type": "object", "properties": {"task": {"type": "string"},
    "team": {"$ref": "#/components/schemas/Text"}, "state": {"$ref": "#/components/schemas/Text"}}}},
  "edges": {"type": "array", "items": {"type": "object", "properties": {"from": {"type": "string"},
    "to": {"type": "string"}, "within": {"$ref": "#/components/schemas/Text"}, "require": {"type": "string"}}}}}},
"Server": {"type": "object", "required": ["server", "team", "state", "revision", "instances", "findings"],
  "properties": {"server": {"type": "string"}, "team": {"$ref": "#/components/schemas/Text"},
  "state": {"enum": ["unknown", "ready", "draining", "lost", "gone"]},
  "since": {"$ref": "#/components/schemas/Time"}, "revision": {"type": ["integer", "null"]},
  "instances": {"type": "array"}, "findings": {"type": "array"}, "tasks": {"type": "integer"}}},
"Servers": {"type": "object", "required": ["servers", "next"], "properties": {
  "servers": {"type": "array", "items": {"$ref": "#/components/schemas/Server"}},
  "next": {"$ref": "#/components/schemas/Text"}}},
"Verdict": {"type": "object", "required": ["verdict", "findings"], "properties": {
  "verdict": {"enum": ["accepted", "warnings", "refused"]}, "findings": {"type": "array"}}},
"Event": {"type": "object", "required": ["seq", "at", "kind", "from", "to", "server", "instance", "run", "task",
  "attempt", "message", "server_at", "cause", "data"], "properties": {"seq": {"type": "integer"},
  "at": {"$ref": "#/components/schemas/Time"}, "kind": {"type": "string"}}},
"Events": {"type": "object", "required": ["events", "next"], "properties": {
  "events": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}}, "next": {"type": "integer"}}},
"ReceivedEvents": {"type": "object", "required": ["events"], "properties": {"events": {"type": "array", "items": {
  "type": "object", "required": ["source", "id", "duplicate", "matched", "runs"]}}}}
})json";

}  // namespace

Json openapi_schemas() {
  return Json::parse(schemas_text);
}

}  // namespace cordyna::cerebro
