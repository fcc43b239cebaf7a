#include "dyna/program.h"

#include "dyna/context.h"
#include "dyna/nearest.h"
#include "dyna/usage.h"
#include "dyna/verbs.h"

namespace cordyna::dyna {
namespace {

int refuse(const World& world, const base::Error& error) {
  const Ink ink{world.err.terminal, world.err.colour};
  *world.err.stream << ink.bad("dyna:") << ' ' << error.message << '\n';
  return exit_code_of(error);
}

/// Options that are allowed before the verb go behind it: "dyna --url X runs" is "dyna runs --url X".
std::vector<std::string> verb_first(std::vector<std::string> words) {
  std::vector<std::string> leading;
  std::size_t at = 0;
  while (at < words.size() && words[at].starts_with("--")) {
    const bool has_value = words[at] == "--url" && at + 1 < words.size();
    leading.push_back(words[at++]);
    if (has_value) leading.push_back(words[at++]);
  }
  std::vector<std::string> sorted(words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
  sorted.insert(sorted.begin() + (sorted.empty() ? 0 : 1), leading.begin(), leading.end());
  return sorted;
}

base::Error unknown_verb(const std::string& word) {
  std::vector<std::string> known = {"do", "help"};
  for (const Verb& verb : verbs())
    if (!verb.hidden) known.emplace_back(verb.name);
  return {"usage", "there is no verb \"" + plain(word) + '"' + did_you_mean(word, known) + "\n  see: dyna --help"};
}

int help(const World& world, const std::vector<std::string>& words) {
  if (words.size() < 2) {
    *world.out.stream << usage_text();
    return exit_code::done;
  }
  const Verb* verb = find_verb(words[1]);
  if (verb == nullptr) return refuse(world, unknown_verb(words[1]));
  *world.out.stream << usage_text(*verb);
  return exit_code::done;
}

}  // namespace

int exit_code_of(const base::Error& error) {
  if (error.code == "failed") return exit_code::failed;
  if (error.code == "not_reachable" || error.code == "broken") return exit_code::not_reachable;
  if (error.code == "refused" || error.code == "unavailable") return exit_code::refused;
  return exit_code::usage;
}

int run_program(const World& world, const std::vector<std::string>& given) {
  std::vector<std::string> words = verb_first(given);
  if (words.empty()) {
    *world.err.stream << usage_text();
    return exit_code::usage;
  }
  if (words[0] == "help" || words[0] == "--help" || words[0] == "-h") return help(world, words);
  if (words[0] == "--version") words[0] = "version";
  const Verb* verb = find_verb(words[0]);
  if (verb == nullptr && words[0].starts_with("-"))
    return refuse(world, {"usage", "the verb is missing after " + plain(words[0]) + "\n  see: dyna --help"});
  if (verb == nullptr) return refuse(world, unknown_verb(words[0]));

  words.erase(words.begin());
  const auto arguments = parse_arguments(*verb, words);
  if (!arguments) return refuse(world, arguments.error());
  if (arguments->has("--help")) {
    *world.out.stream << usage_text(*verb);
    return exit_code::done;
  }
  std::string url = arguments->text_or("--url", world.environment("CORDYNA_URL").value_or(""));
  if (url.empty()) url = default_url;
  while (url.ends_with('/')) url.pop_back();
  const auto api = world.connect(url);
  Context context{world, *arguments, *api, url};
  const auto code = verb->act(context);
  world.out.stream->flush();
  return code ? *code : refuse(world, code.error());
}

}  // namespace cordyna::dyna
