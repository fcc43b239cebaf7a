#include "dyna/fields.h"

namespace cordyna::dyna {

const Json& at(const Json& object, std::string_view key) {
  static const Json none;
  if (!object.is_object()) return none;
  const auto found = object.find(std::string(key));
  return found == object.end() ? none : *found;
}

std::string text_of(const Json& value) {
  if (const auto* text = value.get_ptr<const std::string*>()) return *text;
  return value.is_null() ? std::string() : dumped(value);
}

std::string text_at(const Json& object, std::string_view key) {
  const Json& value = at(object, key);
  return value.is_structured() ? std::string() : text_of(value);
}

std::int64_t number_at(const Json& object, std::string_view key) {
  const Json& value = at(object, key);
  return value.is_number() ? value.get<std::int64_t>() : 0;
}

bool flag_at(const Json& object, std::string_view key) {
  const Json& value = at(object, key);
  return value.is_boolean() && value.get<bool>();
}

const Json& list_at(const Json& object, std::string_view key) {
  static const Json none = Json::array();
  const Json& value = at(object, key);
  return value.is_array() ? value : none;
}

Json parsed(std::string_view text) {
  return Json::parse(text, nullptr, false);
}

std::string dumped(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace cordyna::dyna
