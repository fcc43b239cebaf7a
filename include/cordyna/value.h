#pragma once
// Value: the JSON a task takes and gives: params, inputs, results. A plain value type of its own, so that this header
// pulls in no JSON library and a team may use whichever it likes beside it.
//
//   task.result({{"rows", 42}, {"regions", Value::array({"north", "south"})}});
//   const std::int64_t rows = task.input("server-a/extract")["rows"].as_int().value_or(0);

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cordyna {

class Value {
 public:
  using Member = std::pair<std::string, Value>;
  using Object = std::vector<Member>;  // in the order written; a name is found by looking through it
  using Array = std::vector<Value>;

  Value() = default;  // null
  Value(std::nullptr_t) {}
  Value(bool truth) : content_(truth) {}
  template <std::integral Integer>
  requires(!std::same_as<Integer, bool>) Value(Integer number) : content_(static_cast<std::int64_t>(number)) {}
  template <std::floating_point Decimal>
  Value(Decimal number) : content_(static_cast<double>(number)) {}
  Value(const char* text) : content_(std::string(text)) {}
  // Templates, so that braces never mean any of these: nested objects would be tried in exponentially many ways.
  template <class Text>
  requires(std::same_as<Text, std::string> || std::same_as<Text, std::string_view>) Value(Text text)
      : content_(std::string(std::move(text))) {}
  template <class Many>
  requires(std::same_as<Many, Array> || std::same_as<Many, Object>) Value(Many many) : content_(std::move(many)) {}
  /// An object: {{"rows", 42}, {"day", "2026-11-24"}}.
  Value(std::initializer_list<Member> members);
  /// An array: Value::array({1, 2, "three"}).
  static Value array(std::initializer_list<Value> elements = {});
  static Value object() { return Value(Object()); }

  bool is_null() const { return content_.index() == 0; }
  bool is_object() const { return std::holds_alternative<Object>(content_); }
  bool is_array() const { return std::holds_alternative<Array>(content_); }

  /// Nothing when the value is of another type; an integer is read as a decimal too, a whole decimal as an integer.
  std::optional<bool> as_bool() const;
  std::optional<std::int64_t> as_int() const;
  std::optional<double> as_double() const;
  std::optional<std::string> as_string() const;

  /// Members of an object and elements of an array; empty for anything else.
  const Object& members() const;
  const Array& elements() const;
  /// Number of members or elements.
  std::size_t size() const;

  /// The member of that name, null when there is none.
  const Value& operator[](std::string_view name) const;
  /// The element at that place, null when there is none.
  const Value& at(std::size_t index) const;
  /// Adds or replaces a member; a value that is not an object becomes one.
  Value& set(std::string name, Value value);
  /// Adds an element; a value that is not an array becomes one.
  Value& add(Value element);

  /// JSON without white space. Text that is not UTF-8 is repaired; a decimal that is no number becomes null.
  std::string json() const;
  /// Nothing when `text` is not JSON.
  static std::optional<Value> parse(std::string_view text);

  /// Calls `reader` with the null, bool, integer, decimal or text; with null for objects and arrays.
  template <class Reader>
  auto scalar(Reader reader) const {
    switch (content_.index()) {
      case 1:
        return reader(std::get<1>(content_));
      case 2:
        return reader(std::get<2>(content_));
      case 3:
        return reader(std::get<3>(content_));
      case 4:
        return reader(std::get<4>(content_));
      default:
        return reader(nullptr);
    }
  }

  bool operator==(const Value&) const = default;

 private:
  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object> content_ = nullptr;
};

}  // namespace cordyna
