#pragma once
// ServedFile: a YAML task-server file as it was read: its declaration, its commands, and where each key stands, so that
// a finding of cerebro's can point at the line too.

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "model/declaration.h"
#include "model/finding.h"
#include "task_server/command_table.h"
#include "task_server/session.h"

namespace cordyna::task_server {

struct ServedFile {
  std::shared_ptr<const model::Declaration> declaration;  // null when the findings have errors
  DeclarationText text;
  std::shared_ptr<const CommandTable> commands;
  model::Findings findings;  // with line and column
};

/// Errors: io_error. What is wrong inside the file are findings.
base::Result<ServedFile> read_served_file(const std::string& path);

/// Gives findings that name a path the line and column where it stands in the file, or where the nearest thing around
/// it does.
void add_places(model::Findings& findings, const std::string& path);

/// "FILE:LINE:COL: message" and, below it, the fix.
std::string finding_text(const model::Finding& finding, const std::string& path);
std::string finding_json(const model::Finding& finding, const std::string& path);

}  // namespace cordyna::task_server
