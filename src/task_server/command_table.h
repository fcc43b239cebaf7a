#pragma once
// CommandTable: the tasks of a YAML file as commands to run: argv, environment and check as parsed templates. Made from
// a declaration when the file is read; never changed, replaced as a whole when the file changes.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/declaration.h"
#include "model/finding.h"
#include "task_server/process.h"
#include "task_server/template_text.h"

namespace cordyna::task_server {

struct TaskCommand {
  std::vector<TemplateText> argv;  // of `run`, or of the shell that runs `shell`
  bool is_shell = false;
  std::vector<TemplateText> check;  // empty: there is none
  std::map<std::string, TemplateText> environment;
  std::string cwd;
  base::Duration grace = std::chrono::seconds(5);
  nlohmann::json params_schema;
};

using CommandTable = std::map<std::string, TaskCommand, std::less<>>;  // by name without the server

struct ReadCommands {
  CommandTable commands;
  model::Findings findings;
};

/// `folder` is where the file is: relative paths start there. Findings: no_command, unknown_template.
ReadCommands read_commands(const model::Declaration& declaration, const std::string& folder);

/// What a command is told besides its arguments.
struct CommandFiles {
  std::string inputs;  // path
  std::string result;  // path, empty for checks
};

/// The process of one attempt (or check). `base` is the environment of this program. Errors: template_value.
base::Result<ProcessPlan> plan_of(const TaskCommand& command, const model::RunCommand& run, bool is_check,
                                  const CommandFiles& files, const std::vector<std::string>& base);

}  // namespace cordyna::task_server
