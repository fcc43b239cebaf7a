// Our own receiver of nlohmann's parse events, because its tree builder keeps the last of two equal keys, has no bound
// for the depth, and its filtering builder is quadratic in the number of members.

#include "wire/json_text.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/utf8.h"

namespace cordyna::wire {
namespace {

using base::Error;
using base::Result;
using model::Json;

class TreeBuilder final : public nlohmann::json_sax<Json> {
 public:
  explicit TreeBuilder(std::size_t depth_max) : depth_max_(depth_max) {}

  bool null() override { return place(nullptr) != nullptr; }
  bool boolean(bool value) override { return place(value) != nullptr; }
  bool number_integer(number_integer_t value) override { return place(value) != nullptr; }
  bool number_unsigned(number_unsigned_t value) override { return place(value) != nullptr; }
  bool number_float(number_float_t value, const string_t&) override { return place(value) != nullptr; }
  bool string(string_t& value) override { return place(std::move(value)) != nullptr; }
  bool binary(binary_t&) override { return false; }  // JSON text has none
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    auto& members = open_.back()->get_ref<Json::object_t&>();
    if (members.empty() || members.rbegin()->first < name) {  // canonical text is sorted
      slot_ = &members.emplace_hint(members.end(), std::move(name), nullptr)->second;
      return true;
    }
    auto [member, added] = members.try_emplace(std::move(name));
    if (!added) return fail("duplicate_key", "the key \"" + member->first + "\" stands twice in one object");
    slot_ = &member->second;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& exception) override {
    position_ = position;
    if (!error_.code.empty()) return false;
    const std::string what = exception.what();
    const std::size_t colon = what.rfind(": ");  // "[json.exception...] parse error at line 1, column 2: <reason>"
    return fail("bad_json", "not JSON: " + (colon == std::string::npos ? what : what.substr(colon + 2)));
  }

  Json root;
  const Error& error() const { return error_; }
  std::size_t position() const { return position_; }

 private:
  Json* place(Json value) {
    if (open_.empty()) return &(root = std::move(value));
    if (open_.back()->is_array()) return &open_.back()->get_ref<Json::array_t&>().emplace_back(std::move(value));
    return &(*slot_ = std::move(value));
  }

  bool open(Json container) {
    if (open_.size() == depth_max_)
      return fail("too_deep", "nested deeper than " + std::to_string(depth_max_) + " levels");
    open_.push_back(place(std::move(container)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  bool fail(const char* code, std::string message) {
    error_ = {code, std::move(message)};
    return false;
  }

  std::size_t depth_max_;
  std::vector<Json*> open_;  // containers being filled; a parent is not touched while its child is open
  Json* slot_ = nullptr;     // where the value of the last key goes
  Error error_;
  std::size_t position_ = 0;
};

std::string line_and_column(std::string_view text, std::size_t position) {
  const std::string_view before = text.substr(0, std::min(position > 0 ? position - 1 : 0, text.size()));
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t line_begin = before.rfind('\n') + 1;  // 0 when there is no line before
  return "line " + std::to_string(lines + 1) + ", column " + std::to_string(before.size() - line_begin + 1);
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::size_t depth_max) {
  if (!base::valid_utf8(text)) return Error{"bad_json", "not JSON: the text is not UTF-8"};
  TreeBuilder builder(depth_max);
  if (Json::sax_parse(text.begin(), text.end(), &builder)) return std::move(builder.root);
  Error error = builder.error();
  if (builder.position() > 0) error.message += " (" + line_and_column(text, builder.position()) + ")";
  return error;
}

}  // namespace cordyna::wire
