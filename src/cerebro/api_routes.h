#pragma once
// Every route of the HTTP API: what it is called by, what it takes, what it answers, and what serves it. The one source
// of the router and of /openapi.json, so that neither knows a route that the other does not.

#include <string>
#include <string_view>
#include <vector>

#include "cerebro/api_call.h"

namespace cordyna::cerebro {

/// A query parameter or a key of a body.
struct Parameter {
  const char* name;
  const char* schema;  // JSON Schema
  const char* text;
};

enum class Takes { nothing, object, events, declarations };

struct Route {
  const char* method;
  const char* path;  // {name} matches one segment
  const char* id;    // operationId
  const char* text;
  std::vector<Parameter> query;
  Takes takes;
  std::vector<Parameter> keys;  // of the body, when it takes an object (or declarations)
  int status;                   // when all is well
  const char* answer;           // a schema of the API description, or a media type
  std::vector<int> refusals;    // beside 400, 404, 405
  void (*serve)(Call& call);
};

const std::vector<Route>& routes();

/// The API description (OpenAPI 3.1). Made once.
const std::string& openapi_text(const std::string& version);
/// JSON Schemas by the names that Route::answer uses.
model::Json openapi_schemas();

// api_runs.cc
void serve_run_start(Call& call);
void serve_run_list(Call& call);
void serve_run(Call& call);
void serve_run_cancel(Call& call);
void serve_run_retry(Call& call);
void serve_run_adopt(Call& call);
void serve_log(Call& call);
// api_tasks.cc
void serve_task_list(Call& call);
void serve_task(Call& call);
void serve_task_pause(Call& call);
void serve_task_resume(Call& call);
void serve_why(Call& call);
void serve_graph(Call& call);
// api_servers.cc
void serve_server_list(Call& call);
void serve_server(Call& call);
void serve_server_forget(Call& call);
void serve_server_transfer(Call& call);
void serve_declarations_check(Call& call);
// api_events.cc
void serve_event_list(Call& call);
void serve_events_receive(Call& call);
void serve_backfill(Call& call);
// api_root.cc
void serve_health(Call& call);
void serve_readiness(Call& call);
void serve_metrics(Call& call);
void serve_openapi(Call& call);
void serve_home(Call& call);

}  // namespace cordyna::cerebro
