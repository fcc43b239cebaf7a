#include "task_server/served_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "wire/declaration_yaml.h"
#include "wire/yaml_text.h"

namespace cordyna::task_server {
namespace {

base::Result<std::string> content_of(const std::string& path) {
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown))
    return base::Error{"io_error", fmt::format("{}:1:1: cannot read the file: {}", path, std::strerror(EISDIR))};
  std::ifstream file(path, std::ios::binary);
  std::string content(std::istreambuf_iterator<char>(file), {});
  if (!file)
    return base::Error{"io_error",
                       fmt::format("{}:1:1: cannot read the file: {}", path, std::strerror(errno != 0 ? errno : EIO))};
  return content;
}

void add_places(model::Findings& findings, const wire::Document& document) {
  for (model::Finding& finding : findings) {
    if (finding.line != 0) continue;
    for (std::string path = finding.path; true; path.resize(path.find_last_of(".["))) {
      const auto place = document.places.find(path);
      finding.line = place != document.places.end() ? place->second.line : 1;
      finding.column = place != document.places.end() ? place->second.column : 1;
      if (place != document.places.end() || path.find_last_of(".[") == std::string::npos) break;
    }
  }
}

/// Of a command whose own keys, or the params and upstreams its templates may name, are wrong nothing more can be said.
bool is_echo(const model::Finding& finding, const model::Findings& before) {
  const std::string task = finding.path.substr(0, finding.path.find_first_of(".[", sizeof "tasks"));
  return std::any_of(before.begin(), before.end(), [&](const model::Finding& one) {
    if (one.severity != model::Severity::error || !one.path.starts_with(task + '.')) return false;
    const std::string key =
        one.path.substr(task.size() + 1, one.path.find_first_of(".[", task.size() + 1) - task.size() - 1);
    static const std::set<std::string_view> about{"run", "shell", "check", "environment", "params", "upstream"};
    return about.contains(key) || one.rule == "unknown_key";
  });
}

}  // namespace

base::Result<ServedFile> read_served_file(const std::string& path) {
  errno = 0;
  auto content = content_of(path);
  if (!content) return content.error();
  wire::ReadYamlDeclaration read = wire::read_declaration_yaml(*content);
  ServedFile file;
  file.declaration = std::move(read.declaration);
  file.findings = std::move(read.findings);
  if (!read.draft) return file;

  const auto folder = std::filesystem::absolute(path).parent_path();
  ReadCommands commands = read_commands(*read.draft, folder.string());
  std::erase_if(commands.findings, [&](const model::Finding& one) { return is_echo(one, file.findings); });
  if (!commands.findings.empty()) {
    add_places(commands.findings, wire::parse_yaml(*content));
    file.findings.insert(file.findings.end(), commands.findings.begin(), commands.findings.end());
    std::stable_sort(file.findings.begin(), file.findings.end(), [](const auto& a, const auto& b) {
      return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    });
    file.declaration = nullptr;
  }
  if (!file.declaration) return file;
  file.text = {std::move(read.json), file.declaration->hash};
  file.commands = std::make_shared<const CommandTable>(std::move(commands.commands));
  return file;
}

void add_places(model::Findings& findings, const std::string& path) {
  if (const auto content = content_of(path)) add_places(findings, wire::parse_yaml(*content));
}

std::string finding_text(const model::Finding& finding, const std::string& path) {
  const std::string severity = finding.severity == model::Severity::warning ? "warning: " : "";
  const std::string place = finding.path.empty() ? std::string() : finding.path + ": ";
  const std::string fix = finding.fix.empty() ? std::string() : "\n    " + finding.fix;
  return fmt::format("{}:{}:{}: {}{}{}{}", path, std::max(finding.line, 1U), std::max(finding.column, 1U), severity,
                     place, finding.message, fix);
}

std::string finding_json(const model::Finding& finding, const std::string& path) {
  const nlohmann::json json = {{"file", path},
                               {"line", std::max(finding.line, 1U)},
                               {"column", std::max(finding.column, 1U)},
                               {"path", finding.path},
                               {"rule", finding.rule},
                               {"message", finding.message},
                               {"fix", finding.fix},
                               {"severity", finding.severity == model::Severity::warning ? "warning" : "error"}};
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace cordyna::task_server
