#pragma once
// Declarations as JSON: what a task-server sends and cerebro reads, with exactly the keys of the YAML file.

#include <string>
#include <string_view>

#include "wire/declaration_tree.h"

namespace cordyna::wire {

/// The hash is the SHA-256 of `bytes`. cerebro passes what it knows of zones.
ReadDeclaration read_declaration_json(std::string_view bytes, const model::CheckZone& check_zone = {});

/// Canonical: keys sorted, no white space, defaults left out, so equal declarations are equal text. What the builders
/// of the library and `dyna serve` send; read_declaration_json() gives the same declaration back.
std::string declaration_to_json(const model::Declaration& declaration);

}  // namespace cordyna::wire
