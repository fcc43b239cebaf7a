#pragma once
// Schema: what the values of an output (or of params) may be, the same for JSON Schema and for the elements of an ODCS
// contract, so that any two can be compared. Immutable once read.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/declaration.h"

namespace cordyna::practices {

using model::Json;

/// A set of JSON's types. Who allows numbers allows integers.
class Types {
 public:
  static constexpr std::array<std::string_view, 7> words{"boolean", "integer", "number", "string",
                                                         "array",   "object",  "null"};
  static Types all() { return Types(0x7f); }
  Types() = default;

  /// False when there is no such type.
  bool add(std::string_view word);
  bool has(std::string_view word) const;
  bool is_empty() const { return bits_ == 0; }
  /// What is here and not in `other`.
  Types without(Types other) const { return Types(bits_ & static_cast<std::uint8_t>(~other.bits_)); }
  Types both(Types other) const { return Types(bits_ & other.bits_); }
  /// "integer or null"; "anything" when all are here.
  std::string text() const;
  bool operator==(const Types&) const = default;

 private:
  explicit Types(std::uint8_t bits) : bits_(bits) {}
  std::uint8_t bits_ = 0;  // 1 << position in words; the bit of number stands with that of integer
};

struct Schema;
using SharedSchema = std::shared_ptr<const Schema>;

/// A member of an object, a column of a table.
struct Field {
  SharedSchema schema;    // never null
  bool required = false;  // always there; its value may still be null if the schema says so
  std::string id;         // keeps its identity when it is renamed; "" if it has none
  bool unique = false;    // no two rows have the same value
  unsigned key = 0;       // its place in the primary key, from 1; 0: not in it
};

struct Bound {
  Json number;
  bool exclusive = false;
};

struct Schema {
  Types types = Types::all();
  std::optional<std::vector<Json>> values;  // nothing else is allowed
  bool open_values = false;                 // readers must expect more values than are listed today

  std::optional<Bound> least, most;
  std::optional<Json> multiple_of;  // above 0

  std::size_t length_min = 0;
  std::optional<std::size_t> length_max;
  std::string pattern, format;  // "" for any

  std::size_t items_min = 0;
  std::optional<std::size_t> items_max;
  bool items_unique = false;
  SharedSchema items;  // null: any

  std::map<std::string, Field> fields;
  SharedSchema others;  // of members that are not in `fields`; null: any
  bool closed = false;  // there are no other members
};

/// Does the value satisfy the schema? Not judged: patterns (one from a request is no program here), formats, and
/// multiples of what is no whole number. `place` is the first path that does not, "" for the root.
bool fits(const Json& value, const Schema& schema, std::string* place = nullptr);

}  // namespace cordyna::practices
