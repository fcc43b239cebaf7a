// dyna graph: the one graph of the company, as a table, for Graphviz or for Markdown.

#include <fmt/format.h>

#include <map>

#include "dyna/acts.h"
#include "dyna/ask.h"
#include "dyna/names.h"
#include "dyna/table.h"
#include "dyna/trigger_text.h"

namespace cordyna::dyna::acts {
namespace {

/// A text between double quotes, for DOT and for Mermaid labels.
std::string quoted(const std::string& text, std::string_view quote, std::string_view backslash) {
  std::string inside;
  for (const char byte : plain(text)) {
    if (byte == '"')
      inside += quote;
    else if (byte == '\\')
      inside += backslash;
    else
      inside += byte;
  }
  return '"' + inside + '"';
}

std::string dot_text(const Json& graph) {
  const auto name = [](const std::string& text) { return quoted(text, "\\\"", "\\\\"); };
  std::string text = "digraph cordyna {\n  rankdir=LR;\n  node [shape=box];\n";
  for (const Json& node : list_at(graph, "nodes")) {
    text += "  " + name(text_at(node, "task"));
    if (const std::string team = text_at(node, "team"); !team.empty()) text += " [tooltip=" + name(team) + ']';
    text += ";\n";
  }
  for (const Json& edge : list_at(graph, "edges")) {
    text += "  " + name(text_at(edge, "from")) + " -> " + name(text_at(edge, "to"));
    if (const std::string within = text_at(edge, "within"); !within.empty())
      text += " [style=dashed, label=" + name("within " + within) + ']';
    text += ";\n";
  }
  return text + "}\n";
}

/// Mermaid wants short ids without slashes: n0, n1, ... in the order of the nodes.
std::string mermaid_text(const Json& graph) {
  std::map<std::string, std::string> ids;
  std::string text = "flowchart LR\n";
  const auto id_of = [&](const std::string& task) {
    const auto [found, fresh] = ids.emplace(task, fmt::format("n{}", ids.size()));
    if (fresh) text += fmt::format("  {}[{}]\n", found->second, quoted(task, "#quot;", "\\"));
    return found->second;
  };
  for (const Json& node : list_at(graph, "nodes")) id_of(text_at(node, "task"));
  for (const Json& edge : list_at(graph, "edges")) {
    const std::string from = id_of(text_at(edge, "from")), to = id_of(text_at(edge, "to"));
    const std::string within = plain(text_at(edge, "within"));
    text += within.empty() ? fmt::format("  {} --> {}\n", from, to)
                           : fmt::format("  {} -. within {} .-> {}\n", from, within, to);
  }
  return text;
}

std::string table_text(const Ink& ink, const Json& graph) {
  std::map<std::string, std::string> needs;
  for (const Json& edge : list_at(graph, "edges")) {
    std::string& text = needs[text_at(edge, "to")];
    text += (text.empty() ? "" : ", ") + edge_text(edge, "from");
  }
  Table table{{"TASK", "TEAM", "STATE", "NEEDS"}, {}};
  for (const Json& node : list_at(graph, "nodes")) {
    const std::string task = text_at(node, "task"), state = text_at(node, "state");
    table.rows.push_back(
        {plain(task), plain(text_at(node, "team")), state.empty() ? "-" : ink.state(state), needs[task]});
  }
  return table.text(ink);
}

}  // namespace

Act graph(Context& context) {
  const bool dot = context.arguments.has("--dot"), mermaid = context.arguments.has("--mermaid");
  if (static_cast<int>(dot) + static_cast<int>(mermaid) + static_cast<int>(context.json()) > 1)
    return base::Error{"usage", "--dot, --mermaid and --json exclude each other: give one of them"};
  std::string select;  // several are separated by commas
  for (const std::string& given : context.arguments.list("SELECTOR")) {
    const auto selector = resolved_selector(context, given);
    if (!selector) return selector.error();
    select += (select.empty() ? "" : ",") + *selector;
  }
  const auto answer = ask(context, {.path = "/graph", .query = {{"select", select}}});
  if (!answer) return answer.error();
  if (context.json())
    context.out() << answer->response.body << '\n';
  else if (dot)
    context.out() << dot_text(answer->document);
  else if (mermaid)
    context.out() << mermaid_text(answer->document);
  else
    context.out() << table_text(context.ink(), answer->document);
  return exit_code::done;
}

}  // namespace cordyna::dyna::acts
