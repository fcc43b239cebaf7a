#include "engine/seq_by_task.h"

#include <gtest/gtest.h>

namespace cordyna::engine {
namespace {

using model::TaskIndex;
using Entries = std::vector<SeqByTask::Entry>;

TEST(SeqByTask, what_was_never_taken_is_zero) {
  EXPECT_EQ(SeqByTask().of(TaskIndex{3}), 0U);
}

TEST(SeqByTask, the_greatest_seq_of_each_task_stays) {
  SeqByTask taken;
  taken.raise({{TaskIndex{5}, 50}, {TaskIndex{2}, 20}});
  taken.raise({{TaskIndex{2}, 19}, {TaskIndex{9}, 90}, {TaskIndex{5}, 51}, {TaskIndex{9}, 91}});
  EXPECT_EQ(taken.ascending, (Entries{{TaskIndex{2}, 20}, {TaskIndex{5}, 51}, {TaskIndex{9}, 91}}));
  EXPECT_EQ(taken.of(TaskIndex{5}), 51U);
  EXPECT_EQ(taken.of(TaskIndex{4}), 0U);
}

TEST(SeqByTask, nothing_more_changes_nothing) {
  SeqByTask taken;
  taken.raise({});
  EXPECT_TRUE(taken.ascending.empty());
}

}  // namespace
}  // namespace cordyna::engine
