// Task-servers that stand still, are full, slow, stopped or killed, as `dyna serve` processes with real commands: which
// deadline ends the task, and that no process of it is left.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <sstream>

#include "processes/harness.h"

namespace cordyna::processes {
namespace {

/// A pipe with a name. A task that reads a line from it stands there until the test opens it.
class Gate {
 public:
  explicit Gate(const Folder& folder) : path_(folder.path("gate")) {
    EXPECT_EQ(mkfifo(path_.c_str(), 0600), 0);
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
  }
  ~Gate() { close(descriptor_); }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  const std::string& path() const { return path_; }
  void open() const { EXPECT_EQ(write(descriptor_, "go\n", 3), 3); }

 private:
  std::string path_;
  int descriptor_ = -1;
};

/// One cerebro and one `dyna serve` of a declaration.
struct World {
  explicit World(const std::string& tasks, int slots = 4) : cerebro(folder.path("data")) {
    file =
        folder.file("alpha.yaml", "server: alpha\nteam: tests\nslots: " + std::to_string(slots) + "\ntasks:\n" + tasks);
    server = serve(cerebro, file);
  }

  std::string start(const std::string& task) const {
    return cerebro.start_run({{"select", {"alpha/" + task}}, {"only", true}});
  }
  /// The process ids that a task printed as "::progress 0.1 PID PID".
  std::vector<pid_t> printed_pids(const std::string& task) const {
    const auto event = cerebro.event("task.progress", "alpha/" + task);
    EXPECT_TRUE(event) << task << " printed nothing";
    std::istringstream words(event ? (*event)["data"].value("message", "") : "");
    std::vector<pid_t> pids;
    for (pid_t pid = 0; words >> pid;) pids.push_back(pid);
    EXPECT_EQ(pids.size(), 2U) << (event ? event->dump() : "");
    return pids;
  }

