// Commands as real processes. Nothing sleeps here: the tests wait for reports, pipes and the ends of processes.

#include "task_server/command_runner.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "wire/declaration_yaml.h"

namespace cordyna::task_server {
namespace {

using namespace std::chrono_literals;
using model::Update;
using model::UpdateState;
using Json = nlohmann::json;

/// One task, `run` in the server `shop`, with these lines of YAML.
std::shared_ptr<const CommandTable> table_of(const std::string& task_yaml) {
  auto read = wire::read_declaration_yaml("server: shop\nteam: sales\ntasks:\n  up: {run: [\"true\"]}\n  task:\n    " +
                                          task_yaml + "\n");
  for (const auto& finding : read.findings) ADD_FAILURE() << finding.path << ": " << finding.message;
  auto commands = read_commands(*read.declaration, "/");
  for (const auto& finding : commands.findings) ADD_FAILURE() << finding.path << ": " << finding.message;
  return std::make_shared<const CommandTable>(std::move(commands.commands));
}

class Bench {
 public:
  explicit Bench(const std::string& task_yaml) {
    auto guardian = Guardian::start();
    base::check(guardian.ok());
    guardian_ = std::move(*guardian);
    mailbox_ = std::make_shared<Mailbox>([this] {
      const std::lock_guard lock(mutex_);
      posted_ = true;
      changed_.notify_all();
    });
    runner_ = std::make_unique<CommandRunner>(table_of(task_yaml), *guardian_, mailbox_);
  }

  CommandRunner& runner() { return *runner_; }
  const std::string& folder() const { return guardian_->folder(); }

  void start(model::RunCommand run) { runner_->start(std::move(run)); }
  void start() { start(command()); }
  static model::RunCommand command() {
    model::RunCommand run;
    run.run_id = "run-1";
    run.task = "shop/task";
    run.attempt = 3;
    run.token = "t";
    run.env = "production";
    run.params = "{}";
    run.inputs = "{}";
    return run;
  }

  /// Waits until `arrived` holds for what was reported so far.
  void wait_until(const std::function<bool()>& arrived) {
    while (!arrived()) {
      {
        std::unique_lock lock(mutex_);
        ASSERT_TRUE(changed_.wait_for(lock, 20s, [this] { return posted_; })) << "nothing was reported; log: " << log;
        posted_ = false;
      }
      for (Report& report : mailbox_->take()) {
        if (auto* text = std::get_if<LogText>(&report)) log += text->text;
        if (auto* update = std::get_if<Update>(&report)) updates.push_back(std::move(*update));
      }
    }
  }
  /// The final update of the one attempt; nothing else but progress may have come before it.
  Update end() {
    wait_until([this] { return !updates.empty() && updates.back().state != UpdateState::progress; });
    return updates.empty() ? Update() : updates.back();
  }
  Update end_of_run() {
    start();
    return end();
  }

  std::vector<Update> updates;
  std::string log;

 private:
  std::unique_ptr<Guardian> guardian_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool posted_ = false;
  std::shared_ptr<Mailbox> mailbox_;
  std::unique_ptr<CommandRunner> runner_;
};

/// Watches a process that is no child of ours.
class Watched {
 public:
  explicit Watched(pid_t pid) : end_(end_of_process(pid)) {}
  bool ends_within(int milliseconds) const {
    if (!end_.is_open()) return true;  // it is gone already
    pollfd poll_for{end_.number(), POLLIN, 0};
    return poll(&poll_for, 1, milliseconds) == 1;
  }

