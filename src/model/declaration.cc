#include "model/declaration.h"

#include <algorithm>

namespace cordyna::model {
namespace {

bool same_policy(const std::shared_ptr<const Policy>& a, const std::shared_ptr<const Policy>& b) {
  return a == b || (a && b && *a == *b);
}

// The object under `key`, null when there is none.
const Json* member(const Json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

}  // namespace

bool TaskDeclaration::operator==(const TaskDeclaration& other) const {
  return name == other.name && description == other.description && upstream == other.upstream && when == other.when &&
         same_policy(policy, other.policy) && params == other.params && tags == other.tags && labels == other.labels &&
         command == other.command && practices == other.practices;
}

bool TaskList::operator==(const TaskList& other) const {
  return std::equal(begin(), end(), other.begin(), other.end());
}

std::optional<std::uint32_t> position_in(const Declaration& declaration, std::string_view task) {
  const auto& tasks = declaration.tasks.shared();
  const auto found =
      std::lower_bound(tasks.begin(), tasks.end(), task,
                       [](const TaskList::Shared& one, std::string_view name) { return one->name < name; });
  if (found == tasks.end() || (*found)->name != task) return std::nullopt;
  return static_cast<std::uint32_t>(found - tasks.begin());
}

std::vector<std::string> declared_params(const Json& schema) {
  std::vector<std::string> names;
  if (const Json* properties = member(schema, "properties"); properties && properties->is_object())
    for (const auto& [name, property] : properties->items()) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

Json projected_params(const Json& params, const Json& schema) {
  Json projected = Json::object();
  const Json* properties = member(schema, "properties");
  if (!properties || !properties->is_object()) return projected;
  for (const auto& [name, property] : properties->items()) {
    if (const Json* given = member(params, name.c_str()))
      projected[name] = *given;
    else if (const Json* preset = member(property, "default"))
      projected[name] = *preset;
  }
  return projected;
}

}  // namespace cordyna::model
