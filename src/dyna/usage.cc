#include "dyna/usage.h"

#include "dyna/table.h"

namespace cordyna::dyna {
namespace {

std::string shown(const PositionalRow& row) {
  const std::string name(row.name);
  switch (row.count) {
    case Count::one:
      return name;
    case Count::optional:
      return '[' + name + ']';
    case Count::some:
      return name + "...";
    case Count::any:
      return '[' + name + "...]";
  }
  return name;
}

std::string shown(const OptionRow& row) {
  std::string text = row.letter.empty() ? std::string() : std::string(row.letter) + ", ";
  text += row.name;
  if (!row.value.empty()) text += ' ' + std::string(row.value);
  return text;
}

std::string indented(const Table& table) {
  std::string text = table.text({});
  for (std::size_t i = 0; i < text.size(); i = text.find('\n', i) + 1) text.insert(i, "  ");
  return text;
}

}  // namespace

std::string usage_text() {
  Table table;
  for (const Verb& verb : verbs()) {
    if (verb.hidden) continue;
    std::string words(verb.name);
    for (const PositionalRow& row : verb.positionals) words += ' ' + shown(row);
    table.rows.push_back({words, std::string(verb.summary)});
  }
  return "usage: dyna VERB ...\n\n" + indented(table) +
         "\nRUN is a run id, a unique beginning of one, or \"last\". TASK is server/task, or the task alone if only "
         "one\n"
         "server has it. SELECTOR is a task, +X (with all upstreams), X+ (with all downstream), server/*, tag:, "
         "label:\n"
         "or team:.\n"
         "\ndyna VERB --help says more. cerebro is looked for at --url, $CORDYNA_URL, http://127.0.0.1:7070.\n"
         "exit codes: 0 done, 1 what was asked about failed, 2 usage, 3 cerebro not reachable, 4 cerebro refused\n";
}

std::string usage_text(const Verb& verb) {
  std::string text = "usage: dyna " + std::string(verb.name);
  for (const PositionalRow& row : verb.positionals) text += ' ' + shown(row);
  text += " [options]\n\n" + std::string(verb.summary) + "\n\noptions\n";
  Table options;
  for (const OptionRow& row : options_of(verb)) options.rows.push_back({shown(row), std::string(row.help)});
  text += indented(options);
  if (!verb.examples.empty()) text += "\nexamples\n";
  for (const std::string_view example : verb.examples) text += "  " + std::string(example) + '\n';
  return text;
}

}  // namespace cordyna::dyna
