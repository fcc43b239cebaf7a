#include "practices/excess.h"

#include <algorithm>
#include <utility>

#include "model/params.h"

namespace cordyna::practices {
namespace {

using model::shown;

std::string list_of(const std::vector<Json>& values) {
  std::string text;
  for (const Json& value : values) text += (text.empty() ? "" : ", ") + shown(value);
  return text.size() > 120 ? text.substr(0, 117) + "..." : text;
}

std::string size_text(const char* relation, std::size_t size) {
  return std::string(relation) + " " + std::to_string(size);
}

const Schema& anything() {
  static const Schema schema;
  return schema;
}

bool looser_least(const std::optional<Bound>& one, const Bound& other) {
  if (!one || one->number < other.number) return true;
  return one->number == other.number && other.exclusive && !one->exclusive;
}

bool looser_most(const std::optional<Bound>& one, const Bound& other) {
  if (!one || one->number > other.number) return true;
  return one->number == other.number && other.exclusive && !one->exclusive;
}

std::string bound_text(const std::optional<Bound>& bound, const char* inclusive, const char* exclusive) {
  return bound ? std::string(bound->exclusive ? exclusive : inclusive) + " " + shown(bound->number) : "any number";
}

class Comparison {
 public:
  explicit Comparison(Unknown unknown) : unknown_(unknown) {}

  void compare(const Schema& one, const Schema& other, const std::string& path) {
    if (one.values) return compare_values(one, other, path);
    if (other.values && !other.open_values)
      return add(path, "values_dropped", one.types.text(), "one of " + list_of(*other.values));
    compare_types(one, other, path);
    const Types shared = one.types.both(other.types);
    if (shared.has("integer")) compare_numbers(one, other, path);
    if (shared.has("string")) compare_strings(one, other, path);
    if (shared.has("array")) compare_arrays(one, other, path);
    if (shared.has("object")) compare_objects(one, other, path);
  }

  std::vector<Excess> take() { return std::move(found_); }

 private:
  void add(const std::string& path, std::string code, std::string allows, std::string wanted) {
    found_.push_back({path, std::move(code), std::move(allows), std::move(wanted)});
  }

  // A listed value is judged as it is: whatever else `one` says of it is the other's business only if it fits both.
  void compare_values(const Schema& one, const Schema& other, const std::string& path) {
    Schema unlisted = other;
    if (other.open_values) unlisted.values.reset();
    std::vector<Json> more;
    for (const Json& value : *one.values)
      if (fits(value, one) && !fits(value, unlisted)) more.push_back(value);
    if (one.open_values && !other.open_values && other.values)
      return add(path, "values_opened", "more values than are listed", "one of " + list_of(*other.values));
    if (!more.empty())
      add(path, "value_added", list_of(more),
          other.values ? "one of " + list_of(*other.values) : "what fits " + other.types.text());
    if (!other.pattern.empty() && one.pattern != other.pattern && !other.values)
      add(path, "pattern_changed", "listed values", "matches " + other.pattern);
  }

  void compare_types(const Schema& one, const Schema& other, const std::string& path) {
    const Types more = one.types.without(other.types);
    if (more.is_empty()) return;
    const bool only_null = more.has("null") && more.text() == "null";
    const bool none_left = one.types.both(other.types).is_empty();
    add(path,
        only_null   ? "null_allowed"
        : none_left ? "type_changed"
                    : "type_widened",
        one.types.text(), other.types.text());
  }

  void compare_numbers(const Schema& one, const Schema& other, const std::string& path) {
    if (other.least && looser_least(one.least, *other.least))
      add(path, "minimum_lowered", bound_text(one.least, "at least", "above"),
          bound_text(other.least, "at least", "above"));
    if (other.most && looser_most(one.most, *other.most))
      add(path, "maximum_raised", bound_text(one.most, "at most", "below"), bound_text(other.most, "at most", "below"));
    if (other.multiple_of && !is_multiple(one, *other.multiple_of))
      add(path, "multiple_dropped", one.multiple_of ? "multiples of " + shown(*one.multiple_of) : "any number",
          "multiples of " + shown(*other.multiple_of));
  }

  static bool is_multiple(const Schema& one, const Json& of) {
    if (one.multiple_of && *one.multiple_of == of) return true;
    if (!of.is_number_integer() || (one.multiple_of && !one.multiple_of->is_number_integer())) return false;
    const std::int64_t step = one.multiple_of ? one.multiple_of->get<std::int64_t>() : one.types.has("number") ? 0 : 1;
    return step > 0 && step % of.get<std::int64_t>() == 0;
  }

