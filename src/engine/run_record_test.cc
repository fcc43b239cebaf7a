#include "engine/run_record.h"

#include <gtest/gtest.h>

namespace cordyna::engine {
namespace {

using model::TaskState;

const base::RunId this_run{1, 10}, other_run{1, 20};
const model::TaskIndex task{0};

model::TaskRunRef at(std::uint32_t position) {
  return {this_run, position};
}

/// A record of a run with as many task-runs as asked for, each with one awaited edge.
class RunRecordTest : public testing::Test {
 protected:
  void create(std::vector<model::PlannedTask> tasks) {
    auto plan = std::make_shared<model::RunPlan>();
    for (auto& planned : tasks) {
      planned.first_edge = static_cast<std::uint32_t>(plan->edges.size());
      planned.edge_count = 1;
      plan->edges.push_back({model::How::awaited, model::nowhere, task, false, {}});
      plan->tasks.push_back(planned);
    }
    model::RunCreated created;
    created.run = this_run;
    created.env = "production";
    created.plan = plan;
    add(created);
  }
  void add(model::EventBody body) {
    ++seq;
    record.add({std::move(body), 0, {}}, seq, time());
  }
  base::Time time() const { return base::Time(std::chrono::seconds(seq)); }

  RunRecord record;
  base::Seq seq = 100;
};

TEST_F(RunRecordTest, begins_with_its_creation) {
  add(model::TaskQueued{at(0), task});
  EXPECT_TRUE(record.tasks.empty());
  create({{}, {}});
  EXPECT_EQ(record.created, 102U);
  EXPECT_EQ(record.created_at, time());
  EXPECT_EQ(record.head.env, "production");
  EXPECT_EQ(record.tasks.size(), 2U);
  EXPECT_EQ(record.edges.size(), 2U);
  EXPECT_EQ(record.state, model::RunState::running);
}

TEST_F(RunRecordTest, follows_a_task_run_to_its_completion) {
  create({{}});
  add(model::CommandRun{at(0), task, 1, model::no_instance});
  add(model::CommandAssigned{at(0), task, model::InstanceIndex{3}});
  EXPECT_EQ(record.tasks[0].state, TaskState::invoked);
  EXPECT_EQ(record.tasks[0].instance, model::InstanceIndex{3});
  add(model::TaskQueued{at(0), task});
  EXPECT_EQ(record.tasks[0].queued_at, time());
  add(model::TaskStarted{at(0), task});
  EXPECT_EQ(record.tasks[0].started_at, time());
  add(model::TaskProgress{at(0), task, 420, "half"});
  add(model::TaskCompleted{at(0), task, 1, {"7", {}, 1}, ""});
  const TaskRunRecord& done = record.tasks[0];
  EXPECT_EQ(done.state, TaskState::completed);
  EXPECT_EQ(done.attempt, 1U);
  EXPECT_EQ(done.ended_at, time());
  EXPECT_EQ(done.ended_seq, seq);
  EXPECT_EQ(done.completion, (model::Taken{this_run, 1, seq}));
  EXPECT_EQ(done.result.json, "7");
  EXPECT_EQ(done.progress_permille, 420U);
  add(model::RunEnded{this_run, model::RunState::completed});
  EXPECT_EQ(record.state, model::RunState::completed);
  EXPECT_EQ(record.ended_at, time());
}

TEST_F(RunRecordTest, forgets_the_times_of_an_attempt_that_is_tried_again) {
  create({{}});
  add(model::CommandRun{at(0), task, 1, model::InstanceIndex{0}});
  add(model::TaskStarted{at(0), task});
  add(model::TaskRetry{at(0), task, 1, time(), true, {"task_failed", "no", "", "", model::Origin::server}});
  EXPECT_EQ(record.tasks[0].state, TaskState::pending);
  EXPECT_EQ(record.tasks[0].failure->message, "no");
  add(model::CommandRun{at(0), task, 2, model::InstanceIndex{0}});
  EXPECT_EQ(record.tasks[0].attempt, 2U);
  EXPECT_EQ(record.tasks[0].started_at, std::nullopt);
  add(model::TaskCompleted{at(0), task, 2, {}, ""});
  EXPECT_EQ(record.tasks[0].failure, std::nullopt);
}

TEST_F(RunRecordTest, tells_error_blocked_skipped_and_cancelled) {
  create({{}, {}, {}, {}, {}});
  add(model::TaskFailed{at(0), task, 1, {"complete_timeout", "slow", "", "", model::Origin::cerebro}});
  add(model::TaskBlocked{at(1), task, {this_run, task, "complete_timeout"}});
  add(model::TaskSkipped{at(2), task, model::SkipReason::check, ""});
  add(model::TaskSkipped{at(3), task, model::SkipReason::nothing_to_do, "holiday"});
  add(model::TaskCancelled{at(4), task, 0, "pending"});
  EXPECT_EQ(record.tasks[0].state, TaskState::error);
  EXPECT_EQ(record.tasks[0].root, (model::RootCause{this_run, task, "complete_timeout"}));
  EXPECT_EQ(record.tasks[1].state, TaskState::blocked);
  EXPECT_EQ(record.tasks[1].root.code, "complete_timeout");
  EXPECT_EQ(record.tasks[2].state, TaskState::skipped);
  EXPECT_EQ(record.tasks[2].completion.seq, record.tasks[2].ended_seq);  // its work was there: a completion
  EXPECT_EQ(record.tasks[3].completion.seq, 0U);                         // nothing was to be done: none
  EXPECT_EQ(record.tasks[3].skip_text, "holiday");
  EXPECT_EQ(record.tasks[4].state, TaskState::cancelled);
}

TEST_F(RunRecordTest, takes_over_the_end_of_a_shared_task_run_at_its_creation) {
  model::PlannedTask shared;
  shared.shared_from = model::TaskRunRef{other_run, 4};
  shared.state = TaskState::completed;
  shared.completion = {other_run, 1, 50};
  model::PlannedTask followed;
  followed.shared_from = model::TaskRunRef{other_run, 5};
  create({shared, followed});
  EXPECT_EQ(record.tasks[0].state, TaskState::completed);
  EXPECT_EQ(record.tasks[0].completion.seq, 50U);
  EXPECT_EQ(record.tasks[1].state, TaskState::pending);
  add(model::TaskFollowed{at(1), task, {other_run, 5}, TaskState::blocked, {}, {}, {other_run, task, "no_server"}});
  EXPECT_EQ(record.tasks[1].state, TaskState::blocked);
  EXPECT_EQ(record.tasks[1].root.run, other_run);
  EXPECT_EQ(record.tasks[1].shared_from, (model::TaskRunRef{other_run, 5}));
}

TEST_F(RunRecordTest, a_shared_task_run_that_failed_is_no_completion) {
  model::PlannedTask followed;
  followed.shared_from = model::TaskRunRef{other_run, 5};
  create({followed, followed});
  // The event names the end, because `require: finished` takes it.
  add(model::TaskFollowed{at(0), task, {other_run, 5}, TaskState::error, {}, {other_run, 1, 50}, {}});
  add(model::TaskFollowed{at(1), task, {other_run, 5}, TaskState::completed, {}, {other_run, 1, 50}, {}});
  EXPECT_EQ(record.tasks[0].completion.seq, 0U);
  EXPECT_EQ(record.tasks[1].completion.seq, 50U);
}

TEST_F(RunRecordTest, fills_in_what_an_awaited_edge_took) {
  create({{}, {}});
  add(model::TaskPinned{at(1), task, {{other_run, 2, 77}}});
  EXPECT_EQ(record.edges[0].how, model::How::awaited);
  EXPECT_EQ(record.edges[1].how, model::How::completion);
  EXPECT_EQ(record.edges[1].taken.seq, 77U);
}

TEST_F(RunRecordTest, ignores_other_runs_and_positions_it_does_not_have) {
  create({{}});
  add(model::TaskQueued{{other_run, 0}, task});
  add(model::TaskQueued{at(1), task});
  add(model::RunEnded{other_run, model::RunState::failed});
  add(model::RunCancelRequested{other_run, "me", ""});
  add(model::TaskPaused{task, "me", ""});
  EXPECT_EQ(record.tasks[0].state, TaskState::pending);
  EXPECT_EQ(record.state, model::RunState::running);
  EXPECT_FALSE(record.cancel_requested);
  add(model::RunCancelRequested{this_run, "me", ""});
  EXPECT_TRUE(record.cancel_requested);
}

TEST_F(RunRecordTest, keeps_a_late_completion_for_adoption) {
  create({{}});
  add(model::TaskLate{at(0), task, 1, 7, "completed", {"1", {}, 1}, ""});
  add(model::TaskLate{at(0), task, 1, 7, "error", {}, "too"});
  ASSERT_TRUE(record.tasks[0].late);
  EXPECT_EQ(record.tasks[0].late->state, "completed");
}

}  // namespace
}  // namespace cordyna::engine
