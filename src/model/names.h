#pragma once
// The rules for names: short, lower-case, safe in URLs, file names and shells. Names of servers and tasks are
// identities across the whole company, so what is doubtful is refused with a proposal instead of being repaired.

#include <string>
#include <string_view>

#include "base/result.h"

namespace cordyna::model {

enum class NameKind { server, task, team, domain, tag, label, env, limit, output };

std::string_view word(NameKind kind);

/// A server is 1..63 of [a-z0-9-], a task 1..127 of [a-z0-9_.-], the others like a task. Each begins and ends with
/// [a-z0-9] and contains no "..". Errors: bad_name, with a name that would do.
base::Result<void> check_name(NameKind kind, std::string_view name);

/// A valid name as near to `text` as can be.
std::string proposed_name(NameKind kind, std::string_view text);

/// Both parts of "server/task", views into the text they were split from.
struct FullName {
  std::string_view server;
  std::string_view task;
};

/// Both parts are checked. Errors: bad_name.
base::Result<FullName> split_name(std::string_view full);

std::string full_name(std::string_view server, std::string_view task);

}  // namespace cordyna::model
