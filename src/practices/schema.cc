#include "practices/schema.h"

#include <algorithm>

#include "model/params.h"

namespace cordyna::practices {
namespace {

std::size_t characters(const std::string& text) {
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins));
}

std::string_view type_of(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_boolean()) return "boolean";
  if (value.is_number()) return model::is_integer(value) ? "integer" : "number";
  if (value.is_string()) return "string";
  return value.is_array() ? "array" : "object";
}

bool number_fits(const Json& value, const Schema& schema) {
  if (schema.least && (schema.least->exclusive ? value <= schema.least->number : value < schema.least->number))
    return false;
  if (schema.most && (schema.most->exclusive ? value >= schema.most->number : value > schema.most->number))
    return false;
  if (!schema.multiple_of || !schema.multiple_of->is_number_integer()) return true;
  return model::is_integer(value) && value.get<std::int64_t>() % schema.multiple_of->get<std::int64_t>() == 0;
}

class Fitting {
 public:
  // Leaves the path of the first thing that does not fit in `place`.
  bool check(const Json& value, const Schema& schema, const std::string& path) {
    if (fits_itself(value, schema) && (!value.is_array() || check_items(value, schema, path)) &&
        (!value.is_object() || check_fields(value, schema, path)))
      return true;
    if (!found_) place_ = path;
    found_ = true;
    return false;
  }
  const std::string& place() const { return place_; }

 private:
  static bool fits_itself(const Json& value, const Schema& schema) {
    if (!schema.types.has(type_of(value))) return false;
    if (schema.values && std::find(schema.values->begin(), schema.values->end(), value) == schema.values->end())
      return false;
    if (value.is_number()) return number_fits(value, schema);
    if (!value.is_string()) return true;
    const std::size_t length = characters(value.get_ref<const std::string&>());
    return length >= schema.length_min && (!schema.length_max || length <= *schema.length_max);
  }

  bool check_items(const Json& list, const Schema& schema, const std::string& path) {
    if (list.size() < schema.items_min || (schema.items_max && list.size() > *schema.items_max)) return false;
    if (schema.items_unique) {
      std::vector<Json> sorted(list.begin(), list.end());
      std::sort(sorted.begin(), sorted.end());
      if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) return false;
    }
    if (!schema.items) return true;
    for (std::size_t i = 0; i < list.size(); ++i)
      if (!check(list[i], *schema.items, path + "[" + std::to_string(i) + "]")) return false;
    return true;
  }

  bool check_fields(const Json& object, const Schema& schema, const std::string& path) {
    const auto at = [&](const std::string& name) { return path.empty() ? name : path + "." + name; };
    for (const auto& [name, field] : schema.fields) {
      const auto found = object.find(name);
      if (found == object.end() && field.required) return missing(at(name));
      if (found != object.end() && !check(*found, *field.schema, at(name))) return false;
    }
    if (!schema.closed && !schema.others) return true;
    for (const auto& [name, value] : object.items()) {
      if (schema.fields.contains(name)) continue;
      if (schema.closed) return missing(at(name));
      if (!check(value, *schema.others, at(name))) return false;
    }
    return true;
  }

  bool missing(std::string path) {
    if (!found_) place_ = std::move(path);
    found_ = true;
    return false;
  }

  bool found_ = false;
  std::string place_;
};

}  // namespace

bool Types::add(std::string_view word) {
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end()) return false;
  bits_ |= static_cast<std::uint8_t>(1U << (found - words.begin()));
  if (word == "number") add("integer");
  return true;
}

bool Types::has(std::string_view word) const {
  const auto found = std::find(words.begin(), words.end(), word);
  return found != words.end() && (bits_ >> (found - words.begin()) & 1U) != 0;
}

std::string Types::text() const {
  if (*this == all()) return "anything";
  std::string text;
  for (const std::string_view word : words) {
    if (!has(word) || (word == "integer" && has("number"))) continue;
    text += (text.empty() ? "" : " or ") + std::string(word);
  }
  return text.empty() ? "nothing" : text;
}

bool fits(const Json& value, const Schema& schema, std::string* place) {
  Fitting fitting;
  const bool all = fitting.check(value, schema, "");
  if (!all && place != nullptr) *place = fitting.place();
  return all;
}

}  // namespace cordyna::practices
