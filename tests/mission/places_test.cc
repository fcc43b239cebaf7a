// Places of a limit or a concurrency: who waits for one does not wait while there is room, whatever those before it
// wait for. Whatever the story is, a place is held by what was commanded and not by what waits.
#include <gtest/gtest.h>

#include "mission/fleet.h"

namespace cordyna::testing {
namespace {

const std::string numbered = "params: {type: object, properties: {n: {type: integer}}}";

/// Servers a, b, c ... with one slot each. `x` needs a place in the warehouse, `own` fills the slot of its server.
class Places : public ::testing::Test {
 protected:
  void places(std::uint32_t count) { fleet.world.settings().limits["warehouse"] = count; }
  void serve(const std::string& server, const std::string& policy_of_x = "limits: [warehouse]",
             std::uint32_t slots = 1) {
    fleet.serve(declaration(server, {"x: {" + policy_of_x + ", " + numbered + "}", "own: {}"}), "i1", slots);
  }
  /// Runs of different `n` share nothing.
  base::RunId run(const std::string& task, int n = 0) {
    engine::RunRequest options;
    if (n != 0) options.params = {{"n", n}};
    return fleet.run({task}, options);
  }
  /// Its server has no slot for anything else from now on.
  void fill(const std::string& server) { run(server + "/own"); }
  std::size_t told(const std::string& task) const { return fleet.open(task); }
  void TearDown() override { fleet.expect_no_complaints(); }

