#include "model/declaration_change.h"

#include <gtest/gtest.h>

namespace cordyna::model {
namespace {

using Positions = std::vector<std::uint32_t>;

TaskDeclaration task(std::string name, std::vector<std::string> upstream = {}, std::string limit = {}) {
  TaskDeclaration made;
  made.name = std::move(name);
  for (auto& text : upstream) made.upstream.push_back({"s/" + text, text, std::nullopt, Require::completed});
  made.when.emplace_back(ManualTrigger{});
  auto policy = std::make_shared<Policy>();
  if (!limit.empty()) policy->limits.push_back(limit);
  made.policy = std::move(policy);
  return made;
}

std::shared_ptr<const Declaration> declaration(std::vector<TaskDeclaration> tasks, std::string hash = "h") {
  auto made = std::make_shared<Declaration>();
  made->server = "s";
  made->hash = std::move(hash);
  for (TaskDeclaration& one : tasks) made->tasks.push_back(std::move(one));
  return made;
}

TEST(DeclarationChange, everything_is_added_to_nothing) {
  const auto [taken, change] = succeed(nullptr, declaration({task("a"), task("b", {"a"})}));
  EXPECT_EQ(taken->tasks.size(), 2U);
  EXPECT_EQ(change->added, (Positions{0, 1}));
  EXPECT_TRUE(change->changed.empty());
  EXPECT_TRUE(change->removed.empty());
}

TEST(DeclarationChange, what_is_equal_is_shared_and_the_rest_is_told_apart) {
  const auto before = declaration({task("a"), task("c"), task("d"), task("z")});
  const auto next = declaration({task("a"), task("b"), task("d", {"a"}), task("z")}, "other");
  const auto [taken, change] = succeed(before, next);
  EXPECT_EQ(change->before, before);
  EXPECT_EQ(change->added, Positions{1});
  EXPECT_EQ(change->changed, Positions{2});
  EXPECT_EQ(change->removed, Positions{1});
  EXPECT_EQ(taken->hash, "other");
  EXPECT_EQ(taken->tasks.shared()[0], before->tasks.shared()[0]);
  EXPECT_EQ(taken->tasks.shared()[3], before->tasks.shared()[3]);
  EXPECT_EQ(taken->tasks.shared()[2], next->tasks.shared()[2]);
}

TEST(DeclarationChange, upstreams_come_before_what_needs_them_and_cycles_last) {
  const auto next =
      declaration({task("a", {"b", "elsewhere"}), task("b", {"c"}), task("c"), task("x", {"y"}), task("y", {"x"})});
  EXPECT_EQ(succeed(nullptr, next).change->order, (Positions{2, 1, 0, 3, 4}));
}

TEST(DeclarationChange, the_order_holds_what_has_changed_and_nothing_else) {
  const auto before = declaration({task("a"), task("b"), task("c")});
  const auto next = declaration({task("a", {"b", "c"}), task("b"), task("c", {"b"})});
  EXPECT_EQ(succeed(before, next).change->order, (Positions{2, 0}));
}

TEST(DeclarationChange, all_tasks_with_a_limit_are_listed_also_those_that_have_not_changed) {
  const auto before = declaration({task("a", {}, "warehouse"), task("b")});
  const auto next = declaration({task("a", {}, "warehouse"), task("b", {"a"}), task("c", {}, "warehouse")});
  EXPECT_EQ(succeed(before, next).change->limited, (Positions{0, 2}));
}

TEST(DeclarationChange, forgetting_removes_every_task) {
  const auto change = everything_removed(declaration({task("a"), task("b")}));
  EXPECT_EQ(change.removed, (Positions{0, 1}));
  EXPECT_TRUE(change.order.empty());
}

}  // namespace
}  // namespace cordyna::model
