#pragma once
// Declarations as YAML files (`dyna serve FILE`): findings point at line and column, and the JSON to send comes with
// it.

#include <string>
#include <string_view>

#include "wire/declaration_tree.h"

namespace cordyna::wire {

struct ReadYamlDeclaration {
  std::shared_ptr<const model::Declaration> declaration;  // null when the findings have errors
  model::Findings findings;
  std::string json;  // canonical, what a task-server sends; the declaration's hash is of these bytes
  /// What could be read in spite of all errors, so that more can be found wrong with it at once; null when it is no
  /// YAML.
  std::shared_ptr<const model::Declaration> draft;
};

ReadYamlDeclaration read_declaration_yaml(std::string_view text, const model::CheckZone& check_zone = {});

}  // namespace cordyna::wire
