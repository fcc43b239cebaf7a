// Graph building: whoever comes in whatever order, one graph; what would make it wrong is refused and changes nothing.

#include <gtest/gtest.h>

#include <algorithm>

#include "mission/fleet.h"
#include "wire/declaration_yaml.h"

namespace cordyna::testing {
namespace {

/// Upstream edges of every declared task, as text.
std::string edges(Fleet& fleet) {
  std::set<std::string> lines;
  const engine::State& state = fleet.world.state();
  for (const engine::Task& task : state.tasks) {
    if (!task.declared()) continue;
    std::string line = task.name + " <-";
    for (const model::TaskIndex upstream : task.upstream) line += ' ' + state.task(upstream).name;
    lines.insert(line);
  }
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return text;
}

const std::vector<std::string> servers = {
    declaration("a", {"extract: {}", "clean: {upstream: [extract]}"}),
    declaration("b", {"report: {upstream: [a/clean, c/rates]}"}),
    declaration("c", {"rates: {upstream: [a/extract]}"}),
    declaration("d", {"mail: {upstream: [b/report]}", "free: {}"}),
};

TEST(Graph, is_the_same_in_any_order_of_arrival_and_runs_alike) {
  std::vector<std::size_t> order{0, 1, 2, 3};
  std::string expected;
  do {
    Fleet fleet;
    for (const std::size_t i : order) fleet.serve(servers[i]);
    if (expected.empty()) expected = edges(fleet);
    EXPECT_EQ(edges(fleet), expected);
    const base::RunId run = fleet.run({"a/extract"});
    fleet.done("a/extract");
    fleet.done("c/rates");
    EXPECT_EQ(fleet.command("b/report"), nullptr);
    fleet.done("a/clean");
    fleet.done("b/report");
    fleet.done("d/mail");
    EXPECT_EQ(fleet.run_state(run), "completed");
    EXPECT_EQ(fleet.naive.runs().at(run).tasks.size(), 5U);
    fleet.expect_no_complaints();
    fleet.restart();
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(Graph, a_new_declaration_replaces_the_old_one_and_a_run_keeps_its_edges) {
  Fleet fleet;
  fleet.serve(declaration("a", {"x: {}", "y: {upstream: [x]}", "z: {upstream: [y]}", "old: {upstream: [x]}"}));
  const base::RunId run = fleet.run({"a/x"});
  fleet.started("a/x");
  fleet.redeclare("a#i1",
                  declaration("a", {"x: {}", "y: {upstream: [x]}", "z: {upstream: [x]}", "new: {upstream: [y]}"}));
  EXPECT_EQ(edges(fleet), "a/new <- a/y\na/x <-\na/y <- a/x\na/z <- a/x\n");
  EXPECT_EQ(fleet.state(run, "a/old"), "error task_removed");
  const auto declared = fleet.all<model::ServerDeclared>().back();
  EXPECT_EQ(declared.added, std::vector<std::string>{"new"});
  EXPECT_EQ(declared.changed, std::vector<std::string>{"z"});
  EXPECT_EQ(declared.removed, std::vector<std::string>{"old"});
  fleet.completed("a/x");
  EXPECT_EQ(fleet.command("a/z"), nullptr) << "the run keeps the edge to y";
  fleet.done("a/y");
  fleet.done("a/z");
  EXPECT_EQ(fleet.run_state(run), "failed");
  fleet.restart();
}

TEST(Graph, an_equal_declaration_is_no_event) {
  Fleet fleet;
  fleet.serve(servers[0]);
  const std::size_t before = fleet.all<model::ServerDeclared>().size();
  fleet.serve(servers[0], "i2");
  fleet.leave("a#i1");
  fleet.back("a#i1");
  EXPECT_EQ(fleet.all<model::ServerDeclared>().size(), before);
}

/// The paths that the last declaration of `server` was told to be unresolved.
std::vector<std::string> unresolved(Fleet& fleet, const std::string& server) {
  std::vector<std::string> paths;
  for (const auto& declared : fleet.all<model::ServerDeclared>()) {
    if (declared.server != server) continue;
    paths.clear();
    for (const model::Finding& finding : declared.warnings) paths.push_back(finding.path);
  }
  return paths;
}

TEST(Graph, a_declaration_hears_of_everything_unresolved_whatever_of_it_has_changed) {
  using Paths = std::vector<std::string>;
  Fleet fleet;
  fleet.serve(declaration("a", {"x: {upstream: [b/missing, y]}", "y: {}", "z: {upstream: [old, b/later]}", "old: {}"}));
  EXPECT_EQ(unresolved(fleet, "a"), (Paths{"tasks.x.upstream[0]", "tasks.z.upstream[1]"}));
  // b brings one of them; what has not changed is told again, what needs a removed task is told too.
  fleet.serve(declaration("b", {"later: {}"}));
  fleet.redeclare("a#i1",
                  declaration("a", {"x: {upstream: [b/missing, y]}", "y: {}", "z: {upstream: [old, b/later]}"}));
  EXPECT_EQ(unresolved(fleet, "a"), (Paths{"tasks.x.upstream[0]", "tasks.z.upstream[0]"}));
  // A task that comes back resolves it for the others; one that goes elsewhere leaves it unresolved again.
  fleet.redeclare("a#i1",
                  declaration("a", {"x: {upstream: [b/missing, y]}", "z: {upstream: [old, b/later]}", "old: {}"}));
  EXPECT_EQ(unresolved(fleet, "a"), (Paths{"tasks.x.upstream[0]", "tasks.x.upstream[1]"}));
  fleet.redeclare("b#i1", declaration("b", {"other: {}"}));
  fleet.redeclare("a#i1", declaration("a", {"x: {upstream: [b/missing, y]}", "z: {upstream: [old, b/later]}", "old: {}",
                                            "new: {}"}));
  EXPECT_EQ(unresolved(fleet, "a"), (Paths{"tasks.x.upstream[0]", "tasks.x.upstream[1]", "tasks.z.upstream[1]"}));
  fleet.restart();
}

TEST(Graph, a_removed_task_that_was_invoked_goes_on) {
  Fleet fleet;
  fleet.serve(declaration("a", {"x: {}", "keep: {}"}));
  const base::RunId run = fleet.run({"a/x"});
  fleet.redeclare("a#i1", declaration("a", {"keep: {}"}));
  EXPECT_EQ(fleet.state(run, "a/x"), "invoked");
  fleet.done("a/x");
  EXPECT_EQ(fleet.run_state(run), "completed");
  EXPECT_EQ(fleet.refused(engine::RunRequest{.select = {"a/x"}}).empty(), false);
}

/// A ring of one task a server; the last server to come closes it.
std::string ring_member(int i, int count) {
  const std::string next = "s" + std::to_string((i + 1) % count);
  return declaration("s" + std::to_string(i), {"t: {upstream: [" + next + "/t]}", "free: {}"});
}

/// As a library that checks nothing would send it: cerebro has read it and says what it found.
void declare_unread(Fleet& fleet, const std::string& text) {
  const auto read = wire::read_declaration_yaml(text);
  const engine::SessionId session{1'000'000};
  model::Hello hello{.server = "s0", .team = "team-s0", .instance = "raw", .slots = 1, .declaration_hash = "raw"};
  fleet.world.decide(engine::SessionOpened{session, hello});
  fleet.world.decide(
      engine::SessionDeclared{session, read.declaration, read.findings, engine::whole_text(read.json), {}});
  fleet.hear();
}

TEST(Graph, a_cycle_over_one_to_five_servers_is_refused_with_its_whole_path_and_changes_nothing) {
  for (int count = 1; count <= 5; ++count) {
    Fleet fleet;
    for (int i = 0; i + 1 < count; ++i) fleet.serve(ring_member(i, count));
    const std::string last = "s" + std::to_string(count - 1);
    const std::string open = declaration(last, {"t: {}", "free: {}"});
    if (count > 1) fleet.serve(open);
    const std::string before = edges(fleet);
    const std::size_t log = fleet.world.log().size();
    if (count > 1)
      fleet.redeclare(last + "#i1", ring_member(count - 1, count));
    else
      declare_unread(fleet, ring_member(0, 1));
    const auto refused = fleet.all<model::ServerRefused>();
    ASSERT_EQ(refused.size(), 1U) << count;
    std::string text;
    for (const model::Finding& one : refused[0].findings) text += one.path + ' ' + one.rule + ' ' + one.message + '\n';
    if (count == 1) {
      EXPECT_NE(text.find("self_upstream"), std::string::npos) << text;
    }
    for (int i = 0; i < count && count > 1; ++i)
      EXPECT_NE(text.find("s" + std::to_string(i) + "/t"), std::string::npos) << text;
    EXPECT_EQ(edges(fleet), before) << "a refused declaration changed the graph";
    if (count > 1) {
      EXPECT_EQ(fleet.world.log().size(), log + 1) << "a refused declaration is only server.refused";
    }
    if (count == 1) continue;
    const base::RunId run = fleet.run({"s0/free", last + "/free"});
    fleet.done("s0/free");
    fleet.done(last + "/free");
    EXPECT_EQ(fleet.run_state(run), "completed");
    fleet.restart();
  }
}

TEST(Graph, an_unresolved_upstream_blocks_only_what_needs_it_until_somebody_declares_it) {
  Fleet fleet;
  fleet.serve(declaration("a", {"x: {upstream: [b/missing]}", "y: {upstream: [x]}", "free: {}"}));
  EXPECT_FALSE(fleet.all<model::ServerDeclared>()[0].warnings.empty());
  const base::RunId run = fleet.run({"a/y", "a/free"});
  fleet.done("a/free");
  EXPECT_EQ(fleet.state(run, "b/missing"), "error unknown_task");
  EXPECT_EQ(fleet.state(run, "a/x"), "blocked by b/missing");
  EXPECT_EQ(fleet.state(run, "a/y"), "blocked by b/missing");
  EXPECT_EQ(fleet.state(run, "a/free"), "completed");
  EXPECT_EQ(fleet.run_state(run), "failed");
  fleet.serve(declaration("b", {"missing: {}"}));
  const base::RunId again = fleet.run({"a/y"});
  fleet.done("b/missing");
  fleet.done("a/x");
  fleet.done("a/y");
  EXPECT_EQ(fleet.run_state(again), "completed");
  fleet.restart();
}

TEST(Graph, a_name_taken_by_another_team_is_refused) {
  Fleet fleet;
  fleet.serve(servers[0]);
  std::string foreign = servers[0];
  foreign.replace(foreign.find("team-a"), 6, "team-z");
  const std::string before = edges(fleet);
  fleet.serve(foreign, "i2");
  ASSERT_EQ(fleet.all<model::ServerRefused>().size(), 1U);
  EXPECT_EQ(edges(fleet), before);
  fleet.run({"a/extract"});
  EXPECT_EQ(fleet.command("a/extract")->instance, "a#i1");
}

std::shared_ptr<const model::Declaration> large(std::size_t count) {
  auto large = std::make_shared<model::Declaration>();
  large->server = "big";
  large->team = "team-big";
  large->hash = "hash-of-" + std::to_string(count);
  const auto policy = std::make_shared<model::Policy>();
  for (std::size_t i = 0; i < count; ++i) {
    model::TaskDeclaration task;
    std::string digits = std::to_string(i);
    task.name = 't' + std::string(5 - digits.size(), '0') + digits;
    task.policy = policy;
    if (i % 100 == 0)
      task.when.emplace_back(model::ManualTrigger{});
    else {
      const std::string before = large->tasks[i - 1].name;
      task.upstream.push_back({.task = "big/" + before, .text = before});
      task.when.emplace_back(model::UpstreamTrigger{});
    }
    large->tasks.push_back(std::move(task));
  }
  return large;
}

TEST(Graph, ten_thousand_tasks_in_one_declaration_run_in_order) {
  Fleet fleet;
  fleet.world.set_checks(false);
  fleet.serve(large(10'000), "i1", 1000);
  EXPECT_EQ(fleet.world.state().tasks.size(), 10'000U);
  fleet.world.set_checks(true);
  const base::RunId run = fleet.run({"big/t04200"});
  ASSERT_EQ(fleet.naive.runs().at(run).tasks.size(), 100U);
  fleet.world.set_checks(false);
  for (int i = 4200; i < 4300; ++i) {
    ASSERT_EQ(fleet.commands().size(), 1U);
    EXPECT_EQ(fleet.commands()[0].task, "big/t0" + std::to_string(i));
    fleet.done(fleet.commands()[0].task);
  }
  EXPECT_EQ(fleet.run_state(run), "completed");
  fleet.restart();
}

}  // namespace
}  // namespace cordyna::testing
