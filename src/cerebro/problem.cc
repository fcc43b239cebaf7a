// Refusals and documents as HTTP answers.

#include "cerebro/problem.h"

#include <map>

namespace cordyna::cerebro {
namespace {

std::string_view title_of(int status) {
  switch (status) {
    case 400:
      return "Bad request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not found";
    case 405:
      return "Method not allowed";
    case 409:
      return "Conflict";
    case 413:
      return "Too large";
    case 415:
      return "Unsupported content type";
    case 422:
      return "Invalid";
    case 429:
      return "Too many requests";
    case 503:
      return "Not available now";
    case 507:
      return "Disk full";
    default:
      return status >= 500 ? "Internal error" : "Refused";
  }
}

}  // namespace

base::HttpResponse json_response(int status, const model::Json& body) {
  return {status,
          {{"content-type", "application/json"}, {"cache-control", "no-store"}},
          body.dump(-1, ' ', false, model::Json::error_handler_t::replace)};
}

base::HttpResponse response_of(const Problem& problem) {
  model::Json body{{"type", "about:blank"},    {"title", title_of(problem.status)},
                   {"status", problem.status}, {"detail", problem.detail},
                   {"code", problem.code},     {"errors", model::Json::array()}};
  for (const auto& finding : problem.errors)
    body["errors"].push_back(
        {{"path", finding.path}, {"rule", finding.rule}, {"message", finding.message}, {"fix", finding.fix}});
  base::HttpResponse response = json_response(problem.status, body);
  response.headers[0].second = "application/problem+json";
  if (problem.status == 503 || problem.status == 429 || problem.status == 507)
    response.headers.emplace_back("retry-after", problem.status == 507 ? "5" : "1");
  return response;
}

int status_of(std::string_view code) {
  static const std::map<std::string_view, int> statuses{
      {"bad_json", 400},    {"bad_query", 400},      {"bad_utf8", 400},       {"forbidden_host", 403},
      {"unknown_run", 404}, {"unknown_task", 404},   {"unknown_server", 404}, {"not_found", 404},
      {"run_final", 409},   {"run_not_failed", 409}, {"retry_live", 409},     {"nothing_late", 409},
      {"key_reuse", 409},   {"id_reuse", 409},       {"server_live", 409},    {"run_live", 409},
      {"conflict", 409},    {"too_large", 413},      {"busy", 503},           {"disk_full", 507}};
  const auto found = statuses.find(code);
  return found == statuses.end() ? 422 : found->second;
}

}  // namespace cordyna::cerebro
