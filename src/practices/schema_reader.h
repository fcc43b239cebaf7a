#pragma once
// SchemaReader: what reading JSON Schema and reading ODCS elements have in common: limits, numbers, and how faults are
// told.

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "model/finding.h"
#include "model/path.h"
#include "practices/read_schema.h"

namespace cordyna::practices {

template <class Words>
bool contains(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class SchemaReader {
 public:
  SchemaReader(Kind kind, std::string place, model::Findings& findings)
      : kind_(kind), place_(std::move(place)), findings_(findings) {}

  Schema read_object(const Json& text, const model::Path& path, std::size_t depth);    // JSON Schema
  Schema read_elements(const Json& list, const model::Path& path, std::size_t depth);  // ODCS

 private:
  void refuse(const model::Path& path, std::string rule, std::string message, std::string fix);
  /// False, and told, when this is nested too deeply or has had too many fields.
  bool has_room(const model::Path& path, std::size_t depth);

  // JSON Schema
  void read_keyword(Schema& schema, const std::string& keyword, const Json& value, const model::Path& path,
                    std::size_t depth);
  void read_types(Schema& schema, const Json& value, const model::Path& path);
  void read_fields(Schema& schema, const Json& text, const model::Path& path, std::size_t depth);
  void read_others(Schema& schema, const Json& value, const model::Path& path, std::size_t depth);
  void add_field(Schema& schema, const std::string& name, Field field, const model::Path& path);

  // both
  bool read_limit(Schema& schema, const std::string& keyword, const Json& value);
  void read_values(Schema& schema, const Json& value, const model::Path& path);
  void check_limits(const Schema& schema, const model::Path& path);

  // ODCS
  Field read_element(const Json& element, const model::Path& path, std::size_t depth);
  void read_logical_type(Schema& schema, const std::string& word, const model::Path& path);
  void read_quality(Schema& schema, const Json& list, const model::Path& path);

  Kind kind_;
  std::string place_;
  model::Findings& findings_;
  std::size_t fields_ = 0;
};

}  // namespace cordyna::practices
