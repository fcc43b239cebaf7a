// The API description, made from the routes that are served.
#include "cerebro/api_routes.h"

namespace cordyna::cerebro {
namespace {

using model::Json;

Json schema_of(const Parameter& parameter) {
  return Json::parse(parameter.schema);
}

Json path_parameters(std::string_view path) {
  Json list = Json::array();
  while (true) {
    const std::size_t begin = path.find('{');
    if (begin == std::string_view::npos) return list;
    const std::size_t end = path.find('}', begin);
    list.push_back({{"name", path.substr(begin + 1, end - begin - 1)},
                    {"in", "path"},
                    {"required", true},
                    {"schema", {{"type", "string"}}}});
    path.remove_prefix(end + 1);
  }
}

Json header(const char* name, const char* text) {
  return {{"name", name}, {"in", "header"}, {"description", text}, {"schema", {{"type", "string"}}}};
}

Json parameters_of(const Route& route) {
  Json list = path_parameters(route.path);
  for (const Parameter& parameter : route.query)
    list.push_back(
        {{"name", parameter.name}, {"in", "query"}, {"description", parameter.text}, {"schema", schema_of(parameter)}});
  if (std::string_view(route.method) == "POST")
    list.push_back(header("Cordyna-Actor", "who asks, as claimed; recorded"));
  if (std::string_view(route.id) == "startRun")
    list.push_back(header("Idempotency-Key", "the same key and body are answered with the same run"));
  return list;
}

Json body_of(const Route& route) {
  if (route.takes == Takes::events) {
    const Json event{{"schema", {{"type", "object"}}}};
    return {{"required", true},
            {"content",
             {{"application/cloudevents+json", event},
              {"application/cloudevents-batch+json", {{"schema", {{"type", "array"}}}}},
              {"*/*", {{"schema", Json::object()}}}}}};
  }
  Json properties = Json::object();
  for (const Parameter& key : route.keys) {
    properties[key.name] = schema_of(key);
    properties[key.name]["description"] = key.text;
  }
  const Json schema{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  return {{"content", {{"application/json", {{"schema", schema}}}}}};
}

Json answer_of(const Route& route) {
  const std::string_view answer(route.answer);
  if (answer.find('/') != std::string_view::npos)
    return {{"description", "done"}, {"content", {{answer, {{"schema", {{"type", "string"}}}}}}}};
  const Json schema =
      answer == "object" ? Json{{"type", "object"}} : Json{{"$ref", "#/components/schemas/" + std::string(answer)}};
  return {{"description", "done"}, {"content", {{"application/json", {{"schema", schema}}}}}};
}

Json responses_of(const Route& route) {
  const Json problem{
      {"description", "refused; nothing was changed"},
      {"content", {{"application/problem+json", {{"schema", {{"$ref", "#/components/schemas/Problem"}}}}}}}};
  Json responses{{std::to_string(route.status), answer_of(route)}};
  for (const int status : route.refusals) responses[std::to_string(status)] = problem;
  for (const int status : {400, 404}) responses[std::to_string(status)] = problem;
  return responses;
}

Json operation(const Route& route) {
  Json json{{"operationId", route.id},
            {"summary", route.text},
            {"parameters", parameters_of(route)},
            {"responses", responses_of(route)}};
  if (route.takes != Takes::nothing) json["requestBody"] = body_of(route);
  return json;
}

}  // namespace

const std::string& openapi_text(const std::string& version) {
  static const std::string text = [&version] {
    Json paths = Json::object();
    for (const Route& route : routes()) {
      std::string method(route.method);
      for (char& one : method) one = static_cast<char>(one - 'A' + 'a');
      paths[route.path][method] = operation(route);
    }
    const Json json{{"openapi", "3.1.0"},
                    {"info",
                     {{"title", "cordyna"},
                      {"version", version},
                      {"description",
                       "Runs, tasks, task-servers and events of one cordyna. Times are RFC 3339 in UTC, durations are "
                       "integers with ms, s, m, h or d. Refusals are problem documents (RFC 9457). Task-servers "
                       "connect to /api/v1/connect, a WebSocket that is not described here."}}},
                    {"paths", std::move(paths)},
                    {"components", {{"schemas", openapi_schemas()}}}};
    return json.dump(2);
  }();
  return text;
}

}  // namespace cordyna::cerebro
