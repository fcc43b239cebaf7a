#include "model/names.h"

#include <array>
#include <cstddef>

#include "base/limits.h"
#include "base/utf8.h"

namespace cordyna::model {
namespace {

using base::Error;
using base::Result;
namespace limits = base::limits;

bool is_edge(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_allowed(NameKind kind, char c) {
  return is_edge(c) || c == '-' || (kind != NameKind::server && (c == '_' || c == '.'));
}

std::size_t length_max(NameKind kind) {
  if (kind == NameKind::server) return limits::server_name_max;
  return kind == NameKind::task ? limits::task_name_max : limits::word_name_max;
}

std::string_view alphabet(NameKind kind) {
  return kind == NameKind::server ? "a-z, 0-9 and -" : "a-z, 0-9, _, . and -";
}

// What is wrong with a name, "" when nothing is.
std::string fault(NameKind kind, std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > length_max(kind))
    return "has " + std::to_string(name.size()) + " characters, at most " + std::to_string(length_max(kind)) +
           " are allowed";
  for (const char c : name)
    if (!is_allowed(kind, c))
      return "may only have " + std::string(alphabet(kind)) +
             (c >= ' ' && c <= '~' ? ", not '" + std::string(1, c) + "'" : "");
  if (!is_edge(name.front()) || !is_edge(name.back())) return "must begin and end with a letter or digit";
  if (name.find("..") != std::string_view::npos) return "may not contain \"..\"";
  return "";
}

}  // namespace

std::string_view word(NameKind kind) {
  constexpr std::array<std::string_view, 9> words{"server", "task", "team",  "domain", "tag",
                                                  "label",  "env",  "limit", "output"};
  return words[static_cast<std::size_t>(kind)];
}

Result<void> check_name(NameKind kind, std::string_view name) {
  const std::string wrong = fault(kind, name);
  if (wrong.empty()) return {};
  const std::string shown = base::repaired_utf8(name.substr(0, length_max(kind)));
  return Error{"bad_name", "the " + std::string(word(kind)) + " name '" + shown + "' " + wrong +
                               ": write for example '" + proposed_name(kind, name) + "'"};
}

std::string proposed_name(NameKind kind, std::string_view text) {
  std::string proposal;
  for (char c : text) {
    if (proposal.size() == length_max(kind)) break;
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (!is_allowed(kind, c)) c = '-';
    const bool repeats = !is_edge(c) && (proposal.empty() || !is_edge(proposal.back()));
    if (!repeats) proposal += c;
  }
  while (!proposal.empty() && !is_edge(proposal.back())) proposal.pop_back();
  return proposal.empty() ? "my-" + std::string(word(kind)) : proposal;
}

Result<FullName> split_name(std::string_view full) {
  const std::size_t slash = full.find('/');
  if (slash == std::string_view::npos)
    return Error{"bad_name", "the task '" + base::repaired_utf8(full.substr(0, limits::task_name_max)) +
                                 "' names no server: write server/task, for example 'shop/extract_orders'"};
  const FullName name{full.substr(0, slash), full.substr(slash + 1)};
  if (auto checked = check_name(NameKind::server, name.server); !checked) return checked.error();
  if (auto checked = check_name(NameKind::task, name.task); !checked) return checked.error();
  return name;
}

std::string full_name(std::string_view server, std::string_view task) {
  std::string name;
  name.reserve(server.size() + 1 + task.size());
  name.append(server).append(1, '/').append(task);
  return name;
}

}  // namespace cordyna::model
