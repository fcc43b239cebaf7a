#pragma once
// The table of verbs. It is the only list of them: parsing, help, completion and did-you-mean all read it.

#include <string_view>
#include <vector>

#include "base/result.h"

namespace cordyna::dyna {

struct Context;

/// What the shell offers for an argument.
enum class Completes { nothing, tasks, runs, servers, files, shells };

struct OptionRow {
  std::string_view name;   // "--env"
  std::string_view value;  // "NAME"; empty: a flag
  std::string_view help;
  std::string_view letter = {};  // "-f"
  bool repeats = false;
  Completes completes = Completes::nothing;
};

enum class Count { one, optional, some, any };  // 1, 0..1, 1.., 0..

struct PositionalRow {
  std::string_view name;  // "RUN"
  Count count = Count::one;
  Completes completes = Completes::nothing;
};

struct Verb {
  std::string_view name;
  std::string_view summary;
  std::vector<PositionalRow> positionals;
  std::vector<OptionRow> options;
  base::Result<int> (*act)(Context&) = nullptr;  // the exit code, or why there is none
  bool reads = false;                            // has --json
  bool hidden = false;
  std::vector<std::string_view> examples = {};
};

const std::vector<Verb>& verbs();

/// nullptr when there is none; "do" is "run".
const Verb* find_verb(std::string_view name);

/// What every verb takes: --url and --help, and --json when it reads.
std::vector<OptionRow> options_of(const Verb& verb);

}  // namespace cordyna::dyna
