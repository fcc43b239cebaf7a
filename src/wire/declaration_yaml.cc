#include "wire/declaration_yaml.h"

#include <utility>

#include "base/hash.h"
#include "wire/declaration_json.h"
#include "wire/yaml_text.h"

namespace cordyna::wire {

ReadYamlDeclaration read_declaration_yaml(std::string_view text, const model::CheckZone& check_zone) {
  Document document = parse_yaml(text);
  if (model::has_errors(document.findings)) return {nullptr, std::move(document.findings), "", nullptr};
  DeclarationDraft read = read_declaration(document, check_zone);
  if (!read.declaration) return {nullptr, std::move(read.findings), "", std::move(read.draft)};
  std::string json = declaration_to_json(*read.declaration);
  read.declaration->hash = base::sha256_hex(json);
  return {std::move(read.declaration), std::move(read.findings), std::move(json), std::move(read.draft)};
}

}  // namespace cordyna::wire
