#pragma once
// The ONE graph of all declared tasks. Tasks keep a topological order, so that a new declaration is checked for cycles
// by a search within the window of that order which its new edges span, never by a pass over the graph.
//
// Source: D. Pearce, P. Kelly, "A dynamic topological sort algorithm for directed acyclic graphs", JEA 2006.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/state.h"
#include "model/finding.h"

namespace cordyna::engine {

/// What is wrong with a declaration given all others: a name of another team, a cycle (its whole path is named, across
/// servers), and as warnings what is not declared yet. Cost: the declaration and the window of order its edges span.
model::Findings graph_findings(const State& state, const model::Declaration& declaration);

/// Names a task for ever; an unknown name gets the next index.
TaskIndex name_task(State& state, const std::string& name);
ServerIndex name_server(State& state, const std::string& name);

/// What a new declaration changes, by task name.
struct DeclarationDifference {
  std::vector<std::string> added, changed, removed;
};
DeclarationDifference difference(const State& state, const model::Declaration& declaration);

/// Part of apply(): the declaration becomes the current one of its server. It must have no graph_findings that are
/// errors.
void adopt_declaration(State& state, ServerIndex server, std::shared_ptr<const model::Declaration> declaration,
                       Seq seq);
/// Part of apply(): all tasks of the server become undeclared.
void forget_declaration(State& state, ServerIndex server);

/// Enters the event triggers of a declared task into the index, or takes them out.
void index_event_triggers(State& state, TaskIndex task, bool add);

/// Position of a task in a declaration by its short name; tasks are sorted by name.
std::optional<std::uint32_t> position_in(const model::Declaration& declaration, std::string_view task);
/// "server/task" without its server.
std::string_view short_name(std::string_view full_name);

bool has_upstream_trigger(const model::TaskDeclaration& task);
bool has_own_trigger(const model::TaskDeclaration& task);  // by time or event
bool joins_on_any(const model::TaskDeclaration& task);     // upstream: any

}  // namespace cordyna::engine
