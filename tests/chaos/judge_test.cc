// The judge itself: a sound log passes, and what was promised or done beside the log does not.

#include "chaos/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "snapshot/life.h"

namespace cordyna::chaos {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A log in which one task has run once.
class JudgeTest : public ::testing::Test {
 protected:
  JudgeTest() {
    life.serve("server: a\nteam: t\ntasks:\n  x: {}\n");
    life.run("a/x");
    run = life.state().recent.back().id.text();
  }

  std::vector<std::string> complaints(sim::Ledger promised, const std::vector<std::string>& effects) {
    return judge(*log, std::move(promised), effects).complaints;
  }

  log::ScratchFolder folder;
  std::unique_ptr<log::SqliteLog> log = testing::open_log(folder.path());
  testing::Life life{*log, std::move(*cerebro::recover_state(*log, {}))};
  std::string run;
};

TEST_F(JudgeTest, a_log_that_tells_what_happened_passes) {
  sim::Ledger promised;
  promised.runs.insert(run);
  promised.keys["k"].insert(run);
  EXPECT_THAT(complaints(promised, {run + " a/x 1"}), IsEmpty());
  EXPECT_EQ(judge(*log, promised, {run + " a/x 1"}).runs, 1U);
}

TEST_F(JudgeTest, a_run_that_was_promised_and_is_not_there_is_lost) {
  sim::Ledger promised;
  promised.runs.insert("00000000-0000-7000-8000-000000000001");
  EXPECT_THAT(complaints(promised, {run + " a/x 1"}), Contains(HasSubstr("was promised and is not in the log")));
}

TEST_F(JudgeTest, an_event_that_was_acknowledged_and_is_not_there_is_lost) {
  sim::Ledger promised;
  promised.events.insert({"/chaos", "event-1"});
  EXPECT_THAT(complaints(promised, {run + " a/x 1"}), Contains(HasSubstr("was acknowledged and is not in the log")));
}

TEST_F(JudgeTest, one_key_is_one_run) {
  sim::Ledger promised;
  promised.keys["k"] = {run, "00000000-0000-7000-8000-000000000001"};
  EXPECT_THAT(complaints(promised, {run + " a/x 1"}), Contains(HasSubstr("was answered with 2 runs")));
}

TEST_F(JudgeTest, work_begins_once_and_only_when_it_was_commanded) {
  EXPECT_THAT(complaints({}, {run + " a/x 1", run + " a/x 1"}), Contains(HasSubstr("began twice")));
  EXPECT_THAT(complaints({}, {run + " a/x 1", run + " a/x 2"}), Contains(HasSubstr("nobody has commanded")));
  EXPECT_THAT(complaints({}, {}), Contains(HasSubstr("never began")));
}

TEST_F(JudgeTest, a_run_that_goes_on_for_ever_is_one_too_many) {
  life.run("a/x", {}, false);
  EXPECT_THAT(complaints({}, {run + " a/x 1"}), Contains(HasSubstr("has not ended")));
}

}  // namespace
}  // namespace cordyna::chaos
