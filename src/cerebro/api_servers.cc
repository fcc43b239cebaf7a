// Task-servers over HTTP, and what cerebro would say to a declaration.
#include <algorithm>

#include "base/limits.h"
#include "base/nearest.h"
#include "cerebro/api_routes.h"
#include "cerebro/task_document.h"
#include "engine/graph.h"
#include "engine/schedule.h"
#include "model/validate.h"
#include "wire/declaration_json.h"

namespace cordyna::cerebro {

namespace limits = base::limits;
using engine::State;
using model::Json;

namespace {

base::HttpResponse one_server(const State& state, const std::string& name) {
  const auto found = state.server_by_name.find(name);
  if (found != state.server_by_name.end() && state.server(found->second).seen())
    return json_response(200, server_document(state, found->second));
  std::vector<std::string> known;
  for (const auto& [one, index] : state.server_by_name)
    if (state.server(index).seen()) known.push_back(one);
  const auto near = base::nearest(name, known);
  return response_of({404,
                      "unknown_server",
                      "there is no task-server " + name +
                          (near ? "; did you mean " + *near + "?" : "; see which there are: dyna servers"),
                      {}});
}

base::HttpResponse server_page(const State& state, const std::string& after, std::size_t limit) {
  Json list = Json::array(), next;
  auto server = state.server_by_name.upper_bound(after);
  for (; server != state.server_by_name.end() && list.size() < limit; ++server) {
    if (!state.server(server->second).seen()) continue;
    list.push_back(server_document(state, server->second));
  }
  if (server != state.server_by_name.end() && !list.empty()) next = list.back()["server"];
  return json_response(200, {{"servers", std::move(list)}, {"next", std::move(next)}});
}

void submit_for_server(Call& call, engine::RequestBody body) {
  if (!call.body.ok()) return call.caller.refuse(call.body.problem());
  call.caller.host->submit(call.actor(), std::move(body), [caller = call.caller, name = call.path[0]](const auto& a) {
    if (const auto* refusal = std::get_if<engine::Refusal>(&a.body)) return caller.refuse(problem_of(*refusal));
    caller.host->read(caller.connection, [name](const State& state) {
      return json_response(200, server_document(state, state.server_by_name.at(name)));
    });
  });
}

// ---- declarations:check

struct Checked {
  std::vector<wire::ReadDeclaration> read;
};

std::string verdict_of(const model::Findings& findings) {
  return model::has_errors(findings) ? "refused" : findings.empty() ? "accepted" : "warnings";
}

/// All findings, each path under its declaration. What the declarations mean to each other is not judged.
base::HttpResponse verdict(const State& state, const Checked& checked, const engine::Settings& settings) {
  model::Findings all;
  for (std::size_t i = 0; i < checked.read.size(); ++i) {
    const wire::ReadDeclaration& one = checked.read[i];
    model::Findings findings = one.findings;
    if (one.declaration != nullptr) {
      const auto before = engine::current_declaration(state, one.declaration->server);
      for (model::Finding& finding :
           engine::check_declaration(state, model::succeed(before, one.declaration), settings))
        findings.push_back(std::move(finding));
    }
    for (model::Finding& finding : findings) {
      finding.path = "declarations[" + std::to_string(i) + ']' + (finding.path.empty() ? "" : "." + finding.path);
      all.push_back(std::move(finding));
    }
  }
  return json_response(200, {{"verdict", verdict_of(all)}, {"findings", findings_document(all)}});
}

/// On a reader thread: parsing may take a while.
std::variant<Checked, Problem> read_declarations(const base::HttpRequest& request, const model::CheckZone& check) {
  auto body = json_body(request, limits::http_declarations_bytes_max);
  if (const auto* problem = std::get_if<Problem>(&body)) return *problem;
  Fields fields(std::move(std::get<Json>(body)), {"declarations", "fail_on"});
  const std::string fail_on = fields.text("fail_on", limits::word_name_max, "breaking");
  if (fail_on != "breaking")
    fields.refuse("fail_on", "unknown_word", "\"" + fail_on + "\" is not known here", "write breaking");
  const Json list = fields.value("declarations", Json());
  if (!list.is_array() || list.empty() || list.size() > limits::page_max)
    fields.refuse("declarations", "missing", "declarations is not a list of 1 to 1000 declarations",
                  "write \"declarations\": [{\"server\": ..., \"team\": ..., \"tasks\": {...}}]");
  if (!fields.ok()) return fields.problem();
  Checked checked;
  for (const Json& one : list) checked.read.push_back(wire::read_declaration_json(one.dump(), check));
  return checked;
}

}  // namespace

void serve_server_list(Call& call) {
  const auto limit = page_limit(call);
  if (const auto* problem = std::get_if<Problem>(&limit)) return call.caller.refuse(*problem);
  call.caller.host->read(call.caller.connection, [after = call.text("cursor"), limit = std::get<std::uint64_t>(limit)](
                                                     const State& state) { return server_page(state, after, limit); });
}

void serve_server(Call& call) {
  call.caller.host->read(call.caller.connection,
                         [name = call.path[0]](const State& state) { return one_server(state, name); });
}

void serve_server_forget(Call& call) {
  submit_for_server(call, engine::ForgetRequest{call.path[0], call.body.text("reason", limits::text_bytes_max)});
}

void serve_server_transfer(Call& call) {
  engine::TransferRequest transfer{call.path[0], call.body.text("to", limits::text_bytes_max),
                                   call.body.text("reason", limits::text_bytes_max)};
  if (transfer.to.empty()) call.body.refuse("to", "missing", "to which team is not said", "write \"to\": \"TEAM\"");
  submit_for_server(call, std::move(transfer));
}

void serve_declarations_check(Call& call) {
  const engine::Settings& settings = call.caller.host->settings();
  const auto request = std::make_shared<const base::HttpRequest>(std::move(call.request));
  const model::CheckZone& check_zone = call.caller.host->check_zone();
  call.caller.host->search(call.caller.connection, [request, &settings, &check_zone](log::EventLog&) -> ApiHost::Read {
    auto read = read_declarations(*request, check_zone);
    if (const auto* problem = std::get_if<Problem>(&read))
      return [refusal = *problem](const State&) { return response_of(refusal); };
    return [checked = std::move(std::get<Checked>(read)), &settings](const State& state) {
      return verdict(state, checked, settings);
    };
  });
}

}  // namespace cordyna::cerebro
