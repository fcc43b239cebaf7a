// The pool of handler threads: as many handlers at once as there are slots, and checks beside them.

#include "task_server/work_pool.h"

#include <gtest/gtest.h>

#include <barrier>
#include <latch>
#include <semaphore>
#include <set>

#include "cordyna/task_context.h"

namespace cordyna::task_server {
namespace {

constexpr std::uint32_t slots = 8;

class WorkPoolTest : public ::testing::Test {
 protected:
  void start(WorkPool& pool, const std::string& task, const std::string& token) {
    model::RunCommand run;
    run.task = "server/" + task;
    run.token = token;
    pool.start(std::move(run));
  }

  /// Waits until so many attempts and checks have ended: token and state of each.
  std::set<std::pair<std::string, model::UpdateState>> ended(std::size_t count) {
    std::set<std::pair<std::string, model::UpdateState>> all;
    while (all.size() < count) {
      told_.acquire();
      for (const Report& report : mailbox_->take()) {
        const auto& update = std::get<model::Update>(report);
        EXPECT_TRUE(all.emplace(update.token, update.state).second) << update.token << " ended twice";
      }
    }
    return all;
  }

  std::counting_semaphore<> told_{0};
  std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>([this] { told_.release(); });
};

TEST_F(WorkPoolTest, as_many_handlers_run_at_once_as_there_are_slots_each_time) {
  std::barrier meeting(slots);  // nobody leaves before all have come
  WorkPool pool({{"meet", {[&](TaskContext&) { return meeting.arrive_and_wait(), Outcome(); }, nullptr}}}, slots,
                mailbox_);
  for (const std::string round : {"made", "woken"}) {
    std::set<std::pair<std::string, model::UpdateState>> expected;
    for (std::uint32_t i = 0; i < slots; ++i) {
      start(pool, "meet", round + std::to_string(i));
      expected.emplace(round + std::to_string(i), model::UpdateState::completed);
    }
    EXPECT_EQ(ended(slots), expected);
  }
}

TEST_F(WorkPoolTest, a_burst_beyond_the_slots_is_worked_off_once_each) {
  std::atomic<int> ran = 0;
  WorkPool pool({{"count", {[&](TaskContext&) { return ++ran, Outcome(); }, nullptr}}}, 2, mailbox_);
  for (int i = 0; i < 1000; ++i) start(pool, "count", std::to_string(i));
  EXPECT_EQ(ended(1000).size(), 1000U);
  EXPECT_EQ(ran, 1000);
}

TEST_F(WorkPoolTest, a_check_is_answered_while_every_slot_is_taken) {
  std::latch over(1);
  WorkPool pool({{"stay", {[&](TaskContext&) { return over.wait(), Outcome(); }, [](TaskContext&) { return true; }}}},
                1, mailbox_);
  start(pool, "stay", "attempt");
  model::CheckCommand check;
  check.task = "server/stay";
  check.token = "check";
  pool.check(check);
  EXPECT_EQ(ended(1).begin()->second, model::UpdateState::check_yes);
  over.count_down();
  EXPECT_EQ(ended(1).begin()->second, model::UpdateState::completed);
}

}  // namespace
}  // namespace cordyna::task_server
