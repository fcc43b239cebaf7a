// How old what a task took may be: section 5 of the semantics at its limits.

#include <gtest/gtest.h>
#include "mission/fleet.h"

namespace cordyna::testing {
namespace {

/// What u took counts from when it was recorded, also when a newer one has come before u ended.
TEST(Planning, a_window_counts_from_the_completion_that_was_taken) {
  Fleet fleet;
  fleet.serve(declaration(
      "a", {"v: {}", "u: {upstream: [{task: v, within: 10m}], when: manual}", "d: {upstream: [u], when: manual}"}));
  fleet.run({"a/v"});
  fleet.done("a/v");
  fleet.advance(5min);
  fleet.run({"a/u"});
  fleet.started("a/u");
  fleet.advance(1min);
  fleet.run({"a/v"});
  fleet.done("a/v");
  fleet.completed("a/u");
  fleet.advance(3min);  // nine minutes after the completion that u took
  EXPECT_EQ(fleet.world.state().run(fleet.run({"a/d"}))->tasks.size(), 1U);
  fleet.done("a/d");
  fleet.advance(2min);  // eleven, and five after the newer one
  EXPECT_EQ(fleet.world.state().run(fleet.run({"a/d"}))->tasks.size(), 2U) << "u is pulled";
  fleet.expect_no_complaints();
}

}  // namespace
}  // namespace cordyna::testing
