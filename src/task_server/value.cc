// cordyna::Value and its JSON. nlohmann reads and writes; it appears in no public header.

#include "cordyna/value.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace cordyna {
namespace {

using Json = nlohmann::ordered_json;

const Value null_value;

Json json_of(const Value& value) {
  if (value.is_object()) {
    Json object = Json::object();
    for (const auto& [name, member] : value.members()) object[name] = json_of(member);
    return object;
  }
  if (value.is_array()) {
    Json array = Json::array();
    for (const Value& element : value.elements()) array.push_back(json_of(element));
    return array;
  }
  return value.scalar([](const auto& scalar) { return Json(scalar); });
}

Value value_of(const Json& json) {
  switch (json.type()) {
    case Json::value_t::boolean:
      return json.get<bool>();
    case Json::value_t::number_integer:
      return json.get<std::int64_t>();
    case Json::value_t::number_unsigned:
      if (const auto number = json.get<std::uint64_t>(); number > INT64_MAX) return static_cast<double>(number);
      return json.get<std::int64_t>();
    case Json::value_t::number_float:
      return json.get<double>();
    case Json::value_t::string:
      return json.get<std::string>();
    case Json::value_t::array: {
      Value::Array elements;
      for (const Json& element : json) elements.push_back(value_of(element));
      return elements;
    }
    case Json::value_t::object: {
      Value::Object members;
      for (const auto& [name, member] : json.items()) members.emplace_back(name, value_of(member));
      return members;
    }
    default:
      return nullptr;
  }
}

}  // namespace

Value::Value(std::initializer_list<Member> members) : content_(Object()) {
  for (const auto& [name, value] : members) set(name, value);
}

Value Value::array(std::initializer_list<Value> elements) {
  return Array(elements);
}

std::optional<bool> Value::as_bool() const {
  const auto* truth = std::get_if<bool>(&content_);
  return truth ? std::optional(*truth) : std::nullopt;
}

std::optional<std::int64_t> Value::as_int() const {
  if (const auto* number = std::get_if<std::int64_t>(&content_)) return *number;
  const auto* decimal = std::get_if<double>(&content_);
  if (decimal && std::trunc(*decimal) == *decimal && std::abs(*decimal) < 9.0e18)
    return static_cast<std::int64_t>(*decimal);
  return std::nullopt;
}

std::optional<double> Value::as_double() const {
  if (const auto* decimal = std::get_if<double>(&content_)) return *decimal;
  if (const auto* number = std::get_if<std::int64_t>(&content_)) return static_cast<double>(*number);
  return std::nullopt;
}

std::optional<std::string> Value::as_string() const {
  const auto* text = std::get_if<std::string>(&content_);
  return text ? std::optional(*text) : std::nullopt;
}

const Value::Object& Value::members() const {
  static const Object none;
  const auto* members = std::get_if<Object>(&content_);
  return members ? *members : none;
}

const Value::Array& Value::elements() const {
  static const Array none;
  const auto* elements = std::get_if<Array>(&content_);
  return elements ? *elements : none;
}

std::size_t Value::size() const {
  return is_object() ? members().size() : elements().size();
}

const Value& Value::operator[](std::string_view name) const {
  for (const auto& [key, value] : members())
    if (key == name) return value;
  return null_value;
}

const Value& Value::at(std::size_t index) const {
  return index < elements().size() ? elements()[index] : null_value;
}

Value& Value::set(std::string name, Value value) {
  if (!is_object()) content_ = Object();
  auto& members = std::get<Object>(content_);
  for (auto& [key, present] : members)
    if (key == name) {
      present = std::move(value);
      return *this;
    }
  members.emplace_back(std::move(name), std::move(value));
  return *this;
}

Value& Value::add(Value element) {
  if (!is_array()) content_ = Array();
  std::get<Array>(content_).push_back(std::move(element));
  return *this;
}

std::string Value::json() const {
  return json_of(*this).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<Value> Value::parse(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return std::nullopt;
  return value_of(json);
}

}  // namespace cordyna
