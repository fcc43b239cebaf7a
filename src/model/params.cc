#include "model/params.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/nearest.h"

namespace cordyna::model {
namespace {

using Names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 7> types{"string", "integer", "number", "boolean", "object", "array", "null"};
constexpr std::array<std::string_view, 8> limits_keywords{
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems"};
constexpr std::array<std::string_view, 7> other_keywords{
    "type", "enum", "const", "items", "properties", "required", "additionalProperties"};
constexpr std::array<std::string_view, 9> annotations{"title",    "description", "default", "examples",  "format",
                                                      "$comment", "$schema",     "$id",     "deprecated"};

bool contains(Names names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const Json* member(const Json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(std::string(key));
  return found == object.end() ? nullptr : &*found;
}

bool has_type(const Json& value, std::string_view type) {
  if (type == "string") return value.is_string();
  if (type == "integer") return is_integer(value);
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_boolean();
  if (type == "object") return value.is_object();
  return type == "array" ? value.is_array() : value.is_null();
}

std::string types_of(const Json& type) {
  if (type.is_string()) return type.get<std::string>();
  std::string text;
  for (const auto& one : type) text += (text.empty() ? "" : " or ") + one.get<std::string>();
  return text;
}

bool has_one_type(const Json& value, const Json& type) {
  if (type.is_string()) return has_type(value, type.get_ref<const std::string&>());
  return std::any_of(type.begin(), type.end(),
                     [&](const Json& one) { return has_type(value, one.get_ref<const std::string&>()); });
}

// ---- is the schema usable?

class SchemaCheck {
 public:
  explicit SchemaCheck(Findings& findings) : findings_(findings) {}

  void check(const Json& schema, const std::string& path) {
    if (schema.is_boolean()) return;
    if (!schema.is_object()) return refuse(path, "a schema is an object", "write {type: string}");
    for (const auto& [keyword, value] : schema.items()) check_keyword(keyword, value, path + "." + keyword);
  }

 private:
  void refuse(std::string path, std::string message, std::string fix) {
    findings_.push_back({std::move(path), "bad_schema", std::move(message), std::move(fix), Severity::error, 0, 0});
  }

  void check_keyword(const std::string& keyword, const Json& value, const std::string& path) {
    if (keyword == "type") return check_type(value, path);
    if (keyword == "properties") return check_properties(value, path);
    if (keyword == "items") return check(value, path);
    if (keyword == "required") return check_required(value, path);
    if (keyword == "enum" && (!value.is_array() || value.empty()))
      return refuse(path, "enum is a list of values", "write [a, b]");
    if (keyword == "additionalProperties" && !value.is_boolean())
      return refuse(path, "additionalProperties is true or false here", "write false");
    if (contains(limits_keywords, keyword) && !value.is_number())
      return refuse(path, keyword + " is a number", "write " + keyword + ": 10");
    if (contains(limits_keywords, keyword) || contains(other_keywords, keyword) || contains(annotations, keyword))
      return;
    findings_.push_back({path, "unsupported_keyword", "the keyword '" + keyword + "' is not judged",
                         "judge it in the task, or leave it out", Severity::warning, 0, 0});
  }

  void check_type(const Json& value, const std::string& path) {
    const auto is_type = [](const Json& one) { return one.is_string() && contains(types, one.get<std::string>()); };
    const bool is_list = value.is_array() && !value.empty() && std::all_of(value.begin(), value.end(), is_type);
    if (!is_type(value) && !is_list)
      refuse(path, shown(value) + " is no type", "write string, integer, number, boolean, object, array or null");
  }

  void check_properties(const Json& value, const std::string& path) {
    if (!value.is_object()) return refuse(path, "properties maps names to schemas", "write {day: {type: string}}");
    for (const auto& [name, schema] : value.items()) check(schema, path + "." + name);
  }

  void check_required(const Json& value, const std::string& path) {
    const auto is_text = [](const Json& one) { return one.is_string(); };
    if (!value.is_array() || !std::all_of(value.begin(), value.end(), is_text))
      refuse(path, "required is a list of names", "write [day]");
  }

  Findings& findings_;
};

// ---- do the values fit?

class ValueCheck {
 public:
  explicit ValueCheck(Findings& findings) : findings_(findings) {}

  // One value against its schema; a schema that is not usable was refused at declaration and is not trusted here.
  void check(const Json& value, const Json& schema, const std::string& path) {
    if (!schema.is_object()) return;
    if (const Json* type = member(schema, "type"); type && !has_one_type(value, *type))
      return refuse(path, "wrong_type", shown(value) + " is no " + types_of(*type),
                    "give a value of type " + types_of(*type));
    if (const Json* words = member(schema, "enum");
        words && std::find(words->begin(), words->end(), value) == words->end())
      return refuse(path, "bad_param", shown(value) + " is not one of " + shown(*words), "give one of them");
    if (const Json* wanted = member(schema, "const"); wanted && value != *wanted)
      return refuse(path, "bad_param", shown(value) + " is not " + shown(*wanted), "give " + shown(*wanted));
    if (value.is_number()) check_number(value, schema, path);
    if (value.is_string()) check_length(value.get_ref<const std::string&>(), schema, path);
    if (value.is_array()) check_items(value, schema, path);
    if (value.is_object()) check_members(value, schema, path);
  }

  void check_members(const Json& object, const Json& schema, const std::string& path) {
    check_required(object, schema, path);
    const Json* properties = member(schema, "properties");
    const Json* others = member(schema, "additionalProperties");
    for (const auto& [name, value] : object.items()) {
      if (const Json* property = properties ? member(*properties, name) : nullptr)
        check(value, *property, path + "." + name);
      else if (others && *others == false && path != top_)
        refuse(path + "." + name, "bad_param", "'" + name + "' is not declared here", "leave it out");
    }
  }

  void set_top(const std::string& path) { top_ = path; }

 private:
  void refuse(std::string path, std::string rule, std::string message, std::string fix) {
    findings_.push_back({std::move(path), std::move(rule), std::move(message), std::move(fix), Severity::error, 0, 0});
  }

  void check_required(const Json& object, const Json& schema, const std::string& path) {
    const Json* required = member(schema, "required");
    const Json* properties = member(schema, "properties");
    if (!required) return;
    for (const auto& name : *required) {
      const auto& text = name.get_ref<const std::string&>();
      const Json* property = properties ? member(*properties, text) : nullptr;
      if (member(object, text) || (property && member(*property, "default"))) continue;
      refuse(path + "." + text, "missing_param", "the param '" + text + "' is missing", "give it a value");
    }
  }

  void check_number(const Json& value, const Json& schema, const std::string& path) {
    const auto refuse_unless = [&](const char* keyword, const char* relation, auto fits) {
      if (const Json* bound = member(schema, keyword); bound && !fits(*bound))
        refuse(path, "bad_param", shown(value) + " is not " + relation + " " + shown(*bound), "give another number");
    };
    refuse_unless("minimum", "at least", [&](const Json& bound) { return value >= bound; });
    refuse_unless("maximum", "at most", [&](const Json& bound) { return value <= bound; });
    refuse_unless("exclusiveMinimum", "above", [&](const Json& bound) { return value > bound; });
    refuse_unless("exclusiveMaximum", "below", [&](const Json& bound) { return value < bound; });
  }

  void check_size(std::size_t size, const Json& schema, std::array<const char*, 2> keywords, const char* unit,
                  const std::string& path) {
    const Json* min = member(schema, keywords[0]);
    const Json* max = member(schema, keywords[1]);
    if ((!min || Json(size) >= *min) && (!max || Json(size) <= *max)) return;
    refuse(path, "bad_param", "it has " + std::to_string(size) + " " + unit,
           "give" + (min ? " at least " + shown(*min) : "") + (max ? " at most " + shown(*max) : ""));
  }

  void check_length(const std::string& text, const Json& schema, const std::string& path) {
    const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
    const auto length = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins));
    check_size(length, schema, {"minLength", "maxLength"}, "characters", path);
  }

  void check_items(const Json& list, const Json& schema, const std::string& path) {
    check_size(list.size(), schema, {"minItems", "maxItems"}, "items", path);
    if (const Json* items = member(schema, "items"))
      for (std::size_t i = 0; i < list.size(); ++i) check(list[i], *items, path + "[" + std::to_string(i) + "]");
  }

  Findings& findings_;
  std::string top_;
};

}  // namespace

std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

bool is_integer(const Json& value) {
  return value.is_number_integer() || (value.is_number_float() && value.dump().ends_with(".0"));
}

Findings check_schema(const Json& schema, const std::string& path) {
  Findings findings;
  if (schema.is_null()) return findings;
  const Json* type = member(schema, "type");
  if (!schema.is_object() || (type && *type != "object")) {
    findings.push_back({path, "bad_schema", "the params are described by a JSON Schema of type object",
                        "write {properties: {day: {type: string}}}", Severity::error, 0, 0});
    return findings;
  }
  SchemaCheck(findings).check(schema, path);
  return findings;
}

Findings check_params(const Json& params, const Json& schema, const std::string& path) {
  Findings findings;
  if (!params.is_object()) {
    findings.push_back(
        {path, "wrong_type", "the params are an object", "write {\"day\": \"2026-01-31\"}", Severity::error, 0, 0});
    return findings;
  }
  ValueCheck check(findings);
  check.set_top(path);
  check.check_members(params, schema, path);
  return findings;
}

Findings unknown_params(const Json& params, const std::vector<std::string>& declared, const std::string& path) {
  Findings findings;
  if (!params.is_object()) return findings;
  for (const auto& [name, value] : params.items()) {
    if (std::find(declared.begin(), declared.end(), name) != declared.end()) continue;
    const auto near = base::nearest(name, declared);
    std::string fix = near ? "did you mean '" + *near + "'?" : "leave it out: no task of this run declares it";
    findings.push_back({path + "." + name, "unknown_param", "the param '" + name + "' is not declared", std::move(fix),
                        Severity::error, 0, 0});
  }
  return findings;
}

}  // namespace cordyna::model
