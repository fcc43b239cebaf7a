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
#include "model/declaration_change.h"
#include "model/finding.h"

namespace cordyna::engine {

/// What is wrong with a declaration given all others: a name of another team, a cycle (its whole path is named, across
/// servers), and as warnings what is not declared yet (graph_check.cc). Cost: the change, the window of order its edges
/// span, and the findings. `change.before` is the current declaration of the server.
model::Findings graph_findings(const State& state, const model::Declaration& declaration,
                               const model::DeclarationChange& change);

/// Names a task for ever; an unknown name gets the next index.
TaskIndex name_task(State& state, const std::string& name);
ServerIndex name_server(State& state, const std::string& name);

/// The current declaration of a server, null when it has none.
std::shared_ptr<const model::Declaration> current_declaration(const State& state, const std::string& server);

/// Before apply() of an event that was read back: `event.declaration` takes over from the current one of this state.
void fit_declaration(const State& state, model::ServerDeclared& event);

/// Part of apply(): the declaration becomes the current one of its server. It must have no graph_findings that are
/// errors. Cost: the change.
void adopt_declaration(State& state, ServerIndex server, std::shared_ptr<const model::Declaration> declaration,
                       const model::DeclarationChange& change, Seq seq);
/// Part of apply(): all tasks of the server become undeclared.
void forget_declaration(State& state, ServerIndex server);

/// Enters the event triggers of a declared task into the index, or takes them out.
void index_event_triggers(State& state, TaskIndex task, bool add);

/// "server/task" without its server.
std::string_view short_name(std::string_view full_name);

bool has_upstream_trigger(const model::TaskDeclaration& task);
bool has_own_trigger(const model::TaskDeclaration& task);  // by time or event
bool joins_on_any(const model::TaskDeclaration& task);     // upstream: any

}  // namespace cordyna::engine