  void compare_sizes(const std::string& path, const char* what, std::pair<std::size_t, std::optional<std::size_t>> one,
                     std::pair<std::size_t, std::optional<std::size_t>> other) {
    if (one.first < other.first)
      add(path, std::string(what) + "_min_lowered", size_text("at least", one.first),
          size_text("at least", other.first));
    if (other.second && (!one.second || *one.second > *other.second))
      add(path, std::string(what) + "_max_raised", one.second ? size_text("at most", *one.second) : "any number",
          size_text("at most", *other.second));
  }

  void compare_strings(const Schema& one, const Schema& other, const std::string& path) {
    compare_sizes(path, "length", {one.length_min, one.length_max}, {other.length_min, other.length_max});
    if (!other.pattern.empty() && one.pattern != other.pattern)
      add(path, "pattern_changed", one.pattern.empty() ? "any text" : "matches " + one.pattern,
          "matches " + other.pattern);
    if (!other.format.empty() && one.format != other.format)
      add(path, "format_changed", one.format.empty() ? "any text" : "a " + one.format, "a " + other.format);
  }

  void compare_arrays(const Schema& one, const Schema& other, const std::string& path) {
    compare_sizes(path, "items", {one.items_min, one.items_max}, {other.items_min, other.items_max});
    if (other.items_unique && !one.items_unique && one.items_max.value_or(2) > 1)
      add(path, "items_not_unique", "items twice", "each item once");
    if (other.items && one.items_max != std::optional<std::size_t>(0))
      compare(one.items ? *one.items : anything(), *other.items, path + "[]");
  }

  void compare_objects(const Schema& one, const Schema& other, const std::string& path) {
    const auto at = [&](const std::string& name) { return path.empty() ? name : path + "." + name; };
    for (const auto& [name, field] : other.fields) {
      const auto found = one.fields.find(name);
      if (found == one.fields.end())
        compare_absent(one, name, field, at(name));
      else
        compare_field(found->second, field, at(name));
    }
    compare_others(one, other, path);
    compare_keys(one, other, path);
  }

  void compare_absent(const Schema& one, const std::string&, const Field& field, const std::string& path) {
    for (const auto& [name, renamed] : one.fields)
      if (!field.id.empty() && renamed.id == field.id) return add(path, "field_renamed", "is called " + name, path);
    if (field.required) return add(path, "field_removed", "absent", "always there");
    if (one.closed || unknown_ == Unknown::tolerated) return;
    compare(one.others ? *one.others : anything(), *field.schema, path);
  }

  void compare_field(const Field& one, const Field& other, const std::string& path) {
    if (other.required && !one.required) add(path, "field_optional", "may be absent", "always there");
    if (other.unique && !one.unique) add(path, "not_unique", "values twice", "each value once");
    compare(*one.schema, *other.schema, path);
  }

  // Members that `other` does not name.
  void compare_others(const Schema& one, const Schema& other, const std::string& path) {
    if (!other.closed && !other.others) return;
    if (other.closed && unknown_ == Unknown::tolerated) return;
    for (const auto& [name, field] : one.fields) {
      if (other.fields.contains(name)) continue;
      const std::string at = path.empty() ? name : path + "." + name;
      if (other.closed)
        add(at, "field_added", "may be there", "absent");
      else
        compare(*field.schema, *other.others, at);
    }
    if (one.closed) return;
    if (other.closed) return add(path, "object_opened", "members that are not listed", "only listed members");
    compare(one.others ? *one.others : anything(), *other.others, path + ".*");
  }

  static std::string key_of(const Schema& schema) {
    std::vector<std::pair<unsigned, std::string>> parts;
    for (const auto& [name, field] : schema.fields)
      if (field.key > 0) parts.emplace_back(field.key, name);
    std::sort(parts.begin(), parts.end());
    std::string text;
    for (const auto& [_, name] : parts) text += (text.empty() ? "" : ", ") + name;
    return text;
  }

  // The primary key is what a row stands for: its readers join and count by it.
  void compare_keys(const Schema& one, const Schema& other, const std::string& path) {
    const std::string is = key_of(one), was = key_of(other);
    if (was.empty() || is == was) return;
    add(path, "key_changed", is.empty() ? "no primary key" : "one row per " + is, "one row per " + was);
  }

  Unknown unknown_;
  std::vector<Excess> found_;
};

}  // namespace

std::vector<Excess> excess(const Schema& one, const Schema& other, Unknown unknown) {
  Comparison comparison(unknown);
  comparison.compare(one, other, "");
  return comparison.take();
}

}  // namespace cordyna::practices
