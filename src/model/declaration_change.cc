#include "model/declaration_change.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace cordyna::model {
namespace {

/// The added and changed tasks so that upstreams come before what needs them; those on a cycle come last.
std::vector<std::uint32_t> topological(const Declaration& declaration, const DeclarationChange& change) {
  std::vector<std::uint32_t> positions;
  std::merge(change.added.begin(), change.added.end(), change.changed.begin(), change.changed.end(),
             std::back_inserter(positions));
  const std::size_t count = positions.size();
  std::unordered_map<std::string_view, std::uint32_t> by_name;  // looked up only
  by_name.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) by_name.emplace(declaration.tasks[positions[i]].name, i);
  const std::string prefix = declaration.server + '/';
  std::vector<std::uint32_t> missing(count, 0), from, to;
  for (std::uint32_t i = 0; i < count; ++i)
    for (const Upstream& upstream : declaration.tasks[positions[i]].upstream) {
      if (!upstream.task.starts_with(prefix)) continue;
      const auto found = by_name.find(std::string_view(upstream.task).substr(prefix.size()));
      if (found == by_name.end()) continue;
      from.push_back(found->second);
      to.push_back(i);
      ++missing[i];
    }
  std::vector<std::uint32_t> first(count + 1, 0), needed_by(from.size());
  for (const std::uint32_t upstream : from) ++first[upstream + 1];
  std::partial_sum(first.begin(), first.end(), first.begin());
  std::vector<std::uint32_t> next(first.begin(), first.end());
  for (std::size_t edge = 0; edge < from.size(); ++edge) needed_by[next[from[edge]]++] = to[edge];

  std::vector<std::uint32_t> order;
  order.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i)
    if (missing[i] == 0) order.push_back(i);
  for (std::size_t at = 0; at < order.size(); ++at)
    for (std::uint32_t edge = first[order[at]]; edge < first[order[at] + 1]; ++edge)
      if (--missing[needed_by[edge]] == 0) order.push_back(needed_by[edge]);
  for (std::uint32_t i = 0; i < count; ++i)
    if (missing[i] != 0) order.push_back(i);
  for (std::uint32_t& one : order) one = positions[one];
  return order;
}

}  // namespace

Succession succeed(std::shared_ptr<const Declaration> before, std::shared_ptr<const Declaration> next) {
  auto change = std::make_shared<DeclarationChange>();
  auto declaration = std::make_shared<Declaration>(*next);
  const std::size_t old_size = before ? before->tasks.size() : 0;
  std::uint32_t old = 0;
  for (std::uint32_t position = 0; position < declaration->tasks.size(); ++position) {
    const TaskDeclaration& task = declaration->tasks[position];
    if (!task.policy->limits.empty()) change->limited.push_back(position);
    while (old < old_size && before->tasks[old].name < task.name) change->removed.push_back(old++);
    if (old == old_size || before->tasks[old].name != task.name) {
      change->added.push_back(position);
      continue;
    }
    const TaskList::Shared& same = before->tasks.shared()[old++];
    if (same.get() != &task && !(*same == task))
      change->changed.push_back(position);
    else
      declaration->tasks.replace(position, same);
  }
  while (old < old_size) change->removed.push_back(old++);
  change->order = topological(*declaration, *change);
  change->before = std::move(before);
  return {std::move(declaration), std::move(change)};
}

DeclarationChange everything_removed(std::shared_ptr<const Declaration> before) {
  DeclarationChange change;
  change.removed.resize(before->tasks.size());
  std::iota(change.removed.begin(), change.removed.end(), 0U);
  change.before = std::move(before);
  return change;
}

}  // namespace cordyna::model
