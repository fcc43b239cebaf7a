#pragma once
// The one reader of declarations: a tree (from JSON or YAML) -> the Declaration. Knows every key of a declaration, its
// short forms and defaults; says everything that is wrong at once. declaration_json.h and declaration_yaml.h are its
// doors.

#include <memory>
#include <string>

#include "model/declaration.h"
#include "model/finding.h"
#include "model/validate.h"
#include "wire/document.h"

namespace cordyna::wire {

struct ReadDeclaration {
  std::shared_ptr<const model::Declaration> declaration;  // null when the findings have errors
  model::Findings findings;
};

/// The same while it may still be changed: the doors add the hash.
struct DeclarationDraft {
  std::shared_ptr<model::Declaration> declaration;
  std::shared_ptr<const model::Declaration> draft;  // never null: what could be read in spite of all errors
  model::Findings findings;
};

/// `document.tree` is the declaration. The hash is left empty. `check_zone` may be empty: then zones are not
/// judged.
DeclarationDraft read_declaration(const Document& document, const model::CheckZone& check_zone);

}  // namespace cordyna::wire
