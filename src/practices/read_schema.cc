#include "practices/read_schema.h"

#include <algorithm>
#include <limits>

#include "base/limits.h"
#include "base/nearest.h"
#include "model/params.h"
#include "practices/schema_reader.h"

namespace cordyna::practices {
namespace {

namespace limits = base::limits;
using model::Path;

constexpr std::array<std::string_view, 12> annotations{"title",    "description", "default", "examples",
                                                       "$comment", "$schema",     "$id",     "deprecated",
                                                       "readOnly", "writeOnly",   "id",      "unique"};
constexpr std::array<std::string_view, 14> limit_words{
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",  "minLength", "maxLength",
    "pattern", "format",  "minItems",         "maxItems",         "uniqueItems", "enum_open", "const"};

bool size_of(const Json& value, std::size_t& size) {
  if (!value.is_number_integer() || value < 0) return false;
  size = value.get<std::size_t>();
  return true;
}

std::string text_or(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

bool is_true(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

}  // namespace

void SchemaReader::refuse(const Path& path, std::string rule, std::string message, std::string fix) {
  if (findings_.size() >= limits::findings_max) return;
  const std::string inside = path.text();
  std::string whole = place_;
  if (!inside.empty()) whole += (place_.empty() || inside.front() == '[' ? "" : ".") + inside;
  findings_.push_back(
      {std::move(whole), std::move(rule), std::move(message), std::move(fix), model::Severity::error, 0, 0});
}

bool SchemaReader::has_room(const Path& path, std::size_t depth) {
  if (depth > limits::schema_depth_max) {
    refuse(path, "too_deep", "the schema is nested deeper than " + std::to_string(limits::schema_depth_max),
           "flatten it, or describe the inner part as an output of its own");
    return false;
  }
  return fields_ <= limits::schema_fields_max;  // that there are more was told with the first of them
}

Schema SchemaReader::read_object(const Json& text, const Path& path, std::size_t depth) {
  Schema schema;
  if (!has_room(path, depth) || text == true) return schema;
  if (!text.is_object()) {
    refuse(path, "bad_schema", "a schema is an object", "write {type: string}");
    return schema;
  }
  for (const auto& [keyword, value] : text.items()) read_keyword(schema, keyword, value, path.at(keyword), depth);
  read_fields(schema, text, path, depth);
  check_limits(schema, path);
  return schema;
}

void SchemaReader::read_keyword(Schema& schema, const std::string& keyword, const Json& value, const Path& path,
                                std::size_t depth) {
  if (keyword == "type") return read_types(schema, value, path);
  if (keyword == "enum") return read_values(schema, value, path);
  if (keyword == "items") {
    schema.items = std::make_shared<const Schema>(read_object(value, path, depth + 1));
    return;
  }
  if (keyword == "additionalProperties") return read_others(schema, value, path, depth);
  if (keyword == "properties" || keyword == "required" || contains(annotations, keyword)) return;
  if (contains(limit_words, keyword)) {
    if (!read_limit(schema, keyword, value))
      refuse(path, "bad_schema", model::shown(value) + " is no value of " + keyword,
             "see JSON Schema 2020-12 for what it takes");
    return;
  }
  const auto near = base::nearest(keyword, limit_words);
  refuse(path, "unsupported_keyword", "the keyword '" + keyword + "' cannot be compared between versions",
         near ? "did you mean '" + *near + "'?" : "leave it out, and say in `description` what it demands");
}

void SchemaReader::read_types(Schema& schema, const Json& value, const Path& path) {
  Types types;
  bool known = value.is_string() || (value.is_array() && !value.empty());
  for (const Json& one : value.is_array() ? value : Json::array({value}))
    known = known && one.is_string() && types.add(one.get_ref<const std::string&>());
  if (!known)
    return refuse(path, "bad_schema", model::shown(value) + " is no type",
                  "write string, integer, number, boolean, object, array or null");
  schema.types = types;
}

void SchemaReader::read_values(Schema& schema, const Json& value, const Path& path) {
  if (!value.is_array() || value.empty())
    return refuse(path, "bad_schema", "a list of values is expected", "write [NEW, PAID]");
  schema.values = std::vector<Json>(value.begin(), value.end());
}

void SchemaReader::read_fields(Schema& schema, const Json& text, const Path& path, std::size_t depth) {
  const auto properties = text.find("properties");
  const auto required = text.find("required");
  const auto is_text = [](const Json& one) { return one.is_string(); };
  if (required != text.end() && (!required->is_array() || !std::all_of(required->begin(), required->end(), is_text)))
    return refuse(path.at("required"), "bad_schema", "required is a list of names", "write [order_id]");
  const auto is_required = [&](const std::string& name) {
    return required != text.end() && std::find(required->begin(), required->end(), Json(name)) != required->end();
  };
  if (properties != text.end()) {
    if (!properties->is_object())
      return refuse(path.at("properties"), "bad_schema", "properties maps names to schemas",
                    "write {order_id: {type: string}}");
    const Path inside = path.at("properties");
    for (const auto& [name, value] : properties->items()) {
      const Path at = inside.at(name);
      Field field{std::make_shared<const Schema>(read_object(value, at, depth + 1)), is_required(name), "", false, 0};
      if (value.is_object()) field.id = text_or(value, "id"), field.unique = is_true(value, "unique");
      add_field(schema, name, std::move(field), at);
    }
  }
  if (required == text.end()) return;
  for (const Json& name : *required)
    if (!schema.fields.contains(name.get_ref<const std::string&>()))
      add_field(schema, name.get<std::string>(), {std::make_shared<const Schema>(), true, "", false, 0},
                path.at("required"));
}

// A column that need not be given is there all the same, and null.
void SchemaReader::add_field(Schema& schema, const std::string& name, Field field, const Path& path) {
  if (++fields_ == limits::schema_fields_max + 1)
    refuse(path, "too_large", "the schema has more than " + std::to_string(limits::schema_fields_max) + " fields",
           "split it into several outputs");
  if (kind_ == Kind::table && !field.required) {
    Schema nullable = *field.schema;
    nullable.types.add("null");
    if (nullable.values &&
        std::find(nullable.values->begin(), nullable.values->end(), Json()) == nullable.values->end())
      nullable.values->emplace_back();
    field.schema = std::make_shared<const Schema>(std::move(nullable));
    field.required = true;
  }
  if (!schema.fields.emplace(name, std::move(field)).second)
    refuse(path, "contradictory_schema", "'" + name + "' is described twice", "keep one");
}

void SchemaReader::read_others(Schema& schema, const Json& value, const Path& path, std::size_t depth) {
  if (value == false)
    schema.closed = true;
  else if (value != true)
    schema.others = std::make_shared<const Schema>(read_object(value, path, depth + 1));
}

bool SchemaReader::read_limit(Schema& schema, const std::string& keyword, const Json& value) {
  const auto bound = [&](std::optional<Bound>& place, bool exclusive, bool upper) {
    if (!value.is_number()) return false;
    const bool tighter =
        !place || (upper ? value < place->number : value > place->number) || (value == place->number && exclusive);
    if (tighter) place = Bound{value, exclusive};
    return true;
  };
  const auto most = [&](std::optional<std::size_t>& place) {
    std::size_t size = 0;
    if (!size_of(value, size)) return false;
    place = size;
    return true;
  };
  const auto flag = [&](bool& place) {
    if (!value.is_boolean()) return false;
    place = value.get<bool>();
    return true;
  };
  const auto word = [&](std::string& place) {
    if (!value.is_string()) return false;
    place = value.get<std::string>();
    return true;
  };
  if (keyword == "minimum") return bound(schema.least, false, false);
  if (keyword == "exclusiveMinimum") return bound(schema.least, true, false);
  if (keyword == "maximum") return bound(schema.most, false, true);
  if (keyword == "exclusiveMaximum") return bound(schema.most, true, true);
  if (keyword == "minLength") return size_of(value, schema.length_min);
  if (keyword == "maxLength") return most(schema.length_max);
  if (keyword == "minItems") return size_of(value, schema.items_min);
  if (keyword == "maxItems") return most(schema.items_max);
  if (keyword == "uniqueItems") return flag(schema.items_unique);
  if (keyword == "enum_open") return flag(schema.open_values);
  if (keyword == "pattern") return word(schema.pattern);
  if (keyword == "format") return word(schema.format);
  if (keyword == "const") {
    schema.values = std::vector<Json>{value};
    return true;
  }
  const bool is_step = value.is_number() && value > 0 && value <= std::numeric_limits<std::int64_t>::max();
  if (is_step) schema.multiple_of = value;
  return is_step;
}

void SchemaReader::check_limits(const Schema& schema, const Path& path) {
  const auto contradicts = [&](const std::string& message) {
    refuse(path, "contradictory_schema", message + ": no value satisfies this schema", "mend one of the two limits");
  };
  if (schema.least && schema.most) {
    const Json &least = schema.least->number, &most = schema.most->number;
    if (least > most || (least == most && (schema.least->exclusive || schema.most->exclusive)))
      contradicts("the least number " + model::shown(least) + " is above the greatest, " + model::shown(most));
  }
  if (schema.length_max && schema.length_min > *schema.length_max) contradicts("minLength is above maxLength");
  if (schema.items_max && schema.items_min > *schema.items_max) contradicts("minItems is above maxItems");
  if (schema.values && std::none_of(schema.values->begin(), schema.values->end(),
                                    [&](const Json& value) { return fits(value, schema); }))
    contradicts("none of the listed values fits the type and the limits beside them");
}

std::optional<Schema> read_schema(const Json& text, Kind kind, const std::string& path, model::Findings& findings) {
  const std::size_t before = findings.size();
  SchemaReader reader(kind, path, findings);
  const Path root;
  Schema schema = text.is_array() ? reader.read_elements(text, root, 0) : reader.read_object(text, root, 0);
  if (findings.size() > before) return std::nullopt;
  return schema;
}

}  // namespace cordyna::practices
