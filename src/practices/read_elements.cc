// The elements of an ODCS contract (the `properties` of an object in its `schema`), version 3.1.

#include <algorithm>

#include "model/params.h"
#include "practices/schema_reader.h"

namespace cordyna::practices {
namespace {

using model::Path;

// Logical type -> JSON's type and its format. Source: Open Data Contract Standard 3.1, "logicalType".
struct LogicalType {
  std::string_view word, type, format;
};
constexpr std::array<LogicalType, 9> logical_types{{{"string", "string", ""},
                                                    {"date", "string", "date"},
                                                    {"timestamp", "string", "date-time"},
                                                    {"time", "string", "time"},
                                                    {"number", "number", ""},
                                                    {"integer", "integer", ""},
                                                    {"object", "object", ""},
                                                    {"array", "array", ""},
                                                    {"boolean", "boolean", ""}}};

constexpr std::array<std::string_view, 11> options{"minimum",    "maximum",   "exclusiveMinimum", "exclusiveMaximum",
                                                   "multipleOf", "minLength", "maxLength",        "pattern",
                                                   "minItems",   "maxItems",  "uniqueItems"};
// Options that say how a value is written, not which values there are.
constexpr std::array<std::string_view, 3> spellings{"format", "timezone", "defaultTimezone"};

const Json& member(const Json& object, const char* key) {
  static const Json none;
  const auto found = object.find(key);
  return found == object.end() ? none : *found;
}

}  // namespace

Schema SchemaReader::read_elements(const Json& list, const Path& path, std::size_t depth) {
  Schema schema;
  schema.types = {};
  schema.types.add("object");
  if (!has_room(path, depth)) return schema;
  if (!list.is_array()) {
    refuse(path, "bad_schema", "elements are a list", "write [{name: order_id, logicalType: string}]");
    return schema;
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Path at = path.at(i);
    const Json& name = list[i].is_object() ? member(list[i], "name") : Json();
    if (!name.is_string() || name.get_ref<const std::string&>().empty())
      refuse(at, "bad_schema", "an element is an object with a name", "write {name: order_id, logicalType: string}");
    else
      add_field(schema, name.get<std::string>(), read_element(list[i], at, depth), at);
  }
  return schema;
}

Field SchemaReader::read_element(const Json& element, const Path& path, std::size_t depth) {
  Schema schema;
  if (!has_room(path, depth)) return {std::make_shared<const Schema>(), false, "", false, 0};
  const Json& type = member(element, "logicalType");
  if (type.is_string()) read_logical_type(schema, type.get<std::string>(), path.at("logicalType"));
  if (const Json& properties = member(element, "properties"); !properties.is_null()) {
    Schema inner = read_elements(properties, path.at("properties"), depth + 1);
    schema.fields = std::move(inner.fields);
  }
  if (const Json& items = member(element, "items"); items.is_object())
    schema.items = read_element(items, path.at("items"), depth + 1).schema;
  if (const Json& given = member(element, "logicalTypeOptions"); given.is_object()) {
    const Path at = path.at("logicalTypeOptions");
    for (const auto& [option, value] : given.items()) {
      if (contains(spellings, option)) continue;
      if (!contains(options, option))
        refuse(at.at(option), "unsupported_keyword", "the option '" + option + "' cannot be compared between versions",
               "leave it out, and say in `description` what it demands");
      else if (!read_limit(schema, option, value))
        refuse(at.at(option), "bad_schema", model::shown(value) + " is no value of " + option,
               "see ODCS for what it takes");
    }
  }
  read_quality(schema, member(element, "quality"), path.at("quality"));
  check_limits(schema, path);
  Field field;
  const auto is_set = [&](const char* key) { return member(element, key) == true; };
  field.required = is_set("required") || is_set("primaryKey");
  field.unique = is_set("unique");
  if (is_set("primaryKey")) {
    const Json& place = member(element, "primaryKeyPosition");
    field.key = place.is_number_unsigned() && place > 0 ? place.get<unsigned>() : 1;
  }
  if (const Json& id = member(element, "id"); id.is_string()) field.id = id.get<std::string>();
  field.schema = std::make_shared<const Schema>(std::move(schema));
  return field;
}

void SchemaReader::read_logical_type(Schema& schema, const std::string& word, const Path& path) {
  for (const LogicalType& one : logical_types) {
    if (one.word != word) continue;
    schema.types = {};
    schema.types.add(one.type);
    schema.format = one.format;
    return;
  }
  refuse(path, "bad_schema", "'" + word + "' is no logical type",
         "write string, date, timestamp, time, number, integer, object, array or boolean");
}

// A check that fails on any value outside a list is a list of the values.
void SchemaReader::read_quality(Schema& schema, const Json& list, const Path& path) {
  if (!list.is_array()) return;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Json& check = list[i];
    if (!check.is_object() || member(check, "metric") != "invalidValues" || member(check, "mustBe") != 0) continue;
    const Json& arguments = member(check, "arguments");
    if (arguments.is_object() && arguments.contains("validValues"))
      read_values(schema, arguments["validValues"], path.at(i).at("arguments").at("validValues"));
  }
}

}  // namespace cordyna::practices
