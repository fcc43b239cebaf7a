#pragma once
// What a route gets of a request: the values of its path and query, decoded and bounded, who asks, and the body read
// strictly. Everything that is wrong is told at once, as a problem document. Private to the api_*.cc files.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cerebro/api.h"
#include "cerebro/problem.h"
#include "model/finding.h"

namespace cordyna::cerebro {

/// "%41+b" in a path keeps its plus, in a query it is a space. nullopt when it is malformed or not UTF-8.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space);

struct Target {
  std::string path;                          // decoded
  std::map<std::string, std::string> query;  // decoded; empty values count as absent and are left out
};
/// Splits and decodes path?query. Problems: bad_query (400).
std::variant<Target, Problem> read_target(std::string_view target);

/// Whom to answer: outlives the request.
struct Caller {
  ApiHost* host;
  base::Transport* transport;
  base::ConnectionId connection;

  void respond(base::HttpResponse response) const { transport->respond(connection, std::move(response)); }
  void respond(int status, const model::Json& body) const { respond(json_response(status, body)); }
  void refuse(const Problem& problem) const { respond(response_of(problem)); }
  void look(ApiHost::Look see) const { host->look(connection, std::move(see)); }
};

/// Reads a JSON object key by key; what is wrong is collected. `null` counts as absent.
class Fields {
 public:
  Fields() = default;
  /// Keys other than `known` are findings, with the nearest known one.
  Fields(model::Json object, const std::vector<std::string>& known);
  std::string text(const char* key, std::size_t bytes_max, std::string preset = {});
  bool flag(const char* key, bool preset);
  std::uint64_t number(const char* key, std::uint64_t preset, std::uint64_t max);
  std::vector<std::string> texts(const char* key, std::size_t count_max);
  model::Json value(const char* key, model::Json preset) const;
  bool has(const char* key) const { return object_.contains(key) && !object_[key].is_null(); }
  void refuse(std::string path, std::string rule, std::string message, std::string fix);
  const model::Json& object() const { return object_; }

  bool ok() const { return findings_.empty(); }
  Problem problem() const;  // 422 with every finding

 private:
  const model::Json* find(const char* key) const;
  model::Json object_ = model::Json::object();
  model::Findings findings_;
};

struct Call {
  Caller caller;
  base::HttpRequest& request;
  std::vector<std::string> path;             // values of the {placeholders}, in order
  std::map<std::string, std::string> query;  // only names the route knows
  Fields body;                               // of routes that take a JSON object

  std::string text(const char* key) const;
  engine::Actor actor(bool automated = false) const;
  bool wants_stream() const;
};

/// Whole numbers of a query. Problems: bad_query.
std::variant<std::uint64_t, Problem> query_number(const Call& call, const char* key, std::uint64_t preset,
                                                  std::uint64_t min, std::uint64_t max);

/// The `limit` of a list: 1..1000, default 100.
std::variant<std::uint64_t, Problem> page_limit(const Call& call);

/// A body as one JSON object; an empty body is an empty object. Problems: bad_utf8, bad_json (400), too_large (413),
/// unsupported_content_type (415).
std::variant<model::Json, Problem> json_body(const base::HttpRequest& request, std::size_t bytes_max);

/// Submits and answers: `status` with the engine's answer, or its refusal. `answer` may make another document of it.
void submit(const Caller& caller, engine::Actor actor, engine::RequestBody body, int status);
Problem problem_of(const engine::Refusal& refusal);

/// A run id of a path. Problems: unknown_run (404), as no such run can exist.
std::variant<base::RunId, Problem> run_id(const std::string& text);

}  // namespace cordyna::cerebro
