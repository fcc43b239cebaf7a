#include "task_server/command_table.h"

#include <fmt/format.h>

#include <utility>

namespace cordyna::task_server {
namespace {

using Json = nlohmann::json;

/// Reads the templates of one task and gathers what is wrong with them.
class CommandReader {
 public:
  CommandReader(const model::TaskDeclaration& task, model::Findings& findings)
      : path_("tasks." + task.name), findings_(findings) {
    names_.params = model::declared_params(task.params);
    for (const model::Upstream& upstream : task.upstream) names_.upstreams.push_back(upstream.text);
  }

  std::optional<TemplateText> read(const Json& text, const std::string& key) {
    auto parsed = TemplateText::parse(text.get_ref<const std::string&>(), names_);
    if (parsed.ok()) return std::move(*parsed);
    findings_.push_back({path_ + '.' + key, "unknown_template", parsed.error().message,
                         "templates are few and closed; anything else belongs into the command itself"});
    return std::nullopt;
  }

  std::vector<TemplateText> read_list(const Json& texts, const std::string& key) {
    std::vector<TemplateText> list;
    for (std::size_t i = 0; i < texts.size(); ++i)
      if (auto text = read(texts[i], fmt::format("{}[{}]", key, i))) list.push_back(std::move(*text));
    return list;
  }

  void refuse_missing_command() {
    findings_.push_back({path_, "no_command", "the task has no command",
                         "give it run: [\"program\", \"argument\"] or "
                         "shell: \"command line\""});
  }

 private:
  std::string path_;
  TemplateNames names_;
  model::Findings& findings_;
};

TemplateText literal(std::string_view text) {
  return *TemplateText::parse(text, {});
}

std::string in_folder(const std::string& folder, const std::string& path) {
  if (path.empty()) return folder;
  return path.front() == '/' ? path : folder + '/' + path;
}

TaskCommand read_command(const model::TaskDeclaration& task, const std::string& folder, model::Findings& findings) {
  CommandReader reader(task, findings);
  const Json keys = task.command.is_object() ? task.command : Json::object();
  TaskCommand command;
  command.params_schema = task.params;
  if (keys.contains("run")) {
    command.argv = reader.read_list(keys["run"], "run");
  } else if (keys.contains("shell")) {
    command.is_shell = true;
    command.argv = {literal("/bin/sh"), literal("-c")};
    if (auto text = reader.read(keys["shell"], "shell")) command.argv.push_back(std::move(*text));
  } else {
    reader.refuse_missing_command();
  }
  if (keys.contains("check")) command.check = reader.read_list(keys["check"], "check");
  if (keys.contains("environment"))
    for (const auto& [name, text] : keys["environment"].items())
      if (auto read = reader.read(text, "environment." + name)) command.environment.emplace(name, std::move(*read));
  command.cwd = in_folder(folder, keys.value("cwd", ""));
  if (keys.contains("grace"))
    if (const auto grace = base::parse_duration(keys["grace"].get_ref<const std::string&>())) command.grace = *grace;
  return command;
}

void set_variable(std::vector<std::string>& environment, const std::string& name, const std::string& value) {
  const std::string prefix = name + '=';
  for (std::string& entry : environment)
    if (entry.starts_with(prefix)) {
      entry = prefix + value;
      return;
    }
  environment.push_back(prefix + value);
}

}  // namespace

ReadCommands read_commands(const model::Declaration& declaration, const std::string& folder) {
  ReadCommands read;
  for (const model::TaskDeclaration& task : declaration.tasks)
    read.commands.emplace(task.name, read_command(task, folder, read.findings));
  return read;
}

base::Result<ProcessPlan> plan_of(const TaskCommand& command, const model::RunCommand& run, bool is_check,
                                  const CommandFiles& files, const std::vector<std::string>& base) {
  const Json given = Json::parse(run.params, nullptr, false);
  const Json params = model::projected_params(given.is_object() ? given : Json::object(), command.params_schema);
  const TemplateValues values{run, params, Json::parse(run.inputs, nullptr, false)};

  ProcessPlan plan;
  plan.cwd = command.cwd;
  for (const TemplateText& item : is_check ? command.check : command.argv) {
    auto text = item.render(values, command.is_shell && !is_check ? Rendering::shell : Rendering::plain);
    if (!text) return text.error();
    plan.argv.push_back(std::move(*text));
  }
  plan.environment = base;
  for (const auto& [name, item] : command.environment) {
    auto text = item.render(values);
    if (!text) return text.error();
    set_variable(plan.environment, name, *text);
  }
  set_variable(plan.environment, "CORDYNA_RUN_ID", run.run_id);
  set_variable(plan.environment, "CORDYNA_TASK", run.task);
  set_variable(plan.environment, "CORDYNA_ATTEMPT", std::to_string(run.attempt));
  set_variable(plan.environment, "CORDYNA_SCHEDULED_AT", run.scheduled_at);
  set_variable(plan.environment, "CORDYNA_ENV", run.env.empty() ? "production" : run.env);
  set_variable(plan.environment, "CORDYNA_PARAMS", params.dump(-1, ' ', false, Json::error_handler_t::replace));
  set_variable(plan.environment, "CORDYNA_INPUTS", files.inputs);
  set_variable(plan.environment, "CORDYNA_RESULT", files.result);
  return plan;
}

}  // namespace cordyna::task_server
