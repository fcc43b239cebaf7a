#pragma once
// Tasks, task-servers and the graph as people and programs outside read them. Each costs what it shows.

#include "base/time.h"
#include "engine/state.h"
#include "model/declaration.h"

namespace cordyna::cerebro {

/// A task as lists show it.
model::Json task_document(const engine::State& state, model::TaskIndex task);
/// The same with all its rules.
model::Json whole_task_document(const engine::State& state, model::TaskIndex task);

model::Json server_document(const engine::State& state, model::ServerIndex server);

/// The tasks and the edges between them and from what is not declared.
model::Json graph_document(const engine::State& state, const std::vector<model::TaskIndex>& tasks);

model::Json finding_document(const model::Finding& finding);
model::Json findings_document(const model::Findings& findings);

}  // namespace cordyna::cerebro
