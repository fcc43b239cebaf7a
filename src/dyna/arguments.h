#pragma once
// What was typed after the verb, sorted by the names of the verb table: flags, options and positionals alike.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cordyna::dyna {

struct Verb;

struct Arguments {
  std::map<std::string, std::vector<std::string>, std::less<>> values;  // "--wait", "--env", "RUN" -> what was given

  bool has(std::string_view name) const { return values.contains(name); }
  /// The last one given.
  std::optional<std::string> text(std::string_view name) const;
  std::string text_or(std::string_view name, std::string_view otherwise) const;
  std::vector<std::string> list(std::string_view name) const;
};

/// The whole of `text` as a number without sign; nullopt when it is none, or too large.
std::optional<std::uint64_t> whole_number(std::string_view text);

/// Sorts `words` (without the verb itself) by `verb`. Errors: usage (an unknown option, named with its nearest one, a
/// missing or surplus argument).
base::Result<Arguments> parse_arguments(const Verb& verb, const std::vector<std::string>& words);

}  // namespace cordyna::dyna
