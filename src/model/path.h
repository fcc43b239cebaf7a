#pragma once
// Where a finding is, as a chain of steps on the stack: checks walk through 100,000 tasks without making text, only a
// finding does. A step points to the one before it, so it must not outlive the expression or scope that holds that one.

#include <cstddef>
#include <string>
#include <string_view>

namespace cordyna::model {

struct Path {
  const Path* parent = nullptr;  // null: the root
  std::string_view key;          // of a member; empty: item `index`
  std::size_t index = 0;

  Path at(std::string_view member) const { return {this, member, 0}; }
  Path at(std::size_t item) const { return {this, {}, item}; }

  /// "tasks.report.upstream[1]", "" for the root.
  std::string text() const;
};

}  // namespace cordyna::model
