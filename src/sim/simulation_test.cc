// The simulator itself: it repeats, it reaches everything, it keeps its promises about options; and the simulations
// that have failed once do not fail again.
#include "sim/simulation.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "cerebro/logging.h"
#include "sim/people.h"
#include "sim/shrink.h"

namespace cordyna::sim {
namespace {

class Sim : public testing::Test {
 protected:
  static void SetUpTestSuite() { cerebro::start_logging("off"); }
};

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

void expect_well(const Outcome& outcome, const Options& options) {
  std::string all;
  for (const std::string& complaint : outcome.complaints) all += complaint + '\n';
  EXPECT_EQ(all, "") << "again: cordyna-sim one " << text(options);
}

TEST_F(Sim, one_seed_gives_one_log_byte_for_byte) {
  for (const std::uint64_t seed : {7U, 8U}) {
    const Outcome first = simulate(options_of(seed)), second = simulate(options_of(seed));
    EXPECT_EQ(first.log_hash, second.log_hash);
    EXPECT_GT(first.events, 100U);
  }
  EXPECT_NE(simulate(options_of(7)).log_hash, simulate(options_of(8)).log_hash);
}

TEST_F(Sim, one_seed_gives_one_log_byte_for_byte_on_sqlite_too) {
  for (const std::uint64_t seed : {5U, 6U}) {
    Options options = options_of(seed);
    options.sqlite = true;
    options.faults = {Fault::crash, Fault::disk_error, Fault::bit_flip};
    const Outcome first = simulate(options), second = simulate(options);
    EXPECT_EQ(first.log_hash, second.log_hash);
    EXPECT_EQ(first.disk, second.disk);
    EXPECT_EQ(first.answers, second.answers);
    EXPECT_GT(first.events, 100U);
    expect_well(first, options);
  }
}

/// The disk of bytes is in one simulation of ten, and everything comes up that makes it worth its time.
TEST_F(Sim, on_sqlite_everything_comes_up_that_can_happen_to_a_disk) {
  std::map<std::string, std::uint64_t> happened;
  std::uint64_t on_sqlite = 0;
  std::set<Fault> faults;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    const Options options = options_of(seed);
    on_sqlite += options.sqlite ? 1 : 0;
    faults.insert(options.faults.begin(), options.faults.end());
  }
  EXPECT_EQ(faults.size(), std::size_t{fault_kinds});
  EXPECT_NEAR(static_cast<double>(on_sqlite), 100.0, 30.0);
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    Options options = options_of(seed);
    options.sqlite = true;
    options.faults = {Fault::crash, Fault::disk_full, Fault::disk_error, Fault::bit_flip};
    const Outcome outcome = simulate(options);
    expect_well(outcome, options);
    for (const auto& [what, count] : outcome.disk) happened[what] += count;
  }
  for (const char* what : {"snapshots", "segments forgotten", "power cuts", "failed calls", "deaths in a call",
                           "bits turned", "starts refused for a turned bit", "starts that failed"})
    EXPECT_GT(happened[what], 0U) << what;
}

TEST_F(Sim, what_it_prints_of_its_options_says_all_of_them) {
  for (std::uint64_t seed = 1; seed < 200; ++seed) {
    const Options options = options_of(seed);
    const auto read = read_options(words_of(text(options)));
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(text(*read), text(options));
  }
}

TEST_F(Sim, impossible_options_are_refused_by_name) {
  for (const char* line : {"--seed x", "--seed", "--servers 0", "--tasks 100000", "--duration 5", "--faults fire",
                           "--colour red", "--schedules 2", "--sqlite 2", "--pace 0s"}) {
    const auto read = read_options(words_of(line));
    ASSERT_FALSE(read.ok()) << line;
    EXPECT_EQ(read.error().code == "usage" || read.error().code == "bad_duration", true) << line;
  }
}

