#include "dyna/arguments.h"

#include <CLI/CLI.hpp>
#include <charconv>

#include "dyna/nearest.h"
#include "dyna/verbs.h"

namespace cordyna::dyna {
namespace {

base::Error usage(const Verb& verb, const std::string& what) {
  return {"usage", what + "\n  see: dyna " + std::string(verb.name) + " --help"};
}

/// What CLI11 fills; it must not move while the parser lives.
struct Slots {
  std::map<std::string, std::vector<std::string>> texts;
  std::map<std::string, bool> flags;
};

void declare(CLI::App& parser, const Verb& verb, Slots& slots) {
  for (const OptionRow& row : options_of(verb)) {
    const std::string name(row.name);
    const std::string names = row.letter.empty() ? name : std::string(row.letter) + ',' + name;
    if (row.value.empty())
      parser.add_flag(names, slots.flags[name]);
    else
      parser.add_option(names, slots.texts[name])->allow_extra_args(false);
  }
}

base::Error unknown_option(const Verb& verb, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  std::vector<std::string> known;
  for (const OptionRow& row : options_of(verb)) known.emplace_back(row.name);
  return usage(verb, "dyna " + std::string(verb.name) + " has no option " + name + did_you_mean(name, known));
}

/// Gives the words that belong to no option to the positionals, in order; the last one may take many.
base::Result<void> distribute(const Verb& verb, const std::vector<std::string>& words, Arguments& arguments) {
  auto row = verb.positionals.begin();
  for (const std::string& word : words) {
    if (word.starts_with('-') && word != "-") return unknown_option(verb, word);
    if (row == verb.positionals.end())
      return usage(verb, "dyna " + std::string(verb.name) + " takes no more arguments than it has: \"" + word +
                             "\" is too much");
    arguments.values[std::string(row->name)].push_back(word);
    if (row->count == Count::one || row->count == Count::optional) ++row;
  }
  return {};
}

}  // namespace

std::optional<std::string> Arguments::text(std::string_view name) const {
  const auto found = values.find(name);
  if (found == values.end() || found->second.empty()) return std::nullopt;
  return found->second.back();
}

std::string Arguments::text_or(std::string_view name, std::string_view otherwise) const {
  return text(name).value_or(std::string(otherwise));
}

std::vector<std::string> Arguments::list(std::string_view name) const {
  const auto found = values.find(name);
  return found == values.end() ? std::vector<std::string>() : found->second;
}

base::Result<Arguments> parse_arguments(const Verb& verb, const std::vector<std::string>& words) {
  CLI::App parser;
  parser.set_help_flag();
  parser.allow_extras();
  Slots slots;
  try {
    declare(parser, verb, slots);
    parser.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::Error& error) {
    return usage(verb, error.what());
  }
  Arguments arguments;
  for (auto& [name, given] : slots.flags)
    if (given) arguments.values[name];
  for (auto& [name, given] : slots.texts)
    if (!given.empty()) arguments.values[name] = std::move(given);
  if (arguments.has("--help")) return arguments;
  if (const auto given = distribute(verb, parser.remaining(), arguments); !given) return given.error();
  for (const OptionRow& row : options_of(verb))
    if (!row.repeats && arguments.list(row.name).size() > 1)
      return usage(verb, std::string(row.name) + " is given more than once");
  for (const PositionalRow& row : verb.positionals)
    if ((row.count == Count::one || row.count == Count::some) && !arguments.has(row.name))
      return usage(verb, "dyna " + std::string(verb.name) + " needs " + std::string(row.name));
  return arguments;
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

}  // namespace cordyna::dyna
