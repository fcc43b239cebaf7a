// What stands at the root: liveness, readiness, figures, the description of the API, and a page for people.
#include "cerebro/api_routes.h"

namespace cordyna::cerebro {
namespace {

base::HttpResponse text_response(int status, const char* type, std::string body) {
  return {status, {{"content-type", type}, {"cache-control", "no-store"}}, std::move(body)};
}

constexpr const char* home_page = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>cordyna</title>
</head>
<body>
<h1>cordyna</h1>
<p>This is cerebro. It knows the one graph of all tasks, sends them to the task-servers in the right order, and keeps
everything that happened.</p>
<ul>
<li><a href="/api/v1/runs">Runs</a>, the newest first</li>
<li><a href="/api/v1/tasks">Tasks</a>, <a href="/api/v1/servers">task-servers</a> and <a href="/api/v1/graph">the graph</a></li>
<li><a href="/api/v1/events">Events</a>, in order</li>
<li><a href="/openapi.json">The description of the API</a></li>
<li><a href="/readyz">Readiness</a> and <a href="/metrics">figures</a></li>
</ul>
<p>On the command line: <code>dyna --help</code></p>
</body>
</html>
)";

}  // namespace

void serve_health(Call& call) {
  call.caller.respond(text_response(200, "text/plain; charset=utf-8", "alive\n"));
}

void serve_readiness(Call& call) {
  const std::string why_not = call.caller.host->not_ready();
  if (why_not.empty()) return call.caller.respond(text_response(200, "text/plain; charset=utf-8", "ready\n"));
  call.caller.refuse({503, "not_ready", why_not, {}});
}

void serve_metrics(Call& call) {
  call.caller.respond(text_response(200, "text/plain; version=0.0.4; charset=utf-8", call.caller.host->metrics()));
}

void serve_openapi(Call& call) {
  base::HttpResponse response =
      text_response(200, "application/json", openapi_text(call.caller.host->settings().version));
  call.caller.respond(std::move(response));
}

void serve_home(Call& call) {
  base::HttpResponse response = text_response(200, "text/html; charset=utf-8", home_page);
  response.headers.emplace_back("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'");
  response.headers.emplace_back("x-content-type-options", "nosniff");
  call.caller.respond(std::move(response));
}

}  // namespace cordyna::cerebro