/// What interface.md lets a team write, as Company::keys() names it.
constexpr const char* declaration_keys[] = {"server.contacts",
                                            "server.contacts.for",
                                            "server.contacts.kind",
                                            "server.contacts.to",
                                            "server.defaults",
                                            "server.description",
                                            "server.domain",
                                            "server.revision",
                                            "server.server",
                                            "server.slots",
                                            "server.team",
                                            "server.version",
                                            "catchup",
                                            "check",
                                            "concurrency",
                                            "cwd",
                                            "description",
                                            "effects",
                                            "environment",
                                            "grace",
                                            "idempotent",
                                            "isolation",
                                            "labels",
                                            "limits",
                                            "outputs",
                                            "overlap",
                                            "params",
                                            "priority",
                                            "retries.backoff",
                                            "retries.cap",
                                            "retries.factor",
                                            "retries.jitter",
                                            "retries.max",
                                            "run",
                                            "shell",
                                            "tags",
                                            "timeouts.ack",
                                            "timeouts.complete",
                                            "timeouts.pending",
                                            "timeouts.start",
                                            "upstream.require",
                                            "upstream.task",
                                            "upstream.within",
                                            "wait_for_server",
                                            "when.and",
                                            "when.cron",
                                            "when.event.coalesce",
                                            "when.event.params",
                                            "when.event.subject",
                                            "when.event.type",
                                            "when.every",
                                            "when.timezone",
                                            "when.upstream"};

/// Every verb of people has been asked for and taken, every kind of event has happened, every kind of fault has struck,
/// every key of a declaration was declared: what the workload does not do cannot find anything.
TEST_F(Sim, every_verb_event_fault_and_key_comes_up) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "forty seeds take minutes under a sanitizer";
#endif
  std::set<std::string> verbs, kinds, keys;
  std::set<Fault> faults;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Options options = options_of(seed);
    const Outcome outcome = simulate(options);
    expect_well(outcome, options);
    for (const auto& [answer, count] : outcome.answers)
      if (answer.ends_with("200") || answer.ends_with("201") || answer.ends_with("202") || answer.ends_with("400"))
        verbs.insert(answer.substr(0, answer.find(' ')));
    for (const auto& [kind, count] : outcome.kinds) kinds.insert(kind);
    keys.insert(outcome.keys.begin(), outcome.keys.end());
    faults.insert(options.faults.begin(), options.faults.end());
  }
  for (const std::string& verb : People::verbs()) EXPECT_TRUE(verbs.contains(verb)) << verb;
  for (const char* kind :
       {"cerebro.started", "server.declared",  "server.refused",       "server.ready",       "server.lost",
        "server.draining", "server.gone",      "server.forgotten",     "server.transferred", "instance.joined",
        "instance.left",   "run.created",      "run.cancel_requested", "run.completed",      "run.failed",
        "run.cancelled",   "command.run",      "command.cancel",       "command.check",      "task.queued",
        "task.started",    "task.progress",    "task.completed",       "task.error",         "task.blocked",
        "task.skipped",    "task.cancelled",   "task.retry",           "task.due",           "task.checked",
        "task.late",       "task.adopted",     "task.fault",           "task.paused",        "task.resumed",
        "event.received",  "schedule.skipped", "schedule.set",         "schedule.waiting",   "task.handed_over",
        "task.followed"})
    EXPECT_TRUE(kinds.contains(kind)) << kind;
  for (const char* key : declaration_keys) EXPECT_TRUE(keys.contains(key)) << key;
  EXPECT_GE(faults.size(), std::size_t{fault_kinds - sqlite_fault_kinds});
}

TEST_F(Sim, what_has_failed_once_fails_no_more) {
  std::ifstream file(CORDYNA_SIM_REGRESSIONS);
  ASSERT_TRUE(file.good());
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    const auto options = read_options(words_of(line));
    ASSERT_TRUE(options.ok()) << line;
    expect_well(simulate(*options), *options);
    ++count;
  }
  EXPECT_GE(count, 5U);
}

TEST_F(Sim, shrinking_takes_away_what_the_failure_does_not_need) {
  const Options big = options_of(23);
  const Options small = shrink(
      big, [](const Options& one) { return one.faults.contains(Fault::crash) || one.tasks >= 3; }, 200);
  EXPECT_EQ(small.faults, std::set<Fault>());
  EXPECT_LE(small.tasks, 4U);
  EXPECT_EQ(small.servers, 1U);
  EXPECT_EQ(small.duration, base::Duration(std::chrono::minutes(1)));
}

}  // namespace
}  // namespace cordyna::sim
