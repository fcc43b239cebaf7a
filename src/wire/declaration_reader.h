#pragma once
// The parts of the declaration's reader: what a task may say, and its triggers. Only declaration_tree.cc puts them
// together.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/declaration.h"
#include "wire/tree_reader.h"

namespace cordyna::wire {

/// A task while it is read: `defaults` is one too, and each task begins as a copy of it.
struct TaskDraft {
  model::TaskDeclaration task;  // without policy
  model::Policy policy;
};

/// Reads every key but `upstream` and `when` of a task (or of `defaults`) into the draft; what is absent stays as it
/// was.
void read_task_rules(TreeReader& reader, const Node& node, TaskDraft& draft);

/// `upstream`: names without a server are completed with `server`.
std::vector<model::Upstream> read_upstreams(TreeReader& reader, const Node& node, std::string_view server);

/// `when`: one trigger or a list of them.
std::vector<model::Trigger> read_triggers(TreeReader& reader, const Node& node);

}  // namespace cordyna::wire
