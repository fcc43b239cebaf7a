// From a request to the route that serves it, or the problem with it. See api.h and api_routes.h.
#include <algorithm>

#include "base/limits.h"
#include "base/nearest.h"
#include "cerebro/api_routes.h"

namespace cordyna::cerebro {
namespace {

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::size_t end = std::min(path.find('/'), path.size());
    parts.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return parts;
}

/// The values of the placeholders, when the path is one of the route's.
std::optional<std::vector<std::string>> match(std::string_view pattern, const std::vector<std::string_view>& path) {
  const auto parts = segments(pattern);
  if (parts.size() != path.size()) return std::nullopt;
  std::vector<std::string> values;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].starts_with('{') && !path[i].empty())
      values.emplace_back(path[i]);
    else if (parts[i] != path[i])
      return std::nullopt;
  }
  return values;
}

struct Matched {
  const Route* route = nullptr;
  std::vector<std::string> values;
  std::string allow;  // methods of the path, when none of its routes has the method
};

Matched find_route(std::string_view method, std::string_view path) {
  Matched matched;
  if (!path.starts_with('/')) return matched;
  const auto parts = segments(path);
  for (const Route& route : routes()) {
    auto values = match(route.path, parts);
    if (!values) continue;
    if (route.method == method) return {&route, std::move(*values), {}};
    matched.allow += (matched.allow.empty() ? "" : ", ") + std::string(route.method) +
                     (std::string_view(route.method) == "GET" ? ", HEAD" : "");
  }
  return matched;
}

std::optional<Problem> query_problem(const Route& route, const std::map<std::string, std::string>& query) {
  model::Findings findings;
  std::vector<std::string> known;
  for (const Parameter& parameter : route.query) known.emplace_back(parameter.name);
  for (const auto& [name, value] : query) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto near = base::nearest(name, known);
    findings.push_back({name,
                        "unknown_key",
                        "the query has no \"" + name + "\"",
                        near ? "did you mean \"" + *near + "\"?" : "leave it out",
                        {},
                        0,
                        0});
  }
  if (findings.empty()) return std::nullopt;
  return Problem{422, "invalid", findings.front().message + ": " + findings.front().fix, std::move(findings)};
}

std::vector<std::string> names_of(const std::vector<Parameter>& parameters) {
  std::vector<std::string> names;
  for (const Parameter& parameter : parameters) names.emplace_back(parameter.name);
  return names;
}

void serve(const Route& route, Call& call) {
  if (auto problem = query_problem(route, call.query)) return call.caller.refuse(*problem);
  if (route.takes == Takes::object) {
    auto body = json_body(call.request, base::limits::http_body_bytes_max);
    if (const auto* problem = std::get_if<Problem>(&body)) return call.caller.refuse(*problem);
    call.body = Fields(std::move(std::get<model::Json>(body)), names_of(route.keys));
  }
  route.serve(call);
}

}  // namespace

void Api::on_request(base::ConnectionId connection, base::HttpRequest request) {
  const Caller caller{&host_, &transport_, connection};
  auto target = read_target(request.target);
  if (const auto* problem = std::get_if<Problem>(&target)) return caller.refuse(*problem);
  Target& read = std::get<Target>(target);
  const std::string_view method = request.method == "HEAD" ? "GET" : std::string_view(request.method);
  Matched matched = find_route(method, read.path);
  if (matched.route == nullptr && matched.allow.empty())
    return caller.refuse({404, "not_found", "there is nothing at " + read.path + "; see /openapi.json", {}});
  if (matched.route == nullptr) {
    auto refusal = response_of({405, "method_not_allowed", read.path + " takes " + matched.allow, {}});
    refusal.headers.emplace_back("allow", matched.allow);
    return caller.respond(std::move(refusal));
  }
  Call call{caller, request, std::move(matched.values), std::move(read.query), {}};
  serve(*matched.route, call);
}

}  // namespace cordyna::cerebro