  Folder folder;
  Cerebro cerebro;
  std::string file;
  std::unique_ptr<Process> server;
};

void expect_error(const Json& run, const std::string& task, const std::string& code) {
  EXPECT_EQ(run["state"], "failed");
  const Json& one = task_run(run, "alpha/" + task);
  EXPECT_EQ(one.value("state", ""), "error") << one.dump(1);
  ASSERT_TRUE(one.contains("error") && one["error"].is_object()) << one.dump(1);
  EXPECT_EQ(one["error"]["code"], code);
  EXPECT_FALSE(one["error"].value("message", "").empty());
}

// A task with a child of its own; both ignore SIGTERM when told so.
std::string endless(const std::string& name, const std::string& first, const std::string& keys) {
  return "  " + name + ":\n    shell: \"" + first + "sleep 600 & echo ::progress 0.1 $$ $!; wait; wait\"\n    " + keys +
         "\n";
}

TEST(StoppedServer, does_not_acknowledge_and_the_task_ends_as_ack_timeout) {
  World world("  quick:\n    shell: \"true\"\n    timeouts: {ack: 1s}\n");
  EXPECT_EQ(world.cerebro.ended(world.start("quick"))["state"], "completed");

  world.server->signal(SIGSTOP);
  const std::string run = world.start("quick");
  expect_error(world.cerebro.ended(run), "quick", "ack_timeout");

  world.server->signal(SIGCONT);
  EXPECT_EQ(world.cerebro.ended(world.start("quick"))["state"], "completed");
  expect_error(world.cerebro.get("/api/v1/runs/" + run).body, "quick", "ack_timeout");
}

TEST(FullServer, acknowledges_as_queued_and_the_task_ends_as_start_timeout) {
  World world(endless("long", "", "grace: 1s") + "  late:\n    shell: \"true\"\n    timeouts: {start: 1s}\n", 1);
  const std::string blocking = world.start("long");
  ASSERT_TRUE(world.cerebro.event("task.started", "alpha/long"));

  const std::string run = world.start("late");
  EXPECT_TRUE(world.cerebro.event("task.queued", "alpha/late"));
  expect_error(world.cerebro.ended(run), "late", "start_timeout");

  EXPECT_EQ(world.cerebro.post("/api/v1/runs/" + blocking + "/cancel", Json::object()).status, 200);
  EXPECT_EQ(world.cerebro.ended(blocking)["state"], "cancelled");
  EXPECT_EQ(world.cerebro.ended(world.start("late"))["state"], "completed") << "the slot is free again";
}

TEST(SlowTask, ends_as_complete_timeout_and_its_processes_are_gone) {
  World world(endless("slow", "", "timeouts: {complete: 1s}"));
  const std::string run = world.start("slow");
  const std::vector<pid_t> pids = world.printed_pids("slow");
  expect_error(world.cerebro.ended(run), "slow", "complete_timeout");
  for (const pid_t pid : pids) EXPECT_TRUE(waits_for_death(pid)) << pid;
}

TEST(SlowTask, that_ends_well_in_spite_of_its_deadline_can_be_adopted) {
  Folder folder;
  const Gate gate(folder);
  World world(
      "  slow:\n    timeouts: {complete: 1s}\n    grace: 10m\n"
      "    shell: \"trap '' TERM; read line < " +
      gate.path() + "; echo 7 > $CORDYNA_RESULT\"\n  next: {shell: \"true\", upstream: [slow]}\n");
  const std::string run = world.start("slow");
  expect_error(world.cerebro.ended(run), "slow", "complete_timeout");
  gate.open();
  const auto late = world.cerebro.event("task.late", "alpha/slow");
  ASSERT_TRUE(late);
  EXPECT_EQ((*late)["data"]["state"], "completed");
  EXPECT_NE((*late)["instance"], Json());
  const auto adopted =
      world.cerebro.post("/api/v1/runs/" + run + "/tasks/alpha/slow/adopt", {{"reason", "it was good"}});
  ASSERT_EQ(adopted.status, 201) << adopted.body.dump();
  EXPECT_EQ(world.cerebro.ended(adopted.body["run_id"])["state"], "completed");
  EXPECT_EQ(world.cerebro.get("/api/v1/runs/" + run).body["state"], "failed") << "the old run stays as it was";
}

TEST(CancelledTask, is_ended_with_its_whole_group_also_when_it_ignores_SIGTERM) {
  World world(endless("stubborn", "trap '' TERM; ", "grace: 1s"));
  const std::string run = world.start("stubborn");
  const std::vector<pid_t> pids = world.printed_pids("stubborn");
  EXPECT_EQ(world.cerebro.post("/api/v1/runs/" + run + "/cancel", {{"reason", "enough"}}).status, 200);
  EXPECT_EQ(world.cerebro.ended(run)["state"], "cancelled");
  for (const pid_t pid : pids) EXPECT_TRUE(waits_for_death(pid)) << pid;
}

TEST(StoppingServer, finishes_what_runs_and_takes_nothing_new) {
  Folder folder;
  const Gate gate(folder);
  World world("  standing:\n    shell: \"echo ::progress 0.1 here; read line < " + gate.path() + "\"\n");
  const std::string run = world.start("standing");
  ASSERT_TRUE(world.cerebro.event("task.progress", "alpha/standing"));

  world.server->signal(SIGTERM);
  EXPECT_TRUE(world.cerebro.event("server.draining"));
  gate.open();
  EXPECT_EQ(world.cerebro.ended(run)["state"], "completed");
  EXPECT_EQ(world.server->wait().code, 0);
  EXPECT_TRUE(world.cerebro.event("server.gone"));
}

TEST(StoppingServer, cancels_what_still_runs_when_the_drain_is_over) {
  World world(endless("slow", "", "grace: 1s"));
  world.server.reset();
  world.server = serve(world.cerebro, world.file, {"--drain", "1s"});
  const std::string run = world.start("slow");
  const std::vector<pid_t> pids = world.printed_pids("slow");
  world.server->signal(SIGTERM);
  EXPECT_EQ(world.server->wait().signal, 0) << "it leaves by itself";
  for (const pid_t pid : pids) EXPECT_TRUE(waits_for_death(pid)) << pid;
  EXPECT_EQ(world.cerebro.ended(run)["state"], "failed") << "nobody cancelled the run";
}

TEST(KilledServer, leaves_no_orphan_and_its_task_is_lost) {
  World world(endless("slow", "trap '' TERM; ", "grace: 1s"));
  const std::string run = world.start("slow");
  const std::vector<pid_t> pids = world.printed_pids("slow");
  EXPECT_EQ(world.server->kill().signal, SIGKILL);
  for (const pid_t pid : pids) EXPECT_TRUE(waits_for_death(pid)) << pid;
  expect_error(world.cerebro.ended(run), "slow", "instance_lost");
}

}  // namespace
}  // namespace cordyna::processes