 private:
  Descriptor end_;
};

TEST(CommandRunner, exit_0_completes_with_what_was_written_to_the_result_file) {
  Bench bench("run: [sh, -c, 'echo out; echo err >&2; echo \"{\\\"rows\\\": 42}\" > $CORDYNA_RESULT']");
  const Update update = bench.end_of_run();
  EXPECT_EQ(update.state, UpdateState::completed);
  EXPECT_EQ(Json::parse(update.result), Json({{"rows", 42}}));
  EXPECT_NE(bench.log.find("out\n"), std::string::npos);
  EXPECT_NE(bench.log.find("err\n"), std::string::npos);
  EXPECT_EQ(bench.updates.size(), 1U);
}

TEST(CommandRunner, exit_0_without_a_result_completes_with_none) {
  Bench bench("run: [\"true\"]");
  const Update update = bench.end_of_run();
  EXPECT_EQ(update.state, UpdateState::completed);
  EXPECT_EQ(update.result, "");
}

TEST(CommandRunner, another_exit_code_is_an_error_described_by_the_last_lines_of_stderr) {
  Bench bench("shell: 'echo first >&2; echo no such table >&2; exit 3'");
  const Update update = bench.end_of_run();
  EXPECT_EQ(update.state, UpdateState::error);
  EXPECT_EQ(update.error.code, "task_failed");
  EXPECT_EQ(update.error.message, "first\nno such table");
  EXPECT_EQ(Json::parse(update.error.detail)["exit_code"], 3);
  EXPECT_FALSE(update.error.fatal);
  EXPECT_FALSE(update.error.retry);
}

TEST(CommandRunner, exit_65_is_fatal_and_75_asks_for_a_retry) {
  Bench fatal("shell: exit 65");
  EXPECT_TRUE(fatal.end_of_run().error.fatal);
  Bench retry("shell: exit 75");
  const Update update = retry.end_of_run();
  EXPECT_TRUE(update.error.retry);
  EXPECT_FALSE(update.error.fatal);
  EXPECT_EQ(update.error.message, "exit code 75, nothing on stderr");
}

TEST(CommandRunner, a_signal_is_an_error_that_names_it) {
  Bench bench("shell: 'kill -9 $$'");
  const Update update = bench.end_of_run();
  EXPECT_EQ(update.state, UpdateState::error);
  EXPECT_EQ(Json::parse(update.error.detail), Json({{"signal", 9}}));
  EXPECT_EQ(update.error.message, "ended by signal 9, nothing on stderr");
}

TEST(CommandRunner, hears_progress_error_and_hint) {
  Bench bench("shell: \"echo '::progress 0.25 reading'; echo '::error no file | hint: ask Ann'; exit 1\"");
  const Update update = bench.end_of_run();
  ASSERT_EQ(bench.updates.size(), 2U);
  EXPECT_EQ(bench.updates[0].progress_permille, 250U);
  EXPECT_EQ(bench.updates[0].progress_message, "reading");
  EXPECT_EQ(update.error.message, "no file");
  EXPECT_EQ(update.error.hint, "ask Ann");
}

TEST(CommandRunner, skip_counts_with_exit_0_only) {
  Bench skips("shell: \"echo '::skip no new files'\"");
  const Update update = skips.end_of_run();
  EXPECT_EQ(update.state, UpdateState::skipped);
  EXPECT_EQ(update.reason, "no new files");
  Bench fails("shell: \"echo '::skip no new files'; exit 1\"");
  EXPECT_EQ(fails.end_of_run().state, UpdateState::error);
}

TEST(CommandRunner, a_result_that_is_no_json_or_too_large_is_an_error) {
  Bench bad("shell: 'echo rows=42 > $CORDYNA_RESULT'");
  EXPECT_EQ(bad.end_of_run().error.code, "bad_result");
  const auto text_of = [](std::size_t bytes) {
    return "shell: '(printf \\\"; head -c " + std::to_string(bytes - 2) +
           " /dev/zero | tr \"\\0\" x; printf \\\") > $CORDYNA_RESULT'";
  };
  Bench fits(text_of(base::limits::result_bytes_max));
  EXPECT_EQ(fits.end_of_run().result.size(), base::limits::result_bytes_max);
  Bench exceeds(text_of(base::limits::result_bytes_max + 1));
  EXPECT_EQ(exceeds.end_of_run().error.code, "result_too_large");
}

TEST(CommandRunner, a_program_that_is_not_there_is_spawn_failed) {
  Bench bench("run: [no-such-program-anywhere]");
  const Update update = bench.end_of_run();
  EXPECT_EQ(update.error.code, "spawn_failed");
  EXPECT_NE(update.error.message.find("no-such-program-anywhere"), std::string::npos);
  Bench folder("{run: [\"true\"], cwd: /no/such/folder}");
  EXPECT_EQ(folder.end_of_run().error.code, "spawn_failed");
}

TEST(CommandRunner, the_command_is_told_what_it_works_on) {
  Bench bench(
      "{upstream: [up], environment: {MODE: 'x {{ attempt }}'}, cwd: /tmp, "
      "params: {properties: {day: {type: string, default: monday}}}, "
      "run: [sh, -c, 'echo $CORDYNA_RUN_ID $CORDYNA_TASK $CORDYNA_ATTEMPT [$CORDYNA_SCHEDULED_AT] $CORDYNA_ENV "
      "$CORDYNA_PARAMS $MODE $1 $2 $(pwd); cat $CORDYNA_INPUTS', me, '{{ params.day }}', '{{ inputs.up.rows }}']}");
  model::RunCommand run = Bench::command();
  run.inputs = R"({"up":{"rows":7}})";
  bench.start(run);
  EXPECT_EQ(bench.end().state, UpdateState::completed);
  EXPECT_EQ(bench.log, "run-1 shop/task 3 [] production {\"day\":\"monday\"} x 3 monday 7 /tmp\n" + run.inputs);
}

TEST(CommandRunner, files_of_an_attempt_are_gone_when_it_ended_and_the_folder_with_the_guardian) {
  std::string folder;
  {
    Bench bench("shell: 'echo 1 > $CORDYNA_RESULT'");
    bench.end_of_run();
    folder = bench.folder();
    // A second attempt has ended only after the first was taken down completely.
    bench.updates.clear();
    bench.end_of_run();
    EXPECT_TRUE(std::filesystem::exists(folder));
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(CommandRunner, a_cancel_lets_the_command_end_itself) {
  Bench bench("shell: \"trap 'echo ending; exit 0' TERM; echo up; while :; do sleep 0.05; done\"");
  bench.start();
  bench.wait_until([&] { return bench.log.find("up\n") != std::string::npos; });
  bench.runner().cancel("t", false);
  EXPECT_EQ(bench.end().state, UpdateState::cancelled);
  EXPECT_NE(bench.log.find("ending"), std::string::npos);
}

TEST(CommandRunner, what_ends_well_after_cerebro_has_given_it_up_is_completed_with_its_result) {
  Bench bench("shell: \"trap 'echo 7 > $CORDYNA_RESULT; exit 0' TERM; echo up; while :; do sleep 0.05; done\"");
  bench.start();
  bench.wait_until([&] { return bench.log.find("up\n") != std::string::npos; });
  bench.runner().cancel("t", true);
  const Update end = bench.end();
  EXPECT_EQ(end.state, UpdateState::completed);
  EXPECT_EQ(end.result, "7\n");
}

TEST(CommandRunner, what_dies_after_cerebro_has_given_it_up_is_cancelled) {
  Bench bench("shell: \"echo up; while :; do sleep 0.05; done\"");
  bench.start();
  bench.wait_until([&] { return bench.log.find("up\n") != std::string::npos; });
  bench.runner().cancel("t", true);
  EXPECT_EQ(bench.end().state, UpdateState::cancelled);
}

TEST(CommandRunner, a_cancel_kills_what_does_not_end_within_the_grace) {
  Bench bench("{grace: 100ms, shell: \"trap '' TERM; echo up; while :; do sleep 0.05; done\"}");
  bench.start();
  bench.wait_until([&] { return bench.log.find("up\n") != std::string::npos; });
  bench.runner().cancel("t", false);
  EXPECT_EQ(bench.end().state, UpdateState::cancelled);
}

TEST(CommandRunner, a_cancel_gives_the_grace_to_children_of_the_command_too) {
  Bench bench(
      "{grace: 20s, shell: \"(trap 'sleep 0.2; echo child done; exit' TERM; echo up; while :; do sleep 0.05; done) & "
      "wait\"}");
  bench.start();
  bench.wait_until([&] { return bench.log.find("up\n") != std::string::npos; });
  bench.runner().cancel("t", false);
  EXPECT_EQ(bench.end().state, UpdateState::cancelled);
  EXPECT_NE(bench.log.find("child done"), std::string::npos);
}

TEST(CommandRunner, what_a_command_left_running_dies_when_it_ends) {
  Bench bench("shell: 'sleep 1000 & echo $!'");
  EXPECT_EQ(bench.end_of_run().state, UpdateState::completed);
  EXPECT_TRUE(Watched(std::stoi(bench.log)).ends_within(20'000));
}

TEST(CommandRunner, a_loud_command_is_read_to_its_end) {
  Bench bench("shell: 'head -c 3000000 /dev/zero | tr \"\\0\" x; echo; echo end'");
  EXPECT_EQ(bench.end_of_run().state, UpdateState::completed);
  EXPECT_EQ(bench.log.size(), 3'000'000U + 5);
  EXPECT_TRUE(bench.log.ends_with("end\n"));
}

TEST(CommandRunner, checks_answer_yes_with_exit_0_and_no_otherwise) {
  Bench bench("{run: [\"true\"], check: [sh, -c, 'test \"$CORDYNA_RUN_ID\" = there']}");
  model::CheckCommand check;
  check.task = "shop/task";
  check.token = "c";
  check.run_id = "there";
  bench.runner().check(check);
  EXPECT_EQ(bench.end().state, UpdateState::check_yes);
  bench.updates.clear();
  check.run_id = "elsewhere";
  bench.runner().check(check);
  EXPECT_EQ(bench.end().state, UpdateState::check_no);
}

TEST(CommandRunner, does_not_hand_open_descriptors_to_commands) {
  Bench bench("run: [ls, /proc/self/fd]");
  bench.end_of_run();
  EXPECT_EQ(bench.log, "0\n1\n2\n3\n");  // 3 is the folder that ls reads
}

TEST(CommandRunner, wrong_templates_and_missing_commands_are_findings_of_the_file) {
  auto read = wire::read_declaration_yaml(
      "server: shop\nteam: sales\ntasks:\n  a: {run: [echo, '{{ now }}'], check: [test, '{{ x }}']}\n  b: {}\n  c: "
      "{shell: 'echo {{ params.no }}', environment: {A: '{{ y }}'}}\n");
  ASSERT_TRUE(read.declaration != nullptr);
  std::vector<std::string> found;
  for (const auto& finding : read_commands(*read.declaration, "/").findings)
    found.push_back(finding.path + " " + finding.rule);
  EXPECT_EQ(found, (std::vector<std::string>{"tasks.a.run[1] unknown_template", "tasks.a.check[1] unknown_template",
                                             "tasks.b no_command", "tasks.c.shell unknown_template",
                                             "tasks.c.environment.A unknown_template"}));
}

// The process that is killed in the test below: it runs one command for ever. What it starts prints its own pid, and
// the pid of a grandchild that has left the process group, through the log.
TEST(GuardedProcess, DISABLED_runs_a_command_for_ever) {
  Bench bench("shell: 'setsid sleep 1000 & daemon=$!; sleep 1001 & echo $$ $! $daemon end; wait'");
  bench.start();
  bench.wait_until([&] { return bench.log.find("end\n") != std::string::npos; });
  std::printf("%s", bench.log.c_str());
  std::fflush(stdout);
  bench.end();
}

TEST(Guardian, ends_commands_and_their_children_after_kill_9) {
  ProcessPlan plan;
  plan.argv = {"/proc/self/exe", "--gtest_also_run_disabled_tests",
               "--gtest_filter=GuardedProcess.DISABLED_runs_a_command_for_ever"};
  plan.argv[0] = std::filesystem::read_symlink("/proc/self/exe");
  for (char** entry = environ; *entry != nullptr; ++entry) plan.environment.emplace_back(*entry);
  auto guarded = Process::start(plan);
  ASSERT_TRUE(guarded.ok()) << guarded.error().message;
  std::string output;
  while (output.find("end\n") == std::string::npos) {
    pollfd more{guarded->out().number(), POLLIN, 0};
    ASSERT_EQ(poll(&more, 1, 60'000), 1) << output;
    char buffer[4096];
    const ssize_t size = read(guarded->out().number(), buffer, sizeof buffer);
    ASSERT_GT(size, 0) << output;
    output.append(buffer, static_cast<std::size_t>(size));
  }
  const std::size_t line = output.rfind('\n', output.find(" end\n"));
  int shell = 0, child = 0, daemon = 0;
  ASSERT_EQ(std::sscanf(output.c_str() + line, "%d %d %d", &shell, &child, &daemon), 3) << output;
  const Watched watched_shell(shell), watched_child(child), watched_daemon(daemon);
  EXPECT_FALSE(watched_child.ends_within(0));
  EXPECT_FALSE(watched_daemon.ends_within(0));
  kill(guarded->pid(), SIGKILL);  // it alone, not its group
  EXPECT_TRUE(watched_shell.ends_within(20'000));
  EXPECT_TRUE(watched_child.ends_within(20'000));
  EXPECT_TRUE(watched_daemon.ends_within(20'000));
  guarded->reap();
}

}  // namespace
}  // namespace cordyna::task_server