  Fleet fleet;
};

TEST_F(Places, the_next_one_goes_while_the_first_waits_for_its_server) {
  places(2);
  for (const char* server : {"h", "i", "a", "b", "c"}) serve(server);
  run("h/x");
  run("i/x");
  run("a/x");
  run("b/x");
  run("c/x");
  EXPECT_EQ(fleet.commands().size(), 2U) << "the limit is full";
  fill("a");
  fleet.done("h/x");
  EXPECT_EQ(told("a/x"), 0U) << "its server is full";
  EXPECT_EQ(told("b/x"), 1U) << "it takes the place that the first cannot use";
  EXPECT_EQ(told("c/x"), 0U) << "there is no third place";
  fleet.done("b/x");
  EXPECT_EQ(told("c/x"), 1U);
}

TEST_F(Places, each_freed_place_is_used_though_several_wait_for_their_servers) {
  places(2);
  for (const char* server : {"h", "i", "a", "b", "c", "d"}) serve(server);
  run("h/x");
  run("i/x");
  for (const char* task : {"a/x", "b/x", "c/x", "d/x"}) run(task);
  fill("a");
  fill("b");
  fleet.done("h/x");
  EXPECT_EQ(told("c/x"), 1U);
  fleet.done("i/x");
  EXPECT_EQ(told("d/x"), 1U);
  fleet.done("c/x");
  fleet.started("a/own");
  EXPECT_EQ(told("a/x"), 1U) << "its server has room again, the limit too";
  fleet.started("b/own");
  EXPECT_EQ(told("b/x"), 0U) << "the limit is full";
  fleet.done("d/x");
  EXPECT_EQ(told("b/x"), 1U);
}

TEST_F(Places, a_place_that_nobody_could_use_is_taken_by_the_first_whose_server_has_room) {
  places(1);
  for (const char* server : {"h", "a", "b"}) serve(server);
  run("h/x");
  run("a/x");
  run("b/x");
  fill("a");
  fill("b");
  fleet.done("h/x");
  EXPECT_EQ(told("a/x") + told("b/x"), 0U);
  fleet.started("b/own");
  EXPECT_EQ(told("b/x"), 1U);
  fleet.started("a/own");
  EXPECT_EQ(told("a/x"), 0U) << "the place was never kept for it";
}

TEST_F(Places, the_end_of_the_one_that_was_woken_wakes_the_next) {
  places(1);
  for (const char* server : {"h", "a"}) serve(server);
  run("h/x");
  const base::RunId first = run("a/x", 1), second = run("a/x", 2);
  fill("a");
  fleet.done("h/x");
  fleet.ask(engine::CancelRequest{.run = first});
  EXPECT_EQ(fleet.run_state(first), "cancelled");
  fleet.started("a/own");
  EXPECT_EQ(told("a/x"), 1U) << "nobody else stands before " << second.text();
}

TEST_F(Places, those_of_one_server_go_as_far_as_the_server_and_the_limit_have_room) {
  places(3);
  serve("h", "limits: [warehouse]", 3);
  serve("a");
  for (int n = 1; n <= 3; ++n) run("h/x", n);
  for (int n = 1; n <= 4; ++n) run("a/x", n);
  fill("a");
  for (int n = 1; n <= 3; ++n) fleet.done("h/x");
  EXPECT_EQ(told("a/x"), 0U);
  fleet.started("a/own");
  EXPECT_EQ(told("a/x"), 1U);
  fleet.started("a/x");
  EXPECT_EQ(told("a/x"), 2U);
}

TEST_F(Places, the_most_important_one_goes_first) {
  places(1);
  serve("h");
  serve("a");
  serve("z", "priority: 5, limits: [warehouse]");
  run("h/x");
  run("a/x");
  run("z/x");
  fleet.done("h/x");
  EXPECT_EQ(told("z/x"), 1U);
  EXPECT_EQ(told("a/x"), 0U);
}

TEST_F(Places, who_may_wait_for_a_server_that_is_away_keeps_nobody_from_a_place) {
  places(1);
  serve("h");
  serve("a", "wait_for_server: 1h, limits: [warehouse]");
  serve("b");
  run("h/x");
  run("a/x", 1);
  run("a/x", 2);
  run("b/x");
  fleet.goodbye("a#i1");
  fleet.done("h/x");
  EXPECT_EQ(told("b/x"), 1U);
}

TEST_F(Places, what_passes_one_limit_and_stops_at_another_lets_the_next_one_go) {
  places(1);
  fleet.world.settings().limits["licence"] = 1;
  for (const char* server : {"h", "b"}) serve(server);
  serve("k", "limits: [licence]");
  serve("a", "limits: [warehouse, licence]");
  run("h/x");
  run("a/x");
  run("b/x");
  run("k/x");
  fleet.done("h/x");
  EXPECT_EQ(told("a/x"), 0U) << "the licence is in use";
  EXPECT_EQ(told("b/x"), 1U);
  fleet.done("k/x");
  EXPECT_EQ(told("a/x"), 0U) << "now the warehouse is";
  fleet.done("b/x");
  EXPECT_EQ(told("a/x"), 1U);
}

TEST_F(Places, concurrency_wakes_the_next_when_the_woken_one_is_cancelled_at_its_server) {
  serve("a", "concurrency: 1");
  run("a/x", 1);
  const base::RunId first = run("a/x", 2);
  run("a/x", 3);
  fleet.started("a/x");
  fill("a");
  fleet.completed("a/x");
  EXPECT_EQ(told("a/x"), 0U);
  fleet.ask(engine::CancelRequest{.run = first});
  fleet.started("a/own");
  EXPECT_EQ(told("a/x"), 1U);
}

TEST_F(Places, a_greater_concurrency_counts_for_what_it_was_declared_for) {
  serve("a", "concurrency: 3", 9);
  for (int n = 1; n <= 3; ++n) run("a/x", n);
  fleet.redeclare("a#i1", declaration("a", {"x: {concurrency: 1, " + numbered + "}"}));
  const base::RunId narrow = run("a/x", 4);
  fleet.redeclare("a#i1", declaration("a", {"x: {concurrency: 3, " + numbered + "}"}));
  const base::RunId wide = run("a/x", 5);
  fleet.done("a/x");
  EXPECT_EQ(fleet.state(wide, "a/x"), "invoked");
  EXPECT_EQ(fleet.state(narrow, "a/x"), "pending");
}

TEST_F(Places, an_attempt_that_is_handed_over_holds_the_places_of_its_heir) {
  const auto tasks = [](const std::string& limits) {
    return declaration("a", {"slow: {when: {event: {type: never}}" + limits + "}",
                             "one: {upstream: [slow], when: manual}", "two: {upstream: [slow], when: manual}"});
  };
  places(1);
  serve("b");
  fleet.serve(tasks(", limits: [warehouse]"));
  const base::RunId one = fleet.run({"a/one"});
  fleet.started("a/slow");
  fleet.redeclare("a#i1", tasks(""));
  const base::RunId two = fleet.run({"a/two"});
  run("b/x");
  EXPECT_EQ(told("b/x"), 0U);
  fleet.ask(engine::CancelRequest{.run = one});
  EXPECT_EQ(fleet.state(two, "a/slow"), "started");
  EXPECT_EQ(told("b/x"), 1U) << "the heir needs no place";
  fleet.done("b/x");
  fleet.completed("a/slow");
  run("b/x");
  EXPECT_EQ(told("b/x"), 1U) << "no place was lost";
}

}  // namespace
}  // namespace cordyna::testing
